import type { Socket } from 'node:net'
import { HoldfastError } from '../../../shared/errors.ts'
import type { Address } from '../../../shared/model/device.ts'
import { formatAddress } from '../net/address.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { Arrivals } from './arrivals.ts'
import type { PlainHead } from './codecs/plain-codec.ts'
import { InboxConnection } from './inbox-connection.ts'
import type { PlainInboxEvent, PlainPeer } from './inbox-events.ts'
import { inboxRules, type InboxRules, type PlainInboxOptions } from './inbox-options.ts'
import { dialPlain, listenPlain, remoteOf, type PlainListener } from './plain-socket.ts'
import { Retry } from './retry.ts'
import { SeenIds } from './seen-ids.ts'

export interface PlainInboxPorts {
  readonly clock: Clock
  readonly random: Random
  readonly arrivals: Arrivals
  /** Called synchronously; must not throw. */
  readonly report: (event: PlainInboxEvent) => void
}

/**
 * Receives messages of programs that speak no Holdfast, in one framing, from anybody who can reach the address: neither
 * encrypted nor authenticated. Started once with `listen` or `receiveFrom`, and stopped once.
 */
export class PlainInbox {
  readonly #options: PlainInboxOptions
  readonly #ports: PlainInboxPorts
  readonly #rules: InboxRules
  readonly #seen = new SeenIds()
  readonly #connections = new Set<InboxConnection>()
  readonly #stopping = new AbortController()
  #listener: PlainListener | undefined
  #connectionNumbers = 0
  #messageNumbers = 0

  /** Throws USAGE_INVALID when the options make no sense. */
  constructor(options: PlainInboxOptions, ports: PlainInboxPorts) {
    this.#options = options
    this.#ports = ports
    this.#rules = inboxRules(options)
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Rejects with PORT_IN_USE, ADDRESS_UNAVAILABLE or an error of the receive folder. Port 0 picks one. */
  async listen(address: Address): Promise<Address> {
    // Connections that come before the place is ready wait, unread.
    let ready: () => void = () => undefined
    const opened = new Promise<void>((resolve) => {
      ready = resolve
    })
    const listener = await listenPlain(address, (socket) => void opened.then(() => this.#accept(socket)))
    this.#listener = listener
    try {
      await this.#ports.arrivals.open(`listen ${formatAddress(listener.address)}`)
    } catch (error) {
      await listener.close()
      throw error
    }
    this.#ports.report({ kind: 'listening', address: listener.address })
    ready()
    return listener.address
  }

  /**
   * Dials and receives until the other side ends the connection. What the network does is tried again, at once and then
   * with backoff, without end; what the peer does wrong rejects.
   */
  async receiveFrom(address: Address): Promise<void> {
    const { clock, random, arrivals, report } = this.#ports
    const { signal } = this.#stopping
    await arrivals.open(`from ${formatAddress(address)} ${Buffer.from(random.bytes(16)).toString('hex')}`)
    const retry = new Retry(clock, random, (facts) => report({ kind: 'retry', ...facts }))
    for (;;) {
      const error = await this.#receiveOnce(address, retry)
      if (!error || signal.aborted) return
      if (error.policy !== 'reconnect') throw error
      await retry.wait(error, signal)
    }
  }

  /** What is whole is placed and reported; the rest is dropped. */
  async stop(): Promise<void> {
    const error = new HoldfastError('ENGINE_NOT_RUNNING', 'The inbox was stopped.')
    this.#stopping.abort(error)
    const closing = this.#listener?.close()
    for (const connection of this.#connections) connection.abort(error)
    await Promise.all([...this.#connections].map((connection) => connection.closed))
    await closing
    await this.#ports.arrivals.close()
  }

  async #receiveOnce(address: Address, retry: Retry): Promise<HoldfastError | undefined> {
    let socket: Socket
    try {
      socket = await dialPlain(address, this.#ports.clock, this.#stopping.signal)
    } catch (error) {
      if (error instanceof HoldfastError) return error
      throw error
    }
    const connection = this.#begin(socket, false)
    const error = await connection.closed
    if (connection.counts.files + connection.counts.duplicates > 0) retry.progressed()
    return error
  }

  #accept(socket: Socket): void {
    if (this.#stopping.signal.aborted || socket.destroyed) return void socket.destroy()
    if (this.#connections.size >= this.#options.maxConnections) {
      const peer = this.#peer(socket)
      socket.destroy()
      const message = `A connection was closed because ${this.#options.maxConnections} are open already. Raise the limit (--max-connections), or connect again later.`
      return this.#ports.report({ kind: 'error', peer, error: new HoldfastError('NET_BUSY', message) })
    }
    this.#begin(socket, true)
  }

  #begin(socket: Socket, guardHttp: boolean): InboxConnection {
    const peer = this.#peer(socket)
    this.#ports.report({ kind: 'connected', peer })
    const connection = new InboxConnection({
      socket,
      peer,
      guardHttp,
      ...this.#rules,
      idleTimeoutMs: this.#options.idleTimeoutMs,
      arrivals: this.#ports.arrivals,
      seen: this.#seen,
      clock: this.#ports.clock,
      name: (head, id, taken) => this.#name(peer, head, id, taken),
      report: this.#ports.report,
    })
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
    return connection
  }

  #peer(socket: Socket): PlainPeer {
    this.#connectionNumbers += 1
    return { connection: this.#connectionNumbers, ...remoteOf(socket) }
  }

  #name(peer: PlainPeer, head: PlainHead, id: bigint | undefined, taken: boolean): string {
    const number = this.#messageNumbers + 1
    if (taken) this.#messageNumbers = number
    return this.#rules.names.name({
      number,
      connection: peer.connection,
      nowMs: this.#ports.clock.now(),
      peer: peer.host,
      id,
      type: head.type,
    })
  }
}
