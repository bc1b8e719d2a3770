import type { HoldfastError } from '../../../shared/errors.ts'
import { backoffMs } from '../session/backoff.ts'
import { sleep, type Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'

const BACKOFF = { baseMs: 500, maxMs: 30_000 }

/** Counts failures in a row and waits between attempts: not at all before the first retry, longer before each that follows. */
export class Retry {
  readonly #clock: Clock
  readonly #random: Random
  readonly #report: (retry: { error: HoldfastError; attempt: number; waitMs: number }) => void
  #failures = 0

  constructor(clock: Clock, random: Random, report: (retry: { error: HoldfastError; attempt: number; waitMs: number }) => void) {
    this.#clock = clock
    this.#random = random
    this.#report = report
  }

  get failures(): number {
    return this.#failures
  }

  /** Something got through: the next failure counts as the first. */
  progressed(): void {
    this.#failures = 0
  }

  /** Rejects with the signal's reason. */
  async wait(error: HoldfastError, signal: AbortSignal): Promise<void> {
    this.#failures += 1
    const waitMs = backoffMs(this.#failures, this.#random.unit(), BACKOFF)
    this.#report({ error, attempt: this.#failures, waitMs })
    signal.throwIfAborted()
    if (waitMs > 0) await sleep(this.#clock, waitMs, signal)
  }
}
