import { digestKey } from './content.ts'
import type { LocalEntry } from './entry.ts'
import type { FolderContext } from './folder-context.ts'
import type { Found } from './notice.ts'

/** Of one content; more of the same are told as gone later. */
const MAX_ORIGINS = 4_096

type FoundFile = Extract<Found, { kind: 'file' }>

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
  const known = new KnownFiles(context)
  for (const { path, found } of seen) {
    const origin = found.kind === 'file' && isNew(context, path) ? known.take(path, found) : undefined
    if (origin !== undefined) origins.set(path, origin)
  }
  if (origins.size === 0) return origins
  const now = await Promise.all([...origins.values()].map((origin) => disk.stat(origin)))
  // The marker is still there: the folder was not taken away meanwhile.
  await disk.check()
  return new Map([...origins].filter(([, origin], at) => now[at] === undefined && !disk.ignores(origin, 'file')))
}

function isNew({ store, id }: FolderContext, path: string): boolean {
  const local = store.local(id, path)
  return !local || local.kind === 'deleted'
}

/** Files that the index has, by content: each is given once. */
class KnownFiles {
  readonly #context: FolderContext
  readonly #byContent = new Map<string, LocalEntry[]>()

  constructor(context: FolderContext) {
    this.#context = context
  }

  take(path: string, { digest, stamp }: FoundFile): string | undefined {
    const same = this.#of(digest)
    const fits = (entry: LocalEntry) => entry.path !== path && entry.size === stamp.size
    const byNumber = same.findIndex((entry) => entry.stamp?.inode === stamp.inode && fits(entry))
    const at = byNumber >= 0 ? byNumber : same.findIndex((entry) => entry.stamp?.mtimeMs === stamp.mtimeMs && fits(entry))
    return at < 0 ? undefined : same.splice(at, 1)[0]?.path
  }

  #of(digest: Uint8Array): LocalEntry[] {
    const { store, id } = this.#context
    const key = digestKey({ digest })
    const known = this.#byContent.get(key) ?? store.localByDigest(id, digest, MAX_ORIGINS).filter(({ stamp, changedHere }) => stamp && !changedHere)
    this.#byContent.set(key, known)
    return known
  }
}
