import type { ErrorData } from '../errors.ts'
import type { Source } from './app-contract.ts'

/**
 * How the page uploads small files: many in the body of one request, for ten thousand requests cost a browser a minute.
 * `PUT /upload-batch/SOURCEID` holds files of an announced folder; `PUT /upload-batch` holds loose files, each a source of
 * its own. The body is a series of records: length of the name in UTF-8 (u16), size (u32), when it was modified (f64, ms
 * since the epoch, NaN when unknown), all big-endian, then the name, then the bytes. What came whole is kept, whatever
 * happens to the rest.
 */
export const BATCH_HEAD_BYTES = 14
/** A larger file travels in a request of its own. */
export const BATCH_MAX_FILE_BYTES = 256 * 1024
export const BATCH_MAX_NAME_BYTES = 4096
/** Of a body. What a page holds of files in memory is this, for each request under way. */
export const BATCH_MAX_BYTES = 4 * 1024 * 1024

export interface BatchHead {
  readonly nameBytes: number
  readonly size: number
  readonly modifiedMs: number
}

/** What became of a batch: of every file that is not in `failed`, all has come. */
export interface BatchReply {
  /** `index`: the file's place in the body. */
  readonly failed: readonly { readonly index: number; readonly error: ErrorData }[]
  /** Of loose files, those on the tray now. */
  readonly sources: readonly Source[]
}

export function encodeBatchHead({ nameBytes, size, modifiedMs }: BatchHead): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(BATCH_HEAD_BYTES)
  const view = new DataView(head.buffer)
  view.setUint16(0, nameBytes)
  view.setUint32(2, size)
  view.setFloat64(6, modifiedMs)
  return head
}

/** @param bytes BATCH_HEAD_BYTES of them. Any number may stand there: whoever reads it checks. */
export function decodeBatchHead(bytes: Uint8Array): BatchHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, BATCH_HEAD_BYTES)
  return { nameBytes: view.getUint16(0), size: view.getUint32(2), modifiedMs: view.getFloat64(6) }
}
