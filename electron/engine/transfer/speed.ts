import type { Clock } from '../util/clock.ts'

const SAMPLE_MS = 250
const SPAN_MS = 5_000

/** Speed over the last five seconds and the time left at that speed, from a byte count that never decreases. */
export class SpeedMeter {
  readonly #clock: Clock
  #samples: { atMs: number; bytes: number }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  update(bytes: number): void {
    const atMs = this.#clock.monotonic()
    const last = this.#samples.at(-1)
    if (last && atMs - last.atMs < SAMPLE_MS) return
    this.#samples.push({ atMs, bytes })
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? atMs) > SPAN_MS) this.#samples.shift()
  }

  bytesPerSecond(bytes: number): number {
    const first = this.#samples[0]
    if (!first) return 0
    const elapsedMs = this.#clock.monotonic() - first.atMs
    if (elapsedMs < SAMPLE_MS) return 0
    return Math.max(0, Math.round(((bytes - first.bytes) * 1000) / elapsedMs))
  }

  /** After a pause the old samples would lie. */
  reset(): void {
    this.#samples = []
  }
}
