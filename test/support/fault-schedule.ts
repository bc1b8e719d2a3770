import type { FaultSpec } from './fault-spec.ts'
import type { SeededRandom } from './seeded-random.ts'

export type FaultStep =
  | { readonly kind: 'cut'; readonly how: 'rst' | 'fin' }
  | { readonly kind: 'half-close' }
  | { readonly kind: 'stall'; readonly forMs: number }
  | { readonly kind: 'flip'; readonly bit: number }

/** At which byte of one direction which fault comes next. Pure but for the chance it is given. */
export class FaultSchedule {
  #spec: FaultSpec = {}
  #random: SeededRandom
  #position = 0
  #cutAt = Infinity
  #halfCloseAt = Infinity
  #stallAt = Infinity
  #flipAt = Infinity

  constructor(spec: FaultSpec, random: SeededRandom) {
    this.#random = random
    this.replace(spec)
  }

  /** From here on another specification; distances count anew. */
  replace(spec: FaultSpec): void {
    this.#spec = spec
    this.#cutAt = spec.cut ? this.#position + (spec.cut.exact ? spec.cut.everyBytes : this.#jitter(spec.cut.everyBytes)) : Infinity
    this.#halfCloseAt = spec.halfClose ? this.#position + spec.halfClose.afterBytes : Infinity
    this.#stallAt = spec.stall ? this.#position + this.#jitter(spec.stall.everyBytes) : Infinity
    this.#flipAt = spec.flip ? this.#position + this.#jitter(spec.flip.everyBytes) : Infinity
  }

  /** How many bytes pass unharmed before the next fault; Infinity when none is planned. */
  get untilNextBytes(): number {
    return Math.min(this.#cutAt, this.#halfCloseAt, this.#stallAt, this.#flipAt) - this.#position
  }

  /** The connection, or this direction of it, ends at this very byte. */
  get endIsDue(): boolean {
    return this.#position >= Math.min(this.#cutAt, this.#halfCloseAt)
  }

  advance(bytes: number): void {
    this.#position += bytes
  }

  /** The fault that is due at this very byte; asked again until it answers undefined. */
  take(): FaultStep | undefined {
    const { cut, stall, flip } = this.#spec
    if (cut && this.#position >= this.#cutAt) {
      this.#cutAt = Infinity
      return { kind: 'cut', how: cut.how }
    }
    if (this.#position >= this.#halfCloseAt) {
      this.#halfCloseAt = Infinity
      return { kind: 'half-close' }
    }
    if (stall && this.#position >= this.#stallAt) {
      this.#stallAt += this.#jitter(stall.everyBytes)
      return { kind: 'stall', forMs: stall.forMs }
    }
    if (flip && this.#position >= this.#flipAt) {
      this.#flipAt += this.#jitter(flip.everyBytes)
      return { kind: 'flip', bit: this.#random.integer(0, 7) }
    }
    return undefined
  }

  #jitter(bytes: number): number {
    return Math.max(1, Math.round(bytes * (0.5 + this.#random.unit())))
  }
}
