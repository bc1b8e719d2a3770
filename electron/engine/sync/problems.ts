import type { HoldfastError } from '../../../shared/errors.ts'
import type { FolderId } from '../../../shared/model/folder.ts'
import type { Clock } from '../util/clock.ts'
import type { SyncStore } from './ports.ts'

const MAX_KNOWN = 10_000
const MAX_VOLUMES = 100
/** Nobody tells that a volume is mounted or unmounted; looking at where one is costs next to nothing. */
const VOLUMES_MS = 60_000

export interface ProblemPorts {
  readonly id: FolderId
  readonly store: SyncStore
  readonly clock: Clock
  changed(): void
  /** Paths were opened. */
  wake(): void
  lookAgain(paths: readonly string[]): void
}

/** Files that can't be kept in sync now, and when they can be again. */
export class Problems {
  readonly #ports: ProblemPorts
  /** By what they were found: a look at the disk, or an attempt to do something. */
  readonly #known = new Map<string, 'look' | 'plan'>()
  readonly #seen = new Set<string>()
  /** Folders that are on another volume: it goes without an event. */
  readonly #volumes = new Set<string>()
  #cancelVolumes: (() => void) | undefined

  constructor(ports: ProblemPorts) {
    this.#ports = ports
    for (const { path } of ports.store.problems(ports.id, 0, MAX_KNOWN).items) this.#known.set(path, 'plan')
  }

  put(path: string, error: HoldfastError, from: 'look' | 'plan'): void {
    const { id, store, clock } = this.#ports
    if (this.#known.size < MAX_KNOWN) this.#known.set(path, from)
    if (from === 'look') this.#seen.add(path)
    if (error.details?.['otherVolume'] === true && this.#volumes.size < MAX_VOLUMES) this.#watchVolume(path)
    store.putProblem(id, { path, error: error.toData(), sinceMs: clock.now() })
    this.#ports.changed()
  }

  solved(path: string): void {
    if (!this.#clear(path)) return
    this.#ports.store.markOpen(this.#ports.id, [path])
    this.#ports.wake()
  }

  /** There is nothing to be done there: nothing can be in the way of it. */
  settled(path: string): void {
    if (this.#known.get(path) === 'plan') this.#clear(path)
  }

  scanning(): void {
    this.#seen.clear()
  }

  /** What can't be done is tried once more; what could not be read, and can be now, is no problem any more. */
  scanned(): void {
    for (const [path, from] of [...this.#known]) if (from === 'look' && !this.#seen.has(path)) this.solved(path)
    this.#ports.store.markOpen(this.#ports.id, [...this.#known.keys()])
  }

  /** A name that another one was in the way of may be free now. */
  retryNames(): void {
    if (this.#known.size === 0) return
    const { id, store } = this.#ports
    const names = store.problems(id, 0, 100).items.filter(({ error }) => error.code === 'FILE_NAME_REFUSED')
    if (names.length === 0) return
    store.markOpen(id, names.map(({ path }) => path))
    this.#ports.wake()
  }

  close(): void {
    this.#cancelVolumes?.()
  }

  #watchVolume(path: string): void {
    this.#volumes.add(path)
    this.#cancelVolumes ??= this.#ports.clock.after(VOLUMES_MS, () => {
      this.#cancelVolumes = undefined
      const [first, ...others] = this.#volumes
      if (first === undefined) return
      this.#ports.lookAgain([first, ...others])
      this.#watchVolume(first)
    })
  }

  #clear(path: string): boolean {
    this.#volumes.delete(path)
    if (!this.#known.delete(path)) return false
    this.#ports.store.clearProblem(this.#ports.id, path)
    this.#ports.changed()
    return true
  }
}
