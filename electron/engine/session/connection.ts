import type { HoldfastError } from '../../../shared/errors.ts'
import { encodeControl } from '../protocol/control.ts'
import { FrameDecoder, goodbyeFrame, writeFrameHead } from '../protocol/frame.ts'
import type { FrameHead } from '../protocol/frame.ts'
import { FRAME_HEADER_BYTES } from '../protocol/limits.ts'
import { ACK, MESSAGE_TYPES } from '../protocol/message-types.ts'
import type { CloseCode, UnsequencedMessage } from '../protocol/messages.ts'
import type { BytePool, PooledBuffer } from '../util/byte-pool.ts'
import type { Clock } from '../util/clock.ts'
import { BodyReader } from './body-reader.ts'
import { lostError, readFailure } from './close-codes.ts'
import { Fifo } from './fifo.ts'
import type { OutboundMessage } from './outbound.ts'
import type { Transport } from './ports.ts'

/** Who decides about a connection's frames: first the handshake, then the session. */
export interface ConnectionOwner {
  /** Largest body of this type now. May throw ProtocolError. */
  limitOf(type: number): number
  /** A head has come. False: its body is not kept (`dropped` follows). May throw ProtocolError. */
  begin(head: FrameHead): boolean
  control(head: FrameHead, body: Uint8Array): void
  /** A bulk frame, header slot in front. Takes the buffer over. */
  bulk(head: FrameHead, buffer: PooledBuffer): void
  /** The end of a frame that was not kept; `start` is the slot and the body's first 64 bytes of a bulk frame. */
  dropped(head: FrameHead, start: Uint8Array | undefined): void
  /** Bytes came. */
  heard(): void
  /** Reading stops until a buffer is free. */
  paused(): void
  /** Reading goes on after a pause of this side. */
  resumed(): void
  /** The socket's queue moved. */
  moved(): void
  /** No more frames either way. Exactly once. The socket may still be closing. */
  closed(error: HoldfastError): void
}

type State = 'open' | 'closing' | 'closed'

/**
 * Frames over one Transport: reads bodies straight into pooled buffers and stops the transport, not the session, when none
 * is free. Knows which messages' memory the transport still holds. Which frames are right is its owner's business.
 */
export class Connection {
  owner: ConnectionOwner
  readonly transport: Transport
  readonly #clock: Clock
  readonly #graceMs: number
  readonly #decoder: FrameDecoder
  readonly #reader: BodyReader
  readonly #writing = new Fifo<{ readonly message: OutboundMessage; readonly wrote: (message: OutboundMessage) => void }>()
  #held: Uint8Array[] = []
  #state: State = 'open'
  #feeding = false
  #blocked = false
  #cancelGrace: (() => void) | undefined
  #gone: (() => void)[] = []

  constructor(transport: Transport, owner: ConnectionOwner, options: { clock: Clock; pool: BytePool; closeGraceMs: number }) {
    this.transport = transport
    this.owner = owner
    this.#clock = options.clock
    this.#graceMs = options.closeGraceMs
    this.#reader = new BodyReader(options.pool, {
      begin: (head) => this.owner.begin(head),
      control: (head, body) => this.owner.control(head, body),
      bulk: (head, buffer) => this.owner.bulk(head, buffer),
      dropped: (head, start) => this.owner.dropped(head, start),
      goodbye: () => this.#close(lostError('The other device closed the connection.')),
      starved: () => this.#pause(),
      fed: () => this.#drainHeld(),
    })
    this.#decoder = new FrameDecoder(this.#reader, (type) => this.owner.limitOf(type))
    transport.onData((chunk) => this.#onData(chunk))
    transport.onDrain(() => this.#onDrain())
    transport.onEnd(() => this.#close(lostError('The other device closed the connection.')))
    transport.onClose((error) => this.#onClose(error))
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  get insideFrame(): boolean {
    return this.#reader.isBusy
  }

  /** Reading waits for a buffer. */
  get isPaused(): boolean {
    return this.#reader.isStarved
  }

  /** Enough is queued in the socket: only urgent frames go before `owner.moved`. */
  get isBlocked(): boolean {
    return this.#blocked
  }

  /** `wrote` is called when this socket is done with the message's memory, however that ends. */
  write(message: OutboundMessage, wrote: (message: OutboundMessage) => void): void {
    this.#writing.push({ message, wrote })
    if (!this.transport.write(message.frame, this.#onSent)) this.#blocked = true
  }

  writeAck(ack: number): void {
    const frame = new Uint8Array(FRAME_HEADER_BYTES)
    writeFrameHead(frame, 0, ACK, 0, ack, 0)
    if (this.isOpen && !this.transport.write(frame)) this.#blocked = true
  }

  writeUnsequenced(message: UnsequencedMessage, ack: number): void {
    const body = encodeControl(message)
    const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length)
    writeFrameHead(frame, 0, MESSAGE_TYPES[message.type].code, 0, ack, body.length)
    frame.set(body, FRAME_HEADER_BYTES)
    if (this.isOpen && !this.transport.write(frame)) this.#blocked = true
  }

  /** Says why, says goodbye, and closes when that is sent or the grace is over. The owner hears `closed` at once. */
  closeWith(code: CloseCode, error: HoldfastError): void {
    if (!this.isOpen) return
    // What went wrong inside this program is not the peer's to read.
    const message = error.code === 'ENGINE_INTERNAL' ? 'internal error' : error.message
    this.writeUnsequenced({ type: 'close', code, message }, 0)
    this.#close(error)
  }

  /** A graceful end with nothing to explain. */
  goodbye(error: HoldfastError): void {
    this.#close(error)
  }

  destroy(error: HoldfastError): void {
    const wasOpen = this.isOpen
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#stopReading()
    this.transport.destroy(error)
    if (wasOpen) this.owner.closed(error)
  }

  /** When the transport has closed; at once if it has. */
  onGone(listener: () => void): void {
    this.#gone.push(listener)
  }

  #close(error: HoldfastError): void {
    if (!this.isOpen) return
    this.#state = 'closing'
    this.transport.write(goodbyeFrame())
    this.transport.end()
    this.#stopReading()
    // Go on reading (and ignoring), or the kernel would answer what is unread with a reset that outruns our last words.
    this.transport.resume()
    this.#cancelGrace = this.#clock.after(this.#graceMs, () => this.destroy(error))
    this.owner.closed(error)
  }

  #stopReading(): void {
    this.#decoder.halt()
    this.#held = []
    this.#reader.stop()
  }

  #onData(chunk: Uint8Array): void {
    if (!this.isOpen) return
    if (this.isPaused) {
      // Bytes that were decrypted before the pause took hold.
      this.#held.push(copyOf(chunk))
      return
    }
    this.owner.heard()
    this.#feed(chunk)
  }

  #feed(chunk: Uint8Array): void {
    let at = 0
    this.#feeding = true
    try {
      while (at < chunk.length && this.isOpen && !this.isPaused) at = this.#decoder.decode(chunk, at)
    } catch (error) {
      const failure = readFailure(error)
      this.closeWith(failure.code, failure.error)
    } finally {
      this.#feeding = false
    }
    if (this.isOpen && at < chunk.length) this.#held.unshift(copyOf(chunk.subarray(at)))
  }

  #pause(): void {
    this.#decoder.halt()
    this.transport.pause()
    this.owner.paused()
  }

  /** A buffer has come: first what was held, then the transport. */
  #drainHeld(): void {
    if (this.#feeding || !this.isOpen) return
    this.owner.resumed()
    while (this.#held.length > 0 && this.isOpen && !this.isPaused) this.#feed(this.#held.shift()!)
    if (this.isOpen && !this.isPaused) this.transport.resume()
  }

  #onDrain(): void {
    this.#blocked = false
    if (this.isOpen) this.owner.moved()
  }

  #onSent = (): void => {
    const entry = this.#writing.shift()
    entry?.wrote(entry.message)
  }

  #onClose(error: HoldfastError | undefined): void {
    this.#cancelGrace?.()
    if (this.isOpen) {
      this.#state = 'closed'
      this.#stopReading()
      this.owner.closed(error ?? lostError('The connection was cut.'))
    }
    this.#state = 'closed'
    while (this.#writing.length > 0) this.#onSent()
    for (const listener of this.#gone.splice(0)) listener()
  }
}

/** The transport may use a chunk's memory again. (`slice` would not copy: Buffer's gives a view.) */
function copyOf(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk)
}
