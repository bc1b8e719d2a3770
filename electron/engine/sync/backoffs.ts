import type { Clock } from '../util/clock.ts'

const FIRST_MS = 500
const MAX_MS = 10 * 60_000
const MAX_KEPT = 50_000

/** What went wrong lately and is left alone for a while, longer each time. One timer for all. */
export class Backoffs {
  readonly #clock: Clock
  readonly #over: () => void
  readonly #held = new Map<string, { tries: number; untilMs: number }>()
  #cancel: (() => void) | undefined
  #timerMs = Infinity

  /** `over` is called when something may be tried again. */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock
    this.#over = over
  }

  /** Twice as long each time, up to `maxMs`. Returns how often in a row it went wrong. */
  fail(key: string, firstMs = FIRST_MS, maxMs = MAX_MS): number {
    const tries = (this.#held.get(key)?.tries ?? 0) + 1
    if (this.#held.size >= MAX_KEPT && !this.#held.has(key)) this.#held.delete(this.#held.keys().next().value ?? '')
    const untilMs = this.#clock.monotonic() + Math.min(firstMs * 2 ** Math.min(tries - 1, 20), maxMs)
    this.#held.set(key, { tries, untilMs })
    this.#schedule(untilMs)
    return tries
  }

  holds(key: string): boolean {
    return (this.#held.get(key)?.untilMs ?? 0) > this.#clock.monotonic()
  }

  clear(key?: string): void {
    if (key === undefined) this.#held.clear()
    else this.#held.delete(key)
  }

  close(): void {
    this.#held.clear()
    this.#cancel?.()
  }

  #schedule(untilMs: number): void {
    if (untilMs >= this.#timerMs) return
    this.#cancel?.()
    this.#timerMs = untilMs
    this.#cancel = this.#clock.after(Math.max(0, untilMs - this.#clock.monotonic()), () => {
      this.#timerMs = Infinity
      const nowMs = this.#clock.monotonic()
      const next = [...this.#held.values()].reduce((least, { untilMs: until }) => (until > nowMs ? Math.min(least, until) : least), Infinity)
      if (next < Infinity) this.#schedule(next)
      this.#over()
    })
  }
}
