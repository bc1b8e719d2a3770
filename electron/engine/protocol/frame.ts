import { CodecError } from './codec.ts'
import type { Codec, Decoder, MessageSink } from './codec.ts'
import { FRAME_HEADER_BYTES, MAX_BULK_BODY_BYTES, MAX_SEQUENCE } from './limits.ts'
import { bodyLimitBytes } from './message-types.ts'

/** What precedes a frame's body. Ids are u64 on the wire, and numbers here: none over 2^53−1 is ever given out. */
export interface FrameHead {
  readonly type: number
  /** 0: unsequenced. */
  readonly id: number
  /** Highest id the sender of this frame has received without a gap. */
  readonly ack: number
  readonly bodyLength: number
}

const LENGTH_BYTES = 4
/** type, id and ack, which the length counts too */
const COUNTED_BYTES = FRAME_HEADER_BYTES - LENGTH_BYTES
const TYPE_END = LENGTH_BYTES + 1
const U32 = 2 ** 32

/** Writes the 21 bytes before a body in place, so that header and body go out as one piece of memory. */
export function writeFrameHead(target: Uint8Array, at: number, type: number, id: number, ack: number, bodyLength: number): void {
  const view = new DataView(target.buffer, target.byteOffset + at, FRAME_HEADER_BYTES)
  view.setUint32(0, COUNTED_BYTES + bodyLength)
  view.setUint8(4, type)
  view.setUint32(5, Math.floor(id / U32))
  view.setUint32(9, id % U32)
  view.setUint32(13, Math.floor(ack / U32))
  view.setUint32(17, ack % U32)
}

/** The zero length: nothing more will come. */
export function goodbyeFrame(): Uint8Array {
  return new Uint8Array(LENGTH_BYTES)
}

/**
 * Reads frames from a stream split anyhow. Bodies are never buffered: slices of the chunks go to the sink. After
 * `halt()`, called by the sink, `decode` stops before the next byte, so that a body can wait for a buffer to be free.
 */
export class FrameDecoder implements Decoder {
  readonly #sink: MessageSink<FrameHead>
  readonly #limitOf: (type: number) => number
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES)
  readonly #view = new DataView(this.#header.buffer)
  #headerLength = 0
  #bodyLength = 0
  #bodyLeft = -1
  #ended = false
  #halted = false

  /** `limitOf` may throw a ProtocolError of its own: it is asked as soon as the type is known. */
  constructor(sink: MessageSink<FrameHead>, limitOf: (type: number) => number = bodyLimitBytes) {
    this.#sink = sink
    this.#limitOf = limitOf
  }

  /** Only from within a sink's call. */
  halt(): void {
    this.#halted = true
  }

  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) at = this.decode(chunk, at)
  }

  /** Reads from `at`; returns where it stopped: the chunk's end, or earlier after `halt`. */
  decode(chunk: Uint8Array, at: number): number {
    this.#halted = false
    while (at < chunk.length && !this.#halted) {
      if (this.#ended) throw new CodecError('after-goodbye', 'bytes follow the goodbye')
      at = this.#bodyLeft < 0 ? this.#readHeader(chunk, at) : this.#readBody(chunk, at)
    }
    return at
  }

  end(): void {
    if (this.#bodyLeft >= 0) {
      throw new CodecError('truncated', `the stream ended inside a frame: ${this.#bodyLength - this.#bodyLeft} bytes of ${this.#bodyLength}`)
    }
    if (this.#headerLength > 0) {
      throw new CodecError('truncated', `the stream ended inside a frame header: ${this.#headerLength} bytes of ${FRAME_HEADER_BYTES}`)
    }
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    const before = this.#headerLength
    const take = Math.min(this.#stepEnd(before) - before, chunk.length - at)
    for (let index = 0; index < take; index++) this.#header[before + index] = chunk[at + index]!
    this.#headerLength = before + take
    if (this.#headerLength === LENGTH_BYTES) this.#checkLength()
    else if (this.#headerLength === TYPE_END) this.#checkLimit()
    else if (this.#headerLength === FRAME_HEADER_BYTES) this.#begin()
    return at + take
  }

  #stepEnd(length: number): number {
    return length < LENGTH_BYTES ? LENGTH_BYTES : length < TYPE_END ? TYPE_END : FRAME_HEADER_BYTES
  }

  #checkLength(): void {
    const length = this.#view.getUint32(0)
    if (length === 0) {
      this.#headerLength = 0
      this.#ended = true
      this.#sink.goodbye?.()
      return
    }
    if (length < COUNTED_BYTES) throw new CodecError('bad-head', `a frame of ${length} bytes is shorter than its own header`)
    if (length - COUNTED_BYTES > MAX_BULK_BODY_BYTES) throw tooLarge(length - COUNTED_BYTES, MAX_BULK_BODY_BYTES)
    this.#bodyLength = length - COUNTED_BYTES
  }

  #checkLimit(): void {
    const limit = this.#limitOf(this.#view.getUint8(4))
    if (this.#bodyLength > limit) throw tooLarge(this.#bodyLength, limit)
  }

  #begin(): void {
    const head = {
      type: this.#view.getUint8(4),
      id: this.#readSequence(5),
      ack: this.#readSequence(13),
      bodyLength: this.#bodyLength,
    }
    this.#headerLength = 0
    this.#bodyLeft = head.bodyLength
    this.#sink.begin(head)
    if (this.#bodyLeft === 0) this.#finish()
  }

  #readSequence(at: number): number {
    const value = this.#view.getUint32(at) * U32 + this.#view.getUint32(at + 4)
    if (value > MAX_SEQUENCE) throw new CodecError('bad-head', 'an id or ack is over 2^53−1')
    return value
  }

  #readBody(chunk: Uint8Array, at: number): number {
    const take = Math.min(this.#bodyLeft, chunk.length - at)
    this.#bodyLeft -= take
    this.#sink.body(at === 0 && take === chunk.length ? chunk : chunk.subarray(at, at + take))
    if (this.#bodyLeft === 0) this.#finish()
    return at + take
  }

  #finish(): void {
    this.#bodyLeft = -1
    this.#sink.finish()
  }
}

/** Holdfast's own framing behind the interface that all framings share. */
export const frameCodec: Codec<FrameHead> = {
  decoder: (sink) => new FrameDecoder(sink),
  encodeHead(head) {
    const bytes = new Uint8Array(FRAME_HEADER_BYTES)
    writeFrameHead(bytes, 0, head.type, head.id, head.ack, head.bodyLength)
    return bytes
  },
  encodeTail: () => new Uint8Array(0),
  encodeGoodbye: goodbyeFrame,
}

function tooLarge(length: number, limit: number): CodecError {
  return new CodecError('too-large', `a frame's body of ${length} bytes is over the limit of ${limit}`)
}
