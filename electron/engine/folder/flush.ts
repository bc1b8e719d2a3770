import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { diskFailure, errnoOf } from './disk-errors.ts'
import type { ReceivePlace } from './ports.ts'
import { NO_FOLLOW } from './resolve-inside.ts'
import { requireReceiveFolder, stagedPaths, stagingFolder } from './staging.ts'
import { prepareSyncHelper, syncByHelper } from './sync-helper.ts'

/** Up to here an fsync of each costs less than one file-system sync, which takes all other programs' data along. */
export const FEW_FILES = 16
const FSYNCS_AT_ONCE = 8

let volumeSync: 'untried' | 'works' | 'fails' = 'untried'

/**
 * Makes staged files durable: few by fsync, many by one file-system sync where there is such a thing (Linux), else by
 * fsyncs over libuv's threads. A staged file that is not there is no error: `finish` finds it lost.
 */
export async function flushStaged(job: { place: ReceivePlace; files: readonly number[] }): Promise<void> {
  const { root } = job.place
  if (job.files.length === 0) return
  try {
    requireReceiveFolder(root)
    await flushFiles(stagingFolder(job.place), job.files.map(stagedPaths(job.place)))
  } catch (error) {
    throw diskFailure(error, root)
  }
}

/** Makes files in `folder` durable, with their names. One that is not there is passed over. */
export async function flushFiles(folder: string, paths: readonly string[]): Promise<void> {
  if (paths.length > FEW_FILES && (await syncVolume(folder))) return
  await syncFiles(paths)
  for (const path of [folder, dirname(folder)]) await syncFolder(path)
}

/** Everything on a folder's volume, at once. False where that does not work. */
export async function syncVolume(folder: string): Promise<boolean> {
  if (process.platform !== 'linux' || volumeSync === 'fails') return false
  const done = await syncByHelper(folder)
  if (done) volumeSync = 'works'
  else if (volumeSync === 'untried') volumeSync = 'fails'
  // One that worked before and fails now may have met a disk error: the fsyncs that follow will name it.
  return done
}

/** So many files are coming: what `flushStaged` needs for many is started, once the job that says so has been answered. */
export function expectFlush(place: ReceivePlace, files: number): void {
  if (process.platform === 'linux' && volumeSync !== 'fails' && files > FEW_FILES) setImmediate(prepareSyncHelper, stagingFolder(place))
}

async function syncFiles(paths: readonly string[]): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) await syncFile(path)
  }
  await Promise.all(Array.from({ length: Math.min(FSYNCS_AT_ONCE, paths.length) }, worker))
}

async function syncFile(path: string): Promise<void> {
  try {
    await syncOpened(path, constants.O_RDWR | NO_FOLLOW)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/** Windows neither can nor needs to. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  try {
    await syncOpened(path, constants.O_RDONLY)
  } catch (error) {
    if (!['ENOENT', 'EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error
  }
}

async function syncOpened(path: string, flags: number): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
