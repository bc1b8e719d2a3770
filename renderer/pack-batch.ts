import { BATCH_MAX_FILE_BYTES, BATCH_MAX_NAME_BYTES, encodeBatchHead } from '../shared/ipc/upload-batch.ts'
import type { DroppedFile } from './dropped.ts'

export interface PackedBatch {
  readonly body: Blob
  /** In the order of the body. */
  readonly packed: readonly DroppedFile[]
  /** Vanished or changed since they were dropped, or with a name that no system has. */
  readonly unreadable: readonly DroppedFile[]
}

/** Reads small files into the body of one request, so that one of them that cannot be read costs the others nothing. */
export async function packBatch(files: readonly DroppedFile[]): Promise<PackedBatch> {
  const contents = await Promise.all(files.map(({ file }) => file.arrayBuffer().catch(() => null)))
  const encoder = new TextEncoder()
  const parts: BlobPart[] = []
  const packed: DroppedFile[] = []
  const unreadable: DroppedFile[] = []
  files.forEach((dropped, index) => {
    const content = contents[index]
    const name = encoder.encode(dropped.path)
    if (!content || content.byteLength > BATCH_MAX_FILE_BYTES || name.length > BATCH_MAX_NAME_BYTES) {
      unreadable.push(dropped)
      return
    }
    parts.push(encodeBatchHead({ nameBytes: name.length, size: content.byteLength, modifiedMs: dropped.file.lastModified }), name, content)
    packed.push(dropped)
  })
  return { body: new Blob(parts), packed, unreadable }
}
