import { lstatSync, realpathSync, statSync, type Stats } from 'node:fs'
import { sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { MAX_PATH_BYTES, MAX_PATH_DEPTH, PAGE_ENTRIES } from '../protocol/limits.ts'
import { errnoOf } from './disk-errors.ts'
import { ENGINE_FOLDER, nameProblem, POSIX_TARGET } from './path-gate.ts'
import type { ScanItem } from './ports.ts'
import { sortedNames } from './sorted-names.ts'
import { canonicalSources, nameSources, type NamedSource } from './source-names.ts'
import { isExecutable, stampOfPath } from './stamps.ts'

export interface ScanOptions {
  readonly signal?: AbortSignal
  /** Monotonic ms. */
  readonly monotonic?: () => number
}

/** No thread is held longer than about this: the scan is done in a command's main thread, too. */
const SLICE_MS = 3
/** Links to folders within folders reached by links: without an end to it, a few links make a tree of millions. */
const MAX_LINK_DEPTH = 8

/** A folder being listed. */
interface Level {
  readonly path: string
  readonly wirePath: string
  readonly names: Generator<string | undefined, void, undefined>
  readonly identity: string
  readonly linkDepth: number
}

/**
 * Looks at everything to be sent, in batches of at most PAGE_ENTRIES: each source under its own name, a folder before its
 * content, names in order of their bytes, so that the same tree gives the same list. Symlinks that stay inside their
 * source arrive as what they point to; what can't be sent is an item with the reason. Throws HoldfastError PATH_NOT_FOUND
 * or PATH_NO_PERMISSION before the first batch, for what the user named himself.
 */
export async function* scan(sources: readonly string[], options: ScanOptions = {}): AsyncGenerator<ScanItem[], void, undefined> {
  const monotonic = options.monotonic ?? (() => performance.now())
  let batch: ScanItem[] = []
  let started = monotonic()
  for (const source of nameSources(canonicalSources(sources))) {
    for (const item of scanSource(source)) {
      if (item) batch.push(item)
      if (batch.length >= PAGE_ENTRIES) {
        yield batch
        batch = []
      }
      // After a batch too: a consumer that awaits nothing else would keep the thread.
      if (monotonic() - started >= SLICE_MS) {
        await setImmediate()
        started = monotonic()
      }
      options.signal?.throwIfAborted()
    }
  }
  if (batch.length > 0) yield batch
}

/** Yields undefined where nothing was found but time has passed. */
function* scanSource(source: NamedSource): Generator<ScanItem | undefined, void, undefined> {
  const problem = nameProblem(source.name, POSIX_TARGET)
  if (problem !== undefined) return yield unnamable(source.name, problem)
  const root = realpathSync(source.path)
  const walk = new Walk(root)
  yield walk.visit(root, source.name, 0)
  yield* walk.run()
}

class Walk {
  readonly #root: string
  readonly #levels: Level[] = []

  constructor(root: string) {
    this.#root = root
  }

  *run(): Generator<ScanItem | undefined, void, undefined> {
    for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) {
      let step: IteratorResult<string | undefined, void>
      try {
        step = level.names.next()
      } catch (error) {
        this.#levels.pop()
        yield { ...skipped(level.wirePath, `the folder can't be read: ${inWords(error)}`), failure: 'FILE_UNREADABLE' }
        continue
      }
      if (step.done) this.#levels.pop()
      else if (step.value === undefined) yield undefined
      else yield this.#named(level, step.value)
    }
  }

  #named(level: Level, raw: string): ScanItem {
    const name = decodeName(raw)
    if (name === undefined) return unnamable(`${level.wirePath}/${Buffer.from(raw, 'latin1').toString()}`, 'is not valid Unicode')
    const wirePath = `${level.wirePath}/${name}`
    const problem = nameProblem(name, POSIX_TARGET) ?? pathProblem(wirePath, this.#levels.length + 1)
    if (problem !== undefined) return unnamable(wirePath, problem)
    return this.visit(level.path.endsWith(sep) ? level.path + name : level.path + sep + name, wirePath, level.linkDepth)
  }

  /** What is there; a folder's content is visited next. */
  visit(path: string, wirePath: string, linkDepth: number): ScanItem {
    try {
      let stats = lstatSync(path)
      let source = path
      if (stats.isSymbolicLink()) {
        source = realpathSync(path)
        if (!this.#isInside(source)) return skipped(wirePath, 'it is a symbolic link that leads out of what is sent')
        stats = statSync(source)
        if (stats.isDirectory()) linkDepth += 1
      }
      if (stats.isFile()) return entry('file', source, wirePath, stats)
      if (stats.isDirectory()) return this.#folder(source, wirePath, stats, linkDepth)
      return skipped(wirePath, `it is ${kindOf(stats)}`)
    } catch (error) {
      const missing = ['ENOENT', 'ELOOP'].includes(errnoOf(error) ?? '')
      return missing ? skipped(wirePath, inWords(error)) : { ...skipped(wirePath, inWords(error)), failure: 'FILE_UNREADABLE' }
    }
  }

  #folder(source: string, wirePath: string, stats: Stats, linkDepth: number): ScanItem {
    const identity = `${stats.dev}:${stampOfPath(source, stats).inode}`
    if (linkDepth > 0 && this.#levels.some((level) => level.identity === identity)) {
      return skipped(wirePath, 'it is a symbolic link that leads back to a folder it is in')
    }
    if (linkDepth > MAX_LINK_DEPTH) return skipped(wirePath, 'it is reached by symbolic links within symbolic links, too many of them')
    this.#levels.push({ path: source, wirePath, names: sortedNames(source), identity, linkDepth })
    return entry('folder', source, wirePath, stats)
  }

  #isInside(path: string): boolean {
    return path === this.#root || path.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep)
  }
}

function entry(kind: 'file' | 'folder', source: string, path: string, stats: Stats): ScanItem {
  const file = kind === 'file'
  return {
    kind: 'entry',
    entry: { kind, path, size: file ? stats.size : 0, mtimeMs: Math.floor(stats.mtimeMs), executable: file && isExecutable(stats) },
    source,
    stamp: stampOfPath(source, stats),
  }
}

function skipped(path: string, reason: string): ScanItem & { kind: 'skipped' } {
  return { kind: 'skipped', path, reason }
}

/** A receive folder's own `.holdfast` is nothing that anybody misses; any other name that can't travel is. */
function unnamable(path: string, problem: string): ScanItem {
  const own = path.slice(path.lastIndexOf('/') + 1) === ENGINE_FOLDER
  return { ...skipped(path, `its name ${problem}`), ...(own ? {} : { failure: 'FILE_NAME_REFUSED' as const }) }
}

function decodeName(raw: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  if (/^[\u0000-\u007f]*$/.test(raw)) return raw
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(raw, 'latin1'))
  } catch {
    return undefined
  }
}

function pathProblem(wirePath: string, depth: number): string | undefined {
  if (depth > MAX_PATH_DEPTH) return 'lies in too many folders'
  return wirePath.length * 3 > MAX_PATH_BYTES && Buffer.byteLength(wirePath) > MAX_PATH_BYTES ? 'is too long' : undefined
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe'
  if (stats.isSocket()) return 'a socket'
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'no regular file'
}

function inWords(error: unknown): string {
  switch (errnoOf(error)) {
    case undefined:
      throw error
    case 'EACCES':
    case 'EPERM':
      return 'reading it is not permitted'
    case 'ENOENT':
      return 'it is a symbolic link to nothing, or was removed just now'
    case 'ELOOP':
      return 'it is a symbolic link that leads to itself'
    default:
      return `it can't be read (${errnoOf(error)})`
  }
}
