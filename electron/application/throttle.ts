import type { Clock } from '../engine/util/clock.ts'

/** Does `work` at once, and again at most every `everyMs` however often it is asked for; the last request is always served. */
export class Throttle {
  readonly #clock: Clock
  readonly #everyMs: () => number
  readonly #work: () => void
  #lastMs = -Infinity
  #cancel: (() => void) | undefined

  constructor(clock: Clock, everyMs: number | (() => number), work: () => void) {
    this.#clock = clock
    this.#everyMs = typeof everyMs === 'number' ? () => everyMs : everyMs
    this.#work = work
  }

  request(): void {
    if (this.#cancel) return
    const waitMs = this.#lastMs + this.#everyMs() - this.#clock.monotonic()
    if (waitMs <= 0) return this.#run()
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#cancel = undefined
      this.#run()
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #run(): void {
    this.#lastMs = this.#clock.monotonic()
    this.#work()
  }
}
