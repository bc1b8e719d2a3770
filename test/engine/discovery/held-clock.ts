import type { Clock } from '../../../electron/engine/util/clock.ts'

/** Time stands still until the test moves it; wall and monotonic time can part, as in sleep. */
export class HeldClock implements Clock {
  #timers = new Set<{ at: number; callback: () => void }>()
  #wall = 1_700_000_000_000
  #monotonic = 0

  now(): number {
    return this.#wall
  }

  monotonic(): number {
    return this.#monotonic
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#monotonic + delayMs, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** The wall clock goes on while the machine is asleep; whether the monotonic one does depends on the system. */
  sleep(ms: number): void {
    this.#wall += ms
  }

  advance(ms: number): void {
    const until = this.#monotonic + ms
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers.delete(next)
      this.#step(next.at)
      next.callback()
    }
    this.#step(until)
  }

  #step(to: number): void {
    this.#wall += Math.max(0, to - this.#monotonic)
    this.#monotonic = Math.max(this.#monotonic, to)
  }
}
