import { chmodSync, closeSync, fsyncSync, linkSync, lstatSync, mkdtempSync, openSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { errnoOf } from './disk-errors.ts'
import { IgnoreRules, MAX_IGNORE_BYTES } from './ignore-rules.ts'
import { ENGINE_FOLDER } from './path-gate.ts'
import { InsideFolders } from './resolve-inside.ts'
import { syncFailure } from './sync-errors.ts'
import { undoClaims } from './sync-move.ts'
import { readIgnoreFile } from './sync-look.ts'
import { IGNORE_FILE, markedId, MARKER, requireSyncFolder, SYNC_STAGING, syncTraits, type SyncPlace } from './sync-place.ts'
import { ensureSyncStaging, removeIfThere } from './sync-stage.ts'
import type { VolumeTraits } from './volume-probe.ts'

/** What the engine's thread must know of the folder to answer questions at once. */
export interface SyncFacts {
  readonly traits: VolumeTraits
  readonly keepsExecutable: boolean
  readonly ignoreText: string
}

/** Makes the marker. Throws USAGE_INVALID when the marker of another folder is there. */
export function adoptFolder({ place }: { place: SyncPlace }): void {
  const { root, folderId } = place
  const there = statSync(root, { throwIfNoEntry: false })
  if (!there?.isDirectory()) {
    throw new HoldfastError('FOLDER_MISSING', there ? `${root} is not a folder. Choose a folder to share.` : `${root} is not there. Make that folder first, or choose another.`, { details: { folder: root } })
  }
  const known = markedId(root)
  if (known !== undefined && known !== folderId) throw taken(root)
  const folders = new InsideFolders(root)
  try {
    for (const segments of [[ENGINE_FOLDER], SYNC_STAGING]) {
      if (folders.ensure(segments, 0o700) === 'folder') continue
      throw new HoldfastError('DISK_ERROR', `${folders.path(segments)} is not a folder. Holdfast keeps unfinished files there: remove what is in its place.`)
    }
    if (known === undefined) writeMarker(place, folders)
  } catch (error) {
    throw syncFailure(error, root)
  }
}

/** Removes the marker and staging; what is not there is no error. */
export function releaseFolder({ place }: { place: SyncPlace }): void {
  const folders = new InsideFolders(place.root)
  try {
    if (markedId(place.root) !== place.folderId) return
    if (folders.state(SYNC_STAGING) === 'folder') rmSync(folders.path(SYNC_STAGING), { recursive: true, force: true })
    removeIfThere(folders.path(MARKER))
    // Empty, unless there is trash or something is received into it too.
    for (const segments of [[ENGINE_FOLDER, 'trash'], [ENGINE_FOLDER, 'staging'], [ENGINE_FOLDER]]) removeIfEmpty(folders, segments)
  } catch (error) {
    throw syncFailure(error, place.root)
  }
}

export function checkFolder({ place }: { place: SyncPlace }): void {
  requireSyncFolder(place)
}

/** Puts in order what an interrupted run left, and tells what there is to know. */
export function openFolder({ place }: { place: SyncPlace }): SyncFacts {
  ensureSyncStaging(place)
  try {
    const folders = new InsideFolders(place.root)
    undoClaims(folders)
    return { traits: syncTraits(place), keepsExecutable: probeExecutable(folders.path(SYNC_STAGING)), ignoreText: readIgnoreFile({ place }) }
  } catch (error) {
    throw syncFailure(error, place.root)
  }
}

/** Replaces the ignore file in one step. Throws USAGE_INVALID for what would have no effect. */
export function writeIgnoreFile({ place, text }: { place: SyncPlace; text: string }): void {
  if (Buffer.byteLength(text) > MAX_IGNORE_BYTES) throw new HoldfastError('USAGE_INVALID', `${IGNORE_FILE} can have no more than 256 KiB.`)
  const [line] = new IgnoreRules(text).refused
  if (line) throw new HoldfastError('USAGE_INVALID', `Line ${line.line} ${line.reason}. Write it more simply.`, { details: { line: line.line } })
  ensureSyncStaging(place)
  try {
    const staged = join(place.root, ...SYNC_STAGING, 'ignore.new')
    writeFileSync(staged, text, { flush: true })
    renameSync(staged, join(place.root, IGNORE_FILE))
  } catch (error) {
    throw syncFailure(error, place.root)
  }
}

/** Whole or not at all, and never over another's. */
function writeMarker(place: SyncPlace, folders: InsideFolders): void {
  const staged = folders.path([...SYNC_STAGING, 'folder.new'])
  writeFileSync(staged, `${JSON.stringify({ folderId: place.folderId })}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(staged, folders.path(MARKER))
    unlinkSync(staged)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw taken(place.root)
    renameSync(staged, folders.path(MARKER))
  }
  syncFolder(folders.path([ENGINE_FOLDER]))
}

function taken(root: string): HoldfastError {
  return new HoldfastError('USAGE_INVALID', `${root} is a shared folder already, or was one: remove it from Holdfast first, or delete ${join(root, ...MARKER)} if no Holdfast has it.`, { details: { folder: root } })
}

function removeIfEmpty(folders: InsideFolders, segments: readonly string[]): void {
  if (folders.state(segments) !== 'folder' || readdirSync(folders.path(segments)).length > 0) return
  rmdirSync(folders.path(segments))
}

function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error
  } finally {
    closeSync(descriptor)
  }
}

/** FAT shows every file as executable, or none. */
function probeExecutable(folder: string): boolean {
  if (process.platform === 'win32') return false
  const probe = mkdtempSync(join(folder, 'probe-'))
  try {
    const file = join(probe, 'file')
    writeFileSync(file, '', { mode: 0o600 })
    if ((lstatSync(file).mode & 0o111) !== 0) return false
    chmodSync(file, 0o700)
    return (lstatSync(file).mode & 0o100) !== 0
  } catch {
    return false
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}
