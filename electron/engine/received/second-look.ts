import { sleep, type Clock } from '../util/clock.ts'

/** What the watcher has not told of a delivery by then, it won't. */
const DUE_MS = 1_000
/** While files pour in it is late itself. */
const DUE_WHILE_BUSY_MS = 10_000
const TICK_MS = 500
/** How long a walk waits for files that pour in. */
const MAX_PAUSE_MS = 30_000
/** A file may be seen before its delivery is announced: after its flush, and the commit. */
const REMEMBER_MS = 10_000
/** Names in memory, of each kind. */
const MAX_NAMES = 50_000
/** More at once are no files that were deleted at once, but in folders that are not watched: one look, when they are. */
const FEW_NAMES = 200

export interface SecondLookPorts {
  readonly clock: Clock
  /** Files pour in. */
  busy(): boolean
  /** Resolves when the watches laid after this call stand; undefined: there is no gap in them, or nobody watches. */
  renew(folder: string): Promise<void> | undefined
  /** Looks at what the index has at these paths. */
  look(folder: string, paths: readonly string[]): Promise<void>
  /** And returns those that are not known to be gone. */
  lookWhichAreLeft(folder: string, paths: readonly string[]): Promise<readonly string[]>
  /** Looks at what the index has below this folder, and for what it has not. */
  lookInside(folder: string, path: string): Promise<void>
  /** Looks at everything delivered since, ms since the epoch. */
  lookSince(folder: string, sinceMs: number): Promise<void>
}

interface Folder {
  /** Delivered and not told of by the watcher, oldest first, with the monotonic time of the delivery. */
  readonly missing: Map<string, number>
  /** Told of and not announced: just as. */
  readonly seen: Map<string, number>
  /** More was missing than fits: since when. */
  sinceMs?: number
}

interface Batch {
  readonly files: Set<string>
  readonly folders: Set<string>
  sinceMs?: number
}

/**
 * Looks again where the watcher may have missed something. It tells of every delivery; where it did not within a second,
 * the file was deleted at once, or its folder is not watched yet: it is looked at, the watches are laid anew, and what is
 * still there is looked at once more. So the index gets true within seconds, and what the watcher told of costs nothing.
 */
export class SecondLook {
  readonly #ports: SecondLookPorts
  readonly #folders = new Map<string, Folder>()
  /** What waits for new watches. */
  readonly #batches = new Map<Promise<void>, Batch>()
  #cancelTick: (() => void) | undefined
  #closed = false

  constructor(ports: SecondLookPorts) {
    this.#ports = ports
  }

  delivered(folder: string, paths: Iterable<string>): void {
    const state = this.#folder(folder)
    const nowMs = this.#ports.clock.monotonic()
    for (const path of paths) {
      if (state.seen.delete(path)) continue
      if (state.missing.size < MAX_NAMES) state.missing.set(path, nowMs)
      else state.sinceMs ??= this.#ports.clock.now()
    }
    this.#tickSoon()
  }

  told(folder: string, paths: Iterable<string>): void {
    const state = this.#folder(folder)
    const nowMs = this.#ports.clock.monotonic()
    for (const path of paths) if (!state.missing.delete(path) && state.seen.size < MAX_NAMES) state.seen.set(path, nowMs)
    this.#tickSoon()
  }

  /** These were told to be deleted: what comes there now is told of again. */
  deleted(folder: string, paths: Iterable<string>): void {
    const { seen } = this.#folder(folder)
    for (const path of paths) seen.delete(path)
  }

  /** A folder appeared below that one: what came with it, or was made in it at once, nobody told of. */
  folderMade(folder: string, path: string): void {
    const batch = this.#whenLaid(folder)
    if (batch && batch.folders.size < MAX_NAMES) batch.folders.add(path)
  }

  /** New watches without a look: the folder has deliveries, which are looked after one by one. */
  ownFolderMade(folder: string): void {
    this.#whenLaid(folder)
  }

  close(): void {
    this.#closed = true
    this.#cancelTick?.()
  }

  #folder(folder: string): Folder {
    const state = this.#folders.get(folder) ?? { missing: new Map(), seen: new Map() }
    this.#folders.set(folder, state)
    return state
  }

  #tickSoon(): void {
    if (this.#closed || this.#cancelTick) return
    this.#cancelTick = this.#ports.clock.after(TICK_MS, () => {
      void this.#tick().finally(() => {
        this.#cancelTick = undefined
        if ([...this.#folders.values()].some(({ missing, seen }) => missing.size + seen.size > 0)) this.#tickSoon()
      })
    })
  }

  async #tick(): Promise<void> {
    const nowMs = this.#ports.clock.monotonic()
    for (const [folder, state] of this.#folders) {
      takeUntil(state.seen, nowMs - REMEMBER_MS)
      const due = takeUntil(state.missing, nowMs - (this.#ports.busy() ? DUE_WHILE_BUSY_MS : DUE_MS))
      const left = due.length > 0 && due.length <= FEW_NAMES ? await this.#ports.lookWhichAreLeft(folder, due) : due
      if (left.length === 0 && state.sinceMs === undefined) continue
      await this.#lookWhenLaid(folder, left, state.sinceMs)
      delete state.sinceMs
    }
  }

  async #lookWhenLaid(folder: string, files: readonly string[], sinceMs: number | undefined): Promise<void> {
    const batch = this.#whenLaid(folder)
    if (!batch) {
      if (files.length > FEW_NAMES) await this.#ports.look(folder, files)
      if (sinceMs !== undefined) await this.#ports.lookSince(folder, sinceMs)
      return
    }
    if (batch.files.size + files.length <= MAX_NAMES) for (const path of files) batch.files.add(path)
    else sinceMs ??= this.#ports.clock.now() - DUE_WHILE_BUSY_MS - TICK_MS
    if (sinceMs !== undefined) batch.sinceMs = Math.min(batch.sinceMs ?? Infinity, sinceMs)
  }

  #whenLaid(folder: string): Batch | undefined {
    const laid = this.#closed ? undefined : this.#ports.renew(folder)
    if (!laid) return undefined
    const known = this.#batches.get(laid)
    if (known) return known
    const batch: Batch = { files: new Set(), folders: new Set() }
    this.#batches.set(laid, batch)
    void laid.then(async () => {
      this.#batches.delete(laid)
      await this.#pause()
      if (this.#closed) return
      if (batch.sinceMs !== undefined) await this.#ports.lookSince(folder, batch.sinceMs)
      await this.#ports.look(folder, [...batch.files])
      for (const path of batch.folders) await this.#ports.lookInside(folder, path)
    })
    return batch
  }

  /** A walk through a tree that is just arriving would cost the arrival: not before it pauses, or has lasted. */
  async #pause(): Promise<void> {
    const { clock } = this.#ports
    for (const untilMs = clock.monotonic() + MAX_PAUSE_MS; this.#ports.busy() && !this.#closed && clock.monotonic() < untilMs; ) {
      await sleep(clock, TICK_MS)
    }
  }
}

/** Takes the oldest, in the order they came in. */
function takeUntil(names: Map<string, number>, untilMs: number): string[] {
  const taken: string[] = []
  for (const [name, atMs] of names) {
    if (atMs > untilMs) break
    taken.push(name)
    names.delete(name)
  }
  return taken
}
