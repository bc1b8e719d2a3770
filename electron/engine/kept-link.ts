import type { Link } from './session/ports.ts'
import type { Clock } from './util/clock.ts'

/** A device that has refused the connection may have been asked to pair again by now. */
export const TRY_AGAIN_MS = 5 * 60_000

/**
 * A connection that is wanted for as long as this is kept, whatever its end: an error that stops others (the device does not
 * know this one any more, or has another version) is tried again after a while, and at once when `again` is called.
 */
export class KeptLink {
  readonly #clock: Clock
  readonly #want: () => Link
  #link: Link | undefined
  #stopListening: (() => void) | undefined
  #cancelTimer: (() => void) | undefined
  #released = false

  constructor(clock: Clock, want: () => Link) {
    this.#clock = clock
    this.#want = want
    this.#begin()
  }

  /** Something about the device has changed for the better. */
  again(): void {
    if (this.#cancelTimer) this.#begin()
    else this.#link?.nudge()
  }

  release(): void {
    this.#released = true
    this.#drop()
  }

  #begin(): void {
    this.#drop()
    if (this.#released) return
    try {
      const link = this.#want()
      this.#link = link
      this.#stopListening = link.onState((state) => {
        if (state.kind === 'failed') this.#later()
      })
      if (link.state.kind === 'failed') this.#later()
    } catch {
      // It is not known (any more): it may be paired again.
      this.#later()
    }
  }

  #later(): void {
    this.#cancelTimer ??= this.#clock.after(TRY_AGAIN_MS, () => this.#begin())
  }

  #drop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#stopListening?.()
    this.#stopListening = undefined
    this.#link?.release()
    this.#link = undefined
  }
}
