import type { Clock } from '../util/clock.ts'
import type { Version } from './entry.ts'
import type { Tally } from './guard.ts'
import type { Planned } from './planner.ts'

const SPAN_MS = 10 * 60_000
/** More than the guard lets pass unasked. */
const MAX_TAKEN = 4_000

/** A file that another device's change took away from where it was. */
export interface Taken {
  readonly path: string
  /** What is known of the path since. */
  readonly version: Version
  /** How many changes ago it was what this device had. */
  readonly changes: number
  readonly atMs: number
}

/** What was taken away unasked in the last ten minutes, so that the guard sees what comes in small portions, and it can be brought back. */
export class RecentChanges {
  readonly #clock: Clock
  #items: { atMs: number; tally: Tally }[] = []
  readonly #taken = new Map<string, Taken>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `mine`: it was of this device's own making. */
  add({ path, target }: Pick<Planned, 'path' | 'target'>, tally: Tally, mine: boolean): void {
    if (tally.deletions + tally.replacements === 0) return
    const atMs = this.#clock.monotonic()
    const last = this.#items.at(-1)
    if (last && atMs - last.atMs < SPAN_MS / 100) last.tally = sum([last.tally, tally])
    else this.#items.push({ atMs, tally })
    const before = mine ? undefined : this.#taken.get(path)
    this.#taken.delete(path)
    if (this.#taken.size >= MAX_TAKEN) this.#taken.delete(this.#taken.keys().next().value ?? '')
    this.#taken.set(path, { path, version: target.version, changes: (before?.changes ?? 0) + 1, atMs })
  }

  get tally(): Tally {
    const sinceMs = this.#clock.monotonic() - SPAN_MS
    this.#items = this.#items.filter(({ atMs }) => atMs > sinceMs)
    return sum(this.#items.map(({ tally }) => tally))
  }

  get taken(): readonly Taken[] {
    const sinceMs = this.#clock.monotonic() - SPAN_MS
    return [...this.#taken.values()].filter(({ atMs }) => atMs > sinceMs)
  }

  /** They were brought back. */
  clear(): void {
    this.#items = []
    this.#taken.clear()
  }
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((all, one) => ({ deletions: all.deletions + one.deletions, replacements: all.replacements + one.replacements }), { deletions: 0, replacements: 0 })
}
