import type { Clock } from './clock.ts'

/** Work that is due later, at most one of each name: a new one takes the place of the old one. */
export class Timers<Name extends string> {
  readonly #clock: Clock
  readonly #cancels = new Map<Name, () => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(name: Name): boolean {
    return this.#cancels.has(name)
  }

  set(name: Name, delayMs: number, work: () => void): void {
    this.#cancels.get(name)?.()
    this.#cancels.set(name, this.#clock.after(delayMs, () => {
      this.#cancels.delete(name)
      work()
    }))
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }
}
