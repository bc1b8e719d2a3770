import { closeSync, fstatSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, rmdirSync, unlinkSync, type Stats } from 'node:fs'
import { HoldfastError, type ErrorData } from '../../../shared/errors.ts'
import type { Amount } from '../../../shared/model/folder.ts'
import type { Stamp } from '../journal/sync-ports.ts'
import { errnoOf } from './disk-errors.ts'
import { setTimes, setTimesOf } from './file-times.ts'
import { FEW_FILES, syncVolume } from './flush.ts'
import { collisionKey, shownName } from './names.ts'
import { formProblem, NameTwins } from './name-twins.ts'
import { READ_FLAGS } from './read-pack.ts'
import { InsideFolders } from './resolve-inside.ts'
import { nameRefused, syncProblem } from './sync-errors.ts'
import { keepAside, keepInTrash, retireToTrash, sameButCtime, type KeepContext } from './sync-keep.ts'
import { linkTo, moveFree, renameOverClaim } from './sync-move.ts'
import { gateShared, requireSyncFolder, SYNC_STAGING, syncTraits, type SyncPlace } from './sync-place.ts'
import type { DiskAction } from './sync-ports.ts'
import { ensureSyncStaging, setExecutable, takeMode } from './sync-stage.ts'
import { sameStamp, stampOf, stampOfPath } from './stamps.ts'
import { TouchedFolders } from './touched-folders.ts'
import type { VolumeTraits } from './volume-probe.ts'
import { gateStagedName } from './path-gate.ts'

export type ActionOf<Kind extends DiskAction['kind']> = Extract<DiskAction, { kind: Kind }>

/** As in sync-ports.ts, with the error as data. `trashed`: bytes of what went to the trash. */
export type ActionOutcome =
  | { readonly kind: 'done'; readonly stamp?: Stamp; readonly kept?: { readonly path: string; readonly stamp: Stamp }; readonly trashed?: number }
  | { readonly kind: 'changed' }
  | { readonly kind: 'failed'; readonly error: ErrorData }

export interface ApplyJob {
  readonly place: SyncPlace
  readonly actions: readonly DiskAction[]
  /** Times of staged long files, whose blocks were written after they had been given them. */
  readonly mtimes: Readonly<Record<number, number>>
  readonly nowMs: number
}
export interface ApplyResult {
  readonly outcomes: readonly ActionOutcome[]
  readonly trashed: Amount
}

interface Context extends KeepContext {
  readonly place: SyncPlace
  readonly traits: VolumeTraits
  readonly twins: NameTwins
  readonly mtimes: ApplyJob['mtimes']
  /** So few that each changed file is flushed by itself. */
  readonly few: boolean
}

const CHANGED: ActionOutcome = { kind: 'changed' }

/**
 * Changes the folder, each action by itself. After every step of each, whatever content was there is there still, under
 * its own name, a conflict copy's, or in the trash. What is said to be done is durable.
 */
export async function applyShared(job: ApplyJob): Promise<ApplyResult> {
  const { place } = job
  ensureSyncStaging(place)
  const touched = new TouchedFolders()
  const traits = syncTraits(place)
  const twins = new NameTwins(new InsideFolders(place.root), traits)
  const outcomes = job.actions.map((action): ActionOutcome => {
    // Each looks at its folders anew: one of them may have been swapped for a link meanwhile.
    const folders = new InsideFolders(place.root)
    const context: Context = {
      place, traits, twins, folders, hardLinks: traits.hardLinks, mtimes: job.mtimes, nowMs: job.nowMs,
      few: job.actions.length <= FEW_FILES, touched: (segments) => touched.add(segments),
    }
    try {
      return apply(action, context)
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) {
        requireSyncFolder(place)
        return CHANGED
      }
      return { kind: 'failed', error: syncProblem(error, place.root, action.path) }
    }
  })
  const problem = await flushTouched(touched, place)
  const final = problem ? outcomes.map((outcome) => (outcome.kind === 'done' ? { kind: 'failed' as const, error: problem } : outcome)) : outcomes
  const sizes = outcomes.flatMap((outcome) => (outcome.kind === 'done' && outcome.trashed !== undefined ? [outcome.trashed] : []))
  return { outcomes: final, trashed: { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) } }
}

function apply(action: DiskAction, context: Context): ActionOutcome {
  if (action.kind === 'move' && isSameName(action.from, action.path, context.traits)) return renameCase(action, context)
  const segments = segmentsOf(action.path, context)
  if (!Array.isArray(segments)) return { kind: 'failed', error: segments as ErrorData }
  if (context.folders.state(segments.slice(0, -1)) !== 'folder') return CHANGED
  switch (action.kind) {
    case 'make-folder':
      return makeFolder(segments, context)
    case 'place':
      return place(action, segments, context)
    case 'move':
      return move(action, segments, context)
    case 'trash':
      return trash(action, segments, context)
    case 'remove-folder':
      return removeFolder(segments, context)
    case 'attributes':
      return attributes(action, segments, context)
  }
}

function segmentsOf(path: string, { traits, twins }: Context): readonly string[] | ErrorData {
  const gated = gateShared(path, traits)
  const form = formProblem(path, traits)
  if (!gated.ok || form !== undefined) return nameRefused(path, gated.ok ? (form ?? '') : gated.reason)
  const twin = twins.of(gated.segments)
  return twin === undefined ? gated.segments : nameRefused(path, `is the same as ${shownName(twin)} for this volume, which is there already`)
}

function makeFolder(segments: readonly string[], { folders, twins, touched }: Context): ActionOutcome {
  const path = folders.path(segments)
  try {
    mkdirSync(path, { mode: 0o755 })
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return CHANGED
  }
  twins.forget(segments.slice(0, -1))
  touched(segments)
  return { kind: 'done' }
}

function removeFolder(segments: readonly string[], { folders, twins, touched }: Context): ActionOutcome {
  try {
    rmdirSync(folders.path(segments))
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errno)) return CHANGED
    if (errno !== 'ENOENT') throw error
  }
  twins.forget(segments.slice(0, -1))
  touched(segments.slice(0, -1))
  return { kind: 'done' }
}

function place(action: ActionOf<'place'>, segments: readonly string[], context: Context): ActionOutcome {
  const { folders } = context
  const staged = [...SYNC_STAGING, gateStagedName(action.id)]
  const [source, target] = [folders.path(staged), folders.path(segments)]
  const ready = lstatSync(source, { throwIfNoEntry: false })
  if (!ready?.isFile()) throw new HoldfastError('FILE_VANISHED', `What had arrived of ${shownName(action.path)} was deleted from ${folders.path(SYNC_STAGING)}; it is fetched again.`)
  const mtimeMs = context.mtimes[action.id]
  if (mtimeMs !== undefined) setTimesOf(source, mtimeMs)
  context.touched(segments.slice(0, -1))
  if (action.expected === 'nothing') {
    if (!moveFree(folders, staged, segments, context.hardLinks)) return CHANGED
    context.twins.forget(segments.slice(0, -1))
    return { kind: 'done', stamp: stampAt(target) }
  }

  const there = lstatSync(target, { throwIfNoEntry: false })
  if (!isAsExpected(target, there, action.expected)) return CHANGED
  takeMode(source, there, ready)
  const aside = action.keepAs === undefined ? undefined : segmentsOf(action.keepAs, context)
  if (aside && !Array.isArray(aside)) return { kind: 'failed', error: aside as ErrorData }
  if (aside && folders.state(aside.slice(0, -1)) !== 'folder') return CHANGED
  const kept = aside ? keepAside(context, segments, there, aside) : keepInTrash(context, segments, there, action.by)
  if (!kept) return CHANGED
  // From here on its content has two places; what is written to it by its name until the rename goes into both.
  if (!sameButCtime(target, lstatSync(target, { throwIfNoEntry: false }), action.expected)) {
    kept.undo()
    return CHANGED
  }
  renameSync(source, target)
  return {
    kind: 'done',
    stamp: stampAt(target),
    ...(action.keepAs === undefined ? { trashed: there.size } : { kept: { path: action.keepAs, stamp: stampAt(folders.path(kept.segments)) } }),
  }
}

function move(action: ActionOf<'move'>, segments: readonly string[], context: Context): ActionOutcome {
  const { folders } = context
  const gated = gateShared(action.from, context.traits)
  if (!gated.ok) return { kind: 'failed', error: nameRefused(action.from, gated.reason) }
  if (folders.state(gated.segments.slice(0, -1)) !== 'folder') return CHANGED
  const [source, target] = [folders.path(gated.segments), folders.path(segments)]
  if (!isAsExpected(source, lstatSync(source, { throwIfNoEntry: false }), action.expected)) return CHANGED
  context.touched(gated.segments.slice(0, -1))
  context.touched(segments.slice(0, -1))
  const linked = linkTo(source, target, context.hardLinks)
  if (linked === 'taken') return CHANGED
  if (linked === 'linked') {
    if (!dropMoved(gated.segments, target, context)) return CHANGED
  } else if (!renameOverClaim(folders, gated.segments, segments)) return CHANGED
  context.twins.forget(segments.slice(0, -1))
  context.twins.forget(gated.segments.slice(0, -1))
  const stamp = setAttributes(target, action, context.few, (now) => sameButCtime(target, now, action.expected))
  return stamp ? { kind: 'done', stamp } : CHANGED
}

/** For this volume both are one name, which only changes its form. */
function isSameName(from: string, to: string, traits: VolumeTraits): boolean {
  return from !== to && collisionKey(from, traits) === collisionKey(to, traits) && parentOf(from) === parentOf(to)
}

function renameCase(action: ActionOf<'move'>, context: Context): ActionOutcome {
  const { folders, traits, twins } = context
  const [from, to] = [gateShared(action.from, traits), gateShared(action.path, traits)]
  if (!from.ok || !to.ok) return { kind: 'failed', error: nameRefused(action.path, to.ok ? 'is not allowed' : to.reason) }
  const [source, target] = [folders.path(from.segments), folders.path(to.segments)]
  if (folders.state(from.segments.slice(0, -1)) !== 'folder') return CHANGED
  if (twins.of(from.segments) !== undefined || !isAsExpected(source, lstatSync(source, { throwIfNoEntry: false }), action.expected)) return CHANGED
  context.touched(from.segments.slice(0, -1))
  renameSync(source, target)
  twins.forget(from.segments.slice(0, -1))
  const stamp = setAttributes(target, action, context.few, (now) => sameButCtime(target, now, action.expected))
  return stamp ? { kind: 'done', stamp } : CHANGED
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/**
 * Takes away the old name of a file that has got a new one. By way of the trash: should somebody have put another file in
 * its place this very moment, that one is put back.
 */
function dropMoved(from: readonly string[], target: string, context: Context): boolean {
  const { folders } = context
  const moved = lstatSync(target, { bigint: true })
  const { file, record } = retireToTrash(context, from, { size: Number(moved.size), reason: 'deleted', by: null })
  const retired = lstatSync(folders.path(file), { bigint: true })
  if (retired.ino === moved.ino && retired.dev === moved.dev) unlinkSync(folders.path(file))
  // Taken again meanwhile: then the trash keeps it.
  else if (!moveFree(folders, file, from, context.hardLinks)) return false
  unlinkSync(folders.path(record))
  return retired.ino === moved.ino
}

function trash(action: ActionOf<'trash'>, segments: readonly string[], context: Context): ActionOutcome {
  const path = context.folders.path(segments)
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (!there || !isAsExpected(path, there, action.expected)) return CHANGED
  retireToTrash(context, segments, { size: there.size, reason: 'deleted', by: action.by })
  context.twins.forget(segments.slice(0, -1))
  return { kind: 'done', trashed: there.size }
}

function attributes(action: ActionOf<'attributes'>, segments: readonly string[], context: Context): ActionOutcome {
  const path = context.folders.path(segments)
  const stamp = setAttributes(path, action, context.few, (stats) => isAsExpected(path, stats, action.expected))
  if (!stamp) return CHANGED
  context.touched(segments.slice(0, -1))
  return { kind: 'done', stamp }
}

/** Undefined: it is not the file it should be. */
function setAttributes(
  path: string,
  { mtimeMs, executable }: { readonly mtimeMs: number; readonly executable: boolean },
  durably: boolean,
  isIt: (stats: Stats) => boolean,
): Stamp | undefined {
  const descriptor = openSync(path, READ_FLAGS)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || !isIt(stats)) return undefined
    setExecutable(descriptor, executable)
    if (Math.floor(stats.mtimeMs) !== mtimeMs) setTimes(descriptor, mtimeMs)
    if (durably && process.platform !== 'win32') fsyncSync(descriptor)
    return stampOf(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function isAsExpected(path: string, stats: Stats | undefined, expected: Stamp): stats is Stats {
  return stats?.isFile() === true && sameStamp(stampOfPath(path, stats), expected)
}

/** As it is read back: a volume may keep times coarsely. */
function stampAt(path: string): Stamp {
  return stampOfPath(path, lstatSync(path))
}

async function flushTouched(touched: TouchedFolders, place: SyncPlace): Promise<ErrorData | undefined> {
  if (touched.size === 0) return undefined
  if (touched.size > FEW_FILES && (await syncVolume(place.root))) return undefined
  const problem = touched.flush(new InsideFolders(place.root))
  return problem && { code: problem.code, message: problem.message, details: { folder: place.root } }
}
