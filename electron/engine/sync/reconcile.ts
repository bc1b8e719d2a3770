import type { FolderMode } from '../../../shared/model/folder.ts'
import { MAX_VERSION_PAIRS } from '../protocol/limits.ts'
import { compareContent, sameAttributes, sameContent } from './content.ts'
import type { Entry, LocalEntry } from './entry.ts'
import { compareVersions, mergeVersions } from './version.ts'

export type Decision =
  /** What is here is what should be here. */
  | { readonly kind: 'settled' }
  /**
   * This should be here: of the content that wins, with a version that covers it and what is here now. `keep`: what is
   * here is a concurrent edit, and stays beside it under another name.
   */
  | { readonly kind: 'adopt'; readonly target: Entry; readonly keep: boolean }
  /** More devices than a version can hold: only a hostile peer makes that. */
  | { readonly kind: 'refused' }

const SETTLED: Decision = { kind: 'settled' }

/**
 * What should become of one path, from what this device has and what each other one has told. A covering version wins;
 * among concurrent ones the greatest content (`compareContent`), on every device the same.
 *
 * Versions of differing content are merged only by a device that has the loser here and keeps it: whoever else merged
 * them would make the loser look like an old version to those who have it, and they would put it into the trash. Those
 * who have the winner do nothing; they hear of the merge from the others.
 */
export function reconcile(local: LocalEntry | undefined, remotes: readonly Entry[], mode: FolderMode): Decision {
  if (remotes.length === 0) return SETTLED
  const known: readonly Entry[] = local && local.version.length > 0 ? [local, ...remotes] : remotes
  const latest = known.filter((entry) => !known.some((other) => compareVersions(other.version, entry.version) === 'covers'))
  const winner = latest.reduce((best, entry) => (compareContent(entry, best) > 0 ? entry : best))
  let version = local?.version ?? []
  for (const entry of latest) if (sameContent(entry, winner)) version = mergeVersions(version, entry.version)

  const unchanged = local !== undefined && sameContent(local, winner) && sameAttributes(local, winner)
  if (unchanged && compareVersions(local.version, version) === 'equal') return SETTLED
  if (mode === 'send-only' && !unchanged) return SETTLED
  if (version.length > MAX_VERSION_PAIRS) return { kind: 'refused' }
  const { path, kind, size, mtimeMs, executable, digest, modifiedBy } = winner
  const target: Entry = { path, kind, version, size, mtimeMs, executable, digest, modifiedBy }
  return { kind: 'adopt', target, keep: local !== undefined && mustKeep(local, target, known) }
}

/**
 * A live file here that nobody has knowingly replaced. Whoever has the same content in a later version has not: and what
 * several such devices merge one by one would cover the version of the last of them, which then need not keep it either.
 */
function mustKeep(local: LocalEntry, target: Entry, known: readonly Entry[]): boolean {
  if (local.changedHere) return local.stamp !== undefined
  if (local.kind !== 'file' || sameContent(local, target)) return false
  return !known.some((entry) => !sameContent(entry, local) && compareVersions(entry.version, local.version) === 'covers')
}
