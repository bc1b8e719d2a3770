import { sameAttributes, sameContent } from './content.ts'
import type { Entry, LocalEntry, Stamp } from './entry.ts'

/** What an entry means for the disk here. */
export type Step =
  /** Nothing: only the index learns. */
  | { readonly kind: 'record' }
  | { readonly kind: 'attributes'; readonly stamp: Stamp }
  /** `stamp`: of the file that must give way first; else nothing of that name is here. */
  | { readonly kind: 'make-folder'; readonly stamp?: Stamp }
  /** `stamp`: of the file it replaces. `folder`: an (empty) folder must give way first. */
  | { readonly kind: 'get'; readonly stamp?: Stamp; readonly folder?: true }
  | { readonly kind: 'delete'; readonly stamp: Stamp }
  | { readonly kind: 'remove-folder' }

const RECORD: Step = { kind: 'record' }

/** What is on disk under an entry's name, as far as the index knows. */
export function onDisk(local: LocalEntry | undefined): Stamp | 'folder' | 'nothing' {
  if (!local) return 'nothing'
  if (local.changedHere) return local.stamp ?? 'nothing'
  if (local.kind === 'folder') return 'folder'
  return local.kind === 'file' && local.stamp ? local.stamp : 'nothing'
}

export function stepOf(local: LocalEntry | undefined, target: Entry): Step {
  const here = onDisk(local)
  const changed = local?.changedHere === true
  switch (target.kind) {
    case 'deleted':
      // What was changed here in a receive-only folder stays: it is a file of this device alone by now.
      if (here === 'nothing' || changed) return RECORD
      return here === 'folder' ? { kind: 'remove-folder' } : { kind: 'delete', stamp: here }
    case 'folder':
      if (here === 'folder') return RECORD
      return here === 'nothing' ? { kind: 'make-folder' } : { kind: 'make-folder', stamp: here }
    case 'file':
      if (here === 'folder') return { kind: 'get', folder: true }
      // A folder that was made here in a receive-only one is not in the index: an empty one gives way.
      if (here === 'nothing') return changed ? { kind: 'get', folder: true } : { kind: 'get' }
      if (changed || !local || !sameContent(local, target)) return { kind: 'get', stamp: here }
      return sameAttributes(local, target) ? RECORD : { kind: 'attributes', stamp: here }
  }
}
