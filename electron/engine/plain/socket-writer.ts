import type { Socket } from 'node:net'
import { lostError } from '../net/net-error.ts'
import type { PlainCodec, PlainHead } from './codecs/plain-codec.ts'

const GATHER_BYTES = 16 * 1024

/** Writes to a socket no faster than it takes. Calls must not overlap. */
export class SocketWriter {
  readonly #socket: Socket
  #small: Uint8Array[] = []
  #smallBytes = 0

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
    await this.#gather(codec.encodeHead(head))
    for await (const part of parts) {
      if (part.length === 0) continue
      if (codec.encodeSlice) await this.#gather(codec.encodeSlice(head, part.length))
      await this.#gather(part)
    }
    await this.#gather(codec.encodeTail(head))
    await this.#flush()
  }

  /** Headers travel with what follows them: one segment and one system call for a small message. */
  async #gather(bytes: Uint8Array): Promise<void> {
    this.#small.push(bytes)
    this.#smallBytes += bytes.length
    if (this.#smallBytes >= GATHER_BYTES) await this.#flush()
  }

  async #flush(): Promise<void> {
    const parts = this.#small
    this.#small = []
    this.#smallBytes = 0
    this.#socket.cork()
    const writes = parts.map((part) => this.write(part))
    this.#socket.uncork()
    await Promise.all(writes)
  }
}
