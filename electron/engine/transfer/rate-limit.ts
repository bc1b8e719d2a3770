import { sleep, type Clock } from '../util/clock.ts'

const PORTION_SECONDS = 0.25

/** A token bucket that holds one second of `bytesPerSecond`; 0 means no limit. A taker may overdraw it once, then waits. */
export class RateLimit {
  readonly #clock: Clock
  readonly #bytesPerSecond: () => number
  #tokens = 0
  #atMs: number

  constructor(clock: Clock, bytesPerSecond: () => number) {
    this.#clock = clock
    this.#bytesPerSecond = bytesPerSecond
    this.#atMs = clock.monotonic()
  }

  async take(bytes: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const rate = this.#refill()
      if (rate <= 0) return
      if (this.#tokens > 0) {
        this.#tokens -= bytes
        return
      }
      await sleep(this.#clock, Math.max(5, Math.ceil((-this.#tokens * 1000) / rate)), signal)
    }
  }

  /** For whoever asks instead of waiting: how many bytes may be had now. None before a quarter of a second's worth has gathered. */
  get allowance(): number {
    const rate = this.#refill()
    if (rate <= 0) return Infinity
    return this.#tokens >= rate * PORTION_SECONDS ? this.#tokens : 0
  }

  /** Until there is an allowance. */
  get waitMs(): number {
    const rate = this.#refill()
    return rate <= 0 ? 0 : Math.max(0, Math.ceil((PORTION_SECONDS - this.#tokens / rate) * 1000))
  }

  /** More than was allowed is missing afterwards. */
  spend(bytes: number): void {
    if (this.#refill() > 0) this.#tokens -= bytes
  }

  #refill(): number {
    const rate = this.#bytesPerSecond()
    const nowMs = this.#clock.monotonic()
    if (rate > 0) this.#tokens = Math.min(rate, this.#tokens + ((nowMs - this.#atMs) * rate) / 1000)
    this.#atMs = nowMs
    return rate
  }
}

/** Of two limits in bytes per second, 0 meaning none. */
export function lowerRate(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other)
}
