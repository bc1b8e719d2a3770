import { CodecError, type MessageSink } from '../../protocol/codec.ts'
import { countBytes, decoderOf, NO_BYTES, type MessageReader, type PlainCodec, type PlainHead } from './plain-codec.ts'
import { encodeLength32, Length32 } from './length32.ts'

/**
 * `blocks`: blocks with a 4-byte length each, ended by a length of zero; together they are one message, and another may
 * follow. The sixth pattern of the seed texts, for senders that do not know the length beforehand.
 */
export function blocksCodec(limitBytes: number): PlainCodec {
  const reader = (sink: MessageSink<PlainHead>) => new BlocksReader(limitBytes, sink)
  return {
    series: true,
    reader,
    decoder: (sink) => decoderOf(reader(sink)),
    encodeHead: () => NO_BYTES,
    encodeSlice: (_head, lengthBytes) => encodeLength32(lengthBytes),
    encodeTail: () => encodeLength32(0),
    refusal: () => undefined,
    headFor: (length) => ({ length }),
  }
}

class BlocksReader implements MessageReader {
  readonly #limitBytes: number
  readonly #sink: MessageSink<PlainHead>
  readonly #length = new Length32()
  #inMessage = false
  #block: number | undefined
  #left = 0
  #total = 0

  constructor(limitBytes: number, sink: MessageSink<PlainHead>) {
    this.#limitBytes = limitBytes
    this.#sink = sink
  }

  read(chunk: Uint8Array, offset: number): number {
    while (offset < chunk.length) {
      if (this.#block === undefined) {
        const length = this.#length.take(chunk[offset]!)
        offset += 1
        if (length === undefined) continue
        this.#beginBlock(length)
        if (length > 0) continue
        this.#reset()
        this.#sink.finish()
        return offset
      }
      const end = Math.min(chunk.length, offset + this.#left)
      this.#left -= end - offset
      this.#total += end - offset
      this.#sink.body(chunk.subarray(offset, end))
      offset = end
      if (this.#left === 0) this.#block = undefined
    }
    return offset
  }

  end(): void {
    const progress = this.progress()
    if (progress !== undefined) throw new CodecError('truncated', `The stream ended inside a series of blocks: ${progress}.`)
  }

  progress(): string | undefined {
    if (this.#block !== undefined) return `${countBytes(this.#block - this.#left)} of ${this.#block} (block)`
    const header = this.#length.progress()
    if (header !== undefined) return `${header} (header)`
    return this.#inMessage ? `${this.#total} bytes in whole blocks, but not the zero block that ends them` : undefined
  }

  #beginBlock(length: number): void {
    this.#length.reset()
    if (length > this.#limitBytes - this.#total) {
      throw new CodecError('too-large', `A block of ${length} bytes takes its series over the limit of ${this.#limitBytes}.`)
    }
    this.#block = length
    this.#left = length
    if (this.#inMessage) return
    this.#inMessage = true
    this.#sink.begin({})
  }

  #reset(): void {
    this.#block = undefined
    this.#inMessage = false
    this.#total = 0
  }
}
