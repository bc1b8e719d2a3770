import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { MAX_DROPPED, type DroppedItem } from '../../shared/ipc/channels.ts'

const MAX_PATH = 32_768
/** All pictures of one paste together: what the preload lets through of one. */
const MAX_BYTES = 64 * 1024 * 1024

const item = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('path'), path: z.string().min(1).max(MAX_PATH).refine((path) => isAbsolute(path) && !path.includes('\0')) }),
  z.strictObject({ kind: z.literal('bytes'), bytes: z.instanceof(Uint8Array) }),
])
const items = z.array(item).max(MAX_DROPPED)

/** Null when it is not what the preload sends. */
export function parseDroppedItems(value: unknown): readonly DroppedItem[] | null {
  const parsed = items.safeParse(value)
  if (!parsed.success) return null
  const bytes = parsed.data.reduce((sum, one) => sum + (one.kind === 'bytes' ? one.bytes.length : 0), 0)
  return bytes <= MAX_BYTES ? parsed.data : null
}
