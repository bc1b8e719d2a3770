import { BATCH_MAX_BYTES, BATCH_MAX_FILE_BYTES } from '../shared/ipc/upload-batch.ts'
import type { DroppedFile } from './dropped.ts'

/** One request: many small files in one body, or one file that the browser streams from the disk. */
export type UploadJob =
  | { readonly kind: 'batch'; readonly files: readonly DroppedFile[] }
  | { readonly kind: 'file'; readonly file: DroppedFile }

/** Of one batch: small enough that the tray moves, large enough that a request costs little beside it. With the longest names it stays a batch. */
const BATCH_BYTES = BATCH_MAX_BYTES / 4
const BATCH_FILES = 256

export function isSmall({ file }: DroppedFile): boolean {
  return file.size <= BATCH_MAX_FILE_BYTES
}

/** Splits what was dropped into requests, in order. */
export function* planUpload(files: Iterable<DroppedFile>): Generator<UploadJob> {
  let batch: DroppedFile[] = []
  let bytes = 0
  for (const file of files) {
    if (!isSmall(file)) {
      yield { kind: 'file', file }
      continue
    }
    if (batch.length >= BATCH_FILES || (batch.length > 0 && bytes + file.file.size > BATCH_BYTES)) {
      yield { kind: 'batch', files: batch }
      batch = []
      bytes = 0
    }
    batch.push(file)
    bytes += file.file.size
  }
  if (batch.length > 0) yield { kind: 'batch', files: batch }
}
