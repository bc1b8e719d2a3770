import { chmodSync, closeSync, constants, fchmodSync, fstatSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs'
import type { ErrorData } from '../../../shared/errors.ts'
import { HoldfastError } from '../../../shared/errors.ts'
import type { Stamp } from '../journal/sync-ports.ts'
import { errnoOf } from './disk-errors.ts'
import { setTimes, setTimesOf } from './file-times.ts'
import { flushFiles } from './flush.ts'
import { InsideFolders, NO_FOLLOW } from './resolve-inside.ts'
import { readShared } from './sync-read.ts'
import { syncFailure, syncProblem } from './sync-errors.ts'
import { requireSyncFolder, SYNC_STAGING, syncStagedPath, type SyncPlace } from './sync-place.ts'
import type { StageFile } from './sync-ports.ts'

const WRITE_FLAGS = constants.O_WRONLY | constants.O_CREAT | NO_FOLLOW

/** Small files whole; of long ones, the empty or half-written file gets its mode and time. Not durable before `flush`. */
export function stageShared({ place, files }: { place: SyncPlace; files: readonly StageFile[] }): (ErrorData | undefined)[] {
  ensureSyncStaging(place)
  return files.map((file) => {
    try {
      const path = syncStagedPath(place, file.id)
      if (file.bytes) writeWhole(path, file.bytes, file)
      else prepareLong(path, file)
      return undefined
    } catch (error) {
      return syncProblem(error, place.root)
    }
  })
}

/** A part of a long file. */
export function writeStaged({ place, id, offset, bytes }: { place: SyncPlace; id: number; offset: number; bytes: Uint8Array }): void {
  ensureSyncStaging(place)
  try {
    const descriptor = openSync(syncStagedPath(place, id), WRITE_FLAGS, 0o644)
    try {
      writeAll(descriptor, bytes, offset)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw syncFailure(error, place.root)
  }
}

/** Returns what was copied, for its digest is not known here; undefined when the source is not as its stamp says. */
export function copyStaged(job: {
  place: SyncPlace
  id: number
  offset: number
  length: number
  from: { path: string; stamp: Stamp; offset: number }
}): Uint8Array | undefined {
  const { place, id, offset, length, from } = job
  const bytes = readShared({ place, path: from.path, stamp: from.stamp, offset: from.offset, length })
  if (bytes?.length !== length) return undefined
  writeStaged({ place, id, offset, bytes })
  return bytes
}

/** `mtimeMs`: of a long file, whose blocks were written since it was given its time. */
export async function flushShared({ place, files }: { place: SyncPlace; files: readonly { readonly id: number; readonly mtimeMs?: number }[] }): Promise<void> {
  requireSyncFolder(place)
  if (files.length === 0) return
  try {
    for (const { id, mtimeMs } of files) if (mtimeMs !== undefined) setTimesOf(syncStagedPath(place, id), mtimeMs)
    await flushFiles(new InsideFolders(place.root).path(SYNC_STAGING), files.map(({ id }) => syncStagedPath(place, id)))
  } catch (error) {
    throw syncFailure(error, place.root)
  }
}

export function stagedIds({ place }: { place: SyncPlace }): number[] {
  requireSyncFolder(place)
  const folders = new InsideFolders(place.root)
  try {
    if (folders.state(SYNC_STAGING) !== 'folder') return []
    return readdirSync(folders.path(SYNC_STAGING)).filter((name) => /^\d{1,15}$/.test(name)).map(Number)
  } catch (error) {
    throw syncFailure(error, place.root)
  }
}

/** Without `ids`, all. */
export function unstageShared({ place, ids }: { place: SyncPlace; ids?: readonly number[] }): void {
  requireSyncFolder(place)
  try {
    if (new InsideFolders(place.root).state(SYNC_STAGING) !== 'folder') return
    for (const id of ids ?? stagedIds({ place })) removeIfThere(syncStagedPath(place, id))
  } catch (error) {
    throw syncFailure(error, place.root)
  }
}

/** Makes it again where somebody tidied up; the marker above it must be there. */
export function ensureSyncStaging(place: SyncPlace): void {
  requireSyncFolder(place)
  const folders = new InsideFolders(place.root)
  try {
    if (folders.ensure(SYNC_STAGING, 0o700) === 'folder') return
  } catch (error) {
    throw syncFailure(error, place.root)
  }
  throw new HoldfastError('DISK_ERROR', `${folders.path(SYNC_STAGING)} is not a folder. Holdfast keeps unfinished files there: remove what is in its place.`)
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/** Exclusive, so that neither a link nor what was staged before is written through. The umask decides who may read it. */
function writeWhole(path: string, bytes: Uint8Array, { mtimeMs, executable }: StageFile): void {
  removeIfThere(path)
  const descriptor = openSync(path, 'wx', executable ? 0o755 : 0o644)
  try {
    writeAll(descriptor, bytes, 0)
    setTimes(descriptor, mtimeMs)
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

function prepareLong(path: string, { mtimeMs, executable }: StageFile): void {
  const descriptor = openSync(path, WRITE_FLAGS, executable ? 0o755 : 0o644)
  try {
    setExecutable(descriptor, executable)
    setTimes(descriptor, mtimeMs)
  } finally {
    closeSync(descriptor)
  }
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written, bytes.length - written, position + written)
}

/** To be run by whom its mode lets read it. Where the volume has no modes, nothing happens. */
export function executableMode(mode: number, executable: boolean): number {
  const bits = mode & 0o777
  return executable ? bits | ((bits & 0o444) >> 2) : bits & ~0o111
}

export function setExecutable(descriptor: number, executable: boolean): void {
  if (process.platform === 'win32') return
  const { mode } = fstatSync(descriptor)
  const wanted = executableMode(mode, executable)
  if (wanted !== (mode & 0o777)) ignoreRefusal(() => fchmodSync(descriptor, wanted))
}

/** Of a staged file that takes another's place: who may read that, may read this, and nobody else. */
export function takeMode(path: string, of: { readonly mode: number }, staged: { readonly mode: number }): void {
  if (process.platform === 'win32') return
  const wanted = executableMode(of.mode, (staged.mode & 0o111) !== 0)
  if (wanted !== (staged.mode & 0o777)) ignoreRefusal(() => chmodSync(path, wanted))
}

/** FAT has no modes and says so. */
function ignoreRefusal(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error
  }
}
