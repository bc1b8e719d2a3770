import type { SyncActivity } from '../../../shared/model/folder.ts'
import { conflictPath } from './conflict-name.ts'
import { sameContent } from './content.ts'
import type { Entry, LocalEntry, Stamp } from './entry.ts'
import type { FolderContext } from './folder-context.ts'
import type { Planned, Source } from './planner.ts'
import type { DiskAction, DiskResult } from './ports.ts'
import { bumpVersion } from './version.ts'

type NewEntry = Omit<LocalEntry, 'sequence'>

/** How one path's plan is carried out: disk steps in order, and what the index learns when all of them are done. */
export interface Change {
  readonly planned: Planned
  readonly actions: readonly DiskAction[]
  done(results: readonly Extract<DiskResult, { kind: 'done' }>[]): { readonly entries: readonly NewEntry[]; readonly activity?: SyncActivity }
}

/** Where the content of a file to be placed is. */
export type Content = { readonly kind: 'staged'; readonly id: number } | { readonly kind: 'move'; readonly source: Source; readonly leaving: Entry }

/** Undefined: it needs content that is not here. */
export function changeFor(context: FolderContext, planned: Planned, content?: Content): Change | undefined {
  const { path, target, step } = planned
  const by = context.deviceName(target.modifiedBy)
  const happened = (kind: SyncActivity['kind'], otherPath?: string): SyncActivity => ({
    atMs: context.clock.now(), kind, path, deviceName: by,
    ...(target.kind === 'file' ? { size: target.size } : {}),
    ...(otherPath === undefined ? {} : { otherPath }),
  })

  switch (step.kind) {
    case 'record':
      return { planned, actions: [], done: () => ({ entries: [recorded(planned)] }) }
    case 'attributes': {
      const { mtimeMs, executable } = target
      return {
        planned,
        actions: [{ kind: 'attributes', path, expected: step.stamp, mtimeMs, executable }],
        done: ([result]) => ({ entries: [{ ...target, stamp: result?.stamp ?? step.stamp }] }),
      }
    }
    case 'delete':
      return {
        planned,
        actions: [{ kind: 'trash', path, expected: step.stamp, by }],
        done: () => ({ entries: [target], activity: { ...happened('deleted'), size: planned.local?.size ?? 0 } }),
      }
    case 'remove-folder':
      return { planned, actions: [{ kind: 'remove-folder', path }], done: () => ({ entries: [target] }) }
    case 'make-folder': {
      const make: DiskAction = { kind: 'make-folder', path }
      if (!step.stamp) return { planned, actions: [make], done: () => ({ entries: [target] }) }
      const copy = keepAs(context, planned)
      if (copy === undefined) {
        return { planned, actions: [{ kind: 'trash', path, expected: step.stamp, by }, make], done: () => ({ entries: [target], activity: happened('replaced') }) }
      }
      const away: DiskAction = { kind: 'move', from: path, expected: step.stamp, path: copy, ...attributesOf(planned.local, step.stamp) }
      return {
        planned,
        actions: [away, make],
        done: ([moved]) => ({ entries: [target, copyEntry(context, planned, copy, moved?.stamp ?? step.stamp!)], activity: happened('conflict', copy) }),
      }
    }
    case 'get': {
      if (content?.kind === 'move') return moving(planned, content, happened)
      if (!content) return undefined
      const copy = step.stamp ? keepAs(context, planned) : undefined
      const place: DiskAction = {
        kind: 'place', id: content.id, path, expected: step.stamp ?? 'nothing', by, ...(copy === undefined ? {} : { keepAs: copy }),
      }
      return {
        planned,
        actions: step.folder ? [{ kind: 'remove-folder', path }, place] : [place],
        done: (results) => {
          const { stamp, kept } = results.at(-1) ?? {}
          const entries: NewEntry[] = [{ ...target, ...(stamp ? { stamp } : {}) }]
          if (kept) entries.push(copyEntry(context, planned, kept.path, kept.stamp))
          const kind = kept ? 'conflict' : step.stamp ? 'replaced' : 'got'
          return { entries, activity: happened(kind, kept?.path) }
        },
      }
    }
  }
}

function moving(
  planned: Planned, { source, leaving }: Extract<Content, { kind: 'move' }>, happened: (kind: SyncActivity['kind'], otherPath?: string) => SyncActivity,
): Change {
  const { path, target } = planned
  const { mtimeMs, executable } = target
  return {
    planned,
    actions: [{ kind: 'move', from: source.path, expected: source.stamp, path, mtimeMs, executable }],
    done: ([result]) => ({
      entries: [{ ...target, stamp: result?.stamp ?? source.stamp }, leaving],
      activity: happened('renamed', source.path),
    }),
  }
}

function recorded({ local, target }: Planned): NewEntry {
  const { stamp, changedHere } = local ?? {}
  if (changedHere && target.kind === 'deleted') return { ...target, ...(stamp ? { stamp, changedHere } : {}) }
  return target.kind === 'file' && stamp ? { ...target, stamp } : target
}

/** A free name for the conflict copy of what is here; undefined: it may go to the trash, or its content is under such a name already. */
function keepAs(context: FolderContext, { local, keep, step, path }: Planned): string | undefined {
  if (!keep || !local) return undefined
  const { store, id, tag } = context
  const stamp = 'stamp' in step ? step.stamp : undefined
  const device = context.deviceName(local.changedHere ? tag : local.modifiedBy)
  const mtimeMs = local.changedHere && stamp ? stamp.mtimeMs : local.mtimeMs
  for (let number = 1; ; number += 1) {
    const copy = conflictPath(path, device, mtimeMs, number)
    const there = store.local(id, copy)
    if (!there || (there.kind === 'deleted' && !there.changedHere)) return copy
    if (!local.changedHere && !there.changedHere && there.stamp && sameContent({ ...there, path }, local)) return undefined
  }
}

function copyEntry(context: FolderContext, { local }: Planned, path: string, stamp: Stamp): NewEntry {
  const { store, id, tag, mode } = context
  const before = store.local(id, path)
  if (!local || local.changedHere || mode === 'receive-only') {
    const nothing: Entry = { path, kind: 'deleted', version: before?.version ?? [], size: 0, mtimeMs: 0, executable: false, digest: new Uint8Array(0), modifiedBy: tag }
    return { ...nothing, changedHere: true, stamp }
  }
  const { size, mtimeMs, executable, digest, modifiedBy } = local
  const version = bumpVersion(before?.version ?? [], tag, store.remote(id, path).map((entry) => entry.version))
  return { path, kind: 'file', version, size, mtimeMs, executable, digest, modifiedBy, stamp }
}

function attributesOf(local: LocalEntry | undefined, stamp: Stamp): { mtimeMs: number; executable: boolean } {
  return local && !local.changedHere ? { mtimeMs: local.mtimeMs, executable: local.executable } : { mtimeMs: Math.floor(stamp.mtimeMs), executable: false }
}
