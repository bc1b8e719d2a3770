import type { Socket } from 'node:net'
import { HoldfastError } from '../../../shared/errors.ts'
import type { Address } from '../../../shared/model/device.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { AnswerFile } from './answer-file.ts'
import type { Outgoing } from './outgoing.ts'
import { remoteOf } from './plain-socket.ts'
import { prepareMessage, type PreparedMessage } from './prepare-message.ts'
import { Retry } from './retry.ts'
import { SenderConnection } from './sender-connection.ts'
import { firstMessageId, senderRules, type PlainSendOptions, type SenderRules } from './sender-options.ts'

export type PlainSenderEvent =
  | { readonly kind: 'connected'; readonly remote: Address }
  /** `confirmed`: the receiver said so. Otherwise the network took it, and no more is known. */
  | {
      readonly kind: 'delivered'
      readonly path: string
      readonly bytes: number
      readonly digest: string
      readonly confirmed: boolean
      readonly id?: bigint
      readonly answerBytes?: number
    }
  | { readonly kind: 'failed'; readonly path: string; readonly error: HoldfastError }
  | { readonly kind: 'retry'; readonly error: HoldfastError; readonly attempt: number; readonly waitMs: number }

export interface PlainSenderPorts {
  readonly clock: Clock
  readonly random: Random
  /** The next connection: dialled, or accepted. Rejects with a HoldfastError, or with the signal's reason. */
  readonly nextSocket: (signal: AbortSignal) => Promise<Socket>
  /** Where answers go; absent: none are read, unless they are confirmations. */
  readonly answers?: AnswerFile
  readonly report: (event: PlainSenderEvent) => void
}

export interface PlainSendResult {
  readonly files: number
  readonly bytes: number
  readonly failed: number
  /** Messages that were sent more than once. */
  readonly resent: number
  readonly retries: number
}

interface Pending {
  readonly outgoing: Outgoing
  id: bigint | undefined
  sent: boolean
}

/** A message the network took, of which nothing more is known until the connection has ended well. */
type Handed = { readonly pending: Pending; readonly prepared: PreparedMessage; readonly digest: string }

/**
 * Sends messages, in order, over as many connections as it takes. What is confirmed is never sent again; what is not is
 * sent again with the same id, as often in a row as `retries` allows.
 */
export class PlainSender {
  readonly #rules: SenderRules
  readonly #options: PlainSendOptions
  readonly #ports: PlainSenderPorts
  readonly #retry: Retry
  #queue: Pending[] = []
  #nextId = 0n
  #result = { files: 0, bytes: 0, failed: 0, resent: 0, retries: 0 }

  /** Throws USAGE_INVALID when the options make no sense. */
  constructor(options: PlainSendOptions, ports: PlainSenderPorts) {
    this.#options = options
    this.#ports = ports
    this.#rules = senderRules(options)
    this.#retry = new Retry(ports.clock, ports.random, (facts) => {
      this.#result.retries += 1
      ports.report({ kind: 'retry', ...facts })
    })
  }

  /** Settles when every message is delivered or has failed; rejects only with the signal's reason. */
  async run(messages: readonly Outgoing[], signal: AbortSignal): Promise<PlainSendResult> {
    this.#nextId = firstMessageId(this.#rules, this.#ports.random)
    this.#queue = messages.map((outgoing) => ({ outgoing, id: undefined, sent: false }))
    while (this.#queue.length > 0) {
      const error = await this.#overOneConnection(signal)
      signal.throwIfAborted()
      if (!error) continue
      if (this.#retry.failures >= this.#options.retries || (isFileError(error) && error.policy === 'stop')) this.#giveUp(error)
      else await this.#retry.wait(error, signal)
    }
    return this.#result
  }

  /** Undefined: all is well so far. A file is opened before a connection is made: under `eof` an empty one would be a message. */
  async #overOneConnection(signal: AbortSignal): Promise<HoldfastError | undefined> {
    const handed: Handed[] = []
    let connection: SenderConnection | undefined
    let prepared = await this.#prepareNext()
    if (!prepared) return undefined
    const onAbort = () => connection?.destroy()
    try {
      connection = await this.#connect(signal)
      signal.addEventListener('abort', onAbort, { once: true })
      for (let number = 1n; prepared; number += 1n) {
        await this.#send(connection, prepared, number, handed)
        await prepared.close()
        prepared = this.#rules.codec.series ? await this.#prepareNext() : undefined
      }
      await this.#finish(connection, handed)
      return undefined
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      return await this.#interrupted(error, connection, handed)
    } finally {
      signal.removeEventListener('abort', onAbort)
      connection?.destroy()
      await prepared?.close()
    }
  }

  async #connect(signal: AbortSignal): Promise<SenderConnection> {
    const socket = await this.#ports.nextSocket(signal)
    this.#ports.report({ kind: 'connected', remote: remoteOf(socket) })
    return new SenderConnection({ socket, codec: this.#rules.codec, clock: this.#ports.clock, timeoutMs: this.#options.timeoutMs })
  }

  /** The first of the queue, with its answer where one is due. */
  async #send(connection: SenderConnection, prepared: PreparedMessage, number: bigint, handed: Handed[]): Promise<void> {
    const pending = this.#queue[0]!
    if (pending.sent) this.#result.resent += 1
    pending.sent = true
    await connection.send(prepared.head, prepared.body())
    const digest = prepared.digest()
    const answered = this.#options.awaitAck === true || this.#ports.answers !== undefined
    if (answered && !this.#rules.codec.series) connection.endOutput()
    if (this.#options.awaitAck) await connection.readAcknowledgement(pending.id ?? number)
    const answerBytes = await this.#readAnswer(connection)
    this.#queue.shift()
    if (!answered) return void handed.push({ pending, prepared, digest })
    this.#retry.progressed()
    this.#delivered({ pending, prepared, digest }, this.#options.awaitAck === true, answerBytes)
  }

  /** Files that can't be sent at all fail on the way. Undefined: nothing is left. */
  async #prepareNext(): Promise<PreparedMessage | undefined> {
    for (let pending = this.#queue[0]; pending; pending = this.#queue[0]) {
      const current = pending
      try {
        if (this.#options.ids) current.id ??= this.#takeId()
        return await prepareMessage(current.outgoing, this.#rules, current.id, () => (current.id = this.#otherId()))
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        this.#queue.shift()
        this.#failed(current, error)
      }
    }
    return undefined
  }

  async #finish(connection: SenderConnection, handed: readonly Handed[]): Promise<void> {
    await connection.finish()
    for (const one of handed) this.#delivered(one, false)
  }

  /** A file of ours that broke off does not make uncertain what went out whole before it. */
  async #interrupted(error: HoldfastError, connection: SenderConnection | undefined, handed: readonly Handed[]): Promise<HoldfastError> {
    if (connection && isFileError(error) && this.#rules.codec.series) {
      try {
        await this.#finish(connection, handed)
        return error
      } catch (second) {
        if (!(second instanceof HoldfastError)) throw second
      }
    }
    this.#uncertain(handed, error)
    return error
  }

  async #readAnswer(connection: SenderConnection): Promise<number | undefined> {
    const { answers } = this.#ports
    if (!answers) return undefined
    try {
      await connection.readAnswer((slices) => answers.write(slices))
      return answers.keep()
    } catch (error) {
      await answers.discard()
      throw error
    }
  }

  /** With ids they may be sent again without harm; without, once more could be once too often. */
  #uncertain(handed: readonly Handed[], error: HoldfastError): void {
    if (this.#options.ids) return void this.#queue.unshift(...handed.map((one) => one.pending))
    const message = `${error.message} It may or may not have arrived; --await-ack makes sure.`
    for (const { pending } of handed) this.#failed(pending, new HoldfastError(error.code, message))
  }

  #giveUp(error: HoldfastError): void {
    const times = this.#retry.failures + 1
    this.#retry.progressed()
    if (isFileError(error)) return this.#failed(this.#queue.shift()!, error)
    const message = times === 1 ? error.message : `${error.message} It was tried ${times} times in a row.`
    for (const pending of this.#queue.splice(0)) this.#failed(pending, new HoldfastError('TRANSFER_GAVE_UP', message, { cause: error }))
  }

  #delivered({ pending, prepared, digest }: Handed, confirmed: boolean, answerBytes?: number): void {
    this.#result.files += 1
    this.#result.bytes += prepared.contentBytes
    this.#ports.report({
      kind: 'delivered',
      path: pending.outgoing.path,
      bytes: prepared.contentBytes,
      digest,
      confirmed,
      ...(pending.id === undefined ? {} : { id: pending.id }),
      ...(answerBytes === undefined ? {} : { answerBytes }),
    })
  }

  #takeId(): bigint {
    const id = this.#nextId
    this.#nextId += 1n
    return id
  }

  /** From another start: the ids that follow share all but the last bytes, and with them mostly what was refused. */
  #otherId(): bigint {
    this.#nextId = firstMessageId(this.#rules, this.#ports.random)
    return this.#takeId()
  }

  #failed(pending: Pending, error: HoldfastError): void {
    this.#result.failed += 1
    this.#ports.report({ kind: 'failed', path: pending.outgoing.path, error })
  }
}

/** The file's trouble, not the network's: it concerns one message. */
function isFileError(error: HoldfastError): boolean {
  return error.code.startsWith('FILE_')
}
