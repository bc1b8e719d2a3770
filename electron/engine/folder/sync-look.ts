import { closeSync, fstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { HoldfastError, type ErrorData } from '../../../shared/errors.ts'
import { fill } from './digest-file.ts'
import { errnoOf } from './disk-errors.ts'
import { IgnoreRules, MAX_IGNORE_BYTES } from './ignore-rules.ts'
import { InsideFolders } from './resolve-inside.ts'
import { READ_FLAGS } from './read-pack.ts'
import { gateShared, IGNORE_FILE, requireSyncFolder, syncTraits, type SyncPlace } from './sync-place.ts'
import type { DiskItem } from './sync-ports.ts'
import { packItems, type PackedItems } from './sync-items.ts'
import { walkShared, type WalkStep } from './sync-walk.ts'

const BATCH_ITEMS = 1024
/** The lane lets others work after this. */
const SLICE_MS = 10

export interface ListJob {
  readonly place: SyncPlace
  /** Of the caller's choice; unique for this root. */
  readonly walk: number
  /** `end`: it is not wanted any more. */
  readonly step: 'start' | 'next' | 'end'
  readonly under?: string
  readonly keepsExecutable: boolean
}
export interface ListResult {
  readonly items: PackedItems
  readonly problems: readonly { readonly path: string; readonly error: ErrorData }[]
  readonly done: boolean
  /** With the first batch: the ignore file as it was read. */
  readonly ignoreText?: string
}

interface Walking {
  readonly steps: Generator<WalkStep, void, undefined>
  readonly identity: string
}

/** Walks under way in this lane. */
const walks = new Map<string, Walking>()

/** One batch of a walk. The walk itself stays in the lane between its batches. */
export async function listShared({ place, walk, step, under, keepsExecutable }: ListJob): Promise<ListResult> {
  const key = `${walk} ${place.root}`
  if (step === 'end') {
    walks.delete(key)
    return { items: packItems([]), problems: [], done: true }
  }
  let first: { ignoreText: string; problems: ListResult['problems'] } | undefined
  if (step === 'start') {
    const started = start(place, under, keepsExecutable)
    walks.set(key, started)
    first = started
  }
  const walking = walks.get(key)
  if (!walking) throw new HoldfastError('ENGINE_INTERNAL', 'A look at a folder was interrupted; it begins again.')
  try {
    const batch = await gather(walking.steps)
    // Without the folder everything would look deleted.
    if (identityOf(place) !== walking.identity) {
      throw new HoldfastError('FOLDER_MISSING', `The shared folder ${place.root} was replaced while it was looked at; it is looked at again.`, { details: { folder: place.root } })
    }
    if (batch.done) walks.delete(key)
    return { ...batch, ...(first ? { ignoreText: first.ignoreText, problems: [...first.problems, ...batch.problems] } : {}) }
  } catch (error) {
    walks.delete(key)
    throw error
  }
}

/** '' when there is none. Throws FILE_UNREADABLE: without it, what should stay here would be told to others. */
export function readIgnoreFile({ place }: { place: SyncPlace }): string {
  requireSyncFolder(place)
  let descriptor: number
  try {
    descriptor = openSync(join(place.root, IGNORE_FILE), READ_FLAGS)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ''
    if (errnoOf(error) === 'ELOOP') throw unreadable(place.root, 'is a link')
    throw unreadable(place.root, `can't be read (${errnoOf(error) ?? 'unknown'})`)
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw unreadable(place.root, 'is no file')
    const buffer = Buffer.alloc(Math.min(stats.size, MAX_IGNORE_BYTES + 1))
    if (!fill(descriptor, buffer, buffer.length, 0)) throw unreadable(place.root, 'is being written to')
    return buffer.toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}

function start(place: SyncPlace, under: string | undefined, keepsExecutable: boolean): Walking & { ignoreText: string; problems: ListResult['problems'] } {
  const { dev } = requireSyncFolder(place)
  const traits = syncTraits(place)
  const ignoreText = readIgnoreFile({ place })
  const rules = new IgnoreRules(ignoreText)
  const segments = segmentsOf(place, under)
  const wanted = segments && !(under !== undefined && rules.ignores(under, 'folder'))
  const steps = wanted ? walkShared({ root: place.root, device: dev, traits, rules, keepsExecutable }, segments) : nothing()
  return { steps, identity: identityOf(place), ignoreText, problems: refusedLines(rules) }
}

/** Undefined: there is no such folder. */
function segmentsOf(place: SyncPlace, under: string | undefined): readonly string[] | undefined {
  if (under === undefined) return []
  const gated = gateShared(under, syncTraits(place))
  return gated.ok && new InsideFolders(place.root).state(gated.segments) === 'folder' ? gated.segments : undefined
}

function* nothing(): Generator<WalkStep, void, undefined> {}

async function gather(steps: Generator<WalkStep, void, undefined>): Promise<ListResult> {
  const items: DiskItem[] = []
  const problems: { path: string; error: ErrorData }[] = []
  let until = performance.now() + SLICE_MS
  while (items.length + problems.length < BATCH_ITEMS) {
    const { value, done } = steps.next()
    if (done) return { items: packItems(items), problems, done: true }
    if (value.kind === 'item') items.push(value.item)
    if (value.kind === 'problem') problems.push({ path: value.path, error: value.error })
    if (performance.now() < until) continue
    await setImmediate()
    until = performance.now() + SLICE_MS
  }
  return { items: packItems(items), problems, done: false }
}

function identityOf(place: SyncPlace): string {
  const { dev, ino } = requireSyncFolder(place)
  return `${dev}:${ino}`
}

function refusedLines(rules: IgnoreRules): ListResult['problems'] {
  const [line, ...more] = rules.refused
  if (!line) return []
  const others = more.length > 0 ? ` ${more.length} more lines are left out as well.` : ''
  const message = `Line ${line.line} of ${IGNORE_FILE} ${line.reason}, so it has no effect.${others} Write it more simply.`
  return [{ path: IGNORE_FILE, error: { code: 'USAGE_INVALID', message, details: { path: IGNORE_FILE, line: line.line } } }]
}

function unreadable(root: string, reason: string): HoldfastError {
  const message = `${IGNORE_FILE} in ${root} ${reason}. Nothing is kept in sync until it is readable, for it says what must stay here.`
  return new HoldfastError('FILE_UNREADABLE', message, { details: { folder: root, path: IGNORE_FILE } })
}
