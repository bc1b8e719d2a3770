import type { Clock } from '../util/clock.ts'

const WAKE_MS = 30
/** Looking over what is open may take this part of the time while files are coming. */
const LOOK_SHARE = 10

export interface PassesPorts {
  readonly clock: Clock
  isActive(): boolean
  /** Files are coming. */
  isBusy(): boolean
  /** Never rejects; undefined: not now. */
  pass(): Promise<void> | undefined
}

/** When all that is open is gone over: soon after something has changed, one pass at a time, and none so often that nothing else gets done. */
export class Passes {
  readonly #ports: PassesPorts
  #running: Promise<void> | undefined
  #isWanted = false
  #looked = { endMs: 0, tookMs: 0 }
  #due: { readonly atMs: number; readonly cancel: () => void } | undefined

  constructor(ports: PassesPorts) {
    this.#ports = ports
  }

  /** Settles with the pass that is under way. */
  get running(): Promise<void> | undefined {
    return this.#running
  }
  get idle(): boolean {
    return !this.#running && !this.#due
  }

  wake(): void {
    const { clock } = this.#ports
    if (!this.#ports.isActive()) return
    if (this.#running) {
      this.#isWanted = true
      return
    }
    const nowMs = clock.monotonic()
    const { endMs, tookMs } = this.#looked
    const atMs = Math.max(nowMs + WAKE_MS, endMs + (this.#ports.isBusy() ? LOOK_SHARE : 1) * tookMs)
    if (this.#due && atMs >= this.#due.atMs) return
    this.#due?.cancel()
    this.#due = { atMs, cancel: clock.after(atMs - nowMs, () => this.#begin()) }
  }

  /** The pass under way has looked over everything since `startMs`, of the monotonic clock. */
  looked(startMs: number): void {
    const endMs = this.#ports.clock.monotonic()
    this.#looked = { endMs, tookMs: endMs - startMs }
  }

  close(): void {
    this.#due?.cancel()
    this.#due = undefined
  }

  #begin(): void {
    this.#due = undefined
    this.#running = this.#ports.pass()?.finally(() => {
      this.#running = undefined
      const isWanted = this.#isWanted
      this.#isWanted = false
      if (isWanted) this.wake()
    })
  }
}
