import { randomBytes } from 'node:crypto'

/** Chance as a port, so that tests own it. */
export interface Random {
  /** Cryptographically strong in the product. */
  bytes(count: number): Uint8Array
  /** Uniform in [0, 1). */
  unit(): number
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  unit: () => Math.random(),
}
