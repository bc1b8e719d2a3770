import { lstatSync, type Stats } from 'node:fs'
import { sep } from 'node:path'
import type { ErrorData } from '../../../shared/errors.ts'
import { MAX_PATH_BYTES, MAX_PATH_DEPTH } from '../protocol/limits.ts'
import { errnoOf } from './disk-errors.ts'
import type { IgnoreRules } from './ignore-rules.ts'
import { shownName } from './names.ts'
import { ENGINE_FOLDER, nameProblem } from './path-gate.ts'
import { sortedNames } from './sorted-names.ts'
import { nameRefused, syncProblem } from './sync-errors.ts'
import { IGNORE_FILE } from './sync-place.ts'
import type { DiskItem } from './sync-ports.ts'
import { isExecutable, stampOfPath } from './stamps.ts'
import { gateTarget, type VolumeTraits } from './volume-probe.ts'

export type WalkStep =
  | { readonly kind: 'item'; readonly item: DiskItem }
  | { readonly kind: 'problem'; readonly path: string; readonly error: ErrorData }
  /** Nothing, but time has passed. */
  | { readonly kind: 'breath' }

export interface WalkOptions {
  /** Absolute. */
  readonly root: string
  readonly device: number
  readonly traits: VolumeTraits
  readonly rules: IgnoreRules
  readonly keepsExecutable: boolean
}

interface Level {
  readonly path: string
  /** Relative, '' for the root. */
  readonly below: string
  readonly names: Generator<string | undefined, void, undefined>
}

const BREATH: WalkStep = { kind: 'breath' }

/** Everything below the folder `under` ('' for all) of a shared folder, in tree order, nothing followed, nothing opened but folders. */
export function* walkShared(options: WalkOptions, under: readonly string[]): Generator<WalkStep, void, undefined> {
  const { root, traits } = options
  const first = [root, ...under].join(sep)
  const levels: Level[] = [{ path: first, below: under.join('/'), names: names(first, traits) }]
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    let step: IteratorResult<string | undefined, void>
    try {
      step = level.names.next()
    } catch (error) {
      levels.pop()
      // Gone since: whoever misses it will look for it.
      if (!isGone(error)) yield { kind: 'problem', path: level.below, error: syncProblem(error, root, level.below, 'reading') }
      continue
    }
    if (step.done) levels.pop()
    else if (step.value === undefined) yield BREATH
    else {
      const found = look(level, step.value, levels.length, options)
      if (!found) continue
      yield found
      if (found.kind !== 'item' || found.item.kind !== 'folder') continue
      const path = level.path + sep + (found.item.path.slice(found.item.path.lastIndexOf('/') + 1))
      levels.push({ path, below: found.item.path, names: names(path, traits) })
    }
  }
}

/** Undefined: nothing that anybody should know of. */
function look(level: Level, raw: string, depth: number, options: WalkOptions): WalkStep | undefined {
  const decoded = decodeName(raw)
  const name = decoded ?? Buffer.from(raw, 'latin1').toString()
  if (name.toLowerCase() === ENGINE_FOLDER) return undefined
  const below = level.below === '' ? name : `${level.below}/${name}`
  try {
    const path = level.path + sep + name
    const stats = decoded === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false })
    if (decoded !== undefined && !stats) return undefined
    if (stats && options.rules.ignores(below, stats.isDirectory() ? 'folder' : 'file')) return undefined
    const problem = decoded === undefined ? 'is not valid Unicode' : refusedName(name, below, depth, options.traits)
    if (problem !== undefined) return { kind: 'problem', path: below, error: nameRefused(below, problem) }
    if (stats?.isDirectory() && stats.dev !== options.device) return { kind: 'problem', path: below, error: otherVolume(below) }
    return stats && { kind: 'item', item: itemOf(path, below, stats, options.keepsExecutable) }
  } catch (error) {
    if (isGone(error)) return undefined
    return { kind: 'problem', path: below, error: syncProblem(error, options.root, below, 'reading') }
  }
}

export function itemOf(path: string, below: string, stats: Stats, keepsExecutable: boolean): DiskItem {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other'
  return { path: below, kind, stamp: stampOfPath(path, stats), executable: keepsExecutable && kind === 'file' && isExecutable(stats) }
}

/** Why a name on disk can't be shared; undefined when it can. `depth`: 1 at the root. */
export function refusedName(name: string, below: string, depth: number, traits: VolumeTraits): string | undefined {
  if (below === IGNORE_FILE) return undefined
  const problem = nameProblem(name, gateTarget(traits))
  if (problem !== undefined) return problem
  if (depth > MAX_PATH_DEPTH) return 'lies in too many folders'
  return below.length * 3 > MAX_PATH_BYTES && Buffer.byteLength(below) > MAX_PATH_BYTES ? 'is too long' : undefined
}

/** A volume that is mounted below may be taken away, and its files must not be taken for deleted then. */
export function otherVolume(below: string): ErrorData {
  const message = `The folder ${shownName(below)} is on another volume and is left out. Share it by itself, or ignore it.`
  return { code: 'FILE_NOT_REGULAR', message, details: { path: below, otherVolume: true } }
}

/** A volume that decomposes names gives them back so: what others know is the composed form. */
function* names(folder: string, traits: VolumeTraits): Generator<string | undefined, void, undefined> {
  if (!traits.foldsUnicode) return yield* sortedNames(folder)
  const composed: string[] = []
  for (const raw of sortedNames(folder)) {
    if (raw === undefined) yield undefined
    else composed.push(Buffer.from(decodeName(raw)?.normalize('NFC') ?? raw, decodeName(raw) === undefined ? 'latin1' : 'utf8').toString('latin1'))
  }
  yield* composed.sort()
}

function decodeName(raw: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  if (/^[\u0000-\u007f]*$/.test(raw)) return raw
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(raw, 'latin1'))
  } catch {
    return undefined
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')
}
