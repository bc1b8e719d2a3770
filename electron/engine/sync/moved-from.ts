import { sameBytes } from './content.ts'
import type { FolderContext } from './folder-context.ts'
import type { Found } from './notice.ts'

/** Of one content; more of the same are told as gone later. */
const MAX_ORIGINS = 8

export interface SeenFile {
  readonly path: string
  readonly found: Found
}

/**
 * Where files that are new here have come from: names that the index has with the same content, and that are gone. So that
 * a move is told at once: whoever hears of the new name first and of the old one later copies, and then asks about so many
 * deletions. By the file's number, which a move keeps, or its time, where the volume makes up numbers. To be asked in the
 * turn in which the answer is recorded.
 * @returns the old name by the new one
 */
export async function movedFrom(context: FolderContext, seen: readonly SeenFile[]): Promise<ReadonlyMap<string, string>> {
  const { disk } = context
  const origins = new Map<string, string>()
  const taken = new Set<string>()
  for (const { path, found } of seen) {
    const origin = originOf(context, path, found, taken)
    if (origin === undefined) continue
    taken.add(origin)
    origins.set(path, origin)
  }
  if (origins.size === 0) return origins
  const now = await Promise.all([...origins.values()].map((origin) => disk.stat(origin)))
  // The marker is still there: the folder was not taken away meanwhile.
  await disk.check()
  return new Map([...origins].filter(([, origin], at) => now[at] === undefined && !disk.ignores(origin, 'file')))
}

function originOf({ store, id }: FolderContext, path: string, found: Found, taken: ReadonlySet<string>): string | undefined {
  if (found.kind !== 'file') return undefined
  const local = store.local(id, path)
  if (local && local.kind !== 'deleted') return undefined
  const { digest, stamp } = found
  const same = store.localByDigest(id, digest, MAX_ORIGINS).filter((entry) => {
    return entry.path !== path && !taken.has(entry.path) && entry.stamp && !entry.changedHere && entry.size === stamp.size && sameBytes(entry.digest, digest)
  })
  return (same.find((entry) => entry.stamp?.inode === stamp.inode) ?? same.find((entry) => entry.stamp?.mtimeMs === stamp.mtimeMs))?.path
}
