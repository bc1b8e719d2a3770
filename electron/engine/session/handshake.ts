import { HoldfastError } from '../../../shared/errors.ts'
import { decodeControl } from '../protocol/control.ts'
import type { FrameHead } from '../protocol/frame.ts'
import { MAX_STRANGER_BODY_BYTES } from '../protocol/limits.ts'
import { MESSAGE_TYPES, bodyLimitBytes, messageName } from '../protocol/message-types.ts'
import type { Close, Hello } from '../protocol/messages.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import type { PooledBuffer } from '../util/byte-pool.ts'
import type { Clock } from '../util/clock.ts'
import { closeError } from './close-codes.ts'
import type { Connection, ConnectionOwner } from './connection.ts'

export interface HandshakeEvents {
  /** The peer has said hello. A new owner must have been set when this returns, or the connection closed. */
  hello(hello: Hello): void
  /** It ended without. */
  failed(error: HoldfastError): void
}

/** Owns a connection until the peer has said hello. Nothing but hello, close and messages of later versions may come. */
export class Handshake implements ConnectionOwner {
  connection: Connection | undefined
  readonly #events: HandshakeEvents
  readonly #cancelTimeout: () => void

  constructor(clock: Clock, timeoutMs: number, events: HandshakeEvents) {
    this.#events = events
    this.#cancelTimeout = clock.after(timeoutMs, () => {
      this.connection?.destroy(new HoldfastError('NET_TIMEOUT', 'The other device accepted the connection and then said nothing.'))
    })
  }

  limitOf(type: number): number {
    return Math.min(bodyLimitBytes(type), MAX_STRANGER_BODY_BYTES)
  }

  begin(head: FrameHead): boolean {
    const known = head.type === MESSAGE_TYPES.hello.code || head.type === MESSAGE_TYPES.close.code
    if (head.id !== 0 || (!known && messageName(head.type) !== undefined)) throw new ProtocolError('a message came before hello')
    return known
  }

  control(head: FrameHead, body: Uint8Array): void {
    const message = decodeControl(messageName(head.type)!, body) as Hello | Close
    this.#cancelTimeout()
    if (message.type === 'hello') this.#events.hello(message)
    else this.connection?.goodbye(closeError(message.code))
  }

  bulk(_head: FrameHead, buffer: PooledBuffer): void {
    buffer.release()
  }

  dropped(): void {}
  heard(): void {}
  paused(): void {}
  resumed(): void {}
  moved(): void {}

  closed(error: HoldfastError): void {
    this.#cancelTimeout()
    this.#events.failed(error)
  }
}
