import { SyncDataBuilder } from '../../../electron/engine/protocol/sync-data.ts'
import type { PooledBuffer } from '../../../electron/engine/util/byte-pool.ts'

/** A `sync-data` body by itself, as it arrives. */
export function writeForTest(request: number, pieces: readonly { readonly item: number; readonly block: number; readonly bytes: Uint8Array }[]): PooledBuffer {
  const buffer = Buffer.alloc(2 ** 20 + 4_096)
  const builder = new SyncDataBuilder(buffer, 0, request, Math.max(1, pieces.length))
  for (const { item, block, bytes } of pieces) {
    buffer.set(bytes, builder.dataAt)
    builder.add(item, block, bytes.length)
  }
  return { bytes: buffer, shared: new SharedArrayBuffer(0), length: builder.finish(), release: () => undefined }
}
