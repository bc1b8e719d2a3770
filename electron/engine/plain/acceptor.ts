import type { Socket } from 'node:net'
import type { Address } from '../../../shared/model/device.ts'
import { listenPlain, type PlainListener } from './plain-socket.ts'

/** Connections that wait for their turn; further ones are closed. */
const MAX_WAITING = 16

/** For a sender that is dialled: hands out the connections that come, one at a time. */
export class Acceptor {
  #listener: PlainListener | undefined
  readonly #waiting: Socket[] = []
  #wake: (() => void) | undefined

  /** Rejects with PORT_IN_USE or ADDRESS_UNAVAILABLE. As bound: with the port that was picked for port 0. */
  async listen(address: Address): Promise<Address> {
    this.#listener = await listenPlain(address, (socket) => this.#take(socket))
    return this.#listener.address
  }

  /** Waits for one. Rejects with the signal's reason. */
  async next(signal: AbortSignal): Promise<Socket> {
    for (;;) {
      signal.throwIfAborted()
      const socket = this.#waiting.shift()
      if (socket && !socket.destroyed) return socket
      if (socket) continue
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#wake = wake
        signal.addEventListener('abort', wake, { once: true })
      })
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#waiting.splice(0)) socket.destroy()
    await this.#listener?.close()
  }

  #take(socket: Socket): void {
    if (this.#waiting.length >= MAX_WAITING) return void socket.destroy()
    this.#waiting.push(socket)
    this.#wake?.()
    this.#wake = undefined
  }
}
