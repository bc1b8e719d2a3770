import type { Transfer } from '../../shared/model/transfer.ts'

type Seen = Pick<Transfer, 'id' | 'state' | 'bytes' | 'totalBytes'>

/** How far all that runs is, for the taskbar: between 0 and 1, null when nothing runs. */
export class OverallProgress {
  readonly #running = new Map<string, { readonly bytes: number; readonly totalBytes: number }>()

  transfer({ id, state, bytes, totalBytes }: Seen): void {
    if (state.kind === 'active') this.#running.set(id, { bytes, totalBytes })
    else this.#running.delete(id)
  }

  forget(transferId: string): void {
    this.#running.delete(transferId)
  }

  clear(): void {
    this.#running.clear()
  }

  get part(): number | null {
    if (this.#running.size === 0) return null
    let bytes = 0
    let total = 0
    for (const one of this.#running.values()) {
      bytes += one.bytes
      total += one.totalBytes
    }
    return total > 0 ? bytes / total : 0
  }
}
