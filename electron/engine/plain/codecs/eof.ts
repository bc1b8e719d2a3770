import { CodecError, type MessageSink } from '../../protocol/codec.ts'
import { decoderOf, NO_BYTES, type MessageReader, type PlainCodec, type PlainHead } from './plain-codec.ts'

/** `eof`: the whole stream is one message; its end is the end of the stream. The first pattern of the seed texts. */
export function eofCodec(limitBytes: number): PlainCodec {
  const reader = (sink: MessageSink<PlainHead>) => new EofReader(limitBytes, sink)
  return {
    series: false,
    reader,
    decoder: (sink) => decoderOf(reader(sink)),
    encodeHead: () => NO_BYTES,
    encodeTail: () => NO_BYTES,
    refusal: () => undefined,
    headFor: (length) => ({ length }),
  }
}

class EofReader implements MessageReader {
  readonly #limitBytes: number
  readonly #sink: MessageSink<PlainHead>
  #begun = false
  #came = 0

  constructor(limitBytes: number, sink: MessageSink<PlainHead>) {
    this.#limitBytes = limitBytes
    this.#sink = sink
  }

  read(chunk: Uint8Array, offset: number): number {
    const count = chunk.length - offset
    if (count > this.#limitBytes - this.#came) {
      throw new CodecError('too-large', `The stream is longer than the limit of ${this.#limitBytes} bytes.`)
    }
    if (!this.#begun) {
      this.#begun = true
      this.#sink.begin({})
    }
    this.#came += count
    if (count > 0) this.#sink.body(chunk.subarray(offset))
    return chunk.length
  }

  end(): void {
    if (!this.#begun) this.#sink.begin({})
    this.#sink.finish()
  }

  progress(): string | undefined {
    return this.#begun ? `${this.#came} bytes, and the stream has not ended` : undefined
  }
}
