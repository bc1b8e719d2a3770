/**
 * Measures from write to acknowledgement, queueing in the socket included, and derives when silence means loss: RFC 6298
 * (smoothed time and its variation), with far longer bounds, for TCP repeats lost packets itself.
 */
export class RoundTrip {
  readonly #minMs: number
  readonly #maxMs: number
  #smoothedMs: number | undefined
  #variationMs = 0

  constructor(minMs: number, maxMs: number) {
    this.#minMs = minMs
    this.#maxMs = maxMs
  }

  /** Only of messages that were sent once (Karn): an acknowledgement does not tell which copy it is for. */
  sample(elapsedMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = elapsedMs
      this.#variationMs = elapsedMs / 2
      return
    }
    this.#variationMs += (Math.abs(elapsedMs - this.#smoothedMs) - this.#variationMs) / 4
    this.#smoothedMs += (elapsedMs - this.#smoothedMs) / 8
  }

  get timeoutMs(): number {
    if (this.#smoothedMs === undefined) return this.#minMs
    return Math.min(this.#maxMs, Math.max(this.#minMs, this.#smoothedMs + 4 * this.#variationMs))
  }
}
