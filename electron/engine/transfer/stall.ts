import type { ErrorData, HoldfastError } from '../../../shared/errors.ts'
import type { TransferState } from '../../../shared/model/transfer.ts'
import type { Session } from '../session/ports.ts'
import type { Clock } from '../util/clock.ts'
import type { ReceivePorts } from './receive-ports.ts'

const POLL_MS = 2_000
/** Room to ask for when nobody knows how much is missing. */
const SOME_ROOM_BYTES = 16 * 1024 * 1024

/** A wait for the disk: full, or the receive folder missing or not writable. Looks every two seconds whether it is over. */
export class Stall {
  readonly #clock: Clock
  readonly #ports: ReceivePorts
  readonly #root: string
  readonly #on: { changed(): void; over(): void }
  #error: ErrorData | undefined
  #neededBytes = SOME_ROOM_BYTES
  #freeBytes = 0
  #cancel: (() => void) | undefined
  #waiting = new Set<() => void>()

  constructor(clock: Clock, ports: ReceivePorts, root: string, on: { changed(): void; over(): void }) {
    this.#clock = clock
    this.#ports = ports
    this.#root = root
    this.#on = on
  }

  get active(): boolean {
    return this.#error !== undefined
  }

  get state(): TransferState | undefined {
    if (!this.#error) return undefined
    if (this.#error.code === 'DISK_FULL') return { kind: 'waiting-for-space', neededBytes: this.#neededBytes, freeBytes: this.#freeBytes }
    return { kind: 'waiting-for-folder', error: this.#error }
  }

  begin(error: HoldfastError): void {
    this.#error = error.toData()
    this.#neededBytes = Number(error.details?.['neededBytes'] ?? SOME_ROOM_BYTES)
    this.#freeBytes = Number(error.details?.['freeBytes'] ?? 0)
    this.#poll()
    this.#on.changed()
  }

  /** Tells the sender to wait, and why. */
  announce(session: Session, transfer: Uint8Array): void {
    if (!this.#error) return
    if (this.#error.code === 'DISK_FULL') {
      session.send({ type: 'hold', transfer, reason: 'space', needed: this.#neededBytes, free: this.#freeBytes })
    } else session.send({ type: 'hold', transfer, reason: 'folder', message: this.#error.message })
  }

  async waitOver(signal: AbortSignal): Promise<void> {
    while (this.#error && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#waiting.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        this.#waiting.add(done)
        signal.addEventListener('abort', done, { once: true })
      })
    }
  }

  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#error = undefined
    for (const wake of [...this.#waiting]) wake()
  }

  #poll(): void {
    this.#cancel ??= this.#clock.after(POLL_MS, () => {
      this.#cancel = undefined
      // Not knowing is no reason to stop looking.
      const looked = this.#look().catch(() => false)
      void looked.then((over) => {
        if (!this.#error) return
        if (over) {
          this.end()
          this.#on.over()
        } else {
          this.#poll()
          this.#on.changed()
        }
      })
    })
  }

  async #look(): Promise<boolean> {
    const problem = await this.#ports.folderProblem(this.#root)
    if (problem) {
      this.#error = problem.toData()
      return false
    }
    if (this.#error?.code === 'TRASH_FULL') return (await this.#ports.trashProblem(this.#root, this.#neededBytes)) === undefined
    this.#freeBytes = await this.#ports.freeBytes(this.#root).catch(() => 0)
    return this.#freeBytes >= this.#neededBytes
  }
}
