import type { Lanes } from './ports.ts'
import type { SyncJobKind, SyncJobOf, SyncRequest, SyncResultOf } from './sync-jobs.ts'

type RunSyncJob = (typeof import('./sync-jobs.ts'))['runSyncJob']

/** Those that only read go to the lanes that read, a walk always to the same one; the others keep their order in one lane a folder. */
const READING: ReadonlySet<SyncJobKind> = new Set<SyncJobKind>(['hash', 'read', 'hashStaged', 'stat', 'check', 'readIgnore'])
const WALKING: ReadonlySet<SyncJobKind> = new Set<SyncJobKind>(['list', 'listTrash', 'countTrash'])

export function laneOf(kind: SyncJobKind): 'read' | 'walk' | 'write' {
  return READING.has(kind) ? 'read' : WALKING.has(kind) ? 'walk' : 'write'
}

let run: RunSyncJob | undefined

/** In the lane. Loaded when first needed: most lanes only move files. */
export function runSyncRequest(request: SyncRequest): unknown {
  if (run) return run(request)
  return import('./sync-jobs.ts').then((jobs) => {
    run = jobs.runSyncJob
    return run(request)
  })
}

/** Hands a job for a shared folder to the lanes. */
export function runSync<K extends SyncJobKind>(lanes: Pick<Lanes, 'sync'>, kind: K, job: SyncJobOf<K>): Promise<SyncResultOf<K>> {
  return lanes.sync({ kind, job }) as Promise<SyncResultOf<K>>
}
