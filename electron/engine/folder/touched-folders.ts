import { closeSync, fsyncSync, openSync } from 'node:fs'
import { diskProblem, errnoOf, type DiskProblem } from './disk-errors.ts'
import type { InsideFolders } from './resolve-inside.ts'

/** Folders whose entries changed, with all above them: a new folder is only as durable as its name in its parent. */
export class TouchedFolders {
  #folders = new Map<string, readonly string[]>()

  get size(): number {
    return this.#folders.size
  }

  add(segments: readonly string[]): void {
    for (let depth = segments.length; depth >= 0; depth -= 1) {
      const part = segments.slice(0, depth)
      const key = part.join('/')
      if (this.#folders.has(key)) return
      this.#folders.set(key, part)
    }
  }

  /** Windows neither can nor needs to. */
  flush(folders: InsideFolders): DiskProblem | undefined {
    if (process.platform === 'win32') return undefined
    try {
      for (const segments of this.#folders.values()) syncFolder(folders.path(segments))
      return undefined
    } catch (error) {
      return diskProblem(error, folders.root)
    }
  }
}

function syncFolder(path: string): void {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    // Deleted by the user a moment ago, with what is in it: his right.
    if (errnoOf(error) === 'ENOENT') return
    throw error
  }
  try {
    fsyncSync(descriptor)
  } catch (error) {
    // Some network and FUSE volumes have no fsync of folders.
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error
  } finally {
    closeSync(descriptor)
  }
}
