import { createCipheriv } from 'node:crypto'
import type { Random } from '../../electron/engine/util/random.ts'

/** Chance that repeats: the same seed, the same sequence, on every machine. */
export interface SeededRandom extends Random {
  /** Uniform integer from `low` to `high`, both included. */
  integer(low: number, high: number): number
  pick<T>(items: readonly T[]): T
}

/** mulberry32 for numbers, an AES-CTR key stream for bytes (gigabytes a second, and incompressible). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1))
  const key = Buffer.alloc(16)
  key.writeUInt32BE(seed >>> 0)
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
  return {
    unit,
    integer,
    bytes: (count) => stream.update(Buffer.alloc(count)),
    pick: (items) => {
      const item = items[integer(0, items.length - 1)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}
