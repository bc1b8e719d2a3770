import type { Transfer, TransferId } from '../../shared/model/transfer.ts'

/** Numbers that change more often than this flicker, and every change costs the page a drawing. */
const SHOW_EVERY_MS = 250

/**
 * Holds back snapshots of transfers whose numbers alone have changed, and shows the newest of each together. Whatever a
 * person waits for, a change of state, is shown at once.
 */
export class LatestTransfers {
  readonly #show: (transfers: readonly Transfer[]) => void
  readonly #held = new Map<TransferId, Transfer>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(show: (transfers: readonly Transfer[]) => void) {
    this.#show = show
  }

  /** @param shown what is shown of it now */
  put(transfer: Transfer, shown: Transfer | undefined): void {
    this.#held.set(transfer.id, transfer)
    if (shown?.state.kind !== 'active' || transfer.state.kind !== 'active') this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), SHOW_EVERY_MS)
  }

  forget(transferId: TransferId): void {
    this.#held.delete(transferId)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#held.size === 0) return
    const transfers = [...this.#held.values()]
    this.#held.clear()
    this.#show(transfers)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#held.clear()
  }
}
