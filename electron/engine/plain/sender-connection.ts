import type { Socket } from 'node:net'
import { HoldfastError } from '../../../shared/errors.ts'
import { lostError } from '../net/net-error.ts'
import type { Clock } from '../util/clock.ts'
import type { PlainCodec, PlainHead } from './codecs/plain-codec.ts'
import { IdleWatch } from './idle-watch.ts'
import { IncomingQueue } from './incoming-queue.ts'
import { IncomingMessages } from './incoming.ts'
import { readAcknowledgement } from './reply.ts'
import { SocketWriter } from './socket-writer.ts'

const QUEUE_BYTES = 256 * 1024
/** A confirmation is a number; where the framing does not fix its length, it is not longer than this. */
const MAX_ACKNOWLEDGEMENT_BYTES = 4096
/** How long a receiver that confirms nothing may take to close its end after ours. */
const LINGER_MS = 5_000

export interface SenderConnectionSetup {
  readonly socket: Socket
  readonly codec: PlainCodec
  readonly clock: Clock
  /** Nothing moved for so long: the connection is given up. */
  readonly timeoutMs: number
}

/** One connection of a sender: messages out, answers in. Whatever rejects here, the connection is of no more use. */
export class SenderConnection {
  readonly #setup: SenderConnectionSetup
  readonly #socket: Socket
  readonly #writer: SocketWriter
  readonly #queue: IncomingQueue
  readonly #incoming: IncomingMessages
  readonly #idle: IdleWatch
  #ended = false
  #discarding = false
  #timeout: HoldfastError | undefined

  constructor(setup: SenderConnectionSetup) {
    this.#setup = setup
    this.#socket = setup.socket
    this.#writer = new SocketWriter(setup.socket)
    this.#queue = new IncomingQueue(QUEUE_BYTES, () => this.#socket.resume())
    this.#incoming = new IncomingMessages({ codec: setup.codec, ids: false, guardHttp: false }, (incoming) => this.#queue.push(incoming))
    this.#idle = new IdleWatch(setup.clock, setup.timeoutMs, () => false, () => this.#timedOut())
    this.#listen()
  }

  async send(head: PlainHead, parts: AsyncIterable<Uint8Array>): Promise<void> {
    const idle = this.#idle
    async function* touching() {
      for await (const part of parts) {
        idle.touch()
        yield part
      }
    }
    await this.#orTimeout(this.#writer.message(this.#setup.codec, head, touching()))
    idle.touch()
  }

  /** No more goes out; answers may still come in. */
  endOutput(): void {
    this.#socket.end()
  }

  /** Rejects unless the next answer is this number in decimal. */
  async readAcknowledgement(expected: bigint): Promise<void> {
    const parts: Uint8Array[] = []
    const limit = Math.max(MAX_ACKNOWLEDGEMENT_BYTES, this.#setup.codec.exactLength?.({}) ?? 0)
    let length = 0
    await this.readAnswer(async (slices) => {
      parts.push(...slices)
      length += slices.reduce((sum, slice) => sum + slice.length, 0)
      if (length > limit) throw new HoldfastError('PLAIN_FRAMING', `The answer is longer than ${limit} bytes and no confirmation.`)
    })
    const number = readAcknowledgement(Buffer.concat(parts))
    if (number === expected) return
    const what = number === undefined ? 'no number' : String(number)
    throw new HoldfastError('PLAIN_FRAMING', `The answer is ${what}, but the confirmation of this message is ${expected}.`)
  }

  /** One whole answer, in slices that are valid until the promise is settled. */
  async readAnswer(write: (slices: readonly Uint8Array[]) => Promise<void>): Promise<void> {
    for (;;) {
      const incoming = await this.#orTimeout(this.#queue.next())
      if (incoming.kind === 'finish') return
      if (incoming.kind === 'fail') throw this.#timeout ?? incoming.error
      if (incoming.kind === 'end') throw new HoldfastError('NET_LOST', 'The other side ended the connection without an answer.')
      if (incoming.kind === 'body') await write([incoming.bytes, ...this.#queue.moreBodies()])
    }
  }

  /** Ends our side and waits for the other's, whose further bytes are ignored. Rejects when the connection was broken instead. */
  async finish(): Promise<void> {
    this.#discarding = true
    this.#socket.end()
    this.#socket.resume()
    const cancel = this.#setup.clock.after(LINGER_MS, () => {
      if (this.#socket.writableFinished) this.#socket.destroy()
    })
    if (!this.#socket.closed) await new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    cancel()
    if (this.#timeout && !this.#socket.writableFinished) throw this.#timeout
    if (this.#socket.errored || !this.#socket.writableFinished) throw lostError(this.#socket.errored)
  }

  /** Where the end of the stream would mean the end of the message, an unfinished one must not end like a whole one. */
  destroy(): void {
    this.#idle.stop()
    if (this.#setup.codec.series || this.#socket.writableFinished) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  #listen(): void {
    this.#socket.on('data', (chunk) => {
      this.#idle.touch()
      if (this.#discarding) return
      this.#incoming.push(chunk)
      if (this.#queue.full) this.#socket.pause()
    })
    this.#socket.on('end', () => {
      this.#ended = true
      this.#incoming.end()
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#idle.stop()
      if (!this.#ended) this.#incoming.fail(this.#timeout ?? lostError(this.#socket.errored))
    })
  }

  #timedOut(): void {
    const seconds = Math.round(this.#setup.timeoutMs / 1000)
    this.#timeout = new HoldfastError('PLAIN_TIMEOUT', `Nothing moved on the connection for ${seconds} s, so it was given up.`)
    this.destroy()
  }

  async #orTimeout<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw this.#timeout ?? error
    }
  }
}
