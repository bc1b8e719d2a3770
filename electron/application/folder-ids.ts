import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { HoldfastError } from '../../shared/errors.ts'
import type { FolderChoice } from '../../shared/ipc/app-contract.ts'
import type { Random } from '../engine/util/random.ts'

const MAX_FOLDERS = 1_000

/** Folders that the user chose, by the ids a window knows them by. Only what was chosen here can be named. */
export class FolderIds {
  readonly #random: Random
  readonly #paths = new Map<string, string>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Throws FOLDER_MISSING or FOLDER_READ_ONLY unless it is a folder that can be written into. */
  async add(path: string): Promise<FolderChoice> {
    if (!isAbsolute(path)) throw new HoldfastError('USAGE_INVALID', 'Type the whole path of a folder, from its root on.')
    const whole = resolve(path)
    const found = await stat(whole).catch(() => undefined)
    if (!found?.isDirectory()) throw new HoldfastError('FOLDER_MISSING', `There is no folder ${JSON.stringify(whole)}.`)
    try {
      await access(whole, constants.W_OK | constants.X_OK)
    } catch (error) {
      throw new HoldfastError('FOLDER_READ_ONLY', `Holdfast may not write into ${JSON.stringify(whole)}.`, { cause: error })
    }
    const oldest = this.#paths.keys().next().value
    if (this.#paths.size >= MAX_FOLDERS && oldest !== undefined) this.#paths.delete(oldest)
    const folderId = Buffer.from(this.#random.bytes(16)).toString('hex')
    this.#paths.set(folderId, whole)
    return { folderId, path: whole, freeBytes: await freeBytesOf(whole) }
  }

  /** Throws USAGE_INVALID for an id that was not given out. */
  pathOf(folderId: string): string {
    const path = this.#paths.get(folderId)
    if (path === undefined) throw new HoldfastError('USAGE_INVALID', 'That folder was not chosen here. Choose it again.')
    return path
  }
}

async function freeBytesOf(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return null
  }
}
