import type { Clock } from '../../electron/engine/util/clock.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
}

/** Time that moves only when told, and then in a fixed order: timers by time, those of one moment as they were set. */
export class FakeClock implements Clock {
  #nowMs: number
  #order = 0
  #timers = new Set<Timer>()

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs
  }

  get pending(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Moves on, for code without promises. */
  run(forMs: number): void {
    const end = this.#nowMs + forMs
    while (this.#step(end));
    this.#nowMs = end
  }

  /** Moves on, letting promises settle before each timer and at the end. */
  async advance(forMs: number): Promise<void> {
    const end = this.#nowMs + forMs
    do await settle()
    while (this.#step(end))
    this.#nowMs = end
    await settle()
  }

  /** Moves on until something is true; throws when it is not within the given time. */
  async until(condition: () => boolean, withinMs = 600_000): Promise<void> {
    const end = this.#nowMs + withinMs
    for (;;) {
      await settle()
      if (condition()) return
      if (!this.#step(end)) throw new Error(`not true within ${withinMs} ms`)
    }
  }

  /** Sleep: all timers come late, by so much. */
  jump(forMs: number): void {
    this.#nowMs += forMs
  }

  #step(endMs: number): boolean {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)) first = timer
    }
    if (!first || first.atMs > endMs) return false
    this.#timers.delete(first)
    this.#nowMs = Math.max(this.#nowMs, first.atMs)
    first.callback()
    return true
  }
}

/** Enough turns for any chain of promises that hangs on nothing real. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve()
}
