import type { Codec, Decoder, MessageSink } from '../../protocol/codec.ts'

/** What is known of a message when it begins. */
export interface PlainHead {
  /** Bytes of the body, where the framing tells it beforehand. Senders always fill it in. */
  readonly length?: number
  /** The type byte of `typed`. */
  readonly type?: number
}

/** Looks at a body before it is sent, for framings that cannot carry everything. Both return why not, or undefined. */
export interface BodyCheck {
  body(bytes: Uint8Array): string | undefined
  end(): string | undefined
}

/**
 * Reads messages one at a time, stopping behind each, so that `typed` can let another rule go on. A reader that threw
 * must not be used again.
 */
export interface MessageReader {
  /** Consumes `chunk` from `offset`; returns where it stopped: at the chunk's end or right behind a message. */
  read(chunk: Uint8Array, offset: number): number
  /** The stream has ended: throws `truncated` inside a message. */
  end(): void
  /** For people: how far the message under way has come, e.g. "12 bytes of 400"; undefined between messages. */
  progress(): string | undefined
}

/** A framing of section "Plain TCP" of the design: a codec, and what a sender must know about it. */
export interface PlainCodec extends Codec<PlainHead> {
  /** False for `eof`: the stream is one message. */
  readonly series: boolean
  reader(sink: MessageSink<PlainHead>): MessageReader
  decoder(sink: MessageSink<PlainHead>): PlainDecoder
  /** Why this framing cannot carry a message of this length; undefined when it can. */
  refusal(head: PlainHead): string | undefined
  /** The head for a body of this length (`typed`: with the first type whose rule carries it, if any does). */
  headFor(lengthBytes: number): PlainHead
  /** The one length a message of this kind can have (`fixed`); undefined when any. */
  exactLength?(head: PlainHead): number | undefined
  /** What precedes each slice of a body (`blocks`); a slice is shorter than 4 GiB. */
  encodeSlice?(head: PlainHead, lengthBytes: number): Uint8Array
  /** Where a body could hold what the framing needs for itself. */
  bodyCheck?(head: PlainHead): BodyCheck | undefined
}

export interface PlainDecoder extends Decoder {
  /** As MessageReader's. */
  progress(): string | undefined
}

export const NO_BYTES = new Uint8Array(0)

/** A reader as the decoder every codec must offer. */
export function decoderOf(reader: MessageReader): PlainDecoder {
  return {
    push(chunk) {
      let offset = 0
      while (offset < chunk.length) offset = reader.read(chunk, offset)
    },
    end: () => reader.end(),
    progress: () => reader.progress(),
  }
}

/** Bytes of a peer for an error message: harmless on any terminal, and short. */
export function quoteBytes(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes.subarray(0, 24)) {
    text += byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `"${text}${bytes.length > 24 ? '…' : ''}"`
}

export function countBytes(count: number | bigint): string {
  return count === 1 || count === 1n ? '1 byte' : `${count} bytes`
}
