import type { Clock } from '../util/clock.ts'

export const PAIRINGS_PER_WINDOW = 5
export const PAIRING_WINDOW_MS = 10 * 60 * 1000

export type PairingAdmission =
  /** Call `end` when it is over, however. */
  | { readonly kind: 'admitted'; readonly end: () => void }
  | { readonly kind: 'busy' }
  | { readonly kind: 'too-many'; readonly waitMs: number }

/**
 * One pairing at a time and five in ten minutes, whoever starts them: an attacker has one guess in a million each. Only
 * admitted pairings count, or a stranger's attempts would keep the door shut for ever.
 */
export class PairingLimiter {
  #clock: Clock
  #startedAt: number[] = []
  #current: object | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  admit(): PairingAdmission {
    if (this.#current) return { kind: 'busy' }
    const now = this.#clock.monotonic()
    this.#startedAt = this.#startedAt.filter((at) => now - at < PAIRING_WINDOW_MS)
    const [oldest] = this.#startedAt
    if (oldest !== undefined && this.#startedAt.length >= PAIRINGS_PER_WINDOW) {
      return { kind: 'too-many', waitMs: oldest + PAIRING_WINDOW_MS - now }
    }
    this.#startedAt.push(now)
    const token = {}
    this.#current = token
    return {
      kind: 'admitted',
      end: () => {
        if (this.#current === token) this.#current = undefined
      },
    }
  }
}
