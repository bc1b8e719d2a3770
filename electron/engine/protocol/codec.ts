/**
 * One interface for every way of putting messages on a byte stream: Holdfast's own frames and the plain framings.
 *
 * Decoders are incremental and never buffer a body: they hand over slices of the chunks they were given, so that the
 * consumer decides where bytes go (a pooled buffer, a file). They may buffer at most one head. A decoder that threw
 * must not be used again.
 */
export interface MessageSink<Head> {
  /** A message begins. The head has been checked against its limit before this call. */
  begin(head: Head): void
  /** Some of its body, in order. Valid only during the call. */
  body(bytes: Uint8Array): void
  /** The message is whole. */
  finish(): void
  /** The peer has ended the series on purpose (a zero length, where the framing has one). Nothing may follow. */
  goodbye?(): void
}

export interface Decoder {
  /** Any split of the stream is fine, one byte at a time too. Throws CodecError. */
  push(chunk: Uint8Array): void
  /** The stream has ended. Throws CodecError (`truncated`) inside a message: "12 bytes of 400". */
  end(): void
}

export interface Codec<Head> {
  decoder(sink: MessageSink<Head>): Decoder
  /** What precedes the body. */
  encodeHead(head: Head): Uint8Array
  /** What follows the body: a delimiter, netstring's comma. Empty for most. */
  encodeTail(head: Head): Uint8Array
  /** What ends the series, where the framing has such a thing. */
  encodeGoodbye?(): Uint8Array
}

export type CodecErrorReason = 'truncated' | 'too-large' | 'bad-head' | 'after-goodbye'

/** What is wrong with a byte stream. The connection can't be used any more. */
export class CodecError extends Error {
  readonly reason: CodecErrorReason

  constructor(reason: CodecErrorReason, message: string) {
    super(message)
    this.name = 'CodecError'
    this.reason = reason
  }
}
