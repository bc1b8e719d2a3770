import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedDataVersionTag, getHeapCodeStatistics } from 'node:v8'
import { constants, Script } from 'node:vm'
import { privateCacheFolder } from './cache-folder.ts'
import { blake3 } from './digest.ts'

/** A shorter file is compiled in less time than it takes to find what was kept. */
const MIN_SOURCE = 48 * 1024
/** What a run has compiled besides is kept when it is so much of the whole. */
const GROWN = 1.02
/** Up to here what there is to keep is made at each run's end, and compared. Of more it takes 10 ms, and V8 is asked first. */
const SMALL_BYTES = 256 * 1024
const DIGEST_BYTES = 32
const HEADER_BYTES = DIGEST_BYTES + 8

type Compile = (this: Module, content: string, filename: string, ...rest: readonly unknown[]) => unknown

/** V8's compiled code of one file, as it was at some run's end. */
interface KeptCode {
  readonly data: Buffer
  /** Of that run's thread: what it had compiled in all, bytes. */
  readonly compiledBytes: number
}

/** A bundle's file as the build names it: what stands for its content comes last, and the next version's takes the same place. */
const BUNDLED = /^(.+)-[\w-]{8}\.js$/

/**
 * From now on the bundled files that this thread loads keep their compiled code from one run to the next. Node's own cache
 * (`module.enableCompileCache`) keeps what is compiled when a file is loaded, and nearly all functions are compiled when they
 * are first called: parsing them was a tenth of the processor time of each short send.
 *
 * V8 executes what is kept as it is, so it is read from nowhere but a folder of this user's, and only whole.
 *
 * `ours`: the folder of the bundled files. `cache`: where what is kept lies; undefined, and nothing is kept.
 */
export function keepCode(ours = dirname(fileURLToPath(import.meta.url)), cache = cacheOfThisRuntime()): void {
  const prototype = Module.prototype as unknown as { _compile?: Compile }
  const usual = prototype._compile
  // Not documented, if unchanged for fifteen years.
  if (cache === undefined || typeof usual !== 'function') return
  prototype._compile = function (content, filename, ...rest) {
    const [, name] = BUNDLED.exec(basename(filename)) ?? []
    if (name === undefined || content.length < MIN_SOURCE || dirname(filename) !== ours) return usual.call(this, content, filename, ...rest)
    return run(this, content, filename, join(cache, name))
  }
}

/** Not while somebody looks at the code itself: kept code has no source map, and counts no coverage. */
function cacheOfThisRuntime(): string | undefined {
  const { env, versions, arch } = process
  if (env['NODE_DISABLE_COMPILE_CACHE'] || env['NODE_V8_COVERAGE'] || process.sourceMapsEnabled) return undefined
  return privateCacheFolder(`${versions['electron'] ? 'electron' : 'node'}-${arch}`)
}

function run(module: Module, content: string, filename: string, path: string): unknown {
  // V8 compares no more than the source's length and its own version and flags.
  const source = blake3(`${process.version} ${cachedDataVersionTag()} `, content)
  const kept = read(path, source)
  const script = new Script(Module.wrap(content), {
    filename,
    // Columns of the first line are told without the wrapper.
    columnOffset: -Module.wrap('').indexOf('\n}'),
    ...(kept ? { cachedData: kept.data } : {}),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const before = kept && !script.cachedDataRejected ? { length: kept.data.length, compiledBytes: kept.compiledBytes } : undefined
  process.once('exit', () => keep(script, source, path, before))
  const start = script.runInThisContext() as (...args: readonly unknown[]) => unknown
  return start.call(module.exports, module.exports, createRequire(filename), module, filename, dirname(filename))
}

function read(path: string, source: Buffer): KeptCode | undefined {
  try {
    const file = readFileSync(path)
    const data = file.subarray(HEADER_BYTES)
    const compiledBytes = file.readDoubleLE(DIGEST_BYTES)
    return file.subarray(0, DIGEST_BYTES).equals(digest(source, compiledBytes, data)) ? { data, compiledBytes } : undefined
  } catch {
    return undefined
  }
}

function keep(script: Script, source: Buffer, path: string, before?: { readonly length: number; readonly compiledBytes: number }): void {
  // One name for all who write: what two have mixed has a wrong digest, and what is left behind is written over.
  const temporary = `${path}.new`
  try {
    if (before && before.length > SMALL_BYTES && compiledNow() < before.compiledBytes * GROWN) return
    const data = script.createCachedData()
    if (before && before.length <= SMALL_BYTES && data.length < before.length * GROWN) return
    const compiledBytes = compiledNow()
    const header = Buffer.alloc(HEADER_BYTES)
    header.set(digest(source, compiledBytes, data))
    header.writeDoubleLE(compiledBytes, DIGEST_BYTES)
    writeFileSync(temporary, Buffer.concat([header, data]), { mode: 0o600 })
    renameSync(temporary, path)
  } catch {
    // A cache: the next run does without. But half of a file fills the disk for nothing.
    try {
      rmSync(temporary, { force: true })
    } catch {
      // Nor can it be removed.
    }
  }
}

/** Takes V8 3 ms and more: it goes through the heap. */
function compiledNow(): number {
  return getHeapCodeStatistics().bytecode_and_metadata_size
}

function digest(source: Buffer, compiledBytes: number, data: Buffer): Buffer {
  return blake3(source, `${compiledBytes} `, data)
}
