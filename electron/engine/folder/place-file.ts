import { closeSync, linkSync, lstatSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { errnoOf } from './disk-errors.ts'
import { numberedName } from './names.ts'
import { gatePath } from './path-gate.ts'
import type { FinishFile } from './ports.ts'
import type { InsideFolders } from './resolve-inside.ts'
import { hasDigest, sameContent } from './same-content.ts'
import { moveToTrash } from './trash.ts'

export interface PlaceContext {
  readonly folders: InsideFolders
  readonly transferId: string
  readonly hardLinks: boolean
  readonly nowMs: number
  /** Told of every folder whose entries changed, to be flushed. */
  readonly touched: (segments: readonly string[]) => void
}

export type Placement =
  | { readonly kind: 'placed' | 'identical'; readonly finalPath: string; readonly replaced: boolean }
  | { readonly kind: 'lost' }
  | { readonly kind: 'exhausted' }

const MAX_CANDIDATES = 10_000
/** How far recovery looks for the name it had given. */
const MAX_RECOVERY_CANDIDATES = 100
/** A volume whose probe said otherwise, or a link count at its limit. */
const NO_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'])

/** The name by which a volume without hard links remembers which placeholder a staged file was about to replace. */
export function markerPath(staged: string): string {
  return `${staged}.placing`
}

/**
 * Gives one staged file its final name: the first candidate that is free, or holds the same content, or is this very file
 * already (a run before this one got as far). Never replaces anything but by way of the trash, and only when told.
 * `segments`: where it should go, through the gate, its folder checked.
 */
export function placeFile(file: FinishFile, staged: string, segments: readonly string[], context: PlaceContext): Placement {
  const parent = segments.slice(0, -1)
  if (file.fresh && context.hardLinks && linkedFirst(staged, context.folders.path(segments))) {
    context.touched(parent)
    return { kind: 'placed', finalPath: segments.join('/'), replaced: false }
  }
  const found = lstatSync(staged, { throwIfNoEntry: false })
  // First of all, for the user may have written to the placed file since.
  if (found?.isFile() && found.nlink > 1) return placedBefore(staged, segments, context)
  if (!found?.isFile() || found.size !== file.size) return afterStaging(file, staged, segments, context)
  let replaced = false
  let number = 1
  for (let attempt = 1; attempt <= MAX_CANDIDATES; attempt += 1) {
    const candidate = candidateOf(segments, number)
    const path = context.folders.path(candidate)
    if (moveInto(staged, path, candidate, context)) {
      context.touched(parent)
      return { kind: 'placed', finalPath: candidate.join('/'), replaced }
    }
    const there = lstatSync(path, { throwIfNoEntry: false })
    // Gone since: the same name again.
    if (!there) continue
    if (there.isFile() && there.size === file.size && sameContent(staged, path, file.size)) {
      return { kind: 'identical', finalPath: candidate.join('/'), replaced: false }
    }
    if (file.onConflict === 'replace' && number === 1 && (there.isFile() || there.isSymbolicLink())) {
      context.touched(moveToTrash(context.folders, candidate, { whenMs: context.nowMs, size: there.size, transferId: context.transferId }))
      context.touched(parent)
      replaced = true
      continue
    }
    number += 1
  }
  return { kind: 'exhausted' }
}

/** What usually happens, at the cost of one call. False: whatever the reason, it is found out in the order of the rest. */
function linkedFirst(staged: string, path: string): boolean {
  try {
    linkSync(staged, path)
    return true
  } catch {
    return false
  }
}

/** False when the name is taken. */
function moveInto(staged: string, path: string, candidate: readonly string[], context: PlaceContext): boolean {
  if (context.hardLinks) {
    try {
      linkSync(staged, path)
      return true
    } catch (error) {
      const errno = errnoOf(error) ?? ''
      if (errno === 'EEXIST') return false
      if (!NO_LINK.has(errno)) throw error
    }
  }
  return renameOverPlaceholder(staged, path, candidate)
}

/**
 * Without hard links: an empty file claims the name, exclusively, and the staged one is renamed over it. The marker says
 * which, so that the next run recognises its own placeholder, or that the rename had been done.
 */
function renameOverPlaceholder(staged: string, path: string, candidate: readonly string[]): boolean {
  const marker = markerPath(staged)
  const there = lstatSync(path, { throwIfNoEntry: false })
  const own = there?.isFile() === true && there.size === 0 && readMarker(marker) === candidate.join('/')
  if (there && !own) return false
  if (!own) {
    writeFileSync(marker, candidate.join('/'), { mode: 0o600, flush: true })
    try {
      closeSync(openSync(path, 'wx', 0o600))
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false
      throw error
    }
  }
  renameSync(staged, path)
  return true
}

function readMarker(marker: string): string | undefined {
  try {
    return readFileSync(marker, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The staged file has a second name: some run before placed it. Where, unless the user moved it since? */
function placedBefore(staged: string, segments: readonly string[], context: PlaceContext): Placement {
  const { dev, ino } = lstatSync(staged, { bigint: true })
  for (let number = 1; number <= MAX_RECOVERY_CANDIDATES; number += 1) {
    const candidate = candidateOf(segments, number)
    const there = lstatSync(context.folders.path(candidate), { bigint: true, throwIfNoEntry: false })
    if (there && there.ino === ino && there.dev === dev) return placedAt(candidate, context)
  }
  return placedAt(segments, context)
}

/** The staged file is gone: renamed into place by a run before this one, dropped as identical, or really lost. */
function afterStaging(file: FinishFile, staged: string, segments: readonly string[], context: PlaceContext): Placement {
  const marked = readMarker(markerPath(staged))
  if (marked !== undefined && !lstatSync(staged, { throwIfNoEntry: false })) {
    const gated = gatePath(marked)
    if (gated.ok) return placedAt(gated.segments, context)
  }
  for (let number = 1; number <= MAX_RECOVERY_CANDIDATES; number += 1) {
    const candidate = candidateOf(segments, number)
    const path = context.folders.path(candidate)
    const there = lstatSync(path, { throwIfNoEntry: false })
    if (!there) return { kind: 'lost' }
    if (there.isFile() && there.size === file.size && hasDigest(path, file.size, file.digest)) {
      return { kind: 'identical', finalPath: candidate.join('/'), replaced: false }
    }
  }
  return { kind: 'lost' }
}

function placedAt(segments: readonly string[], context: PlaceContext): Placement {
  context.touched(segments.slice(0, -1))
  return { kind: 'placed', finalPath: segments.join('/'), replaced: false }
}

function candidateOf(segments: readonly string[], number: number): readonly string[] {
  return number === 1 ? segments : [...segments.slice(0, -1), numberedName(segments.at(-1) ?? '', number, 'file')]
}
