import { closeSync, lstatSync, openSync, readSync, statSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import type { FolderId } from '../../../shared/model/folder.ts'
import { errnoOf } from './disk-errors.ts'
import { ENGINE_FOLDER, gatePath, gateStagedName, type GateResult } from './path-gate.ts'
import { READ_FLAGS } from './read-pack.ts'
import { gateTarget, volumeTraits, type VolumeTraits } from './volume-probe.ts'

/** A shared folder on disk. */
export interface SyncPlace {
  /** Absolute. */
  readonly root: string
  readonly folderId: FolderId
  /** What tests decide themselves. */
  readonly traits?: VolumeTraits
}

/** In the folder's root; it is shared like any file, though its name looks like the engine's. */
export const IGNORE_FILE = '.holdfastignore'

export const SYNC_STAGING = [ENGINE_FOLDER, 'staging', 'sync'] as const
export const MARKER = [ENGINE_FOLDER, 'folder'] as const
const MAX_MARKER_BYTES = 1024

export function syncTraits(place: SyncPlace): VolumeTraits {
  return place.traits ?? volumeTraits(place.root)
}

/** The path gate of shared folders. */
export function gateShared(path: string, traits: VolumeTraits): GateResult {
  if (path === IGNORE_FILE) return { ok: true, segments: [path], relative: path }
  return gatePath(path, gateTarget(traits))
}

export function syncStagedPath(place: SyncPlace, id: number): string {
  return join(place.root, ...SYNC_STAGING, gateStagedName(id))
}

/** The root's own status. Throws FOLDER_MISSING unless the folder is there and its marker says that it is this very one. */
export function requireSyncFolder({ root, folderId }: SyncPlace): Stats {
  const { stats, id } = requireMarkedFolder(root)
  if (id === folderId) return stats
  throw missing(root, `${root} is another shared folder now. Put the right one in its place, or remove this one from Holdfast (its files stay) and add it again.`)
}

/** The same for any shared folder. */
export function requireMarkedFolder(root: string): { readonly stats: Stats; readonly id: FolderId } {
  const stats = statOf(root)
  if (!stats?.isDirectory()) throw missing(root, `The shared folder ${root} is not there. Connect its disk or put the folder back; it goes on by itself.`)
  const id = markedId(root)
  if (id !== undefined) return { stats, id }
  throw missing(
    root,
    `${root} is there, but without the marker that says it is the shared folder: its disk may not be connected. Connect it; if this is the right folder, remove it from Holdfast (its files stay) and add it again.`,
  )
}

/** The id in the marker, '' when that can't be read; undefined without marker. A link is no marker. */
export function markedId(root: string): FolderId | undefined {
  if (!lstatSync(join(root, ENGINE_FOLDER), { throwIfNoEntry: false })?.isDirectory()) return undefined
  let descriptor: number
  try {
    descriptor = openSync(join(root, ...MARKER), READ_FLAGS)
  } catch (error) {
    return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '') ? undefined : ''
  }
  try {
    const buffer = Buffer.alloc(MAX_MARKER_BYTES)
    const parsed = JSON.parse(buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, MAX_MARKER_BYTES, 0))) as { folderId?: unknown } | null
    return typeof parsed?.folderId === 'string' ? parsed.folderId : ''
  } catch {
    return ''
  } finally {
    closeSync(descriptor)
  }
}

/** Follows the root if it is a link, for the user named it. */
function statOf(root: string): Stats | undefined {
  try {
    return statSync(root, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function missing(root: string, message: string): HoldfastError {
  return new HoldfastError('FOLDER_MISSING', message, { details: { folder: root } })
}
