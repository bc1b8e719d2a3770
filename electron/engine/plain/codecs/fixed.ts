import type { MessageSink } from '../../protocol/codec.ts'
import { countBytes, decoderOf, NO_BYTES, type MessageReader, type PlainCodec, type PlainHead } from './plain-codec.ts'
import { SizedReader } from './sized.ts'

/** `fixed:N`: every message has N bytes. The third pattern of the seed texts. `lengthBytes` is at least 1. */
export function fixedCodec(lengthBytes: number): PlainCodec {
  const reader = (sink: MessageSink<PlainHead>) => new FixedReader(lengthBytes, sink)
  return {
    series: true,
    reader,
    decoder: (sink) => decoderOf(reader(sink)),
    encodeHead: () => NO_BYTES,
    encodeTail: () => NO_BYTES,
    refusal: ({ length }) =>
      length === lengthBytes ? undefined : `it has ${countBytes(length ?? 0)} and fixed:${lengthBytes} carries messages of exactly ${lengthBytes}`,
    exactLength: () => lengthBytes,
    headFor: (length) => ({ length }),
  }
}

const NO_HEAD = { take: () => undefined, reset: () => undefined, progress: () => undefined }

class FixedReader implements MessageReader {
  readonly #lengthBytes: number
  readonly #sized: SizedReader

  constructor(lengthBytes: number, sink: MessageSink<PlainHead>) {
    this.#lengthBytes = lengthBytes
    this.#sized = new SizedReader(NO_HEAD, NO_BYTES, sink)
  }

  read(chunk: Uint8Array, offset: number): number {
    if (offset < chunk.length) this.#sized.beginWith(this.#lengthBytes)
    return this.#sized.read(chunk, offset)
  }

  end(): void {
    this.#sized.end()
  }

  progress(): string | undefined {
    return this.#sized.progress()
  }
}
