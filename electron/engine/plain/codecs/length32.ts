import type { MessageSink } from '../../protocol/codec.ts'
import { countBytes, decoderOf, NO_BYTES, type PlainCodec, type PlainHead } from './plain-codec.ts'
import { SizedReader, tooLarge, type LengthHead } from './sized.ts'

export const LENGTH32_BYTES = 4
const MAX_LENGTH = 2 ** 32 - 1

/** `length32`: a 4-byte big-endian length (`struct.pack('!I', n)`), then so many bytes. The fifth pattern of the seed texts. */
export function length32Codec(limitBytes: number): PlainCodec {
  const reader = (sink: MessageSink<PlainHead>) => new SizedReader(new Length32Head(limitBytes), NO_BYTES, sink)
  return {
    series: true,
    reader,
    decoder: (sink) => decoderOf(reader(sink)),
    encodeHead: ({ length }) => encodeLength32(length ?? 0),
    encodeTail: () => NO_BYTES,
    refusal: ({ length }) => ((length ?? 0) <= MAX_LENGTH ? undefined : `it has ${length} bytes and a 4-byte length tells at most ${MAX_LENGTH}`),
    headFor: (length) => ({ length }),
  }
}

export function encodeLength32(length: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH32_BYTES)
  new DataView(bytes.buffer).setUint32(0, length)
  return bytes
}

/** Gathers the four bytes of a length. Knows no limit: its users check what it returns. */
export class Length32 {
  #value = 0
  #count = 0

  take(byte: number): number | undefined {
    this.#value = this.#value * 256 + byte
    this.#count += 1
    return this.#count === LENGTH32_BYTES ? this.#value : undefined
  }

  reset(): void {
    this.#value = 0
    this.#count = 0
  }

  progress(): string | undefined {
    return this.#count === 0 ? undefined : `${countBytes(this.#count)} of ${LENGTH32_BYTES}`
  }
}

class Length32Head implements LengthHead {
  readonly #limitBytes: number
  readonly #length = new Length32()

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  take(byte: number): number | undefined {
    const length = this.#length.take(byte)
    if (length !== undefined && length > this.#limitBytes) throw tooLarge(length, this.#limitBytes)
    return length
  }

  reset(): void {
    this.#length.reset()
  }

  progress(): string | undefined {
    return this.#length.progress()
  }
}
