import { digestPlaced } from './digest-file.ts'
import { finishFiles } from './finish.ts'
import { flushStaged } from './flush.ts'
import type { Lanes } from './ports.ts'
import { preparePage } from './prepare-page.ts'
import { packFiles } from './read-pack.ts'
import { cleanStaging, finishFolderTimes, unstageFiles } from './staging-jobs.ts'
import { runSyncRequest } from './sync-lane.ts'
import { stagePack } from './write-pack.ts'

export type JobKind = Exclude<keyof Lanes, 'close' | 'warm'>
export type JobOf<K extends JobKind> = Parameters<Lanes[K]>[0]
export type ResultOf<K extends JobKind> = Awaited<ReturnType<Lanes[K]>>

/** What each kind of job does: synchronous but for those that would hold a lane up. */
export const LANE_JOBS: { readonly [K in JobKind]: (job: JobOf<K>) => ResultOf<K> | Promise<ResultOf<K>> } = {
  readPack: packFiles,
  preparePage: (job) => preparePage(job),
  writePack: stagePack,
  flush: flushStaged,
  finish: (job) => finishFiles(job),
  unstage: unstageFiles,
  digestFile: digestPlaced,
  finishFolders: finishFolderTimes,
  clean: cleanStaging,
  sync: runSyncRequest,
}

