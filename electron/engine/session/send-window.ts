/**
 * How many bulk bytes may be on their way. Starts where a local network is saturated, grows with what is acknowledged while
 * it is the limit (long fat links), halves at a timeout. The limits bound memory: a peer has no influence beyond them.
 */
export class SendWindow {
  readonly #minBytes: number
  readonly #maxBytes: number
  #bytes: number
  #limiting = false

  constructor(limits: { readonly windowStartBytes: number; readonly windowMinBytes: number; readonly windowMaxBytes: number }) {
    this.#minBytes = limits.windowMinBytes
    this.#maxBytes = limits.windowMaxBytes
    this.#bytes = limits.windowStartBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether a message of this size fits beside those under way; one always does. */
  fits(underWay: number, length: number): boolean {
    const fits = underWay === 0 || underWay + length <= this.#bytes
    if (!fits) this.#limiting = true
    return fits
  }

  acknowledged(length: number): void {
    if (this.#limiting) this.#bytes = Math.min(this.#maxBytes, this.#bytes + Math.ceil(length / 4))
    this.#limiting = false
  }

  timedOut(): void {
    this.#bytes = Math.max(this.#minBytes, Math.floor(this.#bytes / 2))
  }
}
