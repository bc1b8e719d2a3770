import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { HoldfastError } from '../../../shared/errors.ts'
import { errnoOf } from './disk-errors.ts'
import { cutToBytes } from './names.ts'
import { ENGINE_FOLDER } from './path-gate.ts'
import type { InsideFolders } from './resolve-inside.ts'

/** Beside each trashed file, as `<number>.json`. */
export interface TrashRecord {
  /** Where it was: slash-separated, relative to the receive folder. */
  readonly path: string
  /** Its name in the trash. */
  readonly name: string
  readonly whenMs: number
  readonly size: number
  /** The transfer that replaced it. */
  readonly transferId?: string
  /** In a shared folder: why it is here, and the name of the device whose change it was. */
  readonly reason?: 'deleted' | 'replaced'
  readonly by?: string | null
}

/** What a record says of a file, but for its names. */
export type TrashFacts = Omit<TrashRecord, 'path' | 'name'>

/** Segments of the file in the trash and of its record; `day` is the folder of both, to be flushed. */
export interface TrashPlace {
  readonly day: readonly string[]
  readonly file: readonly string[]
  readonly record: readonly string[]
}

/** Last number given out per trash folder, so that a replaced tree does not list the folder for every file. */
const lastNumbers = new Map<string, number>()
const MAX_REMEMBERED = 64

/** Leaves room for the number before it. */
const MAX_KEPT_NAME_BYTES = 230

/**
 * Moves a placed file to `.holdfast/trash/<day>/<number>-<name>`, and never removes anything from there: a peer's activity
 * must not evict. Returns the trash folder's segments, to be flushed.
 */
export function moveToTrash(folders: InsideFolders, segments: readonly string[], facts: TrashFacts): readonly string[] {
  const place = claimTrash(folders, segments, facts, true)
  renameSync(folders.path(segments), folders.path(place.file))
  return place.day
}

/**
 * Takes a name in the trash for the file at `segments`. The record comes first, so that a file in the trash always has one;
 * one without a file means nothing. `durable`: the record is on disk when this returns.
 */
export function claimTrash(folders: InsideFolders, segments: readonly string[], facts: TrashFacts, durable: boolean): TrashPlace {
  const day = [ENGINE_FOLDER, 'trash', new Date(facts.whenMs).toISOString().slice(0, 10)]
  if (folders.ensure(day, 0o700) !== 'folder') {
    throw new HoldfastError('DISK_ERROR', `${folders.path(day)} is not a folder. Holdfast keeps replaced files there: remove what is in its place.`)
  }
  const kept = cutToBytes(segments.at(-1) ?? '', MAX_KEPT_NAME_BYTES)
  for (let number = nextNumber(folders.path(day)); ; number += 1) {
    const name = `${number}-${kept}`
    const record = [...day, `${number}.json`]
    if (!claim(folders.path(record), { path: segments.join('/'), name, ...facts }, durable)) continue
    lastNumbers.set(folders.path(day), number)
    return { day, file: [...day, name], record }
  }
}

/** False when another lane was faster. */
function claim(path: string, record: TrashRecord, durable: boolean): boolean {
  try {
    writeFileSync(path, `${JSON.stringify(record)}\n`, { flag: 'wx', mode: 0o600, flush: durable })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

function nextNumber(folder: string): number {
  let highest = lastNumbers.get(folder)
  if (highest === undefined) {
    if (lastNumbers.size >= MAX_REMEMBERED) lastNumbers.clear()
    highest = 0
    for (const name of readdirSync(folder)) highest = Math.max(highest, Number.parseInt(name, 10) || 0)
  }
  return highest + 1
}
