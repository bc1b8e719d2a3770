import { lstatSync, realpathSync, watch, type FSWatcher, type Stats } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate as immediate } from 'node:timers/promises'
import { systemClock } from '../util/clock.ts'
import { errnoOf } from './disk-errors.ts'
import { ENGINE_FOLDER } from './path-gate.ts'
import type { TreeEvent, WatchTree } from './watch-tree.ts'

/** A change is told this long after the last one, but at the latest that long after the first: what is being written changes all the time. */
const GATHER_MS = 50
const GATHER_AT_MOST_MS = 500
/** The engine's thread is never held longer than about this. */
const SLICE_MS = 5
/** What goes while its tree is read. */
const GONE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])
/** What is not for this user's eyes: passed over, below the root. */
const CLOSED: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM'])

interface WatchedFolder {
  readonly watcher: FSWatcher
  readonly identity: string
  /** Paths of the watched folders right in it. */
  readonly inner: Set<string>
}

/**
 * `WatchTree` where the system watches folders and knows no trees (inotify): one watch a folder, and nothing kept of the
 * files. A folder that appears is watched first and listed then, and all that is in it is told, so nothing falls between.
 */
export const watchFolders: WatchTree = async (folder, heard) => {
  // The system tells a folder's own end by the name under which it was watched first.
  const tree = new FolderWatches(realpathSync(folder), heard)
  try {
    await tree.lay()
  } catch (error) {
    tree.close()
    throw error
  }
  return async () => tree.close()
}

class FolderWatches {
  readonly #root: string
  readonly #heard: Parameters<WatchTree>[1]
  /** By path below the root; '' is the root. */
  readonly #folders = new Map<string, WatchedFolder>()
  /** Paths of which something was heard; true: they may have come or gone. */
  #pending = new Map<string, boolean>()
  #firstMs = 0
  /** Of the root. */
  #attributes = ''
  /** Heard since it was last asked. */
  #more = false
  #cancelTell: (() => void) | undefined
  #telling: Promise<void> = Promise.resolve()
  #closed = false

  constructor(root: string, heard: Parameters<WatchTree>[1]) {
    this.#root = root
    this.#heard = heard
  }

  /** Rejects with what the system says. */
  async lay(): Promise<void> {
    await this.#watchBelow('', () => undefined)
    if (!this.#folders.has('')) throw Object.assign(new Error(`ENOENT: no such folder, watch '${this.#root}'`), { code: 'ENOENT' })
  }

  close(): void {
    this.#closed = true
    this.#cancelTell?.()
    this.#pending.clear()
    for (const { watcher } of this.#folders.values()) watcher.close()
    this.#folders.clear()
  }

  /** Watches a folder and all in it; `found` is told of everything in it that is not left out. */
  async #watchBelow(top: string, found: (path: string) => void): Promise<void> {
    const waiting = [top]
    for (let path = waiting.pop(); path !== undefined && !this.#closed; path = waiting.pop()) {
      try {
        if (!this.#watch(path)) continue
        for (const entry of await readdir(this.#absolute(path), { withFileTypes: true })) {
          if (path === '' && entry.name === ENGINE_FOLDER) continue
          const below = path === '' ? entry.name : `${path}/${entry.name}`
          found(below)
          if (entry.isDirectory()) waiting.push(below)
        }
      } catch (error) {
        const errno = errnoOf(error)
        if (!GONE.has(errno) && !(path !== '' && CLOSED.has(errno))) throw error
      }
    }
  }

  /** False: it is no folder, or watched already. */
  #watch(path: string): boolean {
    const absolute = this.#absolute(path)
    const stats = lstatSync(absolute)
    if (!stats.isDirectory() || this.#folders.has(path)) return false
    const watcher = watch(absolute, { persistent: false }, (kind, name) => this.#changed(path, kind, name))
    watcher.on('error', (error) => this.#fail(error))
    this.#folders.set(path, { watcher, identity: identityOf(stats), inner: new Set() })
    if (path === '') this.#attributes = attributesOf(stats)
    else this.#folders.get(parentOf(path))?.inner.add(path)
    return true
  }

  #changed(folder: string, kind: string, name: string | null): void {
    if (this.#closed || name === null || (folder === '' && name === ENGINE_FOLDER)) return
    const path = folder === '' ? name : `${folder}/${name}`
    const comesOrGoes = kind === 'rename'
    if (comesOrGoes || !this.#pending.has(path)) this.#pending.set(path, comesOrGoes)
    this.#more = true
    if (this.#cancelTell) return
    this.#firstMs = systemClock.monotonic()
    this.#gather()
  }

  #gather(): void {
    this.#more = false
    this.#cancelTell = systemClock.after(GATHER_MS, () => {
      if (this.#more && systemClock.monotonic() - this.#firstMs < GATHER_AT_MOST_MS) return this.#gather()
      this.#cancelTell = undefined
      const pending = this.#pending
      this.#pending = new Map()
      this.#telling = this.#telling.then(() => this.#tell(pending)).catch((error: unknown) => this.#fail(error))
    })
  }

  async #tell(pending: ReadonlyMap<string, boolean>): Promise<void> {
    if (this.#closed) return
    // So it says of itself that it was moved, has ended, or got other attributes; or it is something in it of that name.
    if (pending.get(basename(this.#root)) && this.#isOver()) return this.#end()
    const [gone, events]: [TreeEvent[], TreeEvent[]] = [[], []]
    let startedMs = systemClock.monotonic()
    for (const [path, comesOrGoes] of pending) {
      if (systemClock.monotonic() - startedMs >= SLICE_MS) {
        await immediate()
        startedMs = systemClock.monotonic()
      }
      if (this.#closed) return
      const stats = this.#look(path)
      const known = this.#folders.get(path)
      // Its own watch ended with it, also where another has its name by now.
      const over = known && comesOrGoes && (!stats?.isDirectory() || identityOf(stats) !== known.identity)
      if (over) {
        this.#unwatch(path)
        gone.push({ type: 'delete', path })
      }
      if (!stats) {
        // A folder tells of itself by its own name, of which there may be nothing in it: what it says of its end is told, for
        // it may be about that, and does no harm.
        if (comesOrGoes && !known) gone.push({ type: 'delete', path })
      } else if (!comesOrGoes || (known && !over)) events.push({ type: 'update', path })
      else {
        events.push({ type: 'create', path })
        try {
          if (stats.isDirectory()) await this.#watchBelow(path, (below) => events.push({ type: 'create', path: below }))
        } catch (error) {
          if (errnoOf(error) === undefined) throw error
          // No more watches are to be had. Those that stand go on; who hears of the folder asks for new ones, and is refused.
        }
      }
    }
    // What came in place of something else is told after its end.
    if (gone.length > 0) this.#heard(undefined, gone)
    if (events.length > 0 && !this.#closed) this.#heard(undefined, events)
  }

  #look(path: string): Stats | undefined {
    try {
      return lstatSync(this.#absolute(path), { throwIfNoEntry: false })
    } catch {
      return undefined
    }
  }

  #unwatch(path: string): void {
    const folder = this.#folders.get(path)
    if (!folder) return
    folder.watcher.close()
    this.#folders.delete(path)
    this.#folders.get(parentOf(path))?.inner.delete(path)
    for (const inner of [...folder.inner]) this.#unwatch(inner)
  }

  /** Something was told of the root. Nothing about it is new: it was moved, and is back. Whoever listens begins anew then, too. */
  #isOver(): boolean {
    const now = lstatSync(this.#root, { throwIfNoEntry: false })
    if (!now?.isDirectory() || identityOf(now) !== this.#folders.get('')?.identity) return true
    const before = this.#attributes
    this.#attributes = attributesOf(now)
    return this.#attributes === before
  }

  #end(): void {
    this.close()
    this.#heard(undefined, [{ type: 'delete', path: '' }])
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.close()
    this.#heard(error instanceof Error ? error : new Error(String(error)), [])
  }

  #absolute(path: string): string {
    return path === '' ? this.#root : join(this.#root, path)
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function attributesOf({ mtimeMs, mode, uid, gid }: Stats): string {
  return [mtimeMs, mode, uid, gid].join()
}

/** With its time of birth, for the number of one that has gone may be given again at once. */
function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeMs}`
}
