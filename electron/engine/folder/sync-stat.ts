import { lstatSync, type Stats } from 'node:fs'
import { HoldfastError, type ErrorData } from '../../../shared/errors.ts'
import { errnoOf } from './disk-errors.ts'
import { ENGINE_FOLDER } from './path-gate.ts'
import { InsideFolders } from './resolve-inside.ts'
import { nameRefused, syncProblem } from './sync-errors.ts'
import { gateShared, requireSyncFolder, syncTraits, type SyncPlace } from './sync-place.ts'
import type { DiskItem } from './sync-ports.ts'
import { itemOf, otherVolume, refusedName } from './sync-walk.ts'

export interface StatJob {
  readonly place: SyncPlace
  readonly paths: readonly string[]
  readonly keepsExecutable: boolean
}

/** What a walk would find at each of these paths, or would leave out there. */
export function statShared({ place, paths, keepsExecutable }: StatJob): (DiskItem | undefined)[] {
  const { dev } = requireSyncFolder(place)
  const traits = syncTraits(place)
  const folders = new InsideFolders(place.root)
  const onVolume = new Set<string>()

  const leftOut = (below: string, stats: Stats, error: ErrorData): DiskItem => {
    return { ...itemOf(folders.path(below.split('/')), below, stats, keepsExecutable), leftOut: error }
  }
  /** The first of these folders that is on another volume: nothing below it is told. */
  const foreign = (segments: readonly string[]): DiskItem | undefined => {
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const below = segments.slice(0, depth).join('/')
      if (onVolume.has(below)) continue
      const stats = lstatSync(folders.path(segments.slice(0, depth)))
      if (stats.dev !== dev) return leftOut(below, stats, otherVolume(below))
      onVolume.add(below)
    }
    return undefined
  }
  const unnameable = (path: string): DiskItem | undefined => {
    const segments = path.split('/')
    for (const [at, name] of segments.entries()) {
      if (['', '.', '..', ENGINE_FOLDER].includes(name.toLowerCase()) || name.includes('\0')) return undefined
      const below = segments.slice(0, at + 1).join('/')
      const stats = lstatSync(folders.path(segments.slice(0, at + 1)), { throwIfNoEntry: false })
      const problem = refusedName(name, below, at + 1, traits)
      if (stats && problem !== undefined) return leftOut(below, stats, nameRefused(below, problem))
      if (!stats?.isDirectory()) return undefined
    }
    return undefined
  }

  return paths.map((path) => {
    try {
      const gated = gateShared(path, traits)
      if (!gated.ok) return unnameable(path)
      const parents = gated.segments.slice(0, -1)
      if (folders.state(parents) !== 'folder') return undefined
      const outside = foreign(parents)
      if (outside) return outside
      const absolute = folders.path(gated.segments)
      const stats = lstatSync(absolute, { throwIfNoEntry: false })
      if (stats?.isDirectory() && stats.dev !== dev) return leftOut(path, stats, otherVolume(path))
      return stats && itemOf(absolute, path, stats, keepsExecutable)
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return undefined
      throw HoldfastError.from(syncProblem(error, place.root, path, 'reading'))
    }
  })
}
