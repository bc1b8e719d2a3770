import { lstatSync, renameSync, unlinkSync, type Stats } from 'node:fs'
import type { Stamp } from '../journal/sync-ports.ts'
import { removeIfThere } from './sync-stage.ts'
import { copyFree, linkTo } from './sync-move.ts'
import type { InsideFolders } from './resolve-inside.ts'
import { stampOfPath } from './stamps.ts'
import { claimTrash } from './trash.ts'

/** What one action works with. */
export interface KeepContext {
  readonly folders: InsideFolders
  readonly hardLinks: boolean
  readonly nowMs: number
  /** Told of every folder whose entries changed, to be flushed. */
  readonly touched: (segments: readonly string[]) => void
}

/** The second place of a file that is about to be replaced. */
export interface Kept {
  readonly segments: readonly string[]
  readonly inTrash: boolean
  /** Takes it away again while the file is still in its own place; else it stays. */
  undo(): void
}

/** Gives the file at `segments` a second place in the trash: by another name where the volume can, else as a copy. */
export function keepInTrash(context: KeepContext, segments: readonly string[], stats: Stats, by: string | null): Kept {
  const { folders } = context
  const place = claimTrash(folders, segments, { whenMs: context.nowMs, size: stats.size, reason: 'replaced', by }, false)
  const [source, target] = [folders.path(segments), folders.path(place.file)]
  try {
    if (linkTo(source, target, context.hardLinks) !== 'linked') copyFree(folders, segments, place.file, stats.mtimeMs)
  } catch (error) {
    removeIfThere(folders.path(place.record))
    throw error
  }
  context.touched(place.day)
  return {
    segments: place.file,
    inTrash: true,
    undo: () => {
      if (!isSecond(source, target)) return
      unlinkSync(target)
      removeIfThere(folders.path(place.record))
    },
  }
}

/** The same under another name in the folder, never over anything; undefined when that name is taken. */
export function keepAside(context: KeepContext, segments: readonly string[], stats: Stats, as: readonly string[]): Kept | undefined {
  const { folders } = context
  const [source, target] = [folders.path(segments), folders.path(as)]
  const linked = linkTo(source, target, context.hardLinks)
  // Left by a run that was interrupted right here.
  if (linked === 'taken' && !isSecond(source, target)) return undefined
  if (linked === 'impossible' && !copyFree(folders, segments, as, stats.mtimeMs)) return undefined
  context.touched(as.slice(0, -1))
  return {
    segments: as,
    inTrash: false,
    undo: () => {
      if (isSecond(source, target)) unlinkSync(target)
    },
  }
}

/**
 * Moves the file at `segments` to the trash in one step. Whatever else somebody has put there a moment ago goes along, and
 * is not lost.
 */
export function retireToTrash(context: KeepContext, segments: readonly string[], facts: { readonly size: number; readonly reason: 'deleted' | 'replaced'; readonly by: string | null }): { readonly file: readonly string[]; readonly record: readonly string[] } {
  const place = claimTrash(context.folders, segments, { whenMs: context.nowMs, ...facts }, false)
  try {
    renameSync(context.folders.path(segments), context.folders.path(place.file))
  } catch (error) {
    removeIfThere(context.folders.path(place.record))
    throw error
  }
  context.touched(place.day)
  context.touched(segments.slice(0, -1))
  return place
}

/** Linking a file changes its ctime: the rest of its stamp must do. */
export function sameButCtime(path: string, stats: Stats | undefined, stamp: Stamp): boolean {
  if (!stats?.isFile()) return false
  const now = stampOfPath(path, stats)
  return now.size === stamp.size && now.mtimeMs === stamp.mtimeMs && now.inode === stamp.inode
}

function isSecond(source: string, target: string): boolean {
  const a = lstatSync(source, { throwIfNoEntry: false, bigint: true })
  const b = lstatSync(target, { throwIfNoEntry: false, bigint: true })
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}
