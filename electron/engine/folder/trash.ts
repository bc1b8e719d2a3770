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
  readonly transferId: string
}

/** Last number given out per trash folder, so that a replaced tree does not list the folder for every file. */
const lastNumbers = new Map<string, number>()
const MAX_REMEMBERED = 64

/** Leaves room for the number before it. */
const MAX_KEPT_NAME_BYTES = 230

/**
 * Moves a placed file to `.holdfast/trash/<day>/<number>-<name>`, and never removes anything from there: a peer's activity
 * must not evict. The record comes first, so that a file in the trash always has one; one without a file means nothing.
 * Returns the trash folder's segments, to be flushed.
 */
export function moveToTrash(
  folders: InsideFolders,
  segments: readonly string[],
  facts: { readonly whenMs: number; readonly size: number; readonly transferId: string },
): readonly string[] {
  const day = [ENGINE_FOLDER, 'trash', new Date(facts.whenMs).toISOString().slice(0, 10)]
  if (folders.ensure(day, 0o700) !== 'folder') {
    throw new HoldfastError('DISK_ERROR', `${folders.path(day)} is not a folder. Holdfast keeps replaced files there: remove what is in its place.`)
  }
  const kept = cutToBytes(segments.at(-1) ?? '', MAX_KEPT_NAME_BYTES)
  for (let number = nextNumber(folders.path(day)); ; number += 1) {
    const name = `${number}-${kept}`
    const record: TrashRecord = { path: segments.join('/'), name, ...facts }
    if (!claim(folders.path([...day, `${number}.json`]), record)) continue
    lastNumbers.set(folders.path(day), number)
    renameSync(folders.path(segments), folders.path([...day, name]))
    return day
  }
}

/** False when another lane was faster. */
function claim(path: string, record: TrashRecord): boolean {
  try {
    writeFileSync(path, `${JSON.stringify(record)}\n`, { flag: 'wx', mode: 0o600, flush: true })
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
