import type { Clock } from '../util/clock.ts'
import type { IncomingFile } from './incoming-file.ts'

const CHECK_MS = 500

/** Flushes files under way as often as IncomingFile says it is due, also while nothing arrives. */
export class FlushSchedule {
  readonly #clock: Clock
  readonly #files: ReadonlyMap<number, IncomingFile>
  readonly #on: { durable(file: IncomingFile): void; trouble(error: unknown): void }
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, files: ReadonlyMap<number, IncomingFile>, on: { durable(file: IncomingFile): void; trouble(error: unknown): void }) {
    this.#clock = clock
    this.#files = files
    this.#on = on
  }

  /** Something was written. */
  look(): void {
    const nowMs = this.#clock.monotonic()
    for (const file of this.#files.values()) if (file.flushDue(nowMs)) void this.#flush(file)
    if (this.#files.size === 0) return
    this.#cancelTimer ??= this.#clock.after(CHECK_MS, () => {
      this.#cancelTimer = undefined
      this.look()
    })
  }

  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  async #flush(file: IncomingFile): Promise<void> {
    try {
      await file.flush(this.#clock.monotonic())
      if (!file.abandoned && this.#files.get(file.file) === file) this.#on.durable(file)
    } catch (error) {
      this.#on.trouble(error)
    }
  }
}
