import type { Transfer } from '../../shared/model/transfer.ts'

export interface AwakePort {
  start(): number
  stop(id: number): void
}

/** Keeps the computer from sleeping while bytes move; the screen may go dark. */
export class KeepAwake {
  readonly #port: AwakePort
  readonly #active = new Set<string>()
  #blocker: number | undefined

  constructor(port: AwakePort) {
    this.#port = port
  }

  transfer({ id, state }: Pick<Transfer, 'id' | 'state'>): void {
    if (state.kind === 'active' || state.kind === 'scanning') this.#active.add(id)
    else this.#active.delete(id)
    this.#apply()
  }

  forget(transferId: string): void {
    this.#active.delete(transferId)
    this.#apply()
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#active.clear()
    this.#apply()
  }

  #apply(): void {
    if (this.#active.size > 0) {
      this.#blocker ??= this.#port.start()
    } else if (this.#blocker !== undefined) {
      this.#port.stop(this.#blocker)
      this.#blocker = undefined
    }
  }
}
