import { lstat, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { join } from 'node:path'
import { stampOfPath } from '../folder/stamps.ts'
import { isForeign, type ReceivedPatch, type ReceivedRow, type SeenFile } from '../journal/ports.ts'

/** A regular file as it is now. */
export interface Look {
  readonly seen: SeenFile
  readonly atimeMs: number
}

export type Found = { readonly kind: 'file'; readonly look: Look } | { readonly kind: 'folder' } | { readonly kind: 'other' } | { readonly kind: 'nothing' }

/** What is at a path, without following a link or opening anything. Never throws: what cannot be seen is not there. */
export async function lookAt(folder: string, path: string): Promise<Found> {
  const absolute = join(folder, ...path.split('/'))
  let stats: Stats
  try {
    // The folder itself may be a link of the user's.
    stats = await (path === '' ? stat(absolute) : lstat(absolute))
  } catch {
    return { kind: 'nothing' }
  }
  if (stats.isDirectory()) return { kind: 'folder' }
  if (!stats.isFile()) return { kind: 'other' }
  const { size, mtimeMs, inode } = stampOfPath(absolute, stats)
  return { kind: 'file', look: { seen: { size, mtimeMs, inode }, atimeMs: stats.atimeMs } }
}

/** The slash-separated path of a row now, whether anything is there or not. */
export function placeOf(row: Pick<ReceivedRow, 'path' | 'nowPath'>): string {
  return row.nowPath ?? row.path
}

export function sameSeen(a: SeenFile, b: SeenFile): boolean {
  return a.inode === b.inode && a.size === b.size && a.mtimeMs === b.mtimeMs
}

/** No longer in its folder. */
export function isGone(row: Pick<ReceivedRow, 'state'>): boolean {
  return row.state === 'deleted' || row.state === 'moved'
}

/**
 * What looking at a row's own place says about it; undefined when nothing is new. Pure. A file that was gone counts as back
 * only when it is the same one.
 */
export function patchAfterLook(row: ReceivedRow, found: Found): ReceivedPatch | undefined {
  if (found.kind !== 'file') return row.state === 'deleted' ? undefined : { state: 'deleted', ...(row.state === 'moved' ? { nowPath: null } : {}) }
  const { seen, atimeMs } = found.look
  if (row.state === 'moved') return row.seen && sameSeen(row.seen, seen) ? undefined : { state: 'deleted', nowPath: null }
  if (isGone(row)) return row.seen && sameSeen(row.seen, seen) ? { state: stateOf(row, row.altered, atimeMs) } : undefined
  if (isForeign(row)) {
    return row.seen && sameSeen(row.seen, seen) ? undefined : { seen, size: seen.size }
  }
  const differs = row.seen ? row.seen.size !== seen.size || row.seen.mtimeMs !== seen.mtimeMs : seen.size !== row.size
  const altered = row.altered || differs
  const state = stateOf(row, altered, atimeMs)
  if (state === row.state && altered === row.altered && row.seen && sameSeen(row.seen, seen)) return undefined
  return { state, altered, seen }
}

/** A read after the arrival shows where the volume keeps times of access; elsewhere a file just stays `here`. */
function stateOf(row: ReceivedRow, altered: boolean, atimeMs: number): ReceivedRow['state'] {
  if (row.nowPath !== undefined) return 'renamed'
  if (altered) return 'changed'
  return row.state === 'opened' || (!isForeign(row) && atimeMs > row.receivedAtMs) ? 'opened' : 'here'
}
