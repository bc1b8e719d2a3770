import type { Socket } from 'node:net'
import { lostError } from '../net/net-error.ts'
import type { PlainCodec, PlainHead } from './codecs/plain-codec.ts'

/** Writes to a socket no faster than it takes. Calls must not overlap. */
export class SocketWriter {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Settles when more may be written. Rejects with NET_LOST when the connection is gone. */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return
    if (this.#socket.destroyed || !this.#socket.writable) throw lostError(this.#socket.errored)
    if (this.#socket.write(bytes)) return
    await new Promise<void>((resolve, reject) => {
      const drained = () => settle(resolve)
      const closed = () => settle(() => reject(lostError(this.#socket.errored)))
      const settle = (how: () => void) => {
        this.#socket.off('drain', drained)
        this.#socket.off('close', closed)
        how()
      }
      this.#socket.once('drain', drained)
      this.#socket.once('close', closed)
    })
  }

  /** One message: `parts` are its body, in order. Nobody checks here that the framing can carry it. */
  async message(codec: PlainCodec, head: PlainHead, parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    await this.write(codec.encodeHead(head))
    for await (const part of parts) {
      if (part.length === 0) continue
      if (codec.encodeSlice) await this.write(codec.encodeSlice(head, part.length))
      await this.write(part)
    }
    await this.write(codec.encodeTail(head))
  }
}
