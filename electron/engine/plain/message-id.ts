import { CodecError, type MessageSink } from '../protocol/codec.ts'
import { countBytes, type PlainHead } from './codecs/plain-codec.ts'

/** `struct.pack('!Q', id)`: what a message begins with under `--ids`. */
export const MESSAGE_ID_BYTES = 8

export function encodeMessageId(id: bigint): Uint8Array {
  const bytes = new Uint8Array(MESSAGE_ID_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, id)
  return bytes
}

/** As MessageSink, for messages that may carry an id. `begin` comes once the id is known. */
export interface IncomingSink {
  begin(head: PlainHead, id: bigint | undefined): void
  body(bytes: Uint8Array): void
  finish(): void
}

/** Takes the id off the front of every message's body. Throws CodecError when a message is too short to have one. */
export function takeIds(sink: IncomingSink): MessageSink<PlainHead> {
  const id = new Uint8Array(MESSAGE_ID_BYTES)
  let count = 0
  let head: PlainHead = {}
  return {
    begin(next) {
      head = next
      count = 0
    },
    body(bytes) {
      const take = Math.min(MESSAGE_ID_BYTES - count, bytes.length)
      if (take > 0) {
        id.set(bytes.subarray(0, take), count)
        count += take
        if (count === MESSAGE_ID_BYTES) sink.begin(withoutId(head), new DataView(id.buffer).getBigUint64(0))
      }
      if (bytes.length > take) sink.body(bytes.subarray(take))
    },
    finish() {
      if (count < MESSAGE_ID_BYTES) {
        throw new CodecError('bad-head', `A message of ${countBytes(count)} is too short for the ${MESSAGE_ID_BYTES}-byte id that it must begin with.`)
      }
      sink.finish()
    },
  }
}

/** Without ids. */
export function withoutIds(sink: IncomingSink): MessageSink<PlainHead> {
  return { begin: (head) => sink.begin(head, undefined), body: (bytes) => sink.body(bytes), finish: () => sink.finish() }
}

function withoutId(head: PlainHead): PlainHead {
  return head.length === undefined ? head : { ...head, length: Math.max(0, head.length - MESSAGE_ID_BYTES) }
}
