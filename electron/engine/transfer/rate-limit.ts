import { sleep, type Clock } from '../util/clock.ts'

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
      const rate = this.#bytesPerSecond()
      if (rate <= 0) return
      const nowMs = this.#clock.monotonic()
      this.#tokens = Math.min(rate, this.#tokens + ((nowMs - this.#atMs) * rate) / 1000)
      this.#atMs = nowMs
      if (this.#tokens > 0) {
        this.#tokens -= bytes
        return
      }
      await sleep(this.#clock, Math.max(5, Math.ceil((-this.#tokens * 1000) / rate)), signal)
    }
  }
}

/** Of two limits in bytes per second, 0 meaning none. */
export function lowerRate(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other)
}
