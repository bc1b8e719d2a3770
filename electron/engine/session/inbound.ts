import { ProtocolError } from '../protocol/protocol-error.ts'

/** When an acknowledgement is owed: not, soon (it may ride on something), or now. */
export type AckDue = 'none' | 'soon' | 'now'

/** The receiving half of reliability, without socket or clock: what has arrived, and what the peer must be told of it. */
export class Inbound {
  readonly #ackBytes: number
  #received = 0
  #told = 0
  #untoldBytes = 0
  #urgent = false

  constructor(ackBytes: number) {
    this.#ackBytes = ackBytes
  }

  /** Highest id received; ids have no gaps. */
  get received(): number {
    return this.#received
  }

  get ackDue(): AckDue {
    if (this.#urgent || this.#untoldBytes >= this.#ackBytes) return 'now'
    return this.#received > this.#told ? 'soon' : 'none'
  }

  /** False: a repeated one. Throws ProtocolError when one is missing before it. */
  isNew(id: number): boolean {
    if (id <= this.#received) return false
    if (id !== this.#received + 1) throw new ProtocolError(`message ${id} came after message ${this.#received}`)
    return true
  }

  accepted(id: number, length: number): void {
    this.#received = id
    this.#untoldBytes += length
  }

  /** Acknowledged again at once: the peer is waiting for it. */
  repeated(): void {
    this.#urgent = true
  }

  /** A frame with the current `received` has been written. */
  told(): void {
    this.#told = this.#received
    this.#untoldBytes = 0
    this.#urgent = false
  }

  reset(): void {
    this.#received = 0
    this.told()
  }
}
