import { pathOfKey } from '../util/tree-order.ts'
import { corruptJournal, type SqlRow, type SqlValue } from './sqlite.ts'
import type { DeviceTag, Entry, LocalEntry, Stamp, Version } from './sync-ports.ts'

/** Columns that local and remote entries have, as `entryValues` gives them. */
export const ENTRY_COLUMNS = ['kind', 'version', 'modified_by', 'size', 'mtime_ms', 'executable', 'digest'] as const

export const KIND_NUMBERS = { deleted: 0, file: 1, folder: 2 } as const
const KINDS = ['deleted', 'file', 'folder'] as const
const NO_DIGEST = new Uint8Array(0)

export function entryValues(entry: Entry): SqlValue[] {
  // Nearly always one of the version's own: its place there takes a byte, its name 26.
  const author = entry.version.findIndex(([tag]) => tag === entry.modifiedBy)
  return [
    KIND_NUMBERS[entry.kind],
    encodeVersion(entry.version),
    author >= 0 ? author : entry.modifiedBy,
    entry.size,
    entry.mtimeMs,
    entry.executable ? 1 : 0,
    entry.digest.length > 0 ? entry.digest : null,
  ]
}

export function stampValues(stamp: Stamp | undefined): SqlValue[] {
  return stamp ? [stamp.size, stamp.mtimeMs, stamp.ctimeMs, stamp.inode] : [null, null, null, null]
}

/** A damaged journal may hold anything: types are checked. */
export function entryOf(row: SqlRow, file: string): Entry {
  const kind = KINDS[numberOf(row, 'kind', file)]
  if (kind === undefined) throw unreadable('kind', file)
  const version = decodeVersion(textOf(row, 'version', file), file)
  const author = row['modified_by']
  const modifiedBy = typeof author === 'number' ? version[author]?.[0] : author
  if (typeof modifiedBy !== 'string') throw unreadable('modified_by', file)
  const digest = row['digest']
  if (digest !== null && !(digest instanceof Uint8Array)) throw unreadable('digest', file)
  return {
    path: pathOfKey(textOf(row, 'key', file)),
    kind,
    version,
    size: numberOf(row, 'size', file),
    mtimeMs: numberOf(row, 'mtime_ms', file),
    executable: row['executable'] === 1,
    digest: digest ? plainBytes(digest) : NO_DIGEST,
    modifiedBy,
  }
}

export function localEntryOf(row: SqlRow, file: string): LocalEntry {
  const stamped = row['stamp_inode'] !== null
  return {
    ...entryOf(row, file),
    sequence: numberOf(row, 'sequence', file),
    ...(stamped ? { stamp: stampOf(row, file) } : {}),
    ...(row['changed_here'] === 1 ? { changedHere: true } : {}),
  }
}

function stampOf(row: SqlRow, file: string): Stamp {
  return {
    size: numberOf(row, 'stamp_size', file),
    mtimeMs: numberOf(row, 'stamp_mtime_ms', file),
    ctimeMs: numberOf(row, 'stamp_ctime_ms', file),
    inode: numberOf(row, 'stamp_inode', file),
  }
}

export function numberOf(row: SqlRow, column: string, file: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw unreadable(column, file)
  return value
}

export function textOf(row: SqlRow, column: string, file: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw unreadable(column, file)
  return value
}

/** What SQLite gives are Buffers, which compare and encode differently from what others put in. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** `TAG:3 TAG:1`. */
function encodeVersion(version: Version): string {
  for (const [tag] of version) if (!/^[0-9A-Za-z]+$/.test(tag)) throw new RangeError('a device tag has letters and digits only')
  return version.map(([tag, counter]) => `${tag}:${counter}`).join(' ')
}

/** Most files of a folder have one of a few versions: they share it, here and in memory. */
const decoded = new Map<string, Version>()
const MAX_DECODED = 512

function decodeVersion(text: string, file: string): Version {
  const known = decoded.get(text)
  if (known) return known
  const version = text === '' ? [] : text.split(' ').map((part) => counterOf(part, file))
  if (decoded.size >= MAX_DECODED) decoded.clear()
  decoded.set(text, version)
  return version
}

function counterOf(part: string, file: string): readonly [DeviceTag, number] {
  const colon = part.indexOf(':')
  const counter = Number(part.slice(colon + 1))
  if (colon <= 0 || !Number.isSafeInteger(counter)) throw unreadable('version', file)
  return [part.slice(0, colon), counter]
}

function unreadable(column: string, file: string): Error {
  return corruptJournal(file, `${column} is unreadable`)
}
