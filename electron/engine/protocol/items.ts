import { isBytes, isDigests, isMtime, isPath, isText, isWhole } from './fields.ts'
import { DIGEST_BYTES, MAX_ATTEMPT, MAX_FILE_BYTES, MAX_FILE_NUMBER, MAX_TEXT_BYTES, PAGE_ENTRIES } from './limits.ts'
import type { FileRefusal, ManifestEntry, ReceiptItem, WantItem } from './messages.ts'
import { ProtocolError } from './protocol-error.ts'
import { clipText } from './text.ts'

/**
 * Items of the messages that carry hundreds of thousands of files: arrays instead of maps on the wire, checked by hand
 * instead of by schema. Longer arrays than these are refused: what a later version adds goes into the map around them.
 */
const FOLDER = 1
const EXECUTABLE = 2

const WANT_KINDS = ['done', 'resume', 'compare', 'refuse', 'later'] as const
const OUTCOMES = ['delivered', 'identical', 'failed'] as const
const REFUSALS: readonly FileRefusal[] = ['name', 'collision', 'conflict', 'size', 'disk']
const NOTHING = new Uint8Array(0)

/** [flags, path, size, mtimeMs] */
export function packEntry(entry: ManifestEntry): unknown[] {
  const flags = (entry.kind === 'folder' ? FOLDER : 0) | (entry.executable ? EXECUTABLE : 0)
  return [flags, entry.path, entry.size, Math.floor(entry.mtimeMs) + 0]
}

export function unpackEntry(value: unknown): ManifestEntry {
  const [flags, path, size, mtimeMs] = items(value, 4, 4)
  if (!isWhole(flags, FOLDER | EXECUTABLE) || flags === (FOLDER | EXECUTABLE)) throw wrong('manifest entry', 'flags')
  if (!isPath(path)) throw wrong('manifest entry', 'path')
  const folder = (flags & FOLDER) !== 0
  if (!isWhole(size, folder ? 0 : MAX_FILE_BYTES)) throw wrong('manifest entry', 'size')
  if (!isMtime(mtimeMs)) throw wrong('manifest entry', 'mtime')
  return { kind: folder ? 'folder' : 'file', path, size, mtimeMs, executable: (flags & EXECUTABLE) !== 0 }
}

/** [file, kind, …]: see PROTOCOL.md */
export function packWant(item: WantItem): unknown[] {
  const start = [item.file, WANT_KINDS.indexOf(item.kind)]
  switch (item.kind) {
    case 'done':
      return item.finalPath === undefined ? [...start, item.digest] : [...start, item.digest, item.finalPath]
    case 'resume':
      return [...start, item.attempt, item.offset]
    case 'compare':
      return [...start, item.digests]
    case 'refuse':
      return [...start, item.code, clipText(item.message, MAX_TEXT_BYTES)]
    case 'later':
      return start
  }
}

/** `page`: the item's file must be of it. */
export function unpackWant(value: unknown, page: number): WantItem {
  const [file, code, first, second, ...more] = items(value, 2, 4)
  if (!isWhole(file, MAX_FILE_NUMBER) || Math.floor(file / PAGE_ENTRIES) !== page) throw wrong('want item', 'file')
  const length = 2 + (first === undefined ? 0 : 1) + (second === undefined ? 0 : 1) + more.length
  const kind = isWhole(code, WANT_KINDS.length - 1) ? WANT_KINDS[code] : undefined
  switch (kind) {
    case 'done':
      if (!isBytes(first, DIGEST_BYTES)) throw wrong('want item', 'digest')
      if (second === undefined) return { file, kind, digest: first }
      if (!isPath(second)) throw wrong('want item', 'final path')
      return { file, kind, digest: first, finalPath: second }
    case 'resume':
      if (!isWhole(first, MAX_ATTEMPT) || !isWhole(second, MAX_FILE_BYTES)) throw wrong('want item', 'attempt or offset')
      return { file, kind, attempt: first, offset: second }
    case 'compare':
      if (!isDigests(first) || length !== 3) throw wrong('want item', 'digests')
      return { file, kind, digests: first }
    case 'refuse':
      if (!REFUSALS.includes(first as FileRefusal) || !isText(second, MAX_TEXT_BYTES)) throw wrong('want item', 'refusal')
      return { file, kind, code: first as FileRefusal, message: second }
    case 'later':
      if (length !== 2) throw wrong('want item', 'length')
      return { file, kind }
    case undefined:
      throw wrong('want item', 'kind')
  }
}

/** [file, outcome, digest, finalPath?, message?] with null for an absent path before a message; no digest when failed. */
export function packReceipt(item: ReceiptItem): unknown[] {
  const start = [item.file, OUTCOMES.indexOf(item.outcome), item.outcome === 'failed' ? NOTHING : item.digest]
  if (item.message !== undefined) return [...start, item.finalPath ?? null, clipText(item.message, MAX_TEXT_BYTES)]
  return item.finalPath === undefined ? start : [...start, item.finalPath]
}

export function unpackReceipt(value: unknown): ReceiptItem {
  const [file, code, digest, finalPath, message] = items(value, 3, 5)
  if (!isWhole(file, MAX_FILE_NUMBER)) throw wrong('receipt item', 'file')
  const outcome = isWhole(code, OUTCOMES.length - 1) ? OUTCOMES[code] : undefined
  if (outcome === undefined) throw wrong('receipt item', 'outcome')
  if (!isBytes(digest, outcome === 'failed' ? 0 : DIGEST_BYTES)) throw wrong('receipt item', 'digest')
  if (finalPath !== undefined && finalPath !== null && !isPath(finalPath)) throw wrong('receipt item', 'final path')
  if (message !== undefined && !isText(message, MAX_TEXT_BYTES)) throw wrong('receipt item', 'message')
  return {
    file, outcome, digest,
    ...(typeof finalPath === 'string' ? { finalPath } : {}),
    ...(message === undefined ? {} : { message }),
  }
}

function items(value: unknown, least: number, most: number): unknown[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) throw new ProtocolError('an item of a list has not the right length')
  return value as unknown[]
}

function wrong(what: string, field: string): ProtocolError {
  return new ProtocolError(`a ${what} has a wrong ${field}`)
}
