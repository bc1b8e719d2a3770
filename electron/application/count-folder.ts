import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

export interface FolderCount {
  files: number
  size: number
}

const AT_ONCE = 16
/** Beyond it a number is good enough: the engine's own scan counts for the transfer. */
const MAX_ENTRIES = 2_000_000

/**
 * Counts what a folder holds, for showing, in small steps so that the thread stays free. What cannot be read counts as
 * nothing; symlinks are not followed. `onProgress` hears of it now and then. Rejects when the folder itself cannot be
 * read, and with the signal's reason.
 */
export async function countFolder(root: string, signal: AbortSignal, onProgress: (count: FolderCount) => void): Promise<FolderCount> {
  const count: FolderCount = { files: 0, size: 0 }
  const waiting = [root]
  let seen = 0
  let batch: string[] = []

  const flush = async (): Promise<void> => {
    const stats = await Promise.all(batch.map((path) => lstat(path).catch(() => undefined)))
    batch = []
    for (const stat of stats) {
      if (!stat?.isFile()) continue
      count.files += 1
      count.size += stat.size
    }
    onProgress({ ...count })
    signal.throwIfAborted()
  }

  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const opened = await opendir(folder).catch((error: unknown) => {
      if (folder === root) throw error
      return undefined
    })
    if (!opened) continue
    for await (const entry of opened) {
      seen += 1
      const path = join(folder, entry.name)
      if (entry.isDirectory()) waiting.push(path)
      else if (entry.isFile()) batch.push(path)
      if (batch.length >= AT_ONCE) await flush()
      if (seen >= MAX_ENTRIES) return count
    }
    signal.throwIfAborted()
  }
  await flush()
  return count
}
