import { BLOCK_BYTES, MAX_BULK_BODY_BYTES, MAX_FILE_BYTES, MAX_GET_ITEMS, MAX_SYNC_PIECES, SYNC_DATA_HEADER_BYTES, SYNC_PIECE_BYTES } from './limits.ts'
import { ProtocolError } from './protocol-error.ts'

/** One block of what a `sync-get` asked for, or all of a file that has no more than one. */
export interface SyncPiece {
  /** Which of the request's items. */
  readonly item: number
  readonly block: number
  /** Where its bytes begin, in the memory given. */
  readonly at: number
  /** At most BLOCK_BYTES; 0 for an empty file. */
  readonly length: number
}

export interface SyncData {
  readonly request: number
  readonly pieces: readonly SyncPiece[]
}

/**
 * Reads a `sync-data` body of `length` bytes at `at`: header, table, then the pieces' bytes one after the other. The
 * count, each length and that they fill the body exactly are checked before anything is used. Throws ProtocolError.
 * The bytes carry no digest: whoever has asked knows what they must be.
 */
export function readSyncData(bytes: Uint8Array, at: number, length: number): SyncData {
  if (length < SYNC_DATA_HEADER_BYTES || length > MAX_BULK_BODY_BYTES || at + length > bytes.length) {
    throw new ProtocolError(`a sync-data message has a body of ${length} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length)
  const count = view.getUint32(4)
  if (count === 0 || count > MAX_SYNC_PIECES || SYNC_DATA_HEADER_BYTES + count * SYNC_PIECE_BYTES > length) {
    throw new ProtocolError(`a sync-data message promises ${count} pieces`)
  }
  const pieces: SyncPiece[] = []
  let dataAt = SYNC_DATA_HEADER_BYTES + count * SYNC_PIECE_BYTES
  for (let index = 0; index < count; index++) {
    const pieceAt = SYNC_DATA_HEADER_BYTES + index * SYNC_PIECE_BYTES
    const item = view.getUint32(pieceAt)
    const block = view.getUint32(pieceAt + 4)
    const pieceLength = view.getUint32(pieceAt + 8)
    if (item >= MAX_GET_ITEMS || block >= MAX_FILE_BYTES / BLOCK_BYTES) throw new ProtocolError('a piece has a number that nobody asks for')
    if (pieceLength > BLOCK_BYTES || pieceLength > length - dataAt) throw new ProtocolError('a piece is longer than its message')
    pieces.push({ item, block, at: at + dataAt, length: pieceLength })
    dataAt += pieceLength
  }
  if (dataAt !== length) throw new ProtocolError(`a sync-data message has ${length - dataAt} bytes that belong to no piece`)
  return { request: view.getUint32(0), pieces }
}

/** The request that a sync-data body is for, unchecked: to count a repeated one. */
export function readSyncDataRequest(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, SYNC_DATA_HEADER_BYTES).getUint32(0)
}

/**
 * Builds a sync-data body in place: room for `most` pieces is set aside in the table, bytes are read or copied straight
 * behind it, and `finish` closes the gap that pieces which did not come have left.
 *
 * Use: put a piece's bytes at `dataAt`, at most `room` of them, then `add`; or don't, when there is nothing to send.
 */
export class SyncDataBuilder {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #at: number
  readonly #most: number
  #count = 0
  #dataAt: number

  /** `at`: where the body begins in `bytes`, which must have room for a whole bulk body from there. */
  constructor(bytes: Uint8Array, at: number, request: number, most: number) {
    if (most < 1 || most > MAX_SYNC_PIECES) throw new RangeError(`a sync-data message can't hold ${most} pieces`)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = at
    this.#most = most
    this.#dataAt = at + SYNC_DATA_HEADER_BYTES + most * SYNC_PIECE_BYTES
    this.#view.setUint32(at, request)
  }

  get count(): number {
    return this.#count
  }

  /** Where the next piece's bytes go. */
  get dataAt(): number {
    return this.#dataAt
  }

  /** How many bytes the next piece may have; −1 when the table is full. */
  get room(): number {
    if (this.#count === this.#most) return -1
    return Math.min(this.#bytes.length, this.#at + MAX_BULK_BODY_BYTES) - this.#dataAt
  }

  /** Takes the `length` bytes at `dataAt` as this piece's. */
  add(item: number, block: number, length: number): void {
    if (length > this.room || length > BLOCK_BYTES) throw new RangeError('a sync-data message has no room for this piece')
    const pieceAt = this.#at + SYNC_DATA_HEADER_BYTES + this.#count * SYNC_PIECE_BYTES
    this.#view.setUint32(pieceAt, item)
    this.#view.setUint32(pieceAt + 4, block)
    this.#view.setUint32(pieceAt + 8, length)
    this.#count += 1
    this.#dataAt += length
  }

  /** The length of the body; 0 when no piece was added, and then there is nothing to send. */
  finish(): number {
    if (this.#count === 0) return 0
    this.#view.setUint32(this.#at + 4, this.#count)
    const gap = (this.#most - this.#count) * SYNC_PIECE_BYTES
    if (gap > 0) {
      const start = this.#at + SYNC_DATA_HEADER_BYTES + this.#most * SYNC_PIECE_BYTES
      this.#bytes.copyWithin(start - gap, start, this.#dataAt)
      this.#dataAt -= gap
    }
    return this.#dataAt - this.#at
  }
}
