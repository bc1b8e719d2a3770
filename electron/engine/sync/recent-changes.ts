import type { Clock } from '../util/clock.ts'
import type { Tally } from './guard.ts'

const SPAN_MS = 10 * 60_000

/** What was taken away in the last ten minutes, so that the guard sees what comes in small portions. */
export class RecentChanges {
  readonly #clock: Clock
  #items: { atMs: number; tally: Tally }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(tally: Tally): void {
    if (tally.deletions + tally.replacements === 0) return
    const atMs = this.#clock.monotonic()
    const last = this.#items.at(-1)
    if (last && atMs - last.atMs < SPAN_MS / 100) last.tally = sum([last.tally, tally])
    else this.#items.push({ atMs, tally })
  }

  get tally(): Tally {
    const sinceMs = this.#clock.monotonic() - SPAN_MS
    this.#items = this.#items.filter(({ atMs }) => atMs > sinceMs)
    return sum(this.#items.map(({ tally }) => tally))
  }
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((all, one) => ({ deletions: all.deletions + one.deletions, replacements: all.replacements + one.replacements }), { deletions: 0, replacements: 0 })
}
