import type { Address, DeviceId, LinkState } from '../../../shared/model/device.ts'
import type { HoldfastError } from '../../../shared/errors.ts'
import type { ControlMessage } from '../protocol/messages.ts'
import type { PooledBuffer } from '../util/byte-pool.ts'

/** One authenticated connection: TLS in the product, a fake wire in tests. Both ends' keys are known when it exists. */
export interface Transport {
  readonly peerId: DeviceId
  /** The peer's SPKI in DER, from TLS. */
  readonly peerKey: Uint8Array
  readonly remote: Address
  /** Who opened it. */
  readonly dialed: boolean
  /** Queues bytes (kept until sent). False: enough is queued, wait for `onDrain`. `onSent` when the kernel has them. */
  write(bytes: Uint8Array, onSent?: () => void): boolean
  onData(listener: (chunk: Uint8Array) => void): void
  onDrain(listener: () => void): void
  /** The other side will send no more. */
  onEnd(listener: () => void): void
  /** Exactly once, however it ended. */
  onClose(listener: (error?: HoldfastError) => void): void
  /** Stops and restarts `onData`. */
  pause(): void
  resume(): void
  /** Sends what is queued, then closes. */
  end(): void
  destroy(error?: HoldfastError): void
}

export interface Dialer {
  /** TLS done, certificate read, key checked by `checkKey` (which throws a HoldfastError). Not yet accepted by the peer. */
  dial(address: Address, checkKey: (id: DeviceId, spki: Uint8Array) => void, signal: AbortSignal): Promise<Transport>
}

/** Why a session's sequence began anew. Everything queued or unacknowledged has been discarded on both sides. */
export type SessionStart = 'created' | 'resumed' | 'reset'

export interface SessionHandler {
  /** A sequenced control message, exactly once and in order. */
  message(message: ControlMessage): void
  /** A bulk message (block, pack or sync-data), exactly once and in order. The handler owns `body` and must release it. */
  bulk(type: number, body: PooledBuffer, bodyOffset: number): void
  /** A repeated message was dropped (and acknowledged again). For a bulk message its first 21+64 bytes are given, to count it per file. */
  duplicate(type: number, head: Uint8Array | undefined): void
  /** Messages can flow. After `created` or `reset` transfers must be offered again. */
  up(start: SessionStart, address: Address): void
  /** The socket is gone; the session waits for the next. */
  down(error: HoldfastError): void
  /** There is room in the window again. */
  drain(): void
  /** Our unacknowledged message was sent again, by timeout or after a reconnect. */
  resent(type: number, head: Uint8Array | undefined): void
  /** A bulk message of ours was acknowledged by the session (it has arrived; no more than that). */
  acknowledged?(type: number, head: Uint8Array): void
}

/** A conversation with one peer that outlives its sockets. */
export interface Session {
  readonly peerId: DeviceId
  readonly peerKey: Uint8Array
  /** From the peer's hello: hostile text. */
  readonly peerName: string
  readonly connected: boolean
  /** Queues a control message; it overtakes bulk messages that wait. Kept until acknowledged. */
  send(message: ControlMessage): void
  /** True while the window and the queue have room for one more bulk message. */
  readonly canSendBulk: boolean
  /**
   * Queues a bulk message and takes the buffer over: its frame header slot is filled in, it is released when the peer
   * has acknowledged it or the session was reset. `body.length` counts from the buffer's start, header slot included.
   */
  sendBulk(type: number, body: PooledBuffer): void
  /** Blocks and packs from this peer are a protocol error until allowed: only after a transfer of it was accepted. */
  allowBulk(allowed: boolean): void
  /** Forgets the conversation and gives its memory back: the next hello begins a new one. */
  forget(): void
}

export interface LinkTarget {
  /** The device that must answer, when known. */
  readonly deviceId?: DeviceId
  /** Addresses to try, best first, asked anew before each attempt: discovery and memory may know more by then. */
  addresses(): readonly Address[]
  /** Throws when this key may not be talked to. */
  checkKey(id: DeviceId, spki: Uint8Array): void
}

/** A wish to be connected; the reconnect loop runs until it is released. */
export interface Link {
  readonly state: LinkState
  readonly session: Session | undefined
  onState(listener: (state: LinkState) => void): () => void
  /** Tries at once instead of waiting: discovery saw the peer, or the network changed. */
  nudge(): void
  release(): void
}
