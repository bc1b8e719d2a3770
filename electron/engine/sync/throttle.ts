import type { Clock } from '../util/clock.ts'

/** Calls at once, and then not again before `everyMs` have passed: once more if it was asked for meanwhile. */
export class Throttle {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #work: () => void
  #cancel: (() => void) | undefined
  #again = false
  #closed = false

  constructor(clock: Clock, everyMs: number, work: () => void) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#work = work
  }

  call(): void {
    if (this.#closed) return
    if (this.#cancel) {
      this.#again = true
      return
    }
    this.#again = false
    this.#cancel = this.#clock.after(this.#everyMs, () => {
      this.#cancel = undefined
      if (this.#again) this.call()
    })
    this.#work()
  }

  /** What was asked for is done now. */
  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#again && !this.#closed) this.#work()
    this.#closed = true
  }
}
