import { HoldfastError } from '../../../shared/errors.ts'
import type { Lanes, ReadOutcome, SourceStamp } from '../folder/ports.ts'
import { UNTRUE_SIZE } from '../folder/read-pack.ts'
import { sameStamp } from '../folder/stamps.ts'
import { writeBlockHeader } from '../protocol/bulk.ts'
import { BLOCK_BYTES, BLOCK_HEADER_BYTES, DIGEST_BYTES, FRAME_HEADER_BYTES, PACK_ENTRY_BYTES, PACK_HEADER_BYTES } from '../protocol/limits.ts'
import { BLOCK, PACK } from '../protocol/messages.ts'
import type { BytePool, PooledBuffer } from '../util/byte-pool.ts'
import { blake3 } from '../util/digest.ts'
import type { PackFile, SendTask } from './send-work.ts'

/** What reading a task gave. Whoever gets a `bulk` owns its buffer. */
export type ReadResult =
  | { readonly kind: 'bulk'; readonly type: number; readonly buffer: PooledBuffer; readonly outcomes?: readonly ReadOutcome[] }
  /** The block is equal to the receiver's. */
  | { readonly kind: 'same' }
  /** Compared small files, in the task's order: equal, or what else is true of each. */
  | { readonly kind: 'compared'; readonly equal: readonly boolean[]; readonly outcomes: readonly ReadOutcome[] }
  /** Nothing could be packed. */
  | { readonly kind: 'none'; readonly outcomes: readonly ReadOutcome[] }
  | { readonly kind: 'changed'; readonly stamp: SourceStamp; readonly executable: boolean }
  | { readonly kind: 'failed'; readonly code: 'unreadable' | 'vanished'; readonly message: string }

/** Reads one task into a pooled buffer, ready to be sent. Rejects only when the signal aborts. */
export async function readTask(task: SendTask, transfer: Uint8Array, pool: BytePool, lanes: Lanes, signal: AbortSignal): Promise<ReadResult> {
  const buffer = await pool.take(signal)
  let keep = false
  try {
    const result = task.kind === 'pack' ? await readPack(task, transfer, buffer, lanes) : await readBlock(task, transfer, buffer)
    keep = result.kind === 'bulk'
    return result
  } catch (error) {
    return failureOf(error)
  } finally {
    if (!keep) buffer.release()
  }
}

async function readPack(task: SendTask & { kind: 'pack' }, transfer: Uint8Array, buffer: PooledBuffer, lanes: Lanes): Promise<ReadResult> {
  const files = task.files.map(({ page, position }) => {
    const entry = page.entries[position]
    if (!entry?.source || !entry.stamp) throw new Error('a sent entry has a source')
    return { file: page.fileNumber(position), attempt: page.attempt(position), source: entry.source, stamp: entry.stamp }
  })
  const { length, outcomes } = await lanes.readPack({ transfer, buffer: buffer.shared, offset: FRAME_HEADER_BYTES, files })
  if (task.compare) return { kind: 'compared', equal: comparePacked(task.files, buffer, outcomes), outcomes }
  if (length === 0) return { kind: 'none', outcomes }
  buffer.length = FRAME_HEADER_BYTES + length
  return { kind: 'bulk', type: PACK, buffer, outcomes }
}

/** The pack's table lists packed files in order; the digest ends each row. */
function comparePacked(files: readonly PackFile[], buffer: PooledBuffer, outcomes: readonly ReadOutcome[]): boolean[] {
  let row = 0
  return files.map((file, i) => {
    if (outcomes[i]?.kind !== 'packed') return false
    row += 1
    const end = FRAME_HEADER_BYTES + PACK_HEADER_BYTES + row * PACK_ENTRY_BYTES
    return file.expected?.equals(buffer.bytes.subarray(end - DIGEST_BYTES, end)) ?? false
  })
}

async function readBlock(task: SendTask & { kind: 'block' }, transfer: Uint8Array, buffer: PooledBuffer): Promise<ReadResult> {
  const { reader, offset, length, page, position, attempt } = task
  const dataAt = FRAME_HEADER_BYTES + BLOCK_HEADER_BYTES
  const file = await reader.file()
  const count = await file.read(buffer.bytes, dataAt, length, offset)
  if (count < length || (task.last && !(await file.unchanged(reader.stamp)))) {
    const now = await file.stampNow()
    // Nobody has shortened it: it never was as long.
    if (sameStamp(now.stamp, reader.stamp)) return { kind: 'failed', code: 'unreadable', message: UNTRUE_SIZE }
    return { kind: 'changed', stamp: now.stamp, executable: now.executable }
  }
  const digest = blake3(buffer.bytes.subarray(dataAt, dataAt + length))
  const expectedAt = Math.floor(offset / BLOCK_BYTES) * DIGEST_BYTES
  if (task.expected?.subarray(expectedAt, expectedAt + DIGEST_BYTES).equals(digest)) return { kind: 'same' }
  writeBlockHeader(buffer.bytes, FRAME_HEADER_BYTES, { transfer, file: page.fileNumber(position), attempt, offset, digest })
  buffer.length = dataAt + length
  return { kind: 'bulk', type: BLOCK, buffer }
}

function failureOf(error: unknown): ReadResult {
  if (error instanceof HoldfastError) {
    return { kind: 'failed', code: error.code === 'FILE_VANISHED' ? 'vanished' : 'unreadable', message: error.message }
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return { kind: 'failed', code: error.code === 'ENOENT' ? 'vanished' : 'unreadable', message: `can't be read: ${error.message}` }
  }
  throw error
}
