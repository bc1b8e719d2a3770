import type { Clock } from '../util/clock.ts'

const SETTLE_MS = 300
/** A file that is written to all the time is looked at nevertheless: whoever looks finds out. */
const MAX_SETTLE_MS = 3_000
const FIRST_RETRY_MS = 500
const MAX_RETRY_MS = 60_000
/** Beyond this it is cheaper to look at everything. */
const MAX_PATHS = 5_000

interface Waiting {
  readonly sinceMs: number
  dueMs: number
}

/** Paths that should be looked at once it is quiet around them. */
export class LookQueue {
  readonly #clock: Clock
  readonly #due: () => void
  readonly #waiting = new Map<string, Waiting>()
  readonly #tries = new Map<string, number>()
  #overflow = false
  #cancel: (() => void) | undefined
  #timerMs = Infinity

  /** `due` is called when `take` has something. */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock
    this.#due = due
  }

  get empty(): boolean {
    return this.#waiting.size === 0 && !this.#overflow
  }

  get hasDue(): boolean {
    const nowMs = this.#clock.monotonic()
    return this.#overflow || [...this.#waiting.values()].some(({ dueMs }) => dueMs <= nowMs)
  }

  has(path: string): boolean {
    return this.#waiting.has(path)
  }

  /** Something happened there. */
  add(paths: readonly string[]): void {
    const nowMs = this.#clock.monotonic()
    for (const path of paths) {
      const sinceMs = this.#waiting.get(path)?.sinceMs ?? nowMs
      this.#put(path, { sinceMs, dueMs: Math.min(nowMs + SETTLE_MS, sinceMs + MAX_SETTLE_MS) })
    }
    this.#schedule()
  }

  /** It was changing when it was looked at. Returns how often in a row that was so. */
  retry(path: string): number {
    const tries = (this.#tries.get(path) ?? 0) + 1
    if (this.#tries.size < MAX_PATHS) this.#tries.set(path, tries)
    const nowMs = this.#clock.monotonic()
    this.#put(path, { sinceMs: nowMs, dueMs: nowMs + Math.min(FIRST_RETRY_MS * 2 ** (tries - 1), MAX_RETRY_MS) })
    this.#schedule()
    return tries
  }

  /** It was quiet. */
  calm(path: string): void {
    this.#tries.delete(path)
  }

  /** What is due; `everything` when too much was. */
  take(): readonly string[] | 'everything' {
    if (this.#overflow) {
      this.clear()
      return 'everything'
    }
    const nowMs = this.#clock.monotonic()
    const paths = [...this.#waiting].filter(([, { dueMs }]) => dueMs <= nowMs).map(([path]) => path)
    for (const path of paths) this.#waiting.delete(path)
    this.#schedule()
    return paths
  }

  clear(): void {
    this.#overflow = false
    this.#waiting.clear()
    this.#schedule()
  }

  close(): void {
    this.clear()
    this.#cancel?.()
  }

  #put(path: string, waiting: Waiting): void {
    if (this.#waiting.size >= MAX_PATHS) this.#overflow = true
    else this.#waiting.set(path, waiting)
  }

  #schedule(): void {
    let dueMs = this.#overflow ? this.#clock.monotonic() : Infinity
    for (const waiting of this.#waiting.values()) dueMs = Math.min(dueMs, waiting.dueMs)
    if (dueMs === this.#timerMs) return
    this.#cancel?.()
    this.#timerMs = dueMs
    this.#cancel = dueMs === Infinity ? undefined : this.#clock.after(Math.max(0, dueMs - this.#clock.monotonic()), () => {
      this.#timerMs = Infinity
      this.#due()
    })
  }
}
