import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Entry, FolderRow, LocalEntry, MemberRow, SyncStore } from '../../../electron/engine/journal/sync-ports.ts'
import { compareTreeOrder } from '../../../electron/engine/util/tree-order.ts'
import type { SyncActivity, SyncProblem } from '../../../shared/model/folder.ts'

const MIB = 1024 * 1024
const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const OTHER = 'DEVICE-OTHER'
const THIRD = 'DEVICE-THIRD'

export function folderRow(id: string, patch: Partial<FolderRow> = {}): FolderRow {
  return { id, name: 'Photos', path: '/home/me/Photos', mode: 'two-way', paused: false, createdAtMs: 1_700_000_000_000, epoch: '0123456789abcdef', members: [], ...patch }
}
export function memberRow(deviceId: string, patch: Partial<MemberRow> = {}): MemberRow {
  return { deviceId, state: 'member', ...patch }
}
/** Content differs by `content` alone. */
export function fileEntry(path: string, content = 1, patch: Partial<Omit<LocalEntry, 'sequence'>> = {}): Omit<LocalEntry, 'sequence'> {
  return {
    path,
    kind: 'file',
    version: [['AAAA', content]],
    size: 10,
    mtimeMs: 1_700_000_000_123,
    executable: false,
    digest: new Uint8Array(32).fill(content),
    modifiedBy: 'AAAA',
    ...patch,
  }
}
export function folderEntry(path: string): Omit<LocalEntry, 'sequence'> {
  return { path, kind: 'folder', version: [['AAAA', 1]], size: 0, mtimeMs: 0, executable: false, digest: new Uint8Array(0), modifiedBy: 'AAAA' }
}
export function deletedEntry(path: string): Omit<LocalEntry, 'sequence'> {
  return { ...folderEntry(path), kind: 'deleted', version: [['AAAA', 2]], mtimeMs: 1_700_000_000_000 }
}
const stamp = { size: 10, mtimeMs: 1_700_000_000_123.456, ctimeMs: 1_700_000_000_124.75, inode: 2 ** 52 + 1 }

/** What every store of shared folders must do. `reopen` closes it and opens the same again; memory gives the same back. */
export function syncStoreSuite(make: () => { store: SyncStore; reopen: () => SyncStore; dispose: () => void }): void {
  let store: SyncStore
  let reopen: () => SyncStore
  let dispose: () => void
  beforeEach(() => {
    ;({ store, reopen, dispose } = make())
    store.putFolder(folderRow(A, { members: [memberRow(OTHER), memberRow(THIRD)] }))
    store.putFolder(folderRow(B, { members: [memberRow(OTHER)] }))
  })
  afterEach(() => dispose())

  const paths = (entries: readonly Entry[]) => entries.map((entry) => entry.path)
  const openPaths = (id = A) => store.open(id, undefined, 1_000)
  const closeAll = (id = A) => store.close(id, openPaths(id))

  describe('folders and members', () => {
    test('come back as they were put in, in the order they were made', () => {
      const full = folderRow('c'.repeat(32), {
        name: '\u202Eevil\u0000',
        mode: 'receive-only',
        paused: true,
        lastScanMs: 5,
        members: [
          memberRow('X', { state: 'invited' }),
          memberRow('W', { held: { epoch: 'ff', sequence: 7 }, told: { epoch: 'ee', sequence: 0 }, lastInSyncMs: 9 }),
        ],
      })
      store.putFolder(full)
      store = reopen()
      expect(store.folders().map((folder) => folder.id)).toEqual([A, B, full.id])
      expect(store.folders()[2]).toEqual(full)
      expect(Object.hasOwn(store.folders()[0] ?? {}, 'lastScanMs')).toBe(false)
    })

    test('are patched one by one', () => {
      store.patchFolder(A, { paused: true, lastScanMs: 17, trashLimitBytes: 5_000 })
      store.patchFolder(A, { name: 'New' })
      store.patchFolder(A, {})
      store.putMember(A, memberRow(THIRD, { state: 'refused' }))
      store = reopen()
      expect(store.folders()[0]).toEqual(folderRow(A, { name: 'New', paused: true, lastScanMs: 17, trashLimitBytes: 5_000, members: [memberRow(OTHER), memberRow(THIRD, { state: 'refused' })] }))
      expect(store.folders()[1]).toEqual(folderRow(B, { members: [memberRow(OTHER)] }))
    })

    test('putting a folder again keeps its entries and removes members that are not named', () => {
      store.putLocal(A, [fileEntry('here')])
      store.putRemote(A, OTHER, [fileEntry('theirs')], { epoch: 'e', sequence: 1 })
      store.putRemote(A, THIRD, [fileEntry('thirds')], { epoch: 'e', sequence: 1 })
      closeAll()
      store.putFolder(folderRow(A, { name: 'Again', members: [memberRow(OTHER, { held: { epoch: 'e', sequence: 1 } })] }))
      expect(store.folders()[0]?.members).toEqual([memberRow(OTHER, { held: { epoch: 'e', sequence: 1 } })])
      expect(store.local(A, 'here')?.path).toBe('here')
      expect(store.lastSequence(A)).toBe(1)
      expect(store.remote(A, 'theirs')).toHaveLength(1)
      expect(store.remote(A, 'thirds')).toEqual([])
      expect(openPaths()).toEqual(['thirds'])
    })

    test('a folder goes with everything of it, and nothing of another', () => {
      for (const id of [A, B]) {
        store.putLocal(id, [fileEntry('a/b'), fileEntry('long', 2, { size: 3 * MIB })])
        store.putRemote(id, OTHER, [fileEntry('a/b')], { epoch: 'e', sequence: 3 })
        store.putBlocks(id, new Uint8Array(32).fill(2), new Uint8Array(96))
        store.putProblem(id, problem('a/b'))
        store.addActivity(id, [activity(1)])
      }
      store.removeFolder(A)
      store.removeFolder(A)
      expect(store.folders().map((folder) => folder.id)).toEqual([B])
      expect(store.local(B, 'a/b')).toBeDefined()
      expect([store.openCount(B), store.problems(B, 0, 9).total, store.activity(B, 0, 9).total]).toEqual([2, 1, 1])
      expect([store.local(A, 'a/b'), store.blocks(A, new Uint8Array(32).fill(2))]).toEqual([undefined, undefined])
      expect([openPaths(), store.localAfter(A, 0, 9), store.remote(A, 'a/b')]).toEqual([[], [], []])
      expect([store.content(A), store.openCount(A), store.lastSequence(A)]).toEqual([{ files: 0, bytes: 0 }, 0, 0])

      store.putFolder(folderRow(A, { members: [memberRow(OTHER)] }))
      expect([openPaths(), store.localInOrder(A, undefined, 9), store.remote(A, 'a/b'), store.problems(A, 0, 9).items]).toEqual([[], [], [], []])
    })

    test('a removed member takes its entries along, and their paths are open', () => {
      store.putRemote(A, OTHER, [fileEntry('x'), fileEntry('y')], { epoch: 'e', sequence: 2 })
      store.putRemote(A, THIRD, [fileEntry('y')], { epoch: 'e', sequence: 2 })
      closeAll()
      store.removeMember(A, OTHER)
      store.removeMember(A, 'NOBODY')
      expect(store.remote(A, 'x')).toEqual([])
      expect(store.remote(A, 'y').map((entry) => entry.deviceId)).toEqual([THIRD])
      expect(openPaths()).toEqual(['x', 'y'])
      expect(store.folders()[0]?.members.map((member) => member.deviceId)).toEqual([THIRD])
      store.putMember(A, memberRow(OTHER))
      expect(store.remote(A, 'x')).toEqual([])
    })
  })

  describe('local entries', () => {
    test('come back as they were put in', () => {
      const entries = [
        fileEntry('plain'),
        fileEntry('of/many', 2, {
          version: [['AAAA', 3], ['BBBB', 2 ** 40], ['CCCC', 1]],
          modifiedBy: 'BBBB',
          size: 2 ** 49,
          mtimeMs: -12_345,
          executable: true,
          stamp,
          changedHere: true,
        }),
        fileEntry('by nobody in its version', 3, { modifiedBy: 'ZZZZ' }),
        { ...folderEntry('of'), version: [] },
        deletedEntry('gone'),
        fileEntry('\u{1F600} ü/ü'),
      ]
      store.putLocal(A, entries)
      store = reopen()
      entries.forEach((entry, index) => expect(store.local(A, entry.path)).toEqual({ ...entry, sequence: index + 1 }))
      expect(Object.hasOwn(store.local(A, 'plain') ?? {}, 'stamp')).toBe(false)
      expect(store.local(A, 'of/man')).toBeUndefined()
      expect(store.local(B, 'plain')).toBeUndefined()
    })

    test('get ascending sequences that are never given again', () => {
      store.putLocal(A, [fileEntry('a'), fileEntry('b'), fileEntry('c')])
      store.putLocal(B, [fileEntry('a')])
      store.putLocal(A, [fileEntry('a', 2)])
      store = reopen()
      store.putLocal(A, [deletedEntry('a')])
      expect(store.lastSequence(A)).toBe(5)
      expect(store.lastSequence(B)).toBe(1)
      expect(store.localAfter(A, 0, 10).map((entry) => [entry.path, entry.sequence])).toEqual([['b', 2], ['c', 3], ['a', 5]])
      expect(paths(store.localAfter(A, 2, 1))).toEqual(['c'])
      expect(store.localAfter(A, 5, 10)).toEqual([])
      expect(paths(store.localAfter(B, 0, 10))).toEqual(['a'])
    })

    test('are in tree order, page by page and below a folder', () => {
      const names = ['a', 'a/b', 'a/b/c', 'a/b c', 'a b', 'a.txt', 'a0', 'B', '\uFFFD', '\u{1F600}', 'ab', 'z/\u{1F600}', 'z/\uE000']
      store.putLocal(A, names.map((name) => fileEntry(name)))
      store.putLocal(B, [fileEntry('a/other')])
      const expected = ['B', 'a', 'a/b', 'a/b/c', 'a/b c', 'a b', 'a.txt', 'a0', 'ab', 'z/\uE000', 'z/\u{1F600}', '\uFFFD', '\u{1F600}']
      expect([...names].sort(compareTreeOrder)).toEqual(expected)
      expect(paths(store.localInOrder(A, undefined, 100))).toEqual(expected)
      const paged: string[] = []
      for (let page = paths(store.localInOrder(A, undefined, 3)); page.length > 0; page = paths(store.localInOrder(A, page.at(-1), 3))) paged.push(...page)
      expect(paged).toEqual(expected)
      expect(paths(store.localInOrder(A, undefined, 100, 'a'))).toEqual(['a', 'a/b', 'a/b/c', 'a/b c'])
      expect(paths(store.localInOrder(A, 'a/b', 1, 'a'))).toEqual(['a/b/c'])
      expect(paths(store.localInOrder(A, undefined, 100, 'a/b'))).toEqual(['a/b', 'a/b/c'])
      expect(paths(store.localInOrder(A, 'a/b c', 100, 'a'))).toEqual([])
      expect(store.localInOrder(A, undefined, 100, 'nowhere')).toEqual([])
    })

    test('are restamped without a new sequence and without being opened', () => {
      store.putLocal(A, [fileEntry('a', 1, { stamp }), fileEntry('b', 1, { changedHere: true })])
      closeAll()
      store.restamp(A, [{ path: 'a', changedHere: true }, { path: 'b', stamp }, { path: 'nowhere', stamp, changedHere: true }])
      expect(store.local(A, 'a')).toEqual({ ...fileEntry('a', 1, { changedHere: true }), sequence: 1 })
      expect(store.local(A, 'b')).toEqual({ ...fileEntry('b', 1, { stamp }), sequence: 2 })
      expect([store.lastSequence(A), openPaths(), store.changedHere(A)]).toEqual([2, [], 1])
      expect(store.local(A, 'nowhere')).toBeUndefined()
    })

    test('are found by their content while they are live files', () => {
      store.putLocal(A, [fileEntry('a', 7), fileEntry('b', 7), fileEntry('c', 8), folderEntry('d')])
      const near = new Uint8Array(32).fill(7)
      near[31] = 6
      store.putLocal(A, [fileEntry('near', 7, { digest: near })])
      store.putLocal(B, [fileEntry('a', 7)])
      const digest = new Uint8Array(32).fill(7)
      expect(paths(store.localByDigest(A, digest, 10)).sort()).toEqual(['a', 'b'])
      expect(store.localByDigest(A, digest, 1)).toHaveLength(1)
      expect(store.openByDigest(A, digest, undefined, 10)).toEqual(['a', 'b'])
      expect(store.openByDigest(A, digest, undefined, 1)).toEqual(['a'])
      expect(store.openByDigest(A, digest, 'a', 1)).toEqual(['b'])
      store.close(A, ['a'])
      expect(store.openByDigest(A, digest, undefined, 10)).toEqual(['b'])
      expect(store.openByDigest(A, digest, 'b', 10)).toEqual([])
      store.putLocal(A, [deletedEntry('a'), fileEntry('b', 8)])
      expect(store.localByDigest(A, digest, 10)).toEqual([])
      expect(store.localByDigest(A, new Uint8Array(0), 10)).toEqual([])
    })

    test('live ones below a folder are known', () => {
      store.putLocal(A, [fileEntry('a/b/c'), fileEntry('ab/c'), deletedEntry('gone/x'), folderEntry('empty'), folderEntry('outer/inner')])
      expect(['a', 'a/b', 'a/b/c', 'ab', 'gone', 'empty', 'outer', 'nowhere', 'a/', ''].map((path) => store.hasLiveBelow(A, path))).toEqual(
        [true, true, false, true, false, false, true, false, false, true],
      )
      expect(store.hasLiveBelow(B, '')).toBe(false)
      store.putLocal(A, [deletedEntry('a/b/c')])
      expect(store.hasLiveBelow(A, 'a')).toBe(false)
    })

    test('are counted: content, changed here, conflict copies', () => {
      const copy = 'd/photo (conflict, Laptop, 2026-11-21 09.05.00).jpg'
      const second = 'd/photo (conflict, Laptop, 2026-11-21 09.05.00) (2).jpg'
      store.putLocal(A, [fileEntry('a', 1, { size: 100 }), fileEntry('b', 1, { size: 20, changedHere: true }), folderEntry('d'), fileEntry(second), fileEntry(copy), deletedEntry('x')])
      store.putLocal(A, [fileEntry('d (conflict, Laptop, 2026-11-21 09.05.00)/inside'), { ...folderEntry(`${copy}.d`) }])
      store = reopen()
      expect(store.content(A)).toEqual({ files: 5, bytes: 150 })
      expect(store.changedHere(A)).toBe(1)
      const sorted = [copy, second].sort(compareTreeOrder)
      expect(store.conflictCopies(A, 0, 10)).toMatchObject({ total: 2, items: sorted.map((path) => ({ path })) })
      expect(store.conflictCopies(A, 1, 10)).toMatchObject({ total: 2, items: [{ path: sorted[1] }] })
      store.putLocal(A, [deletedEntry('a'), fileEntry('b', 1, { size: 21 }), deletedEntry(copy), folderEntry(second)])
      expect([store.content(A), store.changedHere(A), store.conflictCopies(A, 0, 10).total]).toEqual([{ files: 2, bytes: 31 }, 0, 0])
      expect(store.content(B)).toEqual({ files: 0, bytes: 0 })
    })
  })

  describe('blocks', () => {
    const digest = new Uint8Array(32).fill(9)
    const blocks = new Uint8Array(64).fill(3)
    const long = (path: string, content = 9) => fileEntry(path, content, { size: 2 * MIB })

    test('are kept for as long as a live file has that content', () => {
      store.putLocal(A, [long('a'), long('b')])
      store.putBlocks(A, digest, blocks)
      store.putBlocks(B, digest, new Uint8Array(32))
      store = reopen()
      expect(Buffer.compare(store.blocks(A, digest) ?? new Uint8Array(0), blocks)).toBe(0)
      store.putLocal(A, [deletedEntry('a')])
      expect(store.blocks(A, digest)).toHaveLength(64)
      store.putLocal(A, [long('b')])
      expect(store.blocks(A, digest)).toHaveLength(64)
      store.putLocal(A, [long('b', 4), long('c')])
      expect(store.blocks(A, digest)).toHaveLength(64)
      store.putLocal(A, [long('c', 4)])
      expect(store.blocks(A, digest)).toBeUndefined()
      expect(store.blocks(B, digest)).toHaveLength(32)
    })

    test('are replaced', () => {
      store.putLocal(A, [long('a')])
      store.putBlocks(A, digest, new Uint8Array(32))
      store.putBlocks(A, digest, blocks)
      expect(store.blocks(A, digest)).toHaveLength(64)
    })
  })

  describe('remote entries', () => {
    test('come back as they were put in, per device, with what is held', () => {
      const theirs: Entry = { ...fileEntry('a/b', 2), version: [['AAAA', 1], ['BBBB', 2]], modifiedBy: 'BBBB', executable: true }
      store.putRemote(A, OTHER, [theirs, folderEntry('a'), deletedEntry('gone')], { epoch: 'ee', sequence: 30 })
      store.putRemote(A, THIRD, [fileEntry('a/b', 3)], { epoch: 'dd', sequence: 4 })
      store = reopen()
      expect(store.remote(A, 'a/b')).toEqual([{ ...theirs, deviceId: OTHER }, { ...fileEntry('a/b', 3), deviceId: THIRD }])
      expect(store.remote(B, 'a/b')).toEqual([])
      expect(store.folders()[0]?.members.map((member) => member.held)).toEqual([{ epoch: 'ee', sequence: 30 }, { epoch: 'dd', sequence: 4 }])
      store.putRemote(A, OTHER, [deletedEntry('a/b')], { epoch: 'ee', sequence: 31 })
      expect(store.remote(A, 'a/b').map((entry) => entry.kind)).toEqual(['deleted', 'file'])
      store.putRemote(A, OTHER, [], { epoch: 'ee', sequence: 50 })
      expect(store.folders()[0]?.members[0]?.held).toEqual({ epoch: 'ee', sequence: 50 })
    })

    test('tell whether a device has a live file', () => {
      store.putRemote(A, OTHER, [fileEntry('file'), folderEntry('folder'), deletedEntry('gone')], { epoch: 'e', sequence: 3 })
      expect(store.remoteHas(A, OTHER, 'file')).toEqual(fileEntry('file'))
      expect(['folder', 'gone', 'nowhere'].map((path) => store.remoteHas(A, OTHER, path))).toEqual([undefined, undefined, undefined])
      expect(store.remoteHas(A, THIRD, 'file')).toBeUndefined()
      expect(store.remoteHas(A, 'NOBODY', 'file')).toBeUndefined()
      expect(store.remoteHas(B, OTHER, 'file')).toBeUndefined()
    })

    test('of an index that begins anew are forgotten, and their paths are open', () => {
      store.putRemote(A, OTHER, [fileEntry('x'), fileEntry('y')], { epoch: 'e', sequence: 2 })
      store.putRemote(A, THIRD, [fileEntry('z')], { epoch: 'e', sequence: 2 })
      closeAll()
      store.markOpen(A, ['y'])
      store.dropRemote(A, OTHER)
      expect(openPaths()).toEqual(['x', 'y'])
      expect(store.openCount(A)).toBe(2)
      expect([store.remote(A, 'x'), store.remote(A, 'z')]).toMatchObject([[], [{ deviceId: THIRD }]])
      expect(store.folders()[0]?.members[0]).toEqual(memberRow(OTHER))
    })

    test('say what a device lacks of what is here', () => {
      const lacked = (deviceId = OTHER) => store.lackedBy(A, deviceId)
      store.putLocal(A, [fileEntry('a', 1, { size: 100 }), fileEntry('b', 2, { size: 20 }), folderEntry('f'), deletedEntry('x'), fileEntry('c', 3, { size: 3 })])
      expect([lacked(), lacked('NOBODY')]).toEqual([{ files: 3, bytes: 123 }, { files: 3, bytes: 123 }])
      store.putRemote(A, OTHER, [fileEntry('a', 1), fileEntry('b', 1), folderEntry('f'), deletedEntry('c'), fileEntry('d', 4)], { epoch: 'e', sequence: 5 })
      expect([lacked(), lacked(THIRD)]).toEqual([{ files: 2, bytes: 23 }, { files: 3, bytes: 123 }])
      store.putRemote(A, OTHER, [fileEntry('b', 2), fileEntry('b', 2), fileEntry('a', 5)], { epoch: 'e', sequence: 6 })
      expect(lacked()).toEqual({ files: 2, bytes: 103 })
      store.putLocal(A, [fileEntry('a', 5, { size: 50 }), fileEntry('b', 6, { size: 7 }), fileEntry('d', 4, { size: 4 }), deletedEntry('c')])
      expect(lacked()).toEqual({ files: 1, bytes: 7 })
      store.putLocal(A, [fileEntry('a', 5, { size: 50 }), deletedEntry('d')])
      store = reopen()
      expect(lacked()).toEqual({ files: 1, bytes: 7 })
      store.dropRemote(A, OTHER)
      expect(lacked()).toEqual({ files: 2, bytes: 57 })
      store.putRemote(A, OTHER, [fileEntry('a', 5)], { epoch: 'f', sequence: 1 })
      store.removeMember(A, OTHER)
      store.putMember(A, memberRow(OTHER))
      expect(lacked()).toEqual({ files: 2, bytes: 57 })
      expect(store.lackedBy(B, OTHER)).toEqual({ files: 0, bytes: 0 })
    })

    test('only of members', () => {
      expect(() => store.putRemote(A, 'NOBODY', [fileEntry('x')], { epoch: 'e', sequence: 1 })).toThrow()
      expect(() => store.putRemote('d'.repeat(32), OTHER, [fileEntry('x')], { epoch: 'e', sequence: 1 })).toThrow()
      expect(openPaths()).toEqual([])
    })
  })

  describe('open paths', () => {
    test('are in tree order, once each, page by page, and counted', () => {
      store.markOpen(A, ['b', 'a.txt', 'a/b', 'b'])
      store.putLocal(A, [fileEntry('a')])
      store.putRemote(A, OTHER, [fileEntry('a'), fileEntry('c')], { epoch: 'e', sequence: 1 })
      store.markOpen(B, ['other'])
      store = reopen()
      expect(openPaths()).toEqual(['a', 'a/b', 'a.txt', 'b', 'c'])
      expect(store.openCount(A)).toBe(5)
      expect(store.open(A, undefined, 2)).toEqual(['a', 'a/b'])
      expect(store.open(A, 'a/b', 2)).toEqual(['a.txt', 'b'])
      store.close(A, ['a/b', 'nowhere', 'c', 'c'])
      expect([openPaths(), store.openCount(A)]).toEqual([['a', 'a.txt', 'b'], 3])
      expect(store.openCount(B)).toBe(1)
    })

    test('are all that is known, on demand', () => {
      store.putLocal(A, [fileEntry('a'), deletedEntry('gone')])
      store.putRemote(A, OTHER, [fileEntry('a'), fileEntry('theirs')], { epoch: 'e', sequence: 1 })
      closeAll()
      store.markOpen(A, ['gone', 'unknown'])
      store.openAll(A)
      expect([openPaths(), store.openCount(A)]).toEqual([['a', 'gone', 'theirs', 'unknown'], 4])
    })
  })

  describe('problems', () => {
    test('are one a path, since when its reason is what it is', () => {
      store.putProblem(A, problem('b', 'FILE_CHANGING', 1))
      store.putProblem(A, problem('a', 'FILE_UNREADABLE', 2))
      store.putProblem(A, problem('b', 'FILE_CHANGING', 3, 'in other words'))
      store.putProblem(A, problem('a', 'DISK_ERROR', 4))
      store.putProblem(B, problem('c', 'DISK_ERROR', 4))
      store = reopen()
      expect(store.problems(A, 0, 10)).toEqual({ total: 2, items: [problem('a', 'DISK_ERROR', 4), problem('b', 'FILE_CHANGING', 1, 'in other words')] })
      expect(store.problems(A, 1, 1)).toEqual({ total: 2, items: [problem('b', 'FILE_CHANGING', 1, 'in other words')] })
      store.clearProblem(A, 'a')
      store.clearProblem(A, 'nowhere')
      expect(store.problems(A, 0, 10).total).toBe(1)
      expect(store.problems(B, 0, 10).total).toBe(1)
    })
  })

  describe('activity', () => {
    test('is newest first, and only the newest thousand', () => {
      const full: SyncActivity = { atMs: 5, kind: 'conflict', path: 'a', otherPath: 'b', size: 3, deviceName: '\u202Eevil', message: 'why' }
      store.addActivity(A, [activity(1), full])
      store = reopen()
      expect(store.activity(A, 0, 10)).toEqual({ total: 2, items: [full, activity(1)] })
      store.addActivity(A, Array.from({ length: 600 }, (_, index) => activity(index)))
      store.addActivity(A, Array.from({ length: 600 }, (_, index) => activity(1_000 + index)))
      const { total, items } = store.activity(A, 998, 10)
      expect([total, items]).toEqual([1_000, [activity(201), activity(200)]])
      store.addActivity(A, Array.from({ length: 1_500 }, (_, index) => activity(5_000 + index)))
      expect(store.activity(A, 0, 1)).toEqual({ total: 1_000, items: [activity(6_499)] })
      expect(store.activity(B, 0, 10)).toEqual({ total: 0, items: [] })
    })
  })

  test('what throws in a transaction leaves nothing behind, counters neither', () => {
    store.putLocal(A, [fileEntry('a')])
    closeAll()
    expect(() =>
      store.transaction(() => {
        store.putLocal(A, [fileEntry('b'), deletedEntry('a')])
        store.putProblem(A, problem('a'))
        throw new Error('no')
      }),
    ).toThrow('no')
    store = reopen()
    expect([store.content(A), store.lastSequence(A), store.openCount(A), store.problems(A, 0, 9).total]).toEqual([{ files: 1, bytes: 10 }, 1, 0, 0])
    expect(store.local(A, 'b')).toBeUndefined()
    expect(store.transaction(() => 7)).toBe(7)
  })
}

function problem(path: string, code: SyncProblem['error']['code'] = 'DISK_ERROR', sinceMs = 1, message = 'why'): SyncProblem {
  return { path, error: { code, message }, sinceMs }
}

function activity(atMs: number): SyncActivity {
  return { atMs, kind: 'got', path: 'a' }
}
