import type { MessageSink } from '../protocol/codec.ts'
import type { FrameHead } from '../protocol/frame.ts'
import { BLOCK_HEADER_BYTES, FRAME_HEADER_BYTES, SYNC_DATA_HEADER_BYTES, SYNC_PIECE_BYTES } from '../protocol/limits.ts'
import { isBulk } from '../protocol/message-types.ts'
import { SYNC_DATA } from '../protocol/messages.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import type { BytePool, PooledBuffer } from '../util/byte-pool.ts'

export interface BodyEvents {
  /** False: the body is not kept. */
  begin(head: FrameHead): boolean
  control(head: FrameHead, body: Uint8Array): void
  bulk(head: FrameHead, buffer: PooledBuffer): void
  dropped(head: FrameHead, start: Uint8Array | undefined): void
  goodbye(): void
  /** No buffer is free: stop giving bytes. */
  starved(): void
  /** There is one now: go on. */
  fed(): void
}

const START_BYTES = FRAME_HEADER_BYTES + BLOCK_HEADER_BYTES
/** A block has a header and a byte, a pack a header and an entry, `sync-data` a header and a piece. */
function minBulkBytes(type: number): number {
  return type === SYNC_DATA ? SYNC_DATA_HEADER_BYTES + SYNC_PIECE_BYTES : BLOCK_HEADER_BYTES
}

/**
 * Assembles bodies: bulk straight into a pooled buffer behind an empty header slot, so that it can be passed on or written
 * to another socket as it is; control into exactly its size. Each byte is copied once.
 */
export class BodyReader implements MessageSink<FrameHead> {
  readonly #pool: BytePool
  readonly #events: BodyEvents
  #head: FrameHead | undefined
  #buffer: PooledBuffer | undefined
  #target: Uint8Array | undefined
  #at = 0
  #kept = false
  #cancelWait: (() => void) | undefined

  constructor(pool: BytePool, events: BodyEvents) {
    this.#pool = pool
    this.#events = events
  }

  get isBusy(): boolean {
    return this.#head !== undefined
  }

  get isStarved(): boolean {
    return this.#cancelWait !== undefined
  }

  begin(head: FrameHead): void {
    const bulk = isBulk(head.type)
    if (bulk && head.bodyLength < minBulkBytes(head.type)) throw new ProtocolError('a bulk message is shorter than its header')
    this.#head = head
    this.#kept = this.#events.begin(head)
    this.#at = 0
    if (this.#kept && bulk) this.#acquire()
    else if (this.#kept) this.#target = new Uint8Array(head.bodyLength)
    else if (bulk) {
      this.#target = new Uint8Array(START_BYTES)
      this.#at = FRAME_HEADER_BYTES
    }
  }

  body(bytes: Uint8Array): void {
    const target = this.#target
    if (!target) return
    const room = target.length - this.#at
    if (bytes.length <= room) target.set(bytes, this.#at)
    else if (room > 0) target.set(bytes.subarray(0, room), this.#at)
    this.#at = Math.min(target.length, this.#at + bytes.length)
  }

  finish(): void {
    const head = this.#head
    if (!head) return
    const target = this.#target
    const buffer = this.#buffer
    this.#head = undefined
    this.#target = undefined
    this.#buffer = undefined
    if (!this.#kept) this.#events.dropped(head, target)
    else if (buffer) {
      buffer.length = FRAME_HEADER_BYTES + head.bodyLength
      this.#events.bulk(head, buffer)
    } else this.#events.control(head, target!)
  }

  goodbye(): void {
    this.#events.goodbye()
  }

  /** Gives up the body under way. */
  stop(): void {
    this.#cancelWait?.()
    this.#cancelWait = undefined
    this.#buffer?.release()
    this.#buffer = undefined
    this.#target = undefined
    this.#head = undefined
  }

  #acquire(): void {
    const buffer = this.#pool.acquire()
    if (buffer) {
      this.#buffer = buffer
      this.#target = buffer.bytes
      this.#at = FRAME_HEADER_BYTES
      return
    }
    this.#cancelWait = this.#pool.onFree(() => {
      this.#cancelWait = undefined
      this.#acquire()
      if (!this.isStarved) this.#events.fed()
    })
    this.#events.starved()
  }
}
