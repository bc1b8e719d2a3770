import type { Socket } from 'node:net'
import { HoldfastError } from '../../../shared/errors.ts'
import { lostError } from '../net/net-error.ts'
import type { Clock } from '../util/clock.ts'
import type { Arrival, ArrivalReader, Arrivals } from './arrivals.ts'
import type { PlainCodec, PlainHead } from './codecs/plain-codec.ts'
import { deliver, type Delivery, type WholeMessage } from './delivery.ts'
import { IdleWatch } from './idle-watch.ts'
import type { PlainCounts, PlainInboxEvent, PlainPeer } from './inbox-events.ts'
import { IncomingQueue } from './incoming-queue.ts'
import { IncomingMessages } from './incoming.ts'
import { encodeMessageId } from './message-id.ts'
import { acknowledgement, type PlainReply } from './reply.ts'
import type { SeenIds } from './seen-ids.ts'
import { SocketWriter } from './socket-writer.ts'

/** Decoded bytes of one connection that wait for the disk. */
const QUEUE_BYTES = 256 * 1024
/** Messages of one connection that are being flushed and placed, and answers that wait for theirs. */
const MAX_UNSETTLED = 64
/** After an error: how long and how much more is read and thrown away, so that answers sent before are not lost to a reset. */
const LINGER_MS = 1_000
const LINGER_BYTES = 8 * 1024 * 1024

export interface InboxConnectionSetup {
  readonly socket: Socket
  readonly peer: PlainPeer
  readonly codec: PlainCodec
  readonly ids: boolean
  readonly reply: PlainReply
  readonly guardHttp: boolean
  readonly idleTimeoutMs: number
  readonly arrivals: Arrivals
  readonly seen: SeenIds
  readonly clock: Clock
  /** The final name of a message; without `taken` the one it would have had. */
  name(head: PlainHead, id: bigint | undefined, taken: boolean): string
  report(event: PlainInboxEvent): void
}

/** One connection of an inbox, from its first byte to its close. What goes wrong ends this connection and nothing else. */
export class InboxConnection {
  readonly #setup: InboxConnectionSetup
  readonly #socket: Socket
  readonly #writer: SocketWriter
  readonly #queue: IncomingQueue
  readonly #incoming: IncomingMessages
  readonly #idle: IdleWatch
  readonly #startedMs: number
  readonly #unsettled = new Set<Promise<void>>()
  #answers: Promise<void> = Promise.resolve()
  #diskWork = 0
  #writing = false
  #ended = false
  #mute = false
  #quiet = false
  #lingerBytes = 0
  #numbers = 0
  #current: WholeMessage | undefined
  #failure: HoldfastError | undefined
  #counts = { files: 0, bytes: 0, duplicates: 0, skipped: 0, failed: 0 }
  /** Settles when the connection is closed and everything it brought is safe or dropped; with what went wrong. */
  readonly closed: Promise<HoldfastError | undefined>

  constructor(setup: InboxConnectionSetup) {
    this.#setup = setup
    this.#socket = setup.socket
    this.#writer = new SocketWriter(setup.socket)
    this.#queue = new IncomingQueue(QUEUE_BYTES, () => this.#socket.resume())
    this.#incoming = new IncomingMessages(setup, (incoming) => this.#queue.push(incoming))
    this.#startedMs = setup.clock.monotonic()
    this.#idle = new IdleWatch(setup.clock, setup.idleTimeoutMs, () => this.#diskWork > 0 && !this.#writing, () => this.#idled())
    this.#listen()
    this.closed = this.#run()
  }

  get counts(): PlainCounts {
    return this.#counts
  }

  /** What is whole is still placed; the rest is dropped. Worth a report only when there is such a rest. */
  abort(error: HoldfastError): void {
    this.#quiet = this.#incoming.progress() === undefined && this.#failure === undefined
    this.#failure ??= error
    this.#incoming.fail(error)
    this.#socket.destroy()
  }

  #listen(): void {
    this.#socket.on('data', (chunk) => {
      this.#idle.touch()
      if (this.#incoming.over) {
        this.#lingerBytes += chunk.length
        if (this.#lingerBytes > LINGER_BYTES) this.#socket.destroy()
        return
      }
      this.#incoming.push(chunk)
      if (this.#queue.full) this.#socket.pause()
    })
    this.#socket.on('end', () => {
      this.#ended = true
      this.#incoming.end()
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      if (!this.#ended) this.#cut()
    })
  }

  /** Closed without an end: between messages that is a rude goodbye, inside one a loss. */
  #cut(): void {
    const progress = this.#incoming.progress()
    if (this.#setup.codec.series && progress === undefined) return this.#incoming.end()
    const { message } = lostError(this.#socket.errored)
    this.#incoming.fail(new HoldfastError('NET_LOST', progress === undefined ? message : `${message.replace(/\.$/, '')} inside a message: ${progress}.`))
  }

  async #run(): Promise<HoldfastError | undefined> {
    try {
      await this.#receive()
    } catch (error) {
      this.#fail(error)
    }
    await this.#disk(async () => await this.#current?.arrival.discard()).catch((error: unknown) => this.#fail(error))
    await this.#answers
    const { peer, report, clock } = this.#setup
    const failed = this.#failure
    if (failed && !this.#quiet) report({ kind: 'error', peer, error: failed })
    await this.#close()
    this.#idle.stop()
    if (this.#failure && !failed) report({ kind: 'error', peer, error: this.#failure })
    report({ kind: 'done', peer, counts: { ...this.#counts }, durationMs: clock.monotonic() - this.#startedMs })
    return this.#failure
  }

  async #receive(): Promise<void> {
    for (;;) {
      const incoming = await this.#queue.next()
      if (this.#failure) return
      switch (incoming.kind) {
        case 'begin': {
          const arrival = await this.#disk(() => this.#setup.arrivals.create(), this.#wouldBe(incoming))
          this.#current = { arrival, head: incoming.head, id: incoming.id }
          break
        }
        case 'body': {
          const slices = [incoming.bytes, ...this.#queue.moreBodies()]
          await this.#disk(async () => await this.#current?.arrival.write(slices), this.#current && this.#wouldBe(this.#current))
          break
        }
        case 'finish':
          await this.#settle()
          break
        case 'end':
          return
        case 'fail':
          if (this.#current) this.#counts.failed += 1
          throw incoming.error
      }
    }
  }

  /** Starts to place the current message and queues its answer. Waits while too many are under way. */
  async #settle(): Promise<void> {
    const message = this.#current
    if (!message) return
    const reader = this.#setup.reply === 'echo' ? await this.#disk(() => message.arrival.reader(), this.#wouldBe(message)) : undefined
    this.#current = undefined
    this.#numbers += 1
    const number = this.#numbers
    let name: string | undefined
    const takeName = () => (name ??= this.#setup.name(message.head, message.id, true))
    const delivery = this.#disk(() => deliver(message, this.#setup.seen, takeName), () => name ?? this.#wouldBe(message)())
    delivery.catch(() => undefined)
    const answered = this.#answers.then(() => this.#answer(message, number, delivery, reader))
    this.#answers = answered
    this.#unsettled.add(answered)
    void answered.then(() => this.#unsettled.delete(answered))
    while (this.#unsettled.size >= MAX_UNSETTLED) await Promise.race(this.#unsettled)
  }

  /** Never rejects: an answer that cannot be given ends the connection, not what was received. */
  async #answer(message: WholeMessage, number: number, delivery: Promise<Delivery>, reader: ArrivalReader | undefined): Promise<void> {
    try {
      this.#announce(message, number, await delivery)
      if (this.#mute || this.#socket.destroyed) return
      this.#writing = true
      if (reader) await this.#echo(message, message.arrival, reader)
      if (this.#setup.reply === 'ack') await this.#acknowledge(message, number)
      this.#idle.touch()
    } catch (error) {
      // A later message must not be confirmed over an earlier one's head.
      this.#mute = true
      this.#fail(error)
      // The end of the stream would make half an answer look whole.
      if (this.#writing && !this.#setup.codec.series) this.#socket.resetAndDestroy()
    } finally {
      this.#writing = false
      await reader?.close()
    }
  }

  #announce(message: WholeMessage, number: number, delivery: Delivery): void {
    const { peer, report } = this.#setup
    const { id } = message
    if (delivery.kind === 'received') {
      this.#counts.files += 1
      this.#counts.bytes += delivery.bytes
      report({ ...delivery, peer, number, ...(id === undefined ? {} : { id }) })
    } else if (delivery.kind === 'duplicate') {
      this.#counts.duplicates += 1
      report({ ...delivery, peer })
    } else {
      this.#counts.skipped += 1
      report({ ...delivery, peer, reason: 'the same content is there already' })
    }
  }

  async #acknowledge({ head, id }: WholeMessage, number: number): Promise<void> {
    const answer = acknowledgement(this.#setup.codec, head, id ?? BigInt(number))
    await this.#writer.message(this.#setup.codec, answer.head, [answer.body])
  }

  async #echo({ head, id }: WholeMessage, arrival: Arrival, reader: ArrivalReader): Promise<void> {
    const prefix = id === undefined ? new Uint8Array(0) : encodeMessageId(id)
    const touch = () => this.#idle.touch()
    async function* body() {
      yield prefix
      for await (const slice of reader.slices()) {
        touch()
        yield slice
      }
    }
    await this.#writer.message(this.#setup.codec, { ...head, length: prefix.length + arrival.bytes }, body())
  }

  /** Time at the disk is not the peer's silence. A failure is the message's, when there is one. */
  async #disk<T>(work: () => Promise<T>, path?: () => string): Promise<T> {
    this.#diskWork += 1
    try {
      return await work()
    } catch (error) {
      if (path && error instanceof HoldfastError) {
        this.#counts.failed += 1
        this.#setup.report({ kind: 'failed', peer: this.#setup.peer, path: path(), error })
      }
      throw error
    } finally {
      this.#diskWork -= 1
      this.#idle.touch()
    }
  }

  #wouldBe({ head, id }: { readonly head: PlainHead; readonly id: bigint | undefined }): () => string {
    return () => this.#setup.name(head, id, false)
  }

  #idled(): void {
    const progress = this.#incoming.progress()
    const seconds = Math.round(this.#setup.idleTimeoutMs / 1000)
    const inside = progress === undefined ? '' : ` inside a message: ${progress}`
    const error = new HoldfastError('PLAIN_TIMEOUT', `The connection was closed because nothing came for ${seconds} s${inside}.`)
    this.#failure ??= this.#writing ? error : undefined
    this.#incoming.fail(error)
    if (this.#writing || this.#ended) this.#socket.destroy()
  }

  /** The first thing that went wrong is what is reported. */
  #fail(error: unknown): void {
    this.#failure ??= error instanceof HoldfastError ? error : new HoldfastError('ENGINE_INTERNAL', String(error), { cause: error })
    this.#incoming.fail(this.#failure)
  }

  /** Our end goes after the last answer; then the peer has a moment to read it before the rest is cut off. */
  async #close(): Promise<void> {
    if (this.#socket.destroyed) return
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#writing = true
    this.#socket.end()
    this.#socket.resume()
    const cancel = this.#failure ? this.#setup.clock.after(LINGER_MS, () => this.#socket.destroy()) : undefined
    await closed
    cancel?.()
  }
}
