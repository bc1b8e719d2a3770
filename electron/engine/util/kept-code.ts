import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getHeapCodeStatistics } from 'node:v8'
import { constants, Script } from 'node:vm'
import { threadId } from 'node:worker_threads'
import { privateCacheFolder } from './cache-folder.ts'
import { blake3 } from './digest.ts'

/** A shorter file is compiled in less time than it takes to find what was kept. */
const MIN_SOURCE = 48 * 1024
/** What a run has compiled besides is kept when it is so much of the whole. */
const GROWN = 1.02
const DIGEST_BYTES = 32
const HEADER_BYTES = DIGEST_BYTES + 8

type Compile = (this: Module, content: string, filename: string, ...rest: readonly unknown[]) => unknown

/** V8's compiled code of one file, as it was at some run's end. */
interface KeptCode {
  readonly data: Buffer
  /** Of that run's thread: what it had compiled in all, bytes. */
  readonly compiledBytes: number
}

/** A bundle's file as the build names it: what stands for its content comes last. */
const BUNDLED = /^(.+)-([\w-]{8})\.js$/

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
    const [, name, version] = BUNDLED.exec(basename(filename)) ?? []
    if (name === undefined || version === undefined || content.length < MIN_SOURCE || dirname(filename) !== ours) {
      return usual.call(this, content, filename, ...rest)
    }
    return run(this, content, filename, { path: join(cache, name), version })
  }
}

function cacheOfThisRuntime(): string | undefined {
  if (process.env['NODE_DISABLE_COMPILE_CACHE']) return undefined
  return privateCacheFolder(process.versions['electron'] ? 'electron' : 'node')
}

/** The next version's code takes the place of this one's. */
interface Place {
  readonly path: string
  readonly version: string
}

function run(module: Module, content: string, filename: string, place: Place): unknown {
  const kept = read(place)
  const script = new Script(Module.wrap(content), {
    filename,
    // Columns of the first line are told without the wrapper.
    columnOffset: -Module.wrap('').indexOf('\n}'),
    ...(kept ? { cachedData: kept.data } : {}),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const keptBytes = script.cachedDataRejected ? undefined : kept?.compiledBytes
  process.once('exit', () => keep(script, place, keptBytes))
  const start = script.runInThisContext() as (...args: readonly unknown[]) => unknown
  return start.call(module.exports, module.exports, createRequire(filename), module, filename, dirname(filename))
}

function read({ path, version }: Place): KeptCode | undefined {
  try {
    const file = readFileSync(path)
    const data = file.subarray(HEADER_BYTES)
    const compiledBytes = file.readDoubleLE(DIGEST_BYTES)
    return file.subarray(0, DIGEST_BYTES).equals(digest(version, compiledBytes, data)) ? { data, compiledBytes } : undefined
  } catch {
    return undefined
  }
}

function keep(script: Script, { path, version }: Place, keptBytes = 0): void {
  try {
    const compiledBytes = getHeapCodeStatistics().bytecode_and_metadata_size
    if (compiledBytes < keptBytes * GROWN) return
    const data = script.createCachedData()
    const header = Buffer.alloc(HEADER_BYTES)
    header.set(digest(version, compiledBytes, data))
    header.writeDoubleLE(compiledBytes, DIGEST_BYTES)
    const temporary = `${path}.${process.pid}-${threadId}`
    writeFileSync(temporary, Buffer.concat([header, data]), { mode: 0o600 })
    renameSync(temporary, path)
  } catch {
    // A cache: the next run does without.
  }
}

function digest(version: string, compiledBytes: number, data: Buffer): Buffer {
  return blake3(`${version} ${compiledBytes} `, data)
}
