import type { Amount, PlanCounts, SyncActivity } from '../../../shared/model/folder.ts'

/** What is still to be done: as it was counted, and less with each file that comes. */
export class Outstanding {
  #left: Amount = { files: 0, bytes: 0 }
  #isInHand = false

  /** Files to get. */
  get left(): Amount {
    return this.#left
  }
  /** Something of what was counted is being done, be it without getting anything. */
  get isInHand(): boolean {
    return this.#isInHand
  }

  /** `soFar`: so much at least, while it is still being counted. */
  counted(counts: PlanCounts, soFar = false): void {
    const { get, replace, conflict, rename, delete: deletions, bytes } = counts
    const files = get + replace + conflict
    if (!soFar || files > this.#left.files) this.#left = { files, bytes }
    this.#isInHand = files + rename + deletions > 0
  }

  happened(items: readonly SyncActivity[]): void {
    for (const { kind, size = 0 } of items) {
      if (kind !== 'got' && kind !== 'replaced' && kind !== 'conflict') continue
      this.#left = { files: Math.max(0, this.#left.files - 1), bytes: Math.max(0, this.#left.bytes - size) }
    }
  }

  /** As much of it as can be done now is done. */
  done(): void {
    this.#isInHand = false
  }
}
