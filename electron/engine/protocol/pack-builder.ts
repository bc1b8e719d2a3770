import { MAX_BULK_BODY_BYTES, PACK_ENTRY_BYTES, PACK_HEADER_BYTES, PACK_MAX_ENTRIES, TRANSFER_ID_BYTES } from './limits.ts'

/**
 * Builds a pack body in place: room for `most` table entries is set aside, files are read straight behind it, and
 * `finish` closes the gap that files which could not be read have left.
 *
 * Use: read a file's bytes to `dataAt`, at most `room` of them, then `add`; or don't, when the file is not what it was.
 */
export class PackBuilder {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #at: number
  readonly #most: number
  #count = 0
  #dataAt: number

  /** `at`: where the body begins in `bytes`, which must have room for a whole bulk body from there. */
  constructor(bytes: Uint8Array, at: number, transfer: Uint8Array, most: number) {
    if (most < 1 || most > PACK_MAX_ENTRIES) throw new RangeError(`a pack can't hold ${most} files`)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = at
    this.#most = most
    this.#dataAt = at + PACK_HEADER_BYTES + most * PACK_ENTRY_BYTES
    bytes.set(transfer, at)
  }

  get count(): number {
    return this.#count
  }

  /** Where the next file's bytes go. */
  get dataAt(): number {
    return this.#dataAt
  }

  /** How many bytes the next file may have; −1 when the table is full. */
  get room(): number {
    if (this.#count === this.#most) return -1
    return Math.min(this.#bytes.length, this.#at + MAX_BULK_BODY_BYTES) - this.#dataAt
  }

  /** Takes the `length` bytes at `dataAt` as this file's. Returns where their digest belongs, if it is not given. */
  add(file: number, attempt: number, length: number, digest?: Uint8Array): number {
    if (length > this.room) throw new RangeError('a pack has no room for this file')
    const entryAt = this.#at + PACK_HEADER_BYTES + this.#count * PACK_ENTRY_BYTES
    this.#view.setUint32(entryAt, file)
    this.#view.setUint32(entryAt + 4, attempt)
    this.#view.setUint32(entryAt + 8, length)
    if (digest) this.#bytes.set(digest, entryAt + 12)
    this.#count += 1
    this.#dataAt += length
    return entryAt + 12
  }

  /** The length of the body; 0 when no file was added, and then there is nothing to send. */
  finish(): number {
    if (this.#count === 0) return 0
    this.#view.setUint32(this.#at + TRANSFER_ID_BYTES, this.#count)
    const gap = (this.#most - this.#count) * PACK_ENTRY_BYTES
    if (gap > 0) {
      const start = this.#at + PACK_HEADER_BYTES + this.#most * PACK_ENTRY_BYTES
      this.#bytes.copyWithin(start - gap, start, this.#dataAt)
      this.#dataAt -= gap
    }
    return this.#dataAt - this.#at
  }
}
