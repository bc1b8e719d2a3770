import { CodecError, type MessageSink } from '../../protocol/codec.ts'
import {
  countBytes, decoderOf, NO_BYTES, quoteBytes, type BodyCheck, type MessageReader, type PlainCodec, type PlainHead,
} from './plain-codec.ts'

export const MAX_DELIMITER_BYTES = 64

/** `delimiter:BYTES`: a message lasts until the delimiter, which is no part of it. The fourth pattern of the seed texts. */
export function delimiterCodec(delimiter: Uint8Array, limitBytes: number): PlainCodec {
  const reader = (sink: MessageSink<PlainHead>) => new DelimiterReader(delimiter, limitBytes, sink)
  return {
    series: true,
    reader,
    decoder: (sink) => decoderOf(reader(sink)),
    encodeHead: () => NO_BYTES,
    encodeTail: () => delimiter,
    refusal: () => undefined,
    headFor: (length) => ({ length }),
    bodyCheck: () => new DelimiterCheck(delimiter),
  }
}

/**
 * Knuth, Morris and Pratt: what may be the beginning of the delimiter is known by its length alone, so nothing is ever
 * buffered; if it turns out to be body after all, it is handed over from the delimiter's own bytes.
 */
class DelimiterReader implements MessageReader {
  readonly #delimiter: Uint8Array
  readonly #fallback: Uint8Array
  readonly #limitBytes: number
  readonly #sink: MessageSink<PlainHead>
  #matched = 0
  #came = 0
  #begun = false

  constructor(delimiter: Uint8Array, limitBytes: number, sink: MessageSink<PlainHead>) {
    this.#delimiter = delimiter
    this.#fallback = fallbackTable(delimiter)
    this.#limitBytes = limitBytes
    this.#sink = sink
  }

  read(chunk: Uint8Array, offset: number): number {
    const delimiter = this.#delimiter
    if (!this.#begun && offset < chunk.length) {
      this.#begun = true
      this.#sink.begin({})
    }
    /** Body from here on is still to be handed over; before it, `carried` bytes of the match came in earlier chunks. */
    const from = offset
    let carried = this.#matched
    for (let at = offset; at < chunk.length; at += 1) {
      if (this.#matched === 0) {
        const next = chunk.indexOf(delimiter[0]!, at)
        if (next < 0) break
        at = next
      }
      const byte = chunk[at]!
      while (this.#matched > 0 && byte !== delimiter[this.#matched]) {
        const shorter = this.#fallback[this.#matched - 1]!
        const freed = Math.min(carried, this.#matched - shorter)
        if (freed > 0) this.#body(delimiter.subarray(0, freed))
        carried -= freed
        this.#matched = shorter
      }
      if (byte === delimiter[this.#matched]) this.#matched += 1
      if (this.#matched === delimiter.length) {
        this.#body(chunk.subarray(from, Math.max(from, at + 1 - delimiter.length)))
        this.#begun = false
        this.#matched = 0
        this.#came = 0
        this.#sink.finish()
        return at + 1
      }
    }
    this.#body(chunk.subarray(from, Math.max(from, chunk.length - this.#matched)))
    return chunk.length
  }

  end(): void {
    const progress = this.progress()
    if (progress !== undefined) throw new CodecError('truncated', `The stream ended inside a message: ${progress}.`)
  }

  progress(): string | undefined {
    return this.#begun ? `${countBytes(this.#came + this.#matched)} without the delimiter ${quoteBytes(this.#delimiter)}` : undefined
  }

  #body(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#came += bytes.length
    if (this.#came > this.#limitBytes) {
      throw new CodecError('too-large', `No delimiter ${quoteBytes(this.#delimiter)} came within the limit of ${this.#limitBytes} bytes.`)
    }
    this.#sink.body(bytes)
  }
}

/** Refuses a body in which, or across whose end, the delimiter would be found too early. */
class DelimiterCheck implements BodyCheck {
  readonly #delimiter: Uint8Array
  readonly #fallback: Uint8Array
  #matched = 0
  #came = 0

  constructor(delimiter: Uint8Array) {
    this.#delimiter = delimiter
    this.#fallback = fallbackTable(delimiter)
  }

  body(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length; at += 1) {
      if (this.#matched === 0) {
        const next = bytes.indexOf(this.#delimiter[0]!, at)
        if (next < 0) break
        at = next
      }
      if (this.#step(bytes[at]!)) return this.#refusal(this.#came + at + 1)
    }
    this.#came += bytes.length
    return undefined
  }

  end(): string | undefined {
    for (const [at, byte] of this.#delimiter.entries()) {
      if (this.#step(byte) && at + 1 < this.#delimiter.length) return this.#refusal(this.#came + at + 1)
    }
    return undefined
  }

  #step(byte: number): boolean {
    while (this.#matched > 0 && byte !== this.#delimiter[this.#matched]) this.#matched = this.#fallback[this.#matched - 1]!
    if (byte === this.#delimiter[this.#matched]) this.#matched += 1
    return this.#matched === this.#delimiter.length
  }

  #refusal(end: number): string {
    const at = end - this.#delimiter.length
    return `it holds the delimiter ${quoteBytes(this.#delimiter)} (at byte ${at}) and would arrive as more than one message`
  }
}

/** For each prefix the length of its longest proper prefix that is also its suffix. */
function fallbackTable(delimiter: Uint8Array): Uint8Array {
  const table = new Uint8Array(delimiter.length)
  let length = 0
  for (let at = 1; at < delimiter.length; at += 1) {
    while (length > 0 && delimiter[at] !== delimiter[length]) length = table[length - 1]!
    if (delimiter[at] === delimiter[length]) length += 1
    table[at] = length
  }
  return table
}
