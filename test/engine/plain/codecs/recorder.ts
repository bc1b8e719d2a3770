import type { MessageSink } from '../../../../electron/engine/protocol/codec.ts'
import type { PlainCodec, PlainHead } from '../../../../electron/engine/plain/codecs/plain-codec.ts'

export interface Recorded {
  readonly head: PlainHead
  readonly body: Buffer
}

/** Collects whole messages, and counts what is not whole yet. */
export class Recorder implements MessageSink<PlainHead> {
  readonly messages: Recorded[] = []
  bodyBytes = 0
  #head: PlainHead | undefined
  #parts: Buffer[] = []

  get open(): boolean {
    return this.#head !== undefined
  }

  begin(head: PlainHead): void {
    if (this.#head) throw new Error('begin inside a message')
    this.#head = head
    this.#parts = []
  }

  body(bytes: Uint8Array): void {
    if (!this.#head) throw new Error('body outside a message')
    this.bodyBytes += bytes.length
    this.#parts.push(Buffer.from(bytes))
  }

  finish(): void {
    if (!this.#head) throw new Error('finish outside a message')
    this.messages.push({ head: this.#head, body: Buffer.concat(this.#parts) })
    this.#head = undefined
  }
}

/** One message as bytes; `slices` says where `blocks` cuts the body. */
export function encode(codec: PlainCodec, head: PlainHead, body: Uint8Array, slices: readonly number[] = []): Buffer {
  const parts = [codec.encodeHead(head)]
  let offset = 0
  for (const wanted of [...slices, Infinity]) {
    const slice = body.subarray(offset, Math.min(body.length, offset + wanted))
    if (slice.length === 0) continue
    parts.push(codec.encodeSlice?.(head, slice.length) ?? Buffer.alloc(0), slice)
    offset += slice.length
  }
  parts.push(codec.encodeTail(head))
  return Buffer.concat(parts)
}

/** Decodes a whole stream, cut at `cuts` (sizes of the chunks, used in turn). */
export function decode(codec: PlainCodec, stream: Uint8Array, cuts: readonly number[] = []): Recorder {
  const recorder = new Recorder()
  const decoder = codec.decoder(recorder)
  for (const chunk of chunks(stream, cuts)) decoder.push(chunk)
  decoder.end()
  return recorder
}

export function* chunks(stream: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let offset = 0
  for (let turn = 0; offset < stream.length; turn += 1) {
    const size = sizes.length === 0 ? stream.length : sizes[turn % sizes.length]!
    yield stream.subarray(offset, offset + size)
    offset += size
  }
}
