import { closeSync, copyFileSync, fsyncSync, linkSync, lstatSync, openSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { errnoOf } from './disk-errors.ts'
import { setTimes } from './file-times.ts'
import type { InsideFolders } from './resolve-inside.ts'
import { SYNC_STAGING } from './sync-place.ts'

/** A volume whose probe said otherwise, or a link count at its limit. */
const NO_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'])

/** Ends of names in staging, which otherwise are numbers. */
const NOTE = '.placing'
const COPY = '.copy'

/** A second name for a file. `taken`: there is something of that name already. */
export function linkTo(from: string, to: string, hardLinks: boolean): 'linked' | 'taken' | 'impossible' {
  if (!hardLinks) return 'impossible'
  try {
    linkSync(from, to)
    return 'linked'
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (errno === 'EEXIST') return 'taken'
    if (NO_LINK.has(errno)) return 'impossible'
    throw error
  }
}

/**
 * Renames without replacing anything; false when the name is taken. Where there are no hard links an empty file claims the
 * name first, and a note in staging says so: a crash between would otherwise leave what looks like an edit.
 */
export function moveFree(folders: InsideFolders, from: readonly string[], to: readonly string[], hardLinks: boolean): boolean {
  const [source, target] = [folders.path(from), folders.path(to)]
  const linked = linkTo(source, target, hardLinks)
  if (linked === 'taken') return false
  if (linked === 'linked') {
    unlinkSync(source)
    return true
  }
  return renameOverClaim(folders, from, to)
}

/** As above, for a file that others may be replacing at the same time: whatever is at `from` then arrives at `to`. */
export function renameOverClaim(folders: InsideFolders, from: readonly string[], to: readonly string[]): boolean {
  const target = folders.path(to)
  if (lstatSync(target, { throwIfNoEntry: false })) return false
  const note = folders.path([...SYNC_STAGING, `${basename(folders.path(from)).slice(0, 40)}${NOTE}`])
  writeFileSync(note, JSON.stringify({ from, to }), { mode: 0o600, flush: true })
  try {
    closeSync(openSync(target, 'wx', 0o600))
  } catch (error) {
    unlinkSync(note)
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
  try {
    renameSync(folders.path(from), target)
  } catch (error) {
    unlinkSync(target)
    throw error
  } finally {
    unlinkSync(note)
  }
  return true
}

/**
 * Removes what an interrupted run left: empty files that claimed a name, and half-made copies. To be done before anybody
 * looks at the folder.
 */
export function undoClaims(folders: InsideFolders): void {
  if (folders.state(SYNC_STAGING) !== 'folder') return
  const names = readdirSync(folders.path(SYNC_STAGING))
  for (const name of names.filter((found) => found.endsWith(NOTE))) {
    const note = folders.path([...SYNC_STAGING, name])
    const claim = readNote(note)
    if (claim && folders.state(claim.to.slice(0, -1)) === 'folder') {
      const target = folders.path(claim.to)
      const there = lstatSync(target, { throwIfNoEntry: false })
      // The rename has not been done while its source is there; an empty file of that name is the claim.
      if (there?.isFile() && there.size === 0 && lstatSync(folders.path(claim.from), { throwIfNoEntry: false })) unlinkSync(target)
    }
    unlinkSync(note)
  }
  // Last, for a copy that is there says that its name is only claimed.
  for (const name of names.filter((found) => found.endsWith(COPY))) unlinkSync(folders.path([...SYNC_STAGING, name]))
}

/**
 * A durable copy, where a file can have no second name. False when the name is taken. Whole when it has its name: it is
 * made in staging.
 */
export function copyFree(folders: InsideFolders, from: readonly string[], to: readonly string[], mtimeMs: number): boolean {
  const copy = [...SYNC_STAGING, `copy${COPY}`]
  const path = folders.path(copy)
  try {
    copyFileSync(folders.path(from), path)
    const descriptor = openSync(path, 'r+')
    try {
      setTimes(descriptor, mtimeMs)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    if (renameOverClaim(folders, copy, to)) return true
  } catch (error) {
    if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path)
    throw error
  }
  unlinkSync(path)
  return false
}

/** The engine's own, but on a disk that others write to as well. */
function readNote(path: string): { from: string[]; to: string[] } | undefined {
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as { from?: unknown; to?: unknown } | null
    return isSegments(note?.from) && isSegments(note.to) ? { from: note.from, to: note.to } : undefined
  } catch {
    return undefined
  }
}

function isSegments(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((segment) => typeof segment === 'string' && segment !== '' && segment !== '.' && segment !== '..' && !/[\\/]/.test(segment) && join(segment) === segment)
}
