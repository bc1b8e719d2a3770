import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeControl, encodeControl } from '../../../electron/engine/protocol/control.ts'
import { MAX_LIST_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { MESSAGE_TYPES, isSyncMessage, isSyncType } from '../../../electron/engine/protocol/message-types.ts'
import type { MessageName } from '../../../electron/engine/protocol/message-types.ts'
import { SYNC_DATA } from '../../../electron/engine/protocol/messages.ts'
import type { Index, IndexEntry, SyncGet, SyncGetItem } from '../../../electron/engine/protocol/messages.ts'
import { ProtocolError } from '../../../electron/engine/protocol/protocol-error.ts'
import { getItemBytes, indexEntryBytes } from '../../../electron/engine/protocol/sync-items.ts'

const folder = new Uint8Array(16)
const epoch = new Uint8Array(8)
const digest = new Uint8Array(32)
const nothing = new Uint8Array(0)
const A = 'A'.repeat(26)
const B = 'B'.repeat(26)
const MAX_COUNTER = Number.MAX_SAFE_INTEGER

const base32 = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567']
const tag = fc.array(fc.constantFrom(...base32), { minLength: 26, maxLength: 26 }).map((letters) => letters.join(''))
const version = fc
  .uniqueArray(tag, { minLength: 1, maxLength: 64 })
  .chain((tags) => fc.tuple(...tags.sort().map((one) => fc.tuple(fc.constant(one), fc.integer({ min: 1, max: MAX_COUNTER })))))
const path = fc
  .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((text) => text.replaceAll('/', '_')), { minLength: 1, maxLength: 20 })
  .map((parts) => parts.join('/'))
const content = fc.uint8Array({ minLength: 32, maxLength: 32 })
const entry: fc.Arbitrary<IndexEntry> = fc
  .record({
    path,
    version,
    mtimeMs: fc.integer({ min: -8.64e15, max: 8.64e15 }),
    kind: fc.constantFrom('file' as const, 'folder' as const, 'deleted' as const),
    size: fc.integer({ min: 0, max: 2 ** 50 }),
    executable: fc.boolean(),
    digest: content,
    modifiedBy: tag,
  })
  .map((all) => (all.kind === 'file' ? all : { ...all, size: 0, executable: false, digest: nothing }))

describe('what was packed', () => {
  it('is unpacked as it was: indexes', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
        const message: Index = { type: 'index', folder, epoch, from: 5, to: 5 + entries.length, entries }
        expect(decodeControl('index', encodeControl(message))).toEqual(message)
      }),
    )
  })

  it('is unpacked as it was: requests', () => {
    const item: fc.Arbitrary<SyncGetItem> = fc.record({ path, version, firstBlock: fc.integer({ min: 0, max: 2 ** 30 - 16 }), count: fc.integer({ min: 1, max: 16 }) })
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (items, request) => {
        const message: SyncGet = { type: 'sync-get', request, folder, items }
        expect(decodeControl('sync-get', encodeControl(message))).toEqual(message)
      }),
    )
  })

  it('is never longer than its sender counts', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 10 }), (entries) => {
        const length = (of: readonly IndexEntry[]) => encodeControl({ type: 'index', folder, epoch, from: 0, to: 2 ** 40, entries: of }).length
        const counted = entries.reduce((total, one) => total + indexEntryBytes(one), 0)
        expect(length(entries) - length([])).toBeLessThanOrEqual(counted + 10)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.record({ path, version }), { minLength: 1, maxLength: 10 }), (parts) => {
        const items = parts.map((part) => ({ ...part, firstBlock: 2 ** 30 - 16, count: 16 }))
        const length = encodeControl({ type: 'sync-get', request: 2 ** 32 - 1, folder, items }).length
        expect(length).toBeLessThanOrEqual(items.reduce((total, one) => total + getItemBytes(one), 80))
      }),
    )
  })

  it('fits its frame when the sender stops at the limit, however long names and versions are', () => {
    const tags = Array.from({ length: 64 }, (_, number) => `${base32[number >> 5]}${base32[number & 31]}${'A'.repeat(24)}`).sort()
    const worst: IndexEntry = {
      path: 'é'.repeat(2048),
      kind: 'file', version: tags.map((one) => [one, MAX_COUNTER] as const), size: 2 ** 50, mtimeMs: -8.64e15, executable: true, digest, modifiedBy: 'Z'.repeat(26),
    }
    const count = Math.floor(MAX_LIST_BYTES / indexEntryBytes(worst))
    const message: Index = { type: 'index', folder, epoch, from: MAX_COUNTER - count, to: MAX_COUNTER, entries: Array.from({ length: count }, () => worst) }
    expect(encodeControl(message).length).toBeLessThanOrEqual(MESSAGE_TYPES.index.limitBytes)
    expect(decodeControl('index', encodeControl(message))).toEqual(message)
  })
})

describe('any bytes at all', () => {
  it('are a message or a protocol error', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.string(), fc.uint8Array({ maxLength: 40 }), fc.constant(null), fc.boolean(), fc.array(tie('value'), { maxLength: 8 })),
    })).value
    const body = fc.dictionary(fc.constantFrom('folder', 'epoch', 'from', 'to', 'tags', 'entries', 'items', 'missing', 'path', 'version', 'request'), value)
    fc.assert(
      fc.property(fc.constantFrom<MessageName>('index', 'sync-get', 'sync-end', 'sync-digests-request', 'folder-list'), body, (name, map) => {
        try {
          decodeControl(name, encode({ folder, epoch, from: 0, to: 9, tags: [A], request: 1, ...map }))
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
    )
  })
})

const index = (entries: unknown[], more: object = {}) => ({ folder, epoch, from: 0, to: 10, tags: [A, B], entries, ...more })
const get = (items: unknown[], more: object = {}) => ({ request: 1, folder, tags: [A, B], items, ...more })
const listed = { folder, name: 'n', mode: 'two-way', epoch, sequence: 1, files: 1, bytes: 1 }

describe('strictness', () => {
  const wrong: [string, MessageName, unknown][] = [
    ['a short folder id', 'index', index([], { folder: new Uint8Array(15) })],
    ['a long epoch', 'index', index([], { epoch: new Uint8Array(9) })],
    ['a range that runs backwards', 'index', index([], { from: 11 })],
    ['more entries than sequences', 'index', index([[1, 'a', [0, 1], 0, 0], [1, 'b', [0, 1], 0, 0]], { from: 9 })],
    ['too many entries', 'index', index(Array.from({ length: 1025 }, () => [1, 'a', [0, 1], 0, 0]), { to: 5000 })],
    ['no entries at all', 'index', { folder, epoch, from: 0, to: 1, tags: [] }],
    ['devices out of order', 'index', index([], { tags: [B, A] })],
    ['a device twice', 'index', index([], { tags: [A, A] })],
    ['a device in lower case', 'index', index([], { tags: ['a'.repeat(26)] })],
    ['a device with a digit that base32 has not', 'index', index([], { tags: ['1'.repeat(26)] })],
    ['a longer device', 'index', index([], { tags: ['A'.repeat(27)] })],
    ['a folder that is deleted', 'index', index([[5, 'a', [0, 1], 0, 0]])],
    ['an executable folder', 'index', index([[3, 'a', [0, 1], 0, 0]])],
    ['a folder with a size', 'index', index([[1, 'a', [0, 1], 0, 0, 1]])],
    ['a folder with content', 'index', index([[1, 'a', [0, 1], 0, 0, 1, digest]])],
    ['a file without content', 'index', index([[0, 'a', [0, 1], 0, 0]])],
    ['half a digest', 'index', index([[0, 'a', [0, 1], 0, 0, 1, new Uint8Array(16)]])],
    ['a size over the limit', 'index', index([[0, 'a', [0, 1], 0, 0, 2 ** 50 + 1, digest]])],
    ['a negative size', 'index', index([[0, 'a', [0, 1], 0, 0, -1, digest]])],
    ['an empty path', 'index', index([[1, '', [0, 1], 0, 0]])],
    ['a long path', 'index', index([[1, 'x'.repeat(4097), [0, 1], 0, 0]])],
    ['a deep path', 'index', index([[1, 'a/'.repeat(128) + 'b', [0, 1], 0, 0]])],
    ['a time beyond all dates', 'index', index([[1, 'a', [0, 1], 0, 8.64e15 + 2]])],
    ['an editor that is not listed', 'index', index([[1, 'a', [0, 1], 2, 0]])],
    ['no version', 'index', index([[1, 'a', [], 0, 0]])],
    ['half a version', 'index', index([[1, 'a', [0], 0, 0]])],
    ['a version of three values', 'index', index([[1, 'a', [0, 1, 1], 0, 0]])],
    ['a version that names a device twice', 'index', index([[1, 'a', [0, 1, 0, 2], 0, 0]])],
    ['a version out of order', 'index', index([[1, 'a', [1, 1, 0, 1], 0, 0]])],
    ['a version of an unknown device', 'index', index([[1, 'a', [2, 1], 0, 0]])],
    ['a counter of nothing', 'index', index([[1, 'a', [0, 0], 0, 0]])],
    ['a counter over 2^53 − 1', 'index', index([[1, 'a', [0, 2n ** 53n], 0, 0]])],
    ['too many devices in a version', 'index', index([[1, 'a', Array.from({ length: 130 }, (_, at) => (at % 2 === 0 ? at / 2 : 1)), 0, 0]])],
    ['an empty request', 'sync-get', get([])],
    ['too many items', 'sync-get', get(Array.from({ length: 1025 }, () => ['a', [0, 1], 0, 1]))],
    ['a request for nothing', 'sync-get', get([['a', [0, 1], 0, 0]])],
    ['a request for too much', 'sync-get', get([['a', [0, 1], 0, 17]])],
    ['blocks past the largest file', 'sync-get', get([['a', [0, 1], 2 ** 30 - 1, 2]])],
    ['a longer item', 'sync-get', get([['a', [0, 1], 0, 1, 1]])],
    ['a request number over u32', 'sync-get', get([['a', [0, 1], 0, 1]], { request: 2 ** 32 })],
    ['an unknown reason', 'sync-end', { request: 1, missing: [[0, 5]] }],
    ['an item nobody could have asked for', 'sync-end', { request: 1, missing: [[1024, 0]] }],
    ['digests of a path that is none', 'sync-digests-request', { request: 1, folder, tags: [A], path: '', version: [0, 1] }],
    ['digests of no version', 'sync-digests-request', { request: 1, folder, tags: [A], path: 'a', version: [] }],
    ['no digests', 'sync-digests', { request: 1, firstBlock: 0, digests: nothing, last: true }],
    ['part of a digest', 'sync-digests', { request: 1, firstBlock: 0, digests: new Uint8Array(40), last: true }],
    ['an unknown mode', 'folder-list', { folders: [{ ...listed, mode: 'mirror' }] }],
    ['a long name of a folder', 'folder-list', { folders: [{ ...listed, name: 'x'.repeat(257) }] }],
    ['too many folders', 'folder-list', { folders: Array.from({ length: 513 }, () => listed) }],
    ['half of what is held', 'folder-list', { folders: [{ ...listed, held: { epoch } }] }],
    ['a sequence that is no number', 'index-ack', { folder, epoch, sequence: 'last' }],
  ]
  it.each(wrong)('refuses %s', (_what, name, value) => {
    expect(() => decodeControl(name, encode(value))).toThrow(ProtocolError)
  })

  it('takes what the refused are variants of', () => {
    const right: [MessageName, unknown][] = [
      ['index', index([[1, 'a', [0, 1], 0, 0], [0, 'a/b', [0, 1, 1, MAX_COUNTER], 1, 0, 2 ** 50, digest], [4, 'c', [1, 1], 1, 0]])],
      ['sync-get', get([['a', [0, 1], 2 ** 30 - 16, 16]])],
      ['sync-end', { request: 1, missing: [[1023, 4]] }],
      ['folder-list', { folders: [listed] }],
    ]
    for (const [name, value] of right) expect(() => decodeControl(name, encode(value))).not.toThrow()
  })
})

it('folder sync is told by its types alone', () => {
  const names = Object.entries(MESSAGE_TYPES).filter(([, { code }]) => isSyncType(code)).map(([name]) => name)
  expect(names).toEqual(['folder-list', 'folder-refuse', 'index', 'index-ack', 'sync-digests-request', 'sync-digests', 'sync-get', 'sync-end', 'sync-cancel'])
  expect(isSyncType(SYNC_DATA)).toBe(true)
  expect([0x30, 0x49, 0x80, 0x81].map(isSyncType)).toEqual([false, false, false, false])
  expect(isSyncMessage({ type: 'sync-cancel', request: 1 })).toBe(true)
  expect(isSyncMessage({ type: 'unknown', transfer: folder })).toBe(false)
})
