import type { Clock } from '../util/clock.ts'

/** Calls back once when nothing has moved for `timeoutMs`; time in which `busy` says that we keep the peer waiting does not count. */
export class IdleWatch {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #busy: () => boolean
  readonly #onIdle: () => void
  #lastMs: number
  #cancel: () => void = () => undefined

  /** 0: never. */
  constructor(clock: Clock, timeoutMs: number, busy: () => boolean, onIdle: () => void) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#busy = busy
    this.#onIdle = onIdle
    this.#lastMs = clock.monotonic()
    if (timeoutMs > 0) this.#arm(timeoutMs)
  }

  touch(): void {
    this.#lastMs = this.#clock.monotonic()
  }

  stop(): void {
    this.#cancel()
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => {
      if (this.#busy()) this.touch()
      const leftMs = this.#lastMs + this.#timeoutMs - this.#clock.monotonic()
      if (leftMs > 0) this.#arm(leftMs)
      else this.#onIdle()
    })
  }
}
