import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../../electron/engine/util/clock.ts'
import type { SeededRandom } from '../seeded-random.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  readonly work: () => void
  cancelled: boolean
}

/** Promises hang on nothing but each other between two events: so many turns at least, and all of them before time moves. */
const TURNS = 4

/** Virtual time for any number of devices, and everything that happens, in one order that a seed decides. */
export class World {
  readonly random: SeededRandom
  readonly trace: string[] = []
  nowMs = 1_800_000_000_000
  #order = 0
  #heap: Event[] = []

  constructor(random: SeededRandom) {
    this.random = random
  }

  note(text: string): void {
    this.trace.push(`${this.nowMs - 1_800_000_000_000} ${text}`)
  }

  after(delayMs: number, work: () => void): () => void {
    const event: Event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, work, cancelled: false }
    this.#push(event)
    return () => {
      event.cancelled = true
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  async run(forMs: number, until: () => boolean = () => false): Promise<void> {
    const endMs = this.nowMs + forMs
    for (;;) {
      await settle(TURNS)
      if (until()) return
      // Time passes only when nobody has anything left to do: a turn of the real loop comes after all that.
      if ((this.#heap[0]?.atMs ?? Infinity) > this.nowMs) await setImmediate()
      const next = this.#heap[0]
      if (!next || next.atMs > endMs) break
      this.#pop()
      if (next.cancelled) continue
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.work()
    }
    this.nowMs = endMs
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.push(event) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(event, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

async function settle(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
}

/** One run of one device's engine: after a crash nothing of it has any effect any more. */
export class Life {
  dead = false
  /** Disk and store steps until it dies. */
  stepsLeft = Infinity
  readonly #die: () => void

  constructor(die: () => void) {
    this.#die = die
  }

  /** Returns whether it is dead. */
  step(): boolean {
    if (this.dead) return true
    this.stepsLeft -= 1
    if (this.stepsLeft >= 0) return false
    this.#die()
    return this.dead
  }
}

/** A clock that is wrong by so much, and stops with the life of its device. */
export function clockOf(world: World, life: Life, skewMs: () => number): Clock {
  return {
    now: () => world.nowMs + skewMs(),
    monotonic: () => world.nowMs,
    after: (delayMs, callback) => world.after(delayMs, () => {
      if (!life.dead) callback()
    }),
  }
}
