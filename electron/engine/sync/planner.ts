import { HoldfastError } from '../../../shared/errors.ts'
import { shownName } from '../folder/names.ts'
import { sameContent } from './content.ts'
import type { Entry, LocalEntry, Stamp } from './entry.ts'
import type { FolderContext } from './folder-context.ts'
import type { RemoteEntry } from './ports.ts'
import { reconcile } from './reconcile.ts'
import { stepOf, type Step } from './step.ts'
import { bumpVersion, compareVersions } from './version.ts'

/** What is to be done about one open path. */
export interface Planned {
  readonly path: string
  readonly local: LocalEntry | undefined
  readonly remotes: readonly RemoteEntry[]
  readonly target: Entry
  /** What is here stays beside it as a conflict copy. */
  readonly keep: boolean
  readonly step: Step
}

/** A live file here whose content is as the index says. */
export type Source = LocalEntry & { readonly stamp: Stamp }

const MAX_SOURCES = 8
const INDEX_PAGE = 256

/** Undefined: what is here is what should be here. Throws a HoldfastError when it should not, and can't be had. */
export function planPath(context: FolderContext, path: string): Planned | undefined {
  const { store, id, disk, mode } = context
  const remotes = store.remote(id, path)
  if (remotes.length === 0) return undefined
  const local = store.local(id, path)
  const insisting = mode === 'send-only' && local?.kind === 'folder' ? insist(context, local, remotes) : undefined
  if (insisting) return insisting
  const decision = reconcile(local, remotes, mode)
  if (decision.kind === 'settled') return undefined
  if (decision.kind === 'refused') {
    throw new HoldfastError('PEER_PROTOCOL', `${shownName(path)} has been changed by more devices than can be told apart.`)
  }
  const { target, keep } = decision
  const step = stepOf(local, target)
  if (step.kind === 'record') {
    // A name that can't be here is nothing to remember but its end.
    if (target.kind !== 'deleted' && !local) requireName(context, path)
  } else if (disk.ignores(path, target.kind === 'folder' || local?.kind === 'folder' ? 'folder' : 'file')) {
    return undefined
  } else if (step.kind === 'get' || step.kind === 'make-folder') requireName(context, path)
  if (mode === 'receive-only' && step.kind === 'get' && step.folder && hasOwnBelow(context, path)) {
    throw new HoldfastError('FILE_CONFLICT', `${shownName(path)} is a folder here with files of its own, and a file elsewhere. Move or rename the folder.`)
  }
  return { path, local, remotes, target, keep, step }
}

/** Files of this device alone in a receive-only folder. */
function hasOwnBelow({ store, id }: FolderContext, path: string): boolean {
  let after: string | undefined
  for (;;) {
    const page = store.localInOrder(id, after, INDEX_PAGE, path)
    if (page.some((entry) => entry.path !== path && entry.changedHere)) return true
    after = page.at(-1)?.path
    if (page.length < INDEX_PAGE) return false
  }
}

/** Whose content could be taken instead of asking others for it. */
export function sourcesHere(context: FolderContext, target: Entry): readonly Source[] {
  if (target.kind !== 'file' || target.size === 0) return []
  return context.store.localByDigest(context.id, target.digest, MAX_SOURCES).filter((entry): entry is Source => {
    return entry.stamp !== undefined && !entry.changedHere && sameContent({ ...entry, path: target.path }, target)
  })
}

/** Whether nothing is under this name here, so that another file can be moved to it. */
export function isFree(planned: Planned): boolean {
  return planned.step.kind === 'get' && !planned.step.stamp && !planned.step.folder
}

/**
 * A send-only folder changes nothing here: where others have ended a folder without knowing what is new in it, it says so,
 * and they make room for it.
 */
function insist({ store, id, tag }: FolderContext, local: LocalEntry, remotes: readonly RemoteEntry[]): Planned | undefined {
  const { path } = local
  const isCovered = (entry: LocalEntry, others: readonly RemoteEntry[]) => others.some((other) => compareVersions(other.version, entry.version) === 'covers')
  if (!remotes.some((remote) => remote.kind !== 'folder' && compareVersions(remote.version, local.version) === 'covers')) return undefined
  let after: string | undefined
  for (;;) {
    const page = store.localInOrder(id, after, INDEX_PAGE, path)
    if (page.some((entry) => entry.path !== path && entry.kind !== 'deleted' && !isCovered(entry, store.remote(id, entry.path)))) break
    after = page.at(-1)?.path
    if (page.length < INDEX_PAGE) return undefined
  }
  const { sequence: _, ...entry } = local
  const target = { ...entry, version: bumpVersion(local.version, tag, remotes.map((remote) => remote.version)), modifiedBy: tag }
  return { path, local, remotes, target, keep: false, step: stepOf(local, target) }
}

function requireName({ disk }: FolderContext, path: string): void {
  const problem = disk.nameProblem(path)
  if (problem) throw problem
}
