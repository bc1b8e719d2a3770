import { statfs } from 'node:fs/promises'
import { diskFailure } from './disk-errors.ts'

/** What this user may still write on the volume of a folder. Throws HoldfastError FOLDER_MISSING or DISK_ERROR. */
export async function freeSpace(folder: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder, { bigint: true })
    return { freeBytes: Number(bavail * bsize), totalBytes: Number(blocks * bsize) }
  } catch (error) {
    throw diskFailure(error, folder)
  }
}
