import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../../../../shared/errors.ts'
import { ReceiveWatcher, type FolderChanges } from '../../folder/receive-watcher.ts'
import { IGNORE_FILE, requireMarkedFolder } from '../../folder/sync-place.ts'
import { watchTree, type WatchTree } from '../../folder/watch-tree.ts'
import type { Clock } from '../../util/clock.ts'
import type { SyncWatcher, SyncWatcherPorts } from '../ports.ts'

/** Without the system's help. */
const POLL_MS = 60_000
/** A refusal costs the system a walk over the whole tree. */
const TRY_AGAIN_MS = 10 * 60_000
/** What the system answers where a folder goes while its tree is read is no refusal, unless it is so again and again. */
const GONE = /Bad file descriptor|No such file|Not a directory|Too many levels of symbolic links|EBADF|ENOENT|ENOTDIR|ELOOP/i
const MOST_GONE = 4
/** Of one message: among more new names, some folder will be. */
const MOST_LOOKS = 256
/** New folders that are told again when their watches stand; beyond that everything is looked at. */
const MOST_FRESH = 1_000

export interface FolderWatcherOptions {
  readonly root: string
  readonly clock: Clock
  readonly ports: SyncWatcherPorts
  /** What tests decide themselves. */
  readonly watch?: WatchTree
  /** False where the system watches a whole tree at once, new folders too. */
  readonly renews?: boolean
}

/**
 * Watches a shared folder through its vanishing and return, as `ReceiveWatcher` does. Where the system refuses, because it
 * has no more watches to give or may not read a folder, the folder is looked at once a minute, and it is tried again.
 */
export class FolderWatcher implements SyncWatcher {
  readonly #options: FolderWatcherOptions
  readonly #inner: ReceiveWatcher
  readonly #renews: boolean
  #late = false
  #refusal: unknown
  #goneTimes = 0
  #triedMs = -Infinity
  #cancelPoll: () => void = () => undefined
  #fresh = new Set<string>()
  #closed = false

  constructor(options: FolderWatcherOptions) {
    this.#options = options
    this.#renews = options.renews ?? process.platform === 'linux'
    const { root, clock, ports } = options
    this.#inner = new ReceiveWatcher(
      root,
      {
        clock,
        check: () => void requireMarkedFolder(root),
        changed: (changes) => this.#changed(changes),
        sees: (path) => path === IGNORE_FILE,
        // After every try, also one in vain.
        unsure: () => !this.#late && ports.unsure(),
        problem: (problem) => ports.problem(problem),
      },
      (folder, heard) => this.#watch(folder, heard),
    )
  }

  start(): Promise<void> {
    return this.#inner.start()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelPoll()
    await this.#inner.close()
  }

  /** Asked for once a minute while it is refused: a refusal is worth even rarer a try. */
  #watch: WatchTree = async (folder, heard) => {
    const { clock, watch = watchTree } = this.#options
    if (this.#late && clock.monotonic() - this.#triedMs < this.#tryAgainMs()) throw this.#refusal
    try {
      this.#triedMs = clock.monotonic()
      const stop = await watch(folder, heard)
      this.#goneTimes = 0
      this.#beOnTime()
      return stop
    } catch (error) {
      this.#refusal = error
      this.#goneTimes = isGone(error) ? this.#goneTimes + 1 : 0
      if (this.#goneTimes === 0 || this.#goneTimes >= MOST_GONE) this.#beLate(error)
      throw error
    }
  }

  #tryAgainMs(): number {
    return this.#goneTimes > 0 ? POLL_MS : TRY_AGAIN_MS
  }

  #beLate(error: unknown): void {
    if (this.#late || this.#closed || !this.#isThere()) return
    this.#late = true
    this.#options.ports.late?.(unwatched(this.#options.root, error))
    this.#poll()
  }

  #beOnTime(): void {
    if (!this.#late) return
    this.#late = false
    this.#cancelPoll()
    this.#options.ports.late?.(undefined)
  }

  /** That a folder goes is no refusal. */
  #isThere(): boolean {
    try {
      requireMarkedFolder(this.#options.root)
      return true
    } catch {
      return false
    }
  }

  #poll(): void {
    const { clock, ports } = this.#options
    ports.unsure()
    // Older watches may still stand: then nothing but this asks for new ones.
    if (clock.monotonic() - this.#triedMs >= this.#tryAgainMs()) void this.#inner.renew()
    this.#cancelPoll = clock.after(POLL_MS, () => this.#poll())
  }

  #changed(changes: FolderChanges): void {
    const { updated, deleted } = changes
    const created = outermost(changes.created)
    const paths = [...created, ...updated, ...deleted]
    if (paths.length > 0) this.#options.ports.changed(paths)
    if (this.#renews && created.length > 0) void this.#watchNewFolders(created)
  }

  /** What happens in folders that are new is not told before their watches are laid: then they are looked at once more. */
  async #watchNewFolders(created: readonly string[]): Promise<void> {
    for (const path of created.slice(0, MOST_LOOKS)) {
      const found = await lstat(join(this.#options.root, path)).catch(() => undefined)
      if (found?.isDirectory()) this.#fresh.add(path)
    }
    if (created.length > MOST_LOOKS) for (const path of created.slice(MOST_LOOKS)) if (this.#fresh.size <= MOST_FRESH) this.#fresh.add(path)
    if (this.#fresh.size === 0) return
    await this.#inner.renew()
    if (this.#closed || this.#fresh.size === 0) return
    const fresh = [...this.#fresh]
    this.#fresh.clear()
    if (fresh.length > MOST_FRESH) this.#options.ports.unsure()
    else this.#options.ports.changed(fresh)
  }
}

/** A new folder is looked into whole: what came with it need not be told one by one. */
function outermost(paths: readonly string[]): string[] {
  const all = new Set(paths)
  return paths.filter((path) => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) if (all.has(path.slice(0, at))) return false
    return true
  })
}

function unwatched(root: string, error: unknown): HoldfastError {
  const reason = error instanceof Error ? error.message : String(error)
  const late = `so what changes in ${root} is found once a minute instead of at once.`
  return new HoldfastError('SYNC_UNWATCHED', unwatchedMessage(reason, late), { cause: error, details: { folder: root } })
}

function isGone(error: unknown): boolean {
  return GONE.test(error instanceof Error ? error.message : String(error))
}

function unwatchedMessage(reason: string, late: string): string {
  if (GONE.test(reason)) return `Folders in it come and go faster than they can be watched, ${late} It is tried again every minute.`
  if (/No space left on device|ENOSPC|Too many open files|EMFILE/i.test(reason)) {
    return `The system's limit of watched folders is reached, ${late} Raise it, on Linux with “sudo sysctl fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=1024”, or share fewer folders.`
  }
  if (/File name too long|ENAMETOOLONG/i.test(reason)) return `A folder in it lies too deep for the system to tell of changes, ${late} Move it up, or shorten the names above it.`
  return `The system refuses to tell of changes, ${late} Give yourself read permission to all folders in it.`
}
