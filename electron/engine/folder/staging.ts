import { lstatSync, mkdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { errnoOf, folderMissing } from './disk-errors.ts'
import { ENGINE_FOLDER, gateStagedName, gateStaging } from './path-gate.ts'
import type { ReceivePlace } from './ports.ts'

/** A transfer's staging folder, whether it is there or not. */
export function stagingFolder(place: ReceivePlace): string {
  return join(place.root, ...gateStaging(place.transferId))
}

/** Where file number `file` is staged. */
export function stagedPath(place: ReceivePlace, file: number): string {
  return stagedPaths(place)(file)
}

/** The same for many files of one transfer. */
export function stagedPaths(place: ReceivePlace): (file: number) => string {
  const folder = stagingFolder(place) + sep
  return (file) => folder + gateStagedName(file)
}

/**
 * The staging folder, made when it is not there yet. Everything above it must exist already as `ReceiveFolder` made it:
 * when it does not, the disk was taken away or the folder deleted, and writing on would fill what lies beneath.
 */
export function ensureStaging(place: ReceivePlace): string {
  requireReceiveFolder(place.root)
  const folder = stagingFolder(place)
  if (!isRealFolder(folder)) {
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      if (!isRealFolder(folder)) throw notAFolder(folder)
    }
  }
  return folder
}

/** Throws FOLDER_MISSING unless the receive folder has its `.holdfast/staging`, both real folders. */
export function requireReceiveFolder(root: string): void {
  for (const folder of [join(root, ENGINE_FOLDER), join(root, ENGINE_FOLDER, 'staging')]) {
    const found = lstatSync(folder, { throwIfNoEntry: false })
    if (!found) throw folderMissing(root)
    if (!found.isDirectory()) throw notAFolder(folder)
  }
}

function isRealFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function notAFolder(path: string): HoldfastError {
  return new HoldfastError('DISK_ERROR', `${path} is not a folder. Holdfast keeps unfinished files there: remove what is in its place.`)
}
