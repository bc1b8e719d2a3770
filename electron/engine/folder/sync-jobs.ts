import { applyShared } from './sync-apply.ts'
import { listShared, readIgnoreFile } from './sync-look.ts'
import { adoptFolder, checkFolder, openFolder, releaseFolder, writeIgnoreFile } from './sync-marker.ts'
import { hashShared, hashStaged, readShared } from './sync-read.ts'
import { copyStaged, flushShared, stagedIds, stageShared, unstageShared, writeStaged } from './sync-stage.ts'
import { statShared } from './sync-stat.ts'
import { countTrash, listTrash, removeTrash, restoreTrash } from './sync-trash.ts'

/** What lanes do for a shared folder, by kind. */
export const SYNC_JOBS = {
  adopt: adoptFolder,
  release: releaseFolder,
  check: checkFolder,
  open: openFolder,
  list: listShared,
  stat: statShared,
  hash: hashShared,
  read: readShared,
  readIgnore: readIgnoreFile,
  writeIgnore: writeIgnoreFile,
  stage: stageShared,
  write: writeStaged,
  copy: copyStaged,
  flush: flushShared,
  apply: applyShared,
  staged: stagedIds,
  hashStaged,
  unstage: unstageShared,
  listTrash,
  countTrash,
  restoreTrash,
  removeTrash,
} as const

export type SyncJobKind = keyof typeof SYNC_JOBS
export type SyncJobOf<K extends SyncJobKind> = Parameters<(typeof SYNC_JOBS)[K]>[0]
export type SyncResultOf<K extends SyncJobKind> = Awaited<ReturnType<(typeof SYNC_JOBS)[K]>>

/** One of them, as it is handed to a lane. */
export interface SyncRequest {
  readonly kind: SyncJobKind
  readonly job: SyncJobOf<SyncJobKind>
}

export function runSyncJob({ kind, job }: SyncRequest): unknown {
  return (SYNC_JOBS[kind] as (job: unknown) => unknown)(job)
}
