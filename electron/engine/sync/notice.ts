import type { FolderMode } from '../../../shared/model/folder.ts'
import { sameAttributes, sameBytes, sameContent } from './content.ts'
import type { DeviceTag, Entry, LocalEntry, Stamp } from './entry.ts'
import { bumpVersion, compareVersions, mergeVersions } from './version.ts'

/** What a look at the disk has found under a name. */
export type Found =
  | { readonly kind: 'file'; readonly stamp: Stamp; readonly executable: boolean; readonly digest: Uint8Array }
  | { readonly kind: 'folder' }
  | { readonly kind: 'nothing' }

export interface Noticing {
  readonly mode: FolderMode
  readonly tag: DeviceTag
  readonly nowMs: number
  readonly keepsExecutable: boolean
}

export type Noticed =
  | { readonly kind: 'same' }
  /** Nothing that others need to know. */
  | { readonly kind: 'restamp'; readonly stamp?: Stamp; readonly changedHere?: boolean }
  | { readonly kind: 'record'; readonly entry: Omit<LocalEntry, 'sequence'> }

const NOTHING = new Uint8Array(0)

/**
 * What the index must learn from a look at the disk: an edit made here gets a version of its own. What another device has
 * told of already is not an edit: so a crash after the disk was changed and before the index was is no edit either.
 */
export function notice(path: string, local: LocalEntry | undefined, remotes: readonly Entry[], found: Found, how: Noticing): Noticed {
  const content = contentOf(path, local, found, how)
  const stamp = found.kind === 'file' ? { stamp: found.stamp } : {}
  const before = local ?? { ...content, kind: 'deleted' as const, version: [], digest: NOTHING, size: 0 }
  if (sameContent(before, content) && sameAttributes(before, content)) {
    const known = local?.stamp ? found.kind === 'file' && sameStamp(local.stamp, found.stamp) : found.kind !== 'file'
    return !local || (known && !local.changedHere) ? { kind: 'same' } : { kind: 'restamp', ...stamp }
  }
  const told = remotes.filter(
    (entry) => !['equal', 'covered'].includes(compareVersions(entry.version, before.version)) && sameContent(entry, content) && sameAttributes(entry, content),
  )
  const [first] = told
  if (first) {
    const version = told.reduce((merged, entry) => mergeVersions(merged, entry.version), before.version)
    return { kind: 'record', entry: { ...content, version, modifiedBy: first.modifiedBy, ...stamp } }
  }
  if (how.mode === 'receive-only') {
    if (local) return { kind: 'restamp', changedHere: true, ...stamp }
    return { kind: 'record', entry: { ...content, kind: 'deleted', size: 0, executable: false, digest: NOTHING, version: [], changedHere: true, ...stamp } }
  }
  // A folder where others have a file, or the reverse, was never the same thing: neither replaces the other.
  const unlike = local?.changedHere === true && found.kind !== 'nothing' && local.kind !== found.kind
  const version = bumpVersion(unlike ? [] : before.version, how.tag, [before.version, ...remotes.map((entry) => entry.version)])
  return { kind: 'record', entry: { ...content, version, modifiedBy: how.tag, ...stamp } }
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.inode === b.inode
}

function contentOf(path: string, local: LocalEntry | undefined, found: Found, how: Noticing): Entry {
  const plain = { path, version: [], size: 0, mtimeMs: 0, executable: false, digest: NOTHING, modifiedBy: how.tag }
  switch (found.kind) {
    case 'folder':
      return { ...plain, kind: 'folder' }
    case 'nothing':
      return { ...plain, kind: 'deleted', mtimeMs: Math.floor(how.nowMs) }
    case 'file': {
      // The volume may keep times and modes less exactly than the index: what has not changed there is as it was told.
      const as = local?.kind === 'file' ? local : undefined
      const untouched = as?.stamp && !as.changedHere && as.stamp.mtimeMs === found.stamp.mtimeMs && sameBytes(as.digest, found.digest)
      return {
        ...plain,
        kind: 'file',
        size: found.stamp.size,
        digest: found.digest,
        mtimeMs: untouched ? as.mtimeMs : Math.floor(found.stamp.mtimeMs) + 0,
        executable: how.keepsExecutable ? found.executable : (as?.executable ?? false),
      }
    }
  }
}
