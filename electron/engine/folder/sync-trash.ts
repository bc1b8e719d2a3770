import { lstatSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { HoldfastError } from '../../../shared/errors.ts'
import type { Amount, TrashItem } from '../../../shared/model/folder.ts'
import { errnoOf } from './disk-errors.ts'
import { numberedName } from './names.ts'
import { ENGINE_FOLDER } from './path-gate.ts'
import { InsideFolders } from './resolve-inside.ts'
import { syncFailure } from './sync-errors.ts'
import { moveFree } from './sync-move.ts'
import { gateShared, requireSyncFolder, syncTraits, type SyncPlace } from './sync-place.ts'
import { ensureSyncStaging, removeIfThere } from './sync-stage.ts'
import type { TrashRecord } from './trash.ts'

const KEPT_MS = 30 * 24 * 60 * 60 * 1000
const DAY_MS = 24 * 60 * 60 * 1000
const SLICE_MS = 10
const MAX_NAMES = 10_000
const MAX_RECORD_BYTES = 16 * 1024

/** One file in the trash, kept small: there may be a hundred thousand. */
interface Kept {
  readonly number: number
  readonly name: string
  readonly path: string
  readonly atMs: number
  readonly size: number
  readonly reason: 'deleted' | 'replaced'
  readonly by: string | null
  /** Put there by a shared folder, which forgets it after a while; what a transfer replaced stays. */
  readonly shared: boolean
}

/** Records read before, of the folder whose trash was listed last: by day, by number. */
let remembered: { readonly root: string; readonly days: Map<string, Map<number, Kept>> } | undefined

export async function listTrash({ place, search, offset, limit }: { place: SyncPlace; search?: string; offset: number; limit: number }): Promise<{
  total: number
  items: readonly TrashItem[]
  amount: Amount
}> {
  const folders = open(place)
  const wanted = search?.toLowerCase()
  if (remembered?.root !== place.root) remembered = { root: place.root, days: new Map() }
  const { days: known } = remembered
  const items: TrashItem[] = []
  let total = 0
  const amount = { files: 0, bytes: 0 }
  const days = daysOf(folders)
  for (const day of known.keys()) if (!days.includes(day)) known.delete(day)
  for (const day of days) {
    const kept = await readDay(folders, day, known.get(day))
    known.set(day, new Map(kept.map((item) => [item.number, item])))
    for (const item of kept) {
      amount.files += 1
      amount.bytes += item.size
      if (wanted !== undefined && wanted !== '' && !item.path.toLowerCase().includes(wanted)) continue
      if (total >= offset && items.length < limit) {
        items.push({ id: `${day}/${item.number}`, path: item.path, size: item.size, atMs: item.atMs, reason: item.reason, deviceName: item.by })
      }
      total += 1
    }
  }
  return { total, items, amount }
}

/** Remembers nothing. */
export async function countTrash({ place }: { place: SyncPlace }): Promise<Amount> {
  const folders = open(place)
  const amount = { files: 0, bytes: 0 }
  for (const day of daysOf(folders)) {
    for (const { size } of await readDay(folders, day, undefined)) {
      amount.files += 1
      amount.bytes += size
    }
  }
  return amount
}

/** Puts a file back where it was, or beside what is there now; returns where. Throws PATH_NOT_FOUND. */
export function restoreTrash({ place, id }: { place: SyncPlace; id: string }): { path: string; size: number } {
  const folders = open(place)
  const match = /^(\d{4}-\d\d-\d\d)\/(\d{1,15})$/.exec(id)
  const [, day = '', number = ''] = match ?? []
  const segments = trashSegments(day)
  const found = match && folders.state(segments) === 'folder' ? readRecord(folders, day, Number(number), nameIn(folders, day, number)) : undefined
  if (!found) throw new HoldfastError('PATH_NOT_FOUND', 'That file is not in the trash any more.', { details: { id } })
  try {
    ensureSyncStaging(place)
    const traits = syncTraits(place)
    const gated = gateShared(found.path, traits)
    // Its folder became a file, or its name is not allowed here any more: then beside the folders, under a name that is.
    const wanted = gated.ok && folders.ensure(gated.segments.slice(0, -1)) === 'folder' ? gated.segments : [gated.ok ? (gated.segments.at(-1) ?? '') : `restored ${number}`]
    for (let attempt = 1; attempt <= MAX_NAMES; attempt += 1) {
      const target = [...wanted.slice(0, -1), numberedName(wanted.at(-1) ?? '', attempt, 'file')]
      if (lstatSync(folders.path(target), { throwIfNoEntry: false })) continue
      if (!moveFree(folders, [...segments, found.name], target, traits.hardLinks)) continue
      removeIfThere(folders.path([...segments, `${number}.json`]))
      return { path: target.join('/'), size: found.size }
    }
  } catch (error) {
    throw syncFailure(error, place.root)
  }
  throw new HoldfastError('DISK_ERROR', 'Too many files have that name. Rename some.')
}

/** Removes everything, or what a shared folder has put there more than 30 days before `expiredAtMs`. */
export async function removeTrash({ place, expiredAtMs }: { place: SyncPlace; expiredAtMs?: number }): Promise<Amount> {
  const folders = open(place)
  const removed = { files: 0, bytes: 0 }
  let until = performance.now() + SLICE_MS
  try {
    for (const day of daysOf(folders)) {
      if (expiredAtMs !== undefined && !(Date.parse(`${day}T00:00:00Z`) + KEPT_MS < expiredAtMs)) continue
      for (const item of await readDay(folders, day, undefined)) {
        if (expiredAtMs !== undefined && !(item.shared && item.atMs + KEPT_MS < expiredAtMs)) continue
        removeIfThere(folders.path([...trashSegments(day), item.name]))
        removeIfThere(folders.path([...trashSegments(day), `${item.number}.json`]))
        removed.files += 1
        removed.bytes += item.size
        if (performance.now() < until) continue
        await setImmediate()
        until = performance.now() + SLICE_MS
      }
      removeDay(folders, day, expiredAtMs)
    }
  } catch (error) {
    throw syncFailure(error, place.root)
  }
  return removed
}

function open(place: SyncPlace): InsideFolders {
  requireSyncFolder(place)
  return new InsideFolders(place.root)
}

function trashSegments(day: string): readonly string[] {
  return [ENGINE_FOLDER, 'trash', day]
}

/** Newest first. */
function daysOf(folders: InsideFolders): string[] {
  const trash = [ENGINE_FOLDER, 'trash']
  if (folders.state(trash) !== 'folder') return []
  return readdirSync(folders.path(trash)).filter((name) => /^\d{4}-\d\d-\d\d$/.test(name) && folders.state([...trash, name]) === 'folder').sort().reverse()
}

/** Newest first. A record without a file means nothing; a file without a record (a power cut took it) is known by its name. */
async function readDay(folders: InsideFolders, day: string, known: ReadonlyMap<number, Kept> | undefined): Promise<Kept[]> {
  const kept: Kept[] = []
  let until = performance.now() + SLICE_MS
  for (const name of readdirSync(folders.path(trashSegments(day)))) {
    const number = numberOf(name)
    if (number === undefined) continue
    const item = known?.get(number) ?? readRecord(folders, day, number, name)
    if (item) kept.push(item)
    if (performance.now() < until) continue
    await setImmediate()
    until = performance.now() + SLICE_MS
  }
  return kept.sort((a, b) => b.number - a.number)
}

function numberOf(name: string): number | undefined {
  const match = /^(\d{1,15})-/.exec(name)
  return match ? Number(match[1]) : undefined
}

function nameIn(folders: InsideFolders, day: string, number: string): string | undefined {
  return readdirSync(folders.path(trashSegments(day))).find((name) => name.startsWith(`${number}-`))
}

function readRecord(folders: InsideFolders, day: string, number: number, name: string | undefined): Kept | undefined {
  if (name === undefined) return undefined
  const file = lstatSync(folders.path([...trashSegments(day), name]), { throwIfNoEntry: false })
  if (!file || file.isDirectory()) return undefined
  const record = parseRecord(folders, [...trashSegments(day), `${number}.json`])
  const known = record?.name === name ? record : undefined
  return {
    number,
    name,
    path: known?.path ?? name.slice(name.indexOf('-') + 1),
    atMs: known?.whenMs ?? Date.parse(`${day}T00:00:00Z`) + DAY_MS,
    size: file.size,
    reason: known?.reason ?? (known ? 'replaced' : 'deleted'),
    by: known?.by ?? null,
    shared: known?.reason !== undefined,
  }
}

/** The engine's own, but on a disk that others write to as well. */
function parseRecord(folders: InsideFolders, segments: readonly string[]): TrashRecord | undefined {
  try {
    const path = folders.path(segments)
    const found = lstatSync(path)
    if (!found.isFile() || found.size > MAX_RECORD_BYTES) return undefined
    const record = JSON.parse(readFileSync(path, 'utf8')) as Partial<Record<keyof TrashRecord, unknown>> | null
    if (typeof record?.path !== 'string' || typeof record.name !== 'string' || typeof record.whenMs !== 'number') return undefined
    return {
      path: record.path,
      name: record.name,
      whenMs: record.whenMs,
      size: Number(record.size),
      ...(record.reason === 'deleted' || record.reason === 'replaced' ? { reason: record.reason } : {}),
      by: typeof record.by === 'string' ? record.by : null,
    }
  } catch {
    return undefined
  }
}

/** With records that have no file any more, unless something else is left in it. */
function removeDay(folders: InsideFolders, day: string, expiredAtMs: number | undefined): void {
  const names = readdirSync(folders.path(trashSegments(day)))
  const files = new Set(names.map(numberOf))
  for (const name of names) {
    const record = /^(\d{1,15})\.json$/.exec(name)
    if (record && (expiredAtMs === undefined || !files.has(Number(record[1])))) removeIfThere(folders.path([...trashSegments(day), name]))
  }
  try {
    rmdirSync(folders.path(trashSegments(day)))
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) throw error
  }
}
