import type { Entry } from './entry.ts'

const KINDS = { deleted: 0, file: 1, folder: 2 } as const

/** Nothing would be lost if one took the other's place. */
export function sameContent(a: Entry, b: Entry): boolean {
  return a.kind === b.kind && (a.kind !== 'file' || (a.size === b.size && sameBytes(a.digest, b.digest)))
}

/** What a file has beside its content. */
export function sameAttributes(a: Entry, b: Entry): boolean {
  return a.kind !== 'file' || (a.mtimeMs === b.mtimeMs && a.executable === b.executable)
}

/**
 * A total order over everything an entry says but its version, the same on every device: of concurrent edits the greatest
 * wins. A folder beats a file (what is in it would be homeless), an edit beats a deletion, the later edit the earlier one.
 */
export function compareContent(a: Entry, b: Entry): number {
  const byKind = KINDS[a.kind] - KINDS[b.kind]
  if (byKind !== 0) return byKind
  if (a.kind !== 'folder' && a.mtimeMs !== b.mtimeMs) return a.mtimeMs - b.mtimeMs
  return (
    Buffer.compare(a.digest, b.digest) || a.size - b.size || Number(a.executable) - Number(b.executable)
    || (a.modifiedBy < b.modifiedBy ? -1 : a.modifiedBy > b.modifiedBy ? 1 : 0)
  )
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** The same for the same digest, for maps. */
export function digestKey({ digest }: Pick<Entry, 'digest'>): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('latin1')
}
