import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export type TreeItem =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'skipped'; readonly path: string; readonly reason: string }
  /** A folder that could not be read. */
  | { readonly kind: 'failed'; readonly path: string; readonly error: unknown }

/** The regular files at and below a path, sorted by name; links are followed at the top only. Rejects for the path itself. */
export async function* filesBelow(path: string): AsyncGenerator<TreeItem> {
  const found = await stat(path)
  if (found.isDirectory()) yield* insideFolder(path)
  else if (found.isFile()) yield { kind: 'file', path }
  else yield { kind: 'skipped', path, reason: 'not a regular file' }
}

async function* insideFolder(folder: string): AsyncGenerator<TreeItem> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    yield { kind: 'failed', path: folder, error }
    return
  }
  for (const name of names.sort()) {
    const path = join(folder, name)
    const found = await lstat(path).catch(() => undefined)
    if (found?.isDirectory()) yield* insideFolder(path)
    else if (found?.isFile()) yield { kind: 'file', path }
    else yield { kind: 'skipped', path, reason: found?.isSymbolicLink() ? 'a link' : found ? 'not a regular file' : 'it has vanished' }
  }
}
