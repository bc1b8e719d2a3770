import { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { PROTOCOL_VERSION } from '../protocol/message-types.ts'
import type { CloseCode, Hello } from '../protocol/messages.ts'
import type { BytePool } from '../util/byte-pool.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import { closeError, versionError } from './close-codes.ts'
import { Connection } from './connection.ts'
import { Handshake } from './handshake.ts'
import { PeerSession } from './peer-session.ts'
import type { Dialer, Link, LinkTarget, SessionHandler, Transport } from './ports.ts'
import { Route } from './route.ts'
import { SessionKeeper } from './session-keeper.ts'
import { DEFAULT_TUNABLES } from './tunables.ts'
import type { Tunables } from './tunables.ts'
import { WaitingRoom } from './waiting-room.ts'
import { Want } from './want.ts'

export interface LinksOptions {
  readonly clock: Clock
  readonly random: Random
  readonly dialer: Dialer
  /** This device, as told in hello. Read anew each time. */
  readonly self: { readonly id: DeviceId; readonly name: string; readonly app: string; port(): number }
  /** Buffers for bulk messages that arrive, shared by all sessions; each of BULK_BUFFER_BYTES. */
  readonly inboundPool: BytePool
  /** Called once for each new session object, before anything happens on it. */
  onSession(session: PeerSession): SessionHandler
  /** A session object is forgotten: if the peer comes again, there will be a new one. */
  onSessionGone?(session: PeerSession): void
  /** Whether a device that dials us may talk; else the reason it is told. */
  onIncoming(peerId: DeviceId, peerKey: Uint8Array): 'ok' | CloseCode
  /** Paired devices are exempt from the limits on strangers. */
  isPaired(peerId: DeviceId): boolean
  readonly tunables?: Partial<Tunables>
}

const SESSION_ID_BYTES = 16

/** All conversations of this device: who is wanted, who is connected, who may come in. */
export class Links {
  readonly #options: LinksOptions
  readonly #tunables: Tunables
  readonly #keeper: SessionKeeper
  readonly #waitingRoom: WaitingRoom
  readonly #routes = new Map<DeviceId, Route>()
  /** Routes that do not know yet whose they are. */
  readonly #nameless = new Set<Route>()
  /** Our dials that await the peer's hello. */
  readonly #greeting = new Map<DeviceId, Connection>()
  readonly #open = new Set<Connection>()
  #closed = false

  constructor(options: LinksOptions) {
    this.#options = options
    this.#tunables = { ...DEFAULT_TUNABLES, ...options.tunables }
    this.#waitingRoom = new WaitingRoom(this.#tunables)
    this.#keeper = new SessionKeeper({
      clock: options.clock,
      tunables: this.#tunables,
      isPaired: (id) => options.isPaired(id),
      isWanted: (id) => (this.#routes.get(id)?.wants.size ?? 0) > 0,
      onGone: (session) => options.onSessionGone?.(session),
    })
  }

  /** Wants a connection until the link is released. Wants of one device share one reconnect loop and one session. */
  want(target: LinkTarget): Link {
    const want = new Want(target, (released) => this.#release(released))
    if (this.#closed) {
      want.fail(new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is closing.'))
      return want
    }
    this.#routeFor(target.deviceId).add(want)
    return want
  }

  /** A session with this device, connected or waiting for its next socket. */
  session(peerId: DeviceId): PeerSession | undefined {
    return this.#keeper.get(peerId)
  }

  get sessions(): readonly PeerSession[] {
    return this.#keeper.all
  }

  /** Tries at once what waits: all of it when the network has changed, or one device that has been seen. */
  nudge(peerId?: DeviceId): void {
    if (peerId !== undefined) return this.#routes.get(peerId)?.nudge()
    for (const route of [...this.#routes.values(), ...this.#nameless]) route.nudge()
  }

  /** A connection from outside, its TLS handshake done. */
  accept(transport: Transport): void {
    const peerId = transport.peerId
    const paired = this.#options.isPaired(peerId)
    const seat = this.#waitingRoom.enter(transport.remote.host, paired)
    const handshake = new Handshake(this.#options.clock, this.#tunables.helloTimeoutMs, {
      hello: (hello) => {
        seat?.()
        this.#welcome(connection, hello)
      },
      failed: () => seat?.(),
    })
    const connection = this.#connect(transport, handshake)
    const verdict = this.#closed ? 'shutting-down' : this.#options.onIncoming(peerId, transport.peerKey)
    if (verdict !== 'ok') refuse(connection, verdict)
    else if (!seat) refuse(connection, 'busy')
  }

  /** Says goodbye to everybody. Resolves when every socket is closed. */
  async close(): Promise<void> {
    this.#closed = true
    for (const route of [...this.#routes.values(), ...this.#nameless]) route.stop()
    for (const session of this.sessions) session.close('shutting-down', new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is closing.'))
    const open = [...this.#open]
    for (const connection of open) connection.closeWith('shutting-down', closeError('shutting-down'))
    await Promise.all(open.map((connection) => new Promise<void>((resolve) => connection.onGone(resolve))))
    this.#keeper.close()
  }

  // — wants —

  #routeFor(deviceId: DeviceId | undefined): Route {
    const known = deviceId === undefined ? undefined : this.#routes.get(deviceId)
    if (known) return known
    const { clock, random, dialer } = this.#options
    const route = new Route(deviceId, {
      clock, random, dialer,
      tunables: this.#tunables,
      greet: (transport) => this.#greet(transport),
      learned: (learner, id) => this.#learned(learner, id),
    })
    if (deviceId === undefined) this.#nameless.add(route)
    else {
      this.#routes.set(deviceId, route)
      const session = this.#keeper.get(deviceId)
      if (session?.connected) route.connected(session)
    }
    return route
  }

  #learned(route: Route, id: DeviceId): void {
    this.#nameless.delete(route)
    const other = this.#routes.get(id)
    if (other) return other.absorb(route)
    this.#routes.set(id, route)
    const session = this.#keeper.get(id)
    if (session?.connected) route.connected(session)
  }

  #release(want: Want): void {
    const route = want.route
    if (!route) return
    route.remove(want)
    if (route.wants.size > 0) return
    this.#nameless.delete(route)
    if (route.deviceId === undefined) return
    this.#routes.delete(route.deviceId)
    this.#keeper.unwanted(route.deviceId)
  }

  // — hello —

  /** As the dialer: speaks first, and takes the session that the answer names. */
  #greet(transport: Transport): Promise<PeerSession> {
    const peerId = transport.peerId
    const present = this.#keeper.get(peerId)
    if (present?.connected) {
      transport.destroy()
      return Promise.resolve(present)
    }
    return new Promise((resolve, reject) => {
      const done = () => {
        if (this.#greeting.get(peerId) === connection) this.#greeting.delete(peerId)
      }
      const handshake = new Handshake(this.#options.clock, this.#tunables.helloTimeoutMs, {
        hello: (hello) => {
          done()
          const session = this.#takeUp(connection, hello)
          if (session) resolve(session)
        },
        failed: (error) => {
          done()
          reject(error)
        },
      })
      const connection = this.#connect(transport, handshake)
      this.#greeting.set(peerId, connection)
      connection.writeUnsequenced(this.#hello(present), 0)
    })
  }

  #takeUp(connection: Connection, hello: Hello): PeerSession | undefined {
    if (hello.version !== PROTOCOL_VERSION) {
      connection.closeWith('version', versionError(hello.version))
      return undefined
    }
    const session = this.#sessionFor(connection.transport)
    if (!session || !hello.session) {
      refuse(connection, session ? 'protocol' : 'busy')
      return undefined
    }
    const resume = session.canResume(hello.session, hello.received)
    if (!resume && session.hasId(hello.session)) {
      // It goes on with a session of which it has lost a part: neither can be right, so both begin anew.
      session.forget()
      refuse(connection, 'protocol')
      return undefined
    }
    session.attach(connection, hello, resume ? { resume } : { newId: hello.session })
    this.#keeper.looksAfter(session)
    return session
  }

  /** As the acceptor: decides which connection counts and whether the session goes on. */
  #welcome(connection: Connection, hello: Hello): void {
    if (hello.version !== PROTOCOL_VERSION) {
      connection.writeUnsequenced(this.#hello(undefined), 0)
      connection.closeWith('version', versionError(hello.version))
      return
    }
    if (this.#closed) return refuse(connection, 'shutting-down')
    if (this.#crosses(connection.transport.peerId)) return refuse(connection, 'simultaneous')
    const session = this.#sessionFor(connection.transport)
    if (!session) return refuse(connection, 'busy')
    const resume = session.canResume(hello.session, hello.received)
    const id = resume ? session.id! : new Uint8Array(this.#options.random.bytes(SESSION_ID_BYTES))
    connection.writeUnsequenced({ ...this.#hello(undefined), session: id, received: resume ? BigInt(session.received) : 0n }, 0)
    session.attach(connection, hello, resume ? { resume } : { newId: id })
    this.#greeting.get(connection.transport.peerId)?.goodbye(closeError('simultaneous'))
    this.#keeper.looksAfter(session)
  }

  /** Both dial at once: the dial of the lower device id counts, also when its hello has only just been answered. */
  #crosses(peerId: DeviceId): boolean {
    if (this.#options.self.id > peerId) return false
    if (this.#greeting.has(peerId)) return true
    const session = this.#keeper.get(peerId)
    if (!session?.connection?.transport.dialed) return false
    return this.#options.clock.monotonic() - session.connectedMs < this.#tunables.crossingMs
  }

  #sessionFor(transport: Transport): PeerSession | undefined {
    const known = this.#keeper.get(transport.peerId)
    if (known) return known
    if (!this.#keeper.hasRoom(transport.peerId)) return undefined
    const { clock } = this.#options
    const session = new PeerSession(
      { id: transport.peerId, key: transport.peerKey, isTrusted: () => this.#options.isPaired(transport.peerId) },
      {
        clock,
        tunables: this.#tunables,
        events: {
          up: (up) => this.#routes.get(up.peerId)?.connected(up),
          down: (down, error) => {
            this.#keeper.looksAfter(down)
            this.#routes.get(down.peerId)?.lost(error)
          },
        },
      },
    )
    this.#keeper.add(session)
    session.handler = this.#options.onSession(session)
    return session
  }

  #hello(session: PeerSession | undefined): Hello {
    const { name, app } = this.#options.self
    const port = this.#options.self.port()
    const base = { type: 'hello', version: PROTOCOL_VERSION, name, app, port } as const
    return session?.id ? { ...base, session: session.id, received: BigInt(session.received) } : { ...base, received: 0n }
  }

  #connect(transport: Transport, handshake: Handshake): Connection {
    const { clock, inboundPool } = this.#options
    const connection = new Connection(transport, handshake, { clock, pool: inboundPool, closeGraceMs: this.#tunables.closeGraceMs })
    handshake.connection = connection
    this.#open.add(connection)
    connection.onGone(() => this.#open.delete(connection))
    return connection
  }
}

function refuse(connection: Connection, code: CloseCode): void {
  connection.closeWith(code, code === 'protocol' ? new HoldfastError('PEER_PROTOCOL', 'The other device answered hello with a session that cannot be right.') : closeError(code))
}
