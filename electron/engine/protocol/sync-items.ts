import { isBytes, isDeviceTag, isMtime, isPath, isWhole } from './fields.ts'
import {
  BLOCK_BYTES, DEVICE_TAG_LENGTH, DIGEST_BYTES, EPOCH_BYTES, FOLDER_ID_BYTES, MAX_FILE_BYTES, MAX_GET_BLOCKS, MAX_GET_ITEMS,
  MAX_INDEX_ENTRIES, MAX_REQUEST, MAX_VERSION_PAIRS,
} from './limits.ts'
import type { Index, IndexEntry, SyncDigestsRequest, SyncEnd, SyncGet, SyncGetItem, SyncMissing } from './messages.ts'
import { ProtocolError } from './protocol-error.ts'
import { utf8Length } from './text.ts'

/**
 * The messages of folder sync that carry hundreds of thousands of names: arrays on the wire, checked by hand. Devices in
 * versions are numbers into the message's own ascending table of tags, which says each once.
 */
const FOLDER = 1
const EXECUTABLE = 2
const DELETED = 4
const MISSING: readonly SyncMissing[] = ['changed', 'gone', 'unreadable', 'later', 'denied']
const MAX_BLOCK = MAX_FILE_BYTES / BLOCK_BYTES
const NOTHING = new Uint8Array(0)

type Version = IndexEntry['version']
type Body = Record<string, unknown>

export function packIndex({ folder, epoch, from, to, entries }: Index): Body {
  const tags = tableOf(entries.flatMap(({ version, modifiedBy }) => [...version.map(([tag]) => tag), modifiedBy]))
  const numbers = numbersOf(tags)
  return { folder, epoch, from, to, tags, entries: entries.map((entry) => packEntry(entry, numbers)) }
}

export function unpackIndex(body: Body): Index {
  const { folder, epoch, from, to } = body
  if (!isBytes(folder, FOLDER_ID_BYTES)) throw wrong('index', 'folder')
  if (!isBytes(epoch, EPOCH_BYTES)) throw wrong('index', 'epoch')
  if (!isWhole(from, Number.MAX_SAFE_INTEGER) || !isWhole(to, Number.MAX_SAFE_INTEGER) || from > to) throw wrong('index', 'range')
  const tags = tagsOf(body)
  const packed = list(body['entries'], 0, MAX_INDEX_ENTRIES)
  // Each entry has a sequence of its own.
  if (packed.length > to - from) throw wrong('index', 'number of entries')
  return { type: 'index', folder, epoch, from, to, entries: packed.map((value) => unpackEntry(value, tags)) }
}

/** At most so many bytes of an `index` message: what its sender counts to stay below MAX_LIST_BYTES. */
export function indexEntryBytes({ path, version }: IndexEntry): number {
  return pathBytes(path) + versionBytes(version) + DEVICE_TAG_LENGTH + 2 * 9 + DIGEST_BYTES + 16
}

/** [flags, path, version, modifiedBy, mtimeMs], and of a file also size and digest. */
function packEntry(entry: IndexEntry, numbers: ReadonlyMap<string, number>): unknown[] {
  const flags = entry.kind === 'folder' ? FOLDER : entry.kind === 'deleted' ? DELETED : entry.executable ? EXECUTABLE : 0
  const start = [flags, entry.path, packVersion(entry.version, numbers), numbers.get(entry.modifiedBy), Math.floor(entry.mtimeMs) + 0]
  return entry.kind === 'file' ? [...start, entry.size, entry.digest] : start
}

function unpackEntry(value: unknown, tags: readonly string[]): IndexEntry {
  const [flags, path, version, modifiedBy, mtimeMs, size, digest, ...more] = list(value, 5, 7)
  if (flags !== 0 && flags !== FOLDER && flags !== EXECUTABLE && flags !== DELETED) throw wrong('index entry', 'flags')
  if (!isPath(path)) throw wrong('index entry', 'path')
  if (!isMtime(mtimeMs)) throw wrong('index entry', 'mtime')
  if (!isWhole(modifiedBy, tags.length - 1)) throw wrong('index entry', 'modifiedBy')
  const common = { path, version: unpackVersion(version, tags), mtimeMs, modifiedBy: tags[modifiedBy]! }
  if (flags === FOLDER || flags === DELETED) {
    if (size !== undefined || more.length > 0) throw wrong('index entry', 'length')
    return { ...common, kind: flags === FOLDER ? 'folder' : 'deleted', size: 0, executable: false, digest: NOTHING }
  }
  if (!isWhole(size, MAX_FILE_BYTES)) throw wrong('index entry', 'size')
  if (!isBytes(digest, DIGEST_BYTES)) throw wrong('index entry', 'digest')
  return { ...common, kind: 'file', size, executable: flags === EXECUTABLE, digest }
}

export function packDigestsRequest({ request, folder, path, version }: SyncDigestsRequest): Body {
  const tags = tableOf(version.map(([tag]) => tag))
  return { request, folder, tags, path, version: packVersion(version, numbersOf(tags)) }
}

export function unpackDigestsRequest(body: Body): SyncDigestsRequest {
  const { path } = body
  if (!isPath(path)) throw wrong('sync-digests-request', 'path')
  return { type: 'sync-digests-request', request: requestOf(body), folder: folderOf(body), path, version: unpackVersion(body['version'], tagsOf(body)) }
}

export function packGet({ request, folder, items }: SyncGet): Body {
  const tags = tableOf(items.flatMap(({ version }) => version.map(([tag]) => tag)))
  const numbers = numbersOf(tags)
  return { request, folder, tags, items: items.map((item) => [item.path, packVersion(item.version, numbers), item.firstBlock, item.count]) }
}

export function unpackGet(body: Body): SyncGet {
  const tags = tagsOf(body)
  const items = list(body['items'], 1, MAX_GET_ITEMS).map((value) => unpackGetItem(value, tags))
  return { type: 'sync-get', request: requestOf(body), folder: folderOf(body), items }
}

/** At most so many bytes of a `sync-get` message. */
export function getItemBytes({ path, version }: SyncGetItem): number {
  return pathBytes(path) + versionBytes(version) + 16
}

function unpackGetItem(value: unknown, tags: readonly string[]): SyncGetItem {
  const [path, version, firstBlock, count] = list(value, 4, 4)
  if (!isPath(path)) throw wrong('sync-get item', 'path')
  if (!isWhole(firstBlock, MAX_BLOCK - 1)) throw wrong('sync-get item', 'first block')
  if (!isWhole(count, MAX_GET_BLOCKS) || count === 0 || firstBlock + count > MAX_BLOCK) throw wrong('sync-get item', 'count')
  return { path, version: unpackVersion(version, tags), firstBlock, count }
}

export function packEnd({ request, missing }: SyncEnd): Body {
  return { request, missing: missing.map(({ item, reason }) => [item, MISSING.indexOf(reason)]) }
}

export function unpackEnd(body: Body): SyncEnd {
  const missing = list(body['missing'], 0, MAX_GET_ITEMS).map((value) => {
    const [item, code] = list(value, 2, 2)
    if (!isWhole(item, MAX_GET_ITEMS - 1)) throw wrong('sync-end item', 'number')
    const reason = isWhole(code, MISSING.length - 1) ? MISSING[code] : undefined
    if (reason === undefined) throw wrong('sync-end item', 'reason')
    return { item, reason }
  })
  return { type: 'sync-end', request: requestOf(body), missing }
}

// — versions —

/** [tag, counter, tag, counter, …] */
function packVersion(version: Version, numbers: ReadonlyMap<string, number>): unknown[] {
  return version.flatMap(([tag, counter]) => [numbers.get(tag), counter])
}

function unpackVersion(value: unknown, tags: readonly string[]): Version {
  const flat = list(value, 2, 2 * MAX_VERSION_PAIRS)
  if (flat.length % 2 !== 0) throw wrong('version', 'length')
  const version: [string, number][] = []
  let last = -1
  for (let at = 0; at < flat.length; at += 2) {
    const tag = flat[at]
    const counter = flat[at + 1]
    if (!isWhole(tag, tags.length - 1) || tag <= last) throw wrong('version', 'device')
    if (!isWhole(counter, Number.MAX_SAFE_INTEGER) || counter === 0) throw wrong('version', 'counter')
    version.push([tags[tag]!, counter])
    last = tag
  }
  return version
}

function tableOf(tags: readonly string[]): string[] {
  return [...new Set(tags)].sort()
}

function numbersOf(table: readonly string[]): Map<string, number> {
  return new Map(table.map((tag, number) => [tag, number]))
}

/** Ascending, no tag twice: so versions whose numbers ascend have ascending tags. */
function tagsOf(body: Body): readonly string[] {
  const tags = list(body['tags'], 0, MAX_INDEX_ENTRIES * (MAX_VERSION_PAIRS + 1))
  for (let at = 0; at < tags.length; at++) {
    if (!isDeviceTag(tags[at]) || (at > 0 && (tags[at - 1] as string) >= (tags[at] as string))) throw wrong('list of devices', 'tag')
  }
  return tags as string[]
}

// — fields —

function pathBytes(path: string): number {
  return Math.max(0, utf8Length(path)) + 3
}

function versionBytes(version: Version): number {
  return 3 + version.length * (DEVICE_TAG_LENGTH + 2 + 5 + 9)
}

function requestOf({ request }: Body): number {
  if (!isWhole(request, MAX_REQUEST)) throw wrong('message', 'request number')
  return request
}

function folderOf({ folder }: Body): Uint8Array {
  if (!isBytes(folder, FOLDER_ID_BYTES)) throw wrong('message', 'folder')
  return folder
}

function list(value: unknown, least: number, most: number): unknown[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) throw new ProtocolError(`a list is not of ${least} to ${most} items`)
  return value as unknown[]
}

function wrong(what: string, field: string): ProtocolError {
  return new ProtocolError(`a ${what} has a wrong ${field}`)
}
