import type { Incoming } from './incoming.ts'

/** What has been decoded and not yet been taken care of. Reading stops above `highBytes`; `onLow` says when to go on. */
export class IncomingQueue {
  readonly #highBytes: number
  readonly #onLow: () => void
  #items: Incoming[] = []
  #at = 0
  #bytes = 0
  #wake: (() => void) | undefined

  constructor(highBytes: number, onLow: () => void) {
    this.#highBytes = highBytes
    this.#onLow = onLow
  }

  /** Enough waits: also when it is many small messages rather than many bytes. */
  get full(): boolean {
    return this.#bytes >= this.#highBytes || this.#items.length - this.#at >= 4096
  }

  push(item: Incoming): void {
    this.#items.push(item)
    if (item.kind === 'body') this.#bytes += item.bytes.length
    this.#wake?.()
    this.#wake = undefined
  }

  async next(): Promise<Incoming> {
    for (;;) {
      const item = this.#take()
      if (item) return item
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The slices that directly follow, so that they are written together. */
  moreBodies(): Uint8Array[] {
    const slices: Uint8Array[] = []
    while (this.#items[this.#at]?.kind === 'body') {
      const item = this.#take()
      if (item?.kind === 'body') slices.push(item.bytes)
    }
    return slices
  }

  #take(): Incoming | undefined {
    const item = this.#items[this.#at]
    if (!item) return undefined
    const wasFull = this.full
    this.#at += 1
    if (item.kind === 'body') this.#bytes -= item.bytes.length
    if (this.#at === this.#items.length) {
      this.#items = []
      this.#at = 0
    }
    if (wasFull && !this.full) this.#onLow()
    return item
  }
}
