import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { ENGINE_FOLDER } from '../folder/path-gate.ts'

const MAX_DEPTH = 128

/**
 * Paths of the files below `path` (slash-separated, relative to `folder`; '' is the folder itself), links left alone and
 * the engine's own folder left out. Ends quietly at `limit` files and where nothing can be read.
 */
export async function* walkFiles(folder: string, path: string, limit: number): AsyncGenerator<string> {
  const waiting: { path: string; depth: number }[] = [{ path, depth: 0 }]
  let count = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    try {
      for await (const entry of await opendir(join(folder, ...next.path.split('/')))) {
        if (isEngines(entry.name)) continue
        const below = next.path === '' ? entry.name : `${next.path}/${entry.name}`
        if (entry.isDirectory()) {
          if (next.depth < MAX_DEPTH) waiting.push({ path: below, depth: next.depth + 1 })
        } else if (entry.isFile()) {
          yield below
          if ((count += 1) >= limit) return
        }
      }
    } catch {
      // Gone, or not for us to see.
    }
  }
}

export function isEngines(name: string): boolean {
  return name.toLowerCase().startsWith(ENGINE_FOLDER)
}
