import {
  BLOCK_BYTES, BLOCK_HEADER_BYTES, DIGEST_BYTES, MAX_BULK_BODY_BYTES, MAX_FILE_BYTES, PACK_ENTRY_BYTES, PACK_FILE_BYTES, PACK_HEADER_BYTES,
  PACK_MAX_ENTRIES, TRANSFER_ID_BYTES,
} from './limits.ts'
import { ProtocolError } from './protocol-error.ts'

const U32 = 2 ** 32
const FILE_AT = TRANSFER_ID_BYTES
const ATTEMPT_AT = FILE_AT + 4
const OFFSET_AT = ATTEMPT_AT + 4
const DIGEST_AT = OFFSET_AT + 8

export interface BlockHeader {
  readonly transfer: Uint8Array
  readonly file: number
  readonly attempt: number
  /** A multiple of BLOCK_BYTES. */
  readonly offset: number
  /** BLAKE3 of the block's bytes. */
  readonly digest: Uint8Array
}

/** Writes the 64 bytes before a block's bytes, in place. */
export function writeBlockHeader(target: Uint8Array, at: number, header: BlockHeader): void {
  const view = new DataView(target.buffer, target.byteOffset + at, BLOCK_HEADER_BYTES)
  target.set(header.transfer, at)
  view.setUint32(FILE_AT, header.file)
  view.setUint32(ATTEMPT_AT, header.attempt)
  view.setUint32(OFFSET_AT, Math.floor(header.offset / U32))
  view.setUint32(OFFSET_AT + 4, header.offset % U32)
  target.set(header.digest, at + DIGEST_AT)
}

/**
 * Reads a block body of `length` bytes at `at`. `transfer` and `digest` are views of the same memory. The block's bytes
 * are `at + BLOCK_HEADER_BYTES` to `at + length`: at least one, at most BLOCK_BYTES. Throws ProtocolError.
 */
export function readBlockHeader(bytes: Uint8Array, at: number, length: number): BlockHeader {
  if (length <= BLOCK_HEADER_BYTES || length > BLOCK_HEADER_BYTES + BLOCK_BYTES || at + length > bytes.length) {
    throw new ProtocolError(`a block message has a body of ${length} bytes`)
  }
  const head = readBlockTarget(bytes, at)
  if (head.offset % BLOCK_BYTES !== 0 || head.offset + length - BLOCK_HEADER_BYTES > MAX_FILE_BYTES) {
    throw new ProtocolError('a block has a wrong offset')
  }
  return { ...head, digest: bytes.subarray(at + DIGEST_AT, at + BLOCK_HEADER_BYTES) }
}

/** The first 32 bytes of a block body alone, unchecked: to count a repeated block for its file. */
export function readBlockTarget(bytes: Uint8Array, at: number): Omit<BlockHeader, 'digest'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, DIGEST_AT)
  return {
    transfer: bytes.subarray(at, at + TRANSFER_ID_BYTES),
    file: view.getUint32(FILE_AT),
    attempt: view.getUint32(ATTEMPT_AT),
    offset: view.getUint32(OFFSET_AT) * U32 + view.getUint32(OFFSET_AT + 4),
  }
}

export interface PackEntry {
  readonly file: number
  readonly attempt: number
  /** Where its bytes begin, in the memory given to `readPack`. */
  readonly at: number
  readonly length: number
  /** BLAKE3 of its bytes, of nothing when empty. A view. */
  readonly digest: Uint8Array
}

export interface Pack {
  readonly transfer: Uint8Array
  readonly entries: readonly PackEntry[]
}

/**
 * Reads a pack body of `length` bytes at `at`: header, table, then the files' bytes one after the other. Everything is
 * checked before anything is used: the count, each length, and that they fill the body exactly. Throws ProtocolError.
 */
export function readPack(bytes: Uint8Array, at: number, length: number): Pack {
  if (length < PACK_HEADER_BYTES || length > MAX_BULK_BODY_BYTES || at + length > bytes.length) {
    throw new ProtocolError(`a pack has a body of ${length} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length)
  const count = view.getUint32(TRANSFER_ID_BYTES)
  if (count === 0 || count > PACK_MAX_ENTRIES || PACK_HEADER_BYTES + count * PACK_ENTRY_BYTES > length) {
    throw new ProtocolError(`a pack promises ${count} files`)
  }
  const entries: PackEntry[] = []
  let dataAt = PACK_HEADER_BYTES + count * PACK_ENTRY_BYTES
  for (let index = 0; index < count; index++) {
    const entryAt = PACK_HEADER_BYTES + index * PACK_ENTRY_BYTES
    const fileLength = view.getUint32(entryAt + 8)
    if (fileLength > PACK_FILE_BYTES || fileLength > length - dataAt) throw new ProtocolError('a pack holds a file longer than allowed')
    entries.push({
      file: view.getUint32(entryAt),
      attempt: view.getUint32(entryAt + 4),
      at: at + dataAt,
      length: fileLength,
      digest: bytes.subarray(at + entryAt + 12, at + entryAt + 12 + DIGEST_BYTES),
    })
    dataAt += fileLength
  }
  if (dataAt !== length) throw new ProtocolError(`a pack has ${length - dataAt} bytes that belong to no file`)
  return { transfer: bytes.subarray(at, at + TRANSFER_ID_BYTES), entries }
}
