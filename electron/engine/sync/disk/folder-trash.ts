import type { HoldfastError } from '../../../../shared/errors.ts'
import type { Amount, TrashItem } from '../../../../shared/model/folder.ts'
import { freeSpace } from '../../folder/free-space.ts'
import type { SyncJobKind, SyncJobOf, SyncResultOf } from '../../folder/sync-jobs.ts'
import type { SyncPlace } from '../../folder/sync-place.ts'
import type { Clock } from '../../util/clock.ts'
import type { SyncTrash } from '../ports.ts'
import { TrashRoom } from './trash-room.ts'

type Run = <K extends SyncJobKind>(kind: K, job: SyncJobOf<K>) => Promise<SyncResultOf<K>>

/** What a shared folder has replaced and deleted. Its amount is counted once and kept up since: it is asked for all the time. */
export class FolderTrash implements SyncTrash {
  readonly #place: SyncPlace
  readonly #run: Run
  readonly #room: TrashRoom
  #amount: Amount | undefined
  #counting: Promise<Amount> | undefined

  constructor(place: SyncPlace, run: Run, clock: Clock) {
    this.#place = place
    this.#run = run
    this.#room = new TrashRoom({
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      bytes: async () => (await this.amount()).bytes,
      count: async () => {
        this.#amount = await this.#run('countTrash', { place })
      },
      expire: (nowMs) => this.expire(nowMs),
      volumeBytes: async () => (await freeSpace(place.root)).totalBytes,
    })
  }

  setLimit(bytes: number | undefined): void {
    this.#room.setLimit(bytes)
  }

  limitBytes(): Promise<number> {
    return this.#room.limitBytes()
  }

  problem(path: string, bytes: number, comingBytes?: number): Promise<HoldfastError | undefined> {
    return this.#room.problem(path, bytes, comingBytes)
  }

  async list(options: { search?: string; offset: number; limit: number }): Promise<{ total: number; items: readonly TrashItem[] }> {
    const { total, items, amount } = await this.#run('listTrash', { place: this.#place, ...options })
    this.#amount = amount
    return { total, items }
  }

  async amount(): Promise<Amount> {
    if (this.#amount) return this.#amount
    this.#counting ??= this.#run('countTrash', { place: this.#place }).finally(() => {
      this.#counting = undefined
    })
    const counted = await this.#counting
    this.#amount ??= counted
    return this.#amount
  }

  async restore(id: string): Promise<string> {
    const { path, size } = await this.#run('restoreTrash', { place: this.#place, id })
    this.grew({ files: -1, bytes: -size })
    return path
  }

  async empty(): Promise<void> {
    await this.#run('removeTrash', { place: this.#place })
    this.#amount = undefined
  }

  async expire(nowMs: number): Promise<void> {
    const { files, bytes } = await this.#run('removeTrash', { place: this.#place, expiredAtMs: nowMs })
    this.grew({ files: -files, bytes: -bytes })
  }

  /** By what an apply has put there. */
  grew({ files, bytes }: Amount): void {
    if (this.#amount) this.#amount = { files: this.#amount.files + files, bytes: this.#amount.bytes + bytes }
    // A count under way may have seen it or not.
    else if (this.#counting && files !== 0) void this.#counting.then(() => (this.#amount = undefined), () => undefined)
  }
}
