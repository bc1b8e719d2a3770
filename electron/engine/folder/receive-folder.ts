import { accessSync, constants, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { diskFailure, errnoOf, folderMissing } from './disk-errors.ts'
import { freeSpace } from './free-space.ts'
import { ENGINE_FOLDER, gateStaging } from './path-gate.ts'
import { requireReceiveFolder } from './staging.ts'
import { volumeTraits, type VolumeTraits } from './volume-probe.ts'

/**
 * A folder to receive into, with its `.holdfast/staging`. The lanes write only where that is: so a folder whose disk was
 * taken away is not filled behind the mount point, and one that was deleted is not silently made again.
 */
export class ReceiveFolder {
  /** Absolute. */
  readonly root: string
  readonly #device: number

  private constructor(root: string) {
    this.root = root
    this.#device = statSync(root).dev
  }

  /**
   * `create`: the user has just named this folder (command line, settings, first use), so it and its staging may be made;
   * otherwise it must be as it was left. Throws HoldfastError FOLDER_MISSING, FOLDER_READ_ONLY, DISK_FULL or DISK_ERROR.
   */
  static open(path: string, options: { readonly create: boolean }): ReceiveFolder {
    const root = resolve(path)
    try {
      if (options.create) makeRoot(root)
      const found = statSync(root, { throwIfNoEntry: false })
      if (!found) throw folderMissing(root)
      if (!found.isDirectory()) throw new HoldfastError('FOLDER_MISSING', `${root} is not a folder. Choose a folder to receive into.`)
      if (options.create) makeStaging(root)
      requireReceiveFolder(root)
      accessSync(root, constants.W_OK | constants.X_OK)
      return new ReceiveFolder(root)
    } catch (error) {
      throw diskFailure(error, root)
    }
  }

  /**
   * Whether it can be received into now: to be asked before a retry. A folder that was deleted and made again on the same
   * volume gets its staging again; on another volume, its disk is missing. Throws as `open` does.
   */
  check(): void {
    const found = statSync(this.root, { throwIfNoEntry: false })
    const again = found?.isDirectory() === true && found.dev === this.#device
    ReceiveFolder.open(this.root, { create: again })
  }

  traits(): VolumeTraits {
    try {
      return volumeTraits(this.root)
    } catch (error) {
      throw diskFailure(error, this.root)
    }
  }

  freeSpace(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return freeSpace(this.root)
  }

  /** Transfers that have unfinished files here: those the journal does not know can be cleaned. */
  stagedTransfers(): string[] {
    try {
      requireReceiveFolder(this.root)
      return readdirSync(join(this.root, ENGINE_FOLDER, 'staging')).filter(isTransferId)
    } catch (error) {
      throw diskFailure(error, this.root)
    }
  }

  /** Removes what a crash during a probe left. */
  async tidy(): Promise<void> {
    const folder = join(this.root, ENGINE_FOLDER)
    for (const name of readdirSync(folder)) {
      if (name.startsWith('probe-')) await rm(join(folder, name), { recursive: true, force: true })
    }
  }
}

function makeRoot(root: string): void {
  try {
    mkdirSync(root)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'EEXIST') return
    // Roots of drives and mounts answer so though they are there.
    if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) return
    const parentThere = statSync(dirname(root), { throwIfNoEntry: false })?.isDirectory() === true
    if ((errno === 'ENOENT' && parentThere) || errno === 'EOPNOTSUPP' || errno === 'ENOSYS') {
      throw new HoldfastError('FOLDER_READ_ONLY', `${root} can't be made: ${dirname(root)} does not take new folders. Choose another folder.`)
    }
    if (errno === 'ENOENT' || errno === 'ENOTDIR') {
      throw new HoldfastError('FOLDER_MISSING', `${root} can't be made, for ${dirname(root)} is not there. Make that folder first, or choose another.`)
    }
    if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS') {
      throw new HoldfastError('FOLDER_READ_ONLY', `${root} can't be made: writing in ${dirname(root)} is not permitted. Choose another folder, or give yourself permission.`)
    }
    throw error
  }
}

function makeStaging(root: string): void {
  for (const folder of [join(root, ENGINE_FOLDER), join(root, ENGINE_FOLDER, 'staging')]) {
    if (!lstatSync(folder, { throwIfNoEntry: false })) mkdirSync(folder, { mode: 0o700 })
  }
}

function isTransferId(name: string): boolean {
  try {
    gateStaging(name)
    return true
  } catch {
    return false
  }
}
