import { writeFrameHead } from '../protocol/frame.ts'
import { BLOCK_HEADER_BYTES, FRAME_HEADER_BYTES, MAX_SEQUENCE } from '../protocol/limits.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import type { PooledBuffer } from '../util/byte-pool.ts'
import { Fifo } from './fifo.ts'

/** A sequenced message of ours, from queueing until it is acknowledged and no socket reads its memory any more. */
export interface OutboundMessage {
  readonly type: number
  /** The whole frame, header slot first. */
  readonly frame: Uint8Array
  readonly pooled: PooledBuffer | undefined
  /** 0 until first written. */
  id: number
  /** Monotonic ms of the last write. */
  writtenMs: number
  timesWritten: number
  /** Sockets that still have it queued for writing. */
  writing: number
  /** Acknowledged or discarded: released as soon as `writing` is 0. */
  settled: boolean
}

/**
 * The sending half of reliability, without socket or clock. Ids are given when a message is first written, so control
 * messages overtake bulk that waits. After a reconnect everything unacknowledged goes again, in order, before anything new.
 */
export class Outbound {
  #control = new Fifo<OutboundMessage>()
  #bulk = new Fifo<OutboundMessage>()
  #unacked = new Fifo<OutboundMessage>()
  /** Position in `#unacked` of the next to send again; its length when none is. */
  #resendAt = 0
  #lastId = 0
  #acked = 0
  #bulkBytes = 0
  #controlBytes = 0

  /** Bulk bytes queued and unacknowledged. */
  get bulkBytes(): number {
    return this.#bulkBytes
  }

  get controlBytes(): number {
    return this.#controlBytes
  }

  get oldest(): OutboundMessage | undefined {
    return this.#unacked.at(0)
  }

  get isEmpty(): boolean {
    return this.#control.length + this.#bulk.length + this.#unacked.length === 0
  }

  /** `frame` has an empty header slot in front. */
  queueControl(type: number, frame: Uint8Array): void {
    this.#controlBytes += frame.length
    this.#control.push(outboundMessage(type, frame, undefined))
  }

  queueBulk(type: number, body: PooledBuffer): void {
    this.#bulkBytes += body.length
    this.#bulk.push(outboundMessage(type, body.bytes.subarray(0, body.length), body))
  }

  /** The next to write, its header filled in. Undefined: nothing waits. */
  next(ack: number, nowMs: number): OutboundMessage | undefined {
    if (this.#resendAt < this.#unacked.length) {
      const again = this.#unacked.at(this.#resendAt)!
      this.#resendAt += 1
      return this.#written(again, ack, nowMs)
    }
    const message = this.#control.shift() ?? this.#bulk.shift()
    if (!message) return undefined
    if (this.#lastId === MAX_SEQUENCE) throw new RangeError('a session has used up its ids')
    this.#lastId += 1
    message.id = this.#lastId
    this.#unacked.push(message)
    this.#resendAt = this.#unacked.length
    return this.#written(message, ack, nowMs)
  }

  /** The next, if it is a control message that has not been written yet: what is still worth saying before a goodbye. */
  nextControl(ack: number, nowMs: number): OutboundMessage | undefined {
    if (this.#resendAt < this.#unacked.length || this.#control.length === 0) return undefined
    return this.next(ack, nowMs)
  }

  /** The oldest once more, ahead of its turn. */
  again(ack: number, nowMs: number): OutboundMessage | undefined {
    const oldest = this.#unacked.at(0)
    return oldest && this.#written(oldest, ack, nowMs)
  }

  /** Cumulative. Calls back for each message that it settles, before its memory is released. Throws ProtocolError. */
  acknowledge(ack: number, settled: (message: OutboundMessage) => void): void {
    if (ack > this.#lastId) throw new ProtocolError(`the peer acknowledges message ${ack}, and the last one sent is ${this.#lastId}`)
    while (this.#unacked.length > 0 && this.#unacked.at(0)!.id <= ack) {
      const message = this.#unacked.shift()!
      if (this.#resendAt > 0) this.#resendAt -= 1
      this.#forget(message)
      settled(message)
      this.#settle(message)
    }
    if (ack > this.#acked) this.#acked = ack
  }

  /** Whether a peer that says it has received up to `received` can go on from there. */
  canResume(received: number): boolean {
    return received >= this.#acked && received <= this.#lastId
  }

  /** A new socket: what is unacknowledged goes again. */
  resend(): void {
    this.#resendAt = 0
  }

  /** A socket is done with a message's memory. */
  wrote(message: OutboundMessage): void {
    message.writing -= 1
    if (message.settled && message.writing === 0) message.pooled?.release()
  }

  /** Ids begin anew; everything is given up. */
  reset(): void {
    for (const queue of [this.#unacked, this.#control, this.#bulk]) {
      for (let message = queue.shift(); message; message = queue.shift()) this.#settle(message)
    }
    this.#resendAt = 0
    this.#lastId = 0
    this.#acked = 0
    this.#bulkBytes = 0
    this.#controlBytes = 0
  }

  #written(message: OutboundMessage, ack: number, nowMs: number): OutboundMessage {
    // A socket may be reading this memory: then the old header goes again, whose ack is merely older.
    if (message.writing === 0) {
      writeFrameHead(message.frame, 0, message.type, message.id, ack, message.frame.length - FRAME_HEADER_BYTES)
    }
    message.writtenMs = nowMs
    message.timesWritten += 1
    message.writing += 1
    return message
  }

  #forget(message: OutboundMessage): void {
    if (message.pooled) this.#bulkBytes -= message.frame.length
    else this.#controlBytes -= message.frame.length
  }

  #settle(message: OutboundMessage): void {
    message.settled = true
    if (message.writing === 0) message.pooled?.release()
  }
}

function outboundMessage(type: number, frame: Uint8Array, pooled: PooledBuffer | undefined): OutboundMessage {
  return { type, frame, pooled, id: 0, writtenMs: 0, timesWritten: 0, writing: 0, settled: false }
}

/** The header of a bulk message and the start of its body, which name its file. */
export function headOf(message: OutboundMessage): Uint8Array | undefined {
  return message.pooled ? message.frame.subarray(0, FRAME_HEADER_BYTES + BLOCK_HEADER_BYTES) : undefined
}
