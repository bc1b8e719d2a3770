import type { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { decodeControl, encodeControl } from '../protocol/control.ts'
import type { FrameHead } from '../protocol/frame.ts'
import { BULK_BUFFER_BYTES, FRAME_HEADER_BYTES, MAX_STRANGER_BODY_BYTES } from '../protocol/limits.ts'
import { MESSAGE_TYPES, bodyLimitBytes, isBulk, isSequenced, isSyncType, messageName } from '../protocol/message-types.ts'
import type { ControlMessage, Hello, UnsequencedMessage } from '../protocol/messages.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import type { PooledBuffer } from '../util/byte-pool.ts'
import type { Clock } from '../util/clock.ts'
import { closeError, lostError } from './close-codes.ts'
import type { Connection, ConnectionOwner } from './connection.ts'
import { Inbound } from './inbound.ts'
import { headOf, Outbound } from './outbound.ts'
import type { OutboundMessage } from './outbound.ts'
import { Heartbeat } from './heartbeat.ts'
import { SendWindow } from './send-window.ts'
import type { Session, SessionHandler, SessionStart } from './ports.ts'
import type { Tunables } from './tunables.ts'

export interface SessionEvents {
  up(session: PeerSession): void
  down(session: PeerSession, error: HoldfastError): void
}

/** A conversation with one device over successive connections: ids, acknowledgements, repeats, keepalive. PROTOCOL.md, "Session". */
export class PeerSession implements Session, ConnectionOwner {
  readonly peerId: DeviceId
  readonly peerKey: Uint8Array
  /** Set right after construction, before anything can happen. */
  handler!: SessionHandler
  readonly #clock: Clock
  readonly #tunables: Tunables
  readonly #events: SessionEvents
  readonly #outbound = new Outbound()
  readonly #inbound: Inbound
  readonly #window: SendWindow
  #heartbeat: Heartbeat | undefined
  #id: Uint8Array | undefined
  #hello: Hello | undefined
  #connection: Connection | undefined
  #bulkAllowed = false
  readonly #isTrusted: () => boolean
  #expectsMuch = false
  #starved = false
  #lastUsedMs: number
  #connectedMs = 0
  #cancelAck: (() => void) | undefined

  /** `isTrusted`: a paired device, whose folders and large control messages are welcome. */
  constructor(
    peer: { readonly id: DeviceId; readonly key: Uint8Array; isTrusted(): boolean },
    options: { readonly clock: Clock; readonly tunables: Tunables; readonly events: SessionEvents },
  ) {
    this.peerId = peer.id
    this.peerKey = peer.key
    this.#isTrusted = () => peer.isTrusted()
    this.#clock = options.clock
    this.#tunables = options.tunables
    this.#events = options.events
    this.#inbound = new Inbound(options.tunables.ackBytes)
    this.#window = new SendWindow(options.tunables)
    this.#lastUsedMs = options.clock.monotonic()
  }

  get peerName(): string {
    return this.#hello?.name ?? ''
  }

  /** Where the peer says it listens, 0: nowhere. A hint. */
  get peerPort(): number {
    return this.#hello?.port ?? 0
  }

  get connected(): boolean {
    return this.#connection !== undefined
  }

  get connection(): Connection | undefined {
    return this.#connection
  }

  /** 16 bytes, once there was a hello. */
  get id(): Uint8Array | undefined {
    return this.#id
  }

  get received(): number {
    return this.#inbound.received
  }

  get isIdle(): boolean {
    return this.#outbound.isEmpty
  }

  /** When the present connection began, monotonic. */
  get connectedMs(): number {
    return this.#connectedMs
  }

  /** When a sequenced message last came or went, monotonic. */
  get lastUsedMs(): number {
    return this.#lastUsedMs
  }

  /** Whether the conversation can go on with a peer that has received up to `received`. */
  canResume(id: Uint8Array | undefined, received: bigint): boolean {
    return this.hasId(id) && this.#outbound.canResume(Number(received))
  }

  hasId(id: Uint8Array | undefined): boolean {
    const own = this.#id
    return id !== undefined && own !== undefined && id.length === own.length && id.every((byte, index) => byte === own[index])
  }

  /** A connection on which both have said hello. Without `resumeId` the conversation begins anew under `newId`. */
  attach(connection: Connection, hello: Hello, start: { readonly resume: true } | { readonly newId: Uint8Array }): void {
    this.#detach(closeError('replaced'), (old) => old.closeWith('replaced', closeError('replaced')))
    const kind: SessionStart = 'resume' in start ? 'resumed' : this.#id ? 'reset' : 'created'
    if ('newId' in start) {
      this.#outbound.reset()
      this.#inbound.reset()
      this.#bulkAllowed = false
      this.#id = start.newId
    }
    this.#hello = hello
    this.#connection = connection
    this.#connectedMs = this.#clock.monotonic()
    this.#heartbeat = this.#newHeartbeat(connection)
    connection.owner = this
    if (kind === 'resumed') this.#acknowledge(Number(hello.received))
    this.#outbound.resend()
    this.handler.up(kind, connection.transport.remote)
    this.#events.up(this)
    this.#pump()
    this.#offerRoom()
  }

  send(message: ControlMessage): void {
    if (message.type === 'offer') this.#expectsMuch = true
    const body = encodeControl(message)
    const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length)
    frame.set(body, FRAME_HEADER_BYTES)
    this.#outbound.queueControl(MESSAGE_TYPES[message.type].code, frame)
    if (this.#outbound.controlBytes > this.#tunables.controlBacklogBytes) this.#giveUp()
    else this.#pump()
  }

  get canSendBulk(): boolean {
    const can = this.connected && this.#window.fits(this.#outbound.bulkBytes, BULK_BUFFER_BYTES)
    if (!can) this.#starved = true
    return can
  }

  sendBulk(type: number, body: PooledBuffer): void {
    if (!isBulk(type)) throw new RangeError(`type ${type} is not bulk`)
    this.#outbound.queueBulk(type, body)
    this.#pump()
  }

  allowBulk(allowed: boolean): void {
    this.#bulkAllowed = allowed
    if (allowed) this.#expectsMuch = true
  }

  /** Ends the connection, says why, and keeps the conversation. */
  close(code: 'shutting-down' | 'idle', error: HoldfastError): void {
    this.#sayTheRest()
    this.#detach(error, (connection) => (code === 'idle' ? connection.goodbye(error) : connection.closeWith(code, error)))
  }

  /** Forgets the conversation: memory is given back, and the next hello begins a new one. */
  forget(): void {
    this.close('idle', lostError('The connection is not needed any more.'))
    this.#outbound.reset()
    this.#inbound.reset()
    this.#id = undefined
  }

  // — what the connection tells —

  limitOf(type: number): number {
    const limit = bodyLimitBytes(type)
    if (isSyncType(type)) return this.#isTrusted() ? limit : Math.min(limit, MAX_STRANGER_BODY_BYTES)
    if (isBulk(type) && !this.#bulkAllowed) throw new ProtocolError('file data came before a transfer was accepted')
    if (limit <= MAX_STRANGER_BODY_BYTES || this.#expectsMuch || this.#isTrusted()) return limit
    return MAX_STRANGER_BODY_BYTES
  }

  begin(head: FrameHead): boolean {
    const sequenced = isSequenced(head.type)
    if (sequenced !== undefined && sequenced !== (head.id !== 0)) throw new ProtocolError(`a message of type ${head.type} has id ${head.id}`)
    this.#acknowledge(head.ack)
    if (!this.connected) return false
    const isNew = head.id === 0 || this.#inbound.isNew(head.id)
    // Folders are for paired devices: what others say of them is not even decoded.
    return isNew && sequenced !== undefined && (this.#isTrusted() || !isSyncType(head.type))
  }

  control(head: FrameHead, body: Uint8Array): void {
    const name = messageName(head.type)
    if (!name) return this.#heartbeat?.progressed() // a pure acknowledgement
    const message = decodeControl(name, body)
    if (head.id === 0) return this.#unsequenced(message as UnsequencedMessage)
    this.#accept(head)
    this.handler.message(message as ControlMessage)
  }

  bulk(head: FrameHead, buffer: PooledBuffer): void {
    this.#accept(head)
    this.handler.bulk(head.type, buffer, FRAME_HEADER_BYTES)
  }

  dropped(head: FrameHead, start: Uint8Array | undefined): void {
    if (head.id === 0) return
    if (this.#inbound.isNew(head.id)) return this.#accept(head)
    this.#inbound.repeated()
    this.#tell()
    this.handler.duplicate(head.type, start)
  }

  heard(): void {
    this.#heartbeat?.heard()
  }

  paused(): void {
    this.#heartbeat?.look()
  }

  resumed(): void {
    this.#heartbeat?.progressed()
    this.#heartbeat?.heard()
  }

  moved(): void {
    this.#heartbeat?.progressed()
    this.#pump()
  }

  closed(error: HoldfastError): void {
    this.#detach(error, () => {})
  }

  // — sending —

  #pump(): void {
    const connection = this.#connection
    if (!connection) return
    const now = this.#clock.monotonic()
    if (!this.#outbound.oldest) this.#heartbeat?.progressed()
    while (this.connected && !connection.isBlocked) {
      const message = this.#outbound.next(this.#inbound.received, now)
      if (!message) break
      this.#write(connection, message, now)
    }
    this.#heartbeat?.look()
  }

  /** A cancel or a pause must not be lost because blocks were in its way. */
  #sayTheRest(): void {
    const connection = this.#connection
    const now = this.#clock.monotonic()
    if (!connection) return
    const next = () => this.#outbound.nextControl(this.#inbound.received, now)
    for (let message = next(); message; message = next()) this.#write(connection, message, now)
  }

  #write(connection: Connection, message: OutboundMessage, now: number): void {
    // With the memory still in use elsewhere the header kept its older ack.
    if (message.writing === 1) this.#inbound.told()
    this.#lastUsedMs = now
    this.#heartbeat?.spoke()
    connection.write(message, this.#wrote)
    if (message.timesWritten > 1) this.handler.resent(message.type, headOf(message))
  }

  #wrote = (message: OutboundMessage): void => {
    this.#heartbeat?.progressed()
    this.#outbound.wrote(message)
  }

  #acknowledge(ack: number): void {
    const now = this.#clock.monotonic()
    let newest = -1
    let bytes = 0
    this.#outbound.acknowledge(ack, (message) => {
      if (message.timesWritten === 1) newest = now - message.writtenMs
      bytes += message.frame.length
      if (message.pooled) this.handler.acknowledged?.(message.type, headOf(message)!)
    })
    if (bytes === 0) return
    if (newest >= 0) this.#heartbeat?.measured(newest)
    this.#window.acknowledged(bytes)
    this.#heartbeat?.progressed()
    this.#offerRoom()
  }

  #offerRoom(): void {
    if (!this.#starved || !this.canSendBulk) return
    this.#starved = false
    this.handler.drain()
  }

  /** The peer takes nothing while this side has ever more to say: begin anew rather than keep it all. */
  #giveUp(): void {
    const connection = this.#connection
    this.#outbound.reset()
    this.#inbound.reset()
    this.#id = undefined
    connection?.destroy(lostError('The other device reads nothing of what it is sent.'))
  }

  // — receiving —

  #accept(head: FrameHead): void {
    this.#inbound.accepted(head.id, FRAME_HEADER_BYTES + head.bodyLength)
    this.#lastUsedMs = this.#clock.monotonic()
    this.#tell()
  }

  #unsequenced(message: UnsequencedMessage): void {
    const connection = this.#connection
    if (message.type === 'hello') throw new ProtocolError('a second hello came')
    if (message.type === 'close') connection?.goodbye(closeError(message.code))
    else if (message.type === 'ping') {
      connection?.writeUnsequenced({ type: 'pong', nonce: message.nonce }, this.#inbound.received)
      this.#spoke()
    }
  }

  /** Acknowledges now, or soon when something may come along to carry it. */
  #tell(): void {
    if (this.#inbound.ackDue === 'now') return this.#ack()
    this.#cancelAck ??= this.#clock.after(this.#tunables.ackDelayMs, () => {
      this.#cancelAck = undefined
      if (this.#inbound.ackDue !== 'none') this.#ack()
    })
  }

  #ack(): void {
    this.#connection?.writeAck(this.#inbound.received)
    this.#spoke()
  }

  #spoke(): void {
    this.#inbound.told()
    this.#heartbeat?.spoke()
  }

  // — life —

  #newHeartbeat(connection: Connection): Heartbeat {
    const outbound = this.#outbound
    return new Heartbeat(this.#clock, this.#tunables, {
      get insideFrame() {
        return connection.insideFrame
      },
      get isPaused() {
        return connection.isPaused
      },
      get oldestMs() {
        return outbound.oldest?.writtenMs
      },
      ack: () => this.#ack(),
      alive: () => {
        connection.writeUnsequenced({ type: 'pong', nonce: 0n }, this.#inbound.received)
        this.#spoke()
      },
      ping: (nonce) => {
        connection.writeUnsequenced({ type: 'ping', nonce }, this.#inbound.received)
        this.#spoke()
      },
      repeat: () => this.#repeat(connection, this.#clock.monotonic()),
      drop: (reason) => connection.destroy(lostError(reason)),
    })
  }

  /** One copy of the oldest, unless the first has not even left this machine: a slow peer must not be flooded. */
  #repeat(connection: Connection, now: number): void {
    this.#window.timedOut()
    const oldest = this.#outbound.oldest
    if (!oldest) return
    if (oldest.writing > 0) oldest.writtenMs = now
    else this.#write(connection, this.#outbound.again(this.#inbound.received, now)!, now)
  }

  #detach(error: HoldfastError, end: (connection: Connection) => void): void {
    const connection = this.#connection
    if (!connection) return
    this.#connection = undefined
    this.#heartbeat?.stop()
    this.#heartbeat = undefined
    this.#cancelAck?.()
    this.#cancelAck = undefined
    this.#starved = true
    end(connection)
    this.handler.down(error)
    this.#events.down(this, error)
  }
}
