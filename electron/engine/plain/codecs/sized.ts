import { CodecError, type MessageSink } from '../../protocol/codec.ts'
import { countBytes, quoteBytes, type MessageReader, type PlainHead } from './plain-codec.ts'

/** Reads what precedes a body and says how long the body is. Checks the limit itself, before anything is awaited. */
export interface LengthHead {
  /** Takes one byte; the body's length once the head is whole. */
  take(byte: number): number | undefined
  /** Called before each message. */
  reset(): void
  /** "2 bytes of 4", undefined before the first byte. */
  progress(): string | undefined
}

/** Messages whose length is known before the body, with an optional fixed tail: everything but `eof`, `delimiter` and `blocks`. */
export class SizedReader implements MessageReader {
  readonly #head: LengthHead
  readonly #tail: Uint8Array
  readonly #sink: MessageSink<PlainHead>
  #state: 'head' | 'body' | 'tail' = 'head'
  #length = 0
  #came = 0
  #tailAt = 0

  constructor(head: LengthHead, tail: Uint8Array, sink: MessageSink<PlainHead>) {
    this.#head = head
    this.#tail = tail
    this.#sink = sink
    head.reset()
  }

  read(chunk: Uint8Array, offset: number): number {
    while (this.#state === 'head') {
      if (offset === chunk.length) return offset
      const length = this.#head.take(chunk[offset]!)
      offset += 1
      if (length !== undefined) {
        this.#begin(length)
        if (length === 0 && this.#tail.length === 0) return this.#finish(offset)
      }
    }
    if (this.#state === 'body') {
      const end = Math.min(chunk.length, offset + this.#length - this.#came)
      if (end > offset) {
        this.#came += end - offset
        this.#sink.body(chunk.subarray(offset, end))
        offset = end
      }
      if (this.#came < this.#length) return offset
      if (this.#tail.length === 0) return this.#finish(offset)
      this.#state = 'tail'
    }
    while (offset < chunk.length) {
      const byte = chunk[offset]!
      if (byte !== this.#tail[this.#tailAt]) {
        throw new CodecError('bad-head', `A message of ${countBytes(this.#length)} must be followed by ${quoteBytes(this.#tail)}, not by ${quoteBytes(Uint8Array.of(byte))}.`)
      }
      offset += 1
      this.#tailAt += 1
      if (this.#tailAt === this.#tail.length) return this.#finish(offset)
    }
    return offset
  }

  end(): void {
    const progress = this.progress()
    if (progress !== undefined) throw new CodecError('truncated', `The stream ended inside a message: ${progress}.`)
  }

  progress(): string | undefined {
    if (this.#state === 'head') {
      const progress = this.#head.progress()
      return progress === undefined ? undefined : `${progress} (header)`
    }
    if (this.#state === 'body') return `${countBytes(this.#came)} of ${this.#length}`
    return `all ${countBytes(this.#length)}, but not the ${quoteBytes(this.#tail)} behind them`
  }

  /** For `fixed`, whose head has no bytes: the message begins with its first byte. */
  beginWith(length: number): void {
    if (this.#state === 'head') this.#begin(length)
  }

  #begin(length: number): void {
    this.#length = length
    this.#came = 0
    this.#tailAt = 0
    this.#state = 'body'
    this.#sink.begin({ length })
  }

  #finish(offset: number): number {
    this.#state = 'head'
    this.#head.reset()
    this.#sink.finish()
    return offset
  }
}

/** Thrown before the body is awaited. `length` as text, because a header may hold more digits than a number does. */
export function tooLarge(length: number | string, limitBytes: number): CodecError {
  return new CodecError('too-large', `A message of ${length} bytes is over the limit of ${limitBytes}.`)
}
