import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DiskAction, DiskItem, DiskResult, Listing, SyncDisk } from '../../../electron/engine/folder/sync-ports.ts'
import type { Stamp } from '../../../electron/engine/journal/sync-ports.ts'
import { blake3, fileDigest } from '../../../electron/engine/util/digest.ts'
import { compareTreeOrder } from '../../../electron/engine/util/tree-order.ts'

const MIB = 1024 * 1024
const DAY_MS = 24 * 60 * 60 * 1000
const OLD_MS = 1_600_000_000_000

/** A folder that the suite changes behind the engine's back. Paths are slash-separated and relative to it. */
export interface DiskLab {
  readonly disk: SyncDisk
  /** As after a restart. */
  reopen(): SyncDisk
  write(path: string, content: string | Uint8Array, options?: { mtimeMs?: number; executable?: boolean }): void
  makeFolder(path: string): void
  remove(path: string): void
  rename(from: string, to: string): void
  /** Every name but the engine's own, with its content; folders end in a slash and hold ''. */
  tree(): Record<string, string>
  /** The disk is unplugged, and comes back. */
  takeAway(): void
  bringBack(): void
  nowMs(): number
  pass(ms: number): void
  dispose(): void
}

/** What every disk under a shared folder must do. The folder is empty and adopted when a test begins. */
export function syncDiskSuite(make: () => DiskLab): void {
  let lab: DiskLab
  let disk: SyncDisk
  beforeEach(async () => {
    lab = make()
    disk = lab.disk
    await disk.adopt()
  })
  afterEach(() => lab.dispose())

  const all = (under?: string) => listAll(disk, under)
  const paths = async (under?: string) => (await all(under)).items.map((item) => item.path)
  const stampOf = async (path: string): Promise<Stamp> => (await disk.stat(path))?.stamp ?? failed(`nothing at ${path}`)
  const apply = async (...actions: DiskAction[]) => [...(await disk.apply(actions))]
  const one = async (action: DiskAction): Promise<DiskResult> => (await disk.apply([action]))[0] ?? failed('no result')
  const stage = async (id: number, content: string, options: { mtimeMs?: number; executable?: boolean } = {}) => {
    const bytes = new TextEncoder().encode(content)
    expect(await disk.stage([{ id, mtimeMs: options.mtimeMs ?? OLD_MS, executable: options.executable ?? false, bytes }])).toEqual([undefined])
    await disk.flush()
  }
  const trashed = async (search?: string) =>
    (await disk.trash.list({ offset: 0, limit: 100, ...(search === undefined ? {} : { search }) })).items.map(({ path, size, reason, deviceName }) => ({ path, size, reason, deviceName }))

  describe('the marker', () => {
    test('is made again without harm, and is what the folder is known by', async () => {
      lab.write('a', 'x')
      await disk.adopt()
      await disk.check()
      lab.takeAway()
      const missing = { code: 'FOLDER_MISSING' }
      await expect(disk.check()).rejects.toMatchObject(missing)
      await expect(all()).rejects.toMatchObject(missing)
      await expect(disk.stat('a')).rejects.toMatchObject(missing)
      await expect(disk.hash(['a'])).rejects.toMatchObject(missing)
      await expect(disk.apply([{ kind: 'make-folder', path: 'b' }])).rejects.toMatchObject(missing)
      await expect(disk.stage([{ id: 1, mtimeMs: 0, executable: false, bytes: new Uint8Array(1) }])).rejects.toMatchObject(missing)
      await expect(disk.trash.amount()).rejects.toMatchObject(missing)
      await expect(disk.freeBytes()).rejects.toMatchObject(missing)
      lab.bringBack()
      await disk.check()
      expect(await paths()).toEqual(['a'])
    })

    test('goes with the staging when the folder is released; files and trash stay', async () => {
      lab.write('a', 'x')
      lab.write('b', 'y')
      await one({ kind: 'trash', path: 'b', expected: await stampOf('b'), by: null })
      await stage(1, 'z')
      await disk.release()
      disk = lab.reopen()
      await expect(disk.check()).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
      expect(lab.tree()).toEqual({ a: 'x' })
      await disk.adopt()
      expect(await disk.staged()).toEqual([])
      expect(await trashed()).toEqual([{ path: 'b', size: 1, reason: 'deleted', deviceName: null }])
    })
  })

  describe('a look', () => {
    test('finds everything in tree order, a folder before what is in it', async () => {
      for (const path of ['b/c', 'b/c d', 'b.txt', 'b c', 'a/x/y/z', 'Z', 'ü', '\u{1F600}', 'b/\u{1F600}/q']) lab.write(path, path)
      lab.makeFolder('empty/inner')
      const found = await all()
      expect(found.problems).toEqual([])
      const expected = ['Z', 'a', 'a/x', 'a/x/y', 'a/x/y/z', 'b', 'b/c', 'b/c d', 'b/\u{1F600}', 'b/\u{1F600}/q', 'b c', 'b.txt', 'empty', 'empty/inner', 'ü', '\u{1F600}']
      expect(found.items.map((item) => item.path)).toEqual(expected)
      expect([...expected].sort(compareTreeOrder)).toEqual(expected)
      expect(found.items.filter((item) => item.kind === 'folder').map((item) => item.path)).toEqual(['a', 'a/x', 'a/x/y', 'b', 'b/\u{1F600}', 'empty', 'empty/inner'])
      expect(found.items.find((item) => item.path === 'b/c d')?.stamp.size).toBe(5)
    })

    test('is limited to what is below a folder', async () => {
      for (const path of ['a/b/c', 'a/d', 'ab', 'x']) lab.write(path, '1')
      expect(await paths('a')).toEqual(['a/b', 'a/b/c', 'a/d'])
      expect(await paths('a/b/c')).toEqual([])
      expect(await paths('nowhere')).toEqual([])
      expect(await paths('../..')).toEqual([])
    })

    test('comes in batches, and ends when it is not wanted any more', async () => {
      for (let index = 0; index < 2_500; index += 1) lab.write(`many/${String(index).padStart(5, '0')}`, '')
      const sizes: number[] = []
      for await (const listing of disk.list()) sizes.push(listing.items.length)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(1024)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2_501)
      const iterator = disk.list()[Symbol.asyncIterator]()
      expect((await iterator.next()).done).toBe(false)
      await iterator.return?.()
      const controller = new AbortController()
      const aborted = async () => {
        for await (const listing of disk.list(undefined, controller.signal)) controller.abort(new Error(`enough of ${listing.items.length}`))
      }
      await expect(aborted()).rejects.toThrow('enough')
    })

    test('at one path tells what is there', async () => {
      lab.write('a/b', 'xyz', { mtimeMs: OLD_MS, executable: true })
      expect(await disk.stat('a/b')).toMatchObject({ path: 'a/b', kind: 'file', executable: disk.keepsExecutable, stamp: { size: 3, mtimeMs: OLD_MS } })
      expect(await disk.stat('a')).toMatchObject({ path: 'a', kind: 'folder', executable: false })
      expect(await Promise.all(['c', 'a/b/c', '..', '', '/a', 'a/', '.holdfast/folder'].map((path) => disk.stat(path)))).toEqual(Array(7).fill(undefined))
      const again = await all()
      expect(again.items.find((item) => item.path === 'a/b')).toEqual(await disk.stat('a/b'))
    })

    test('sees a change in the stamp', async () => {
      lab.write('a', 'one', { mtimeMs: OLD_MS })
      const before = await stampOf('a')
      expect(await stampOf('a')).toEqual(before)
      lab.write('a', 'two', { mtimeMs: OLD_MS + 1_000 })
      expect(await stampOf('a')).not.toEqual(before)
    })

    test('does not see what is ignored', async () => {
      lab.write('.holdfastignore', '# comment\n*.tmp\n/build/\n!keep.tmp\nsub/secret\n')
      for (const path of ['a.tmp', 'keep.tmp', 'build/x', 'sub/build/x', 'sub/secret', 'other/sub/secret', 'b']) lab.write(path, '1')
      expect(await paths()).toEqual(['.holdfastignore', 'b', 'keep.tmp', 'other', 'other/sub', 'other/sub/secret', 'sub', 'sub/build', 'sub/build/x'])
      expect([disk.ignores('a.tmp', 'file'), disk.ignores('deep/er/b.tmp', 'file'), disk.ignores('build', 'folder'), disk.ignores('build', 'file'), disk.ignores('build/x', 'file')]).toEqual([true, true, true, false, true])
      expect([disk.ignores('keep.tmp', 'file'), disk.ignores('.holdfastignore', 'file'), disk.ignores('b', 'file')]).toEqual([false, false, false])
      expect(await paths('build')).toEqual([])
      disk = lab.reopen()
      await disk.check()
      expect(disk.ignores('a.tmp', 'file')).toBe(true)
    })

    test('never ignores the ignore file, which is a file like others', async () => {
      await disk.writeIgnoreFile('*\n.*\n')
      expect(await disk.readIgnoreFile()).toBe('*\n.*\n')
      expect(disk.ignores('a', 'file')).toBe(true)
      expect(disk.ignores('.holdfastignore', 'file')).toBe(false)
      expect(await paths()).toEqual(['.holdfastignore'])
      expect(disk.nameProblem('.holdfastignore')).toBeUndefined()
      lab.remove('.holdfastignore')
      expect(await disk.readIgnoreFile()).toBe('')
      lab.write('a', '1')
      expect(await paths()).toEqual(['a'])
      expect(disk.ignores('a', 'file')).toBe(false)
    })

    test('says which rules cost too much', async () => {
      lab.write('.holdfastignore', '*.tmp\n**/a/**/b/**/c\n')
      const { problems } = await all()
      expect(problems).toMatchObject([{ path: '.holdfastignore', error: { code: 'USAGE_INVALID' } }])
      expect(problems[0]?.error.message).toContain('Line 2')
      expect(disk.ignores('x.tmp', 'file')).toBe(true)
      await expect(disk.writeIgnoreFile('a/**/b/**/c/**/d')).rejects.toMatchObject({ code: 'USAGE_INVALID' })
      await expect(disk.writeIgnoreFile('#'.repeat(300 * 1024))).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    })
  })

  describe('names', () => {
    test.each(['../a', '/a', 'a//b', 'a/../b', '', '.', 'a/.', '.holdfast', '.holdfast/folder', '.HoldFast/x', 'a/.holdfast/b', '.holdfastignore/x', 'a/.holdfastignore', 'a\u0000', 'a\nb', 'a\u202eb', 'x'.repeat(256), `${'a/'.repeat(200)}b`])(
      'of a peer like %j are refused everywhere',
      async (path) => {
        expect(disk.nameProblem(path)).toMatchObject({ code: 'FILE_NAME_REFUSED' })
        expect(await disk.stat(path)).toBeUndefined()
        expect(await disk.hash([path])).toEqual([{ kind: 'gone' }])
        const stamp = { size: 0, mtimeMs: 0, ctimeMs: 0, inode: 0 }
        expect(await disk.read(path, stamp, 0, 1)).toBeUndefined()
        await stage(1, 'hostile')
        lab.write('here', 'kept')
        const here = await stampOf('here')
        const results = await apply(
          { kind: 'make-folder', path },
          { kind: 'place', id: 1, path, expected: 'nothing', by: null },
          { kind: 'trash', path, expected: stamp, by: null },
          { kind: 'remove-folder', path },
          { kind: 'attributes', path, expected: stamp, mtimeMs: 0, executable: true },
          { kind: 'move', from: 'here', expected: here, path, mtimeMs: 0, executable: false },
          { kind: 'move', from: path, expected: stamp, path: 'there', mtimeMs: 0, executable: false },
          { kind: 'place', id: 1, path: 'here', expected: here, keepAs: path, by: null },
        )
        for (const result of results) expect(result).toMatchObject({ kind: 'failed', error: { code: 'FILE_NAME_REFUSED' } })
        expect(lab.tree()).toEqual({ here: 'kept' })
        await disk.check()
      },
    )

    test.each(['a', 'a b/c', 'ü', '.hidden', 'aux.c', 'x'.repeat(255), '\u{1F600}'])('like %j are fine', (path) => {
      if (process.platform === 'win32') return
      expect(disk.nameProblem(path)).toBeUndefined()
    })
  })

  describe('content', () => {
    test('has the digests of the wire', async () => {
      const long = new Uint8Array(2 * MIB + 5).map((_, index) => index * 7)
      const exact = long.subarray(0, MIB)
      lab.write('empty', '')
      lab.write('small', 'hello', { executable: true })
      lab.write('exact', exact)
      lab.write('long', long)
      const [empty, small, whole, blocks, gone, folder] = await disk.hash(['empty', 'small', 'exact', 'long', 'nowhere', '..'])
      const none = new Uint8Array(0)
      const plain = (bytes: Uint8Array) => new Uint8Array(bytes)
      expect(empty).toEqual({ kind: 'hashed', stamp: await stampOf('empty'), executable: false, digest: plain(blake3('')), blocks: none })
      expect(small).toEqual({ kind: 'hashed', stamp: await stampOf('small'), executable: disk.keepsExecutable, digest: plain(blake3('hello')), blocks: none })
      expect(whole).toMatchObject({ kind: 'hashed', digest: plain(blake3(exact)), blocks: none })
      const digests = Buffer.concat([blake3(long.subarray(0, MIB)), blake3(long.subarray(MIB, 2 * MIB)), blake3(long.subarray(2 * MIB))])
      expect(blocks).toEqual({ kind: 'hashed', stamp: await stampOf('long'), executable: false, digest: plain(fileDigest(long.length, digests)), blocks: plain(digests) })
      expect([gone, folder]).toEqual([{ kind: 'gone' }, { kind: 'gone' }])
    })

    test('is read only while the stamp is right', async () => {
      lab.write('a', '0123456789')
      const stamp = await stampOf('a')
      const text = async (offset: number, length: number, given = stamp) => {
        const bytes = await disk.read('a', given, offset, length)
        return bytes && new TextDecoder().decode(bytes)
      }
      expect([await text(0, 10), await text(3, 4), await text(8, 10), await text(20, 1)]).toEqual(['0123456789', '3456', '89', ''])
      expect(await text(0, 1, { ...stamp, mtimeMs: stamp.mtimeMs - 1 })).toBeUndefined()
      expect(await text(0, 1, { ...stamp, size: 11 })).toBeUndefined()
      lab.write('a', '9876543210', { mtimeMs: OLD_MS })
      expect(await text(0, 1)).toBeUndefined()
      lab.remove('a')
      expect(await text(0, 1)).toBeUndefined()
    })
  })

  describe('staging', () => {
    test('keeps files over a restart, until they are placed or not needed', async () => {
      await stage(7, 'seven')
      await stage(9, 'nine')
      expect(await all()).toEqual({ items: [], problems: [] })
      disk = lab.reopen()
      expect(new Set(await disk.staged())).toEqual(new Set([7, 9]))
      await disk.unstage([9, 100])
      expect(await disk.staged()).toEqual([7])
      expect(await one({ kind: 'place', id: 7, path: 'a', expected: 'nothing', by: null })).toMatchObject({ kind: 'done' })
      expect(await disk.staged()).toEqual([])
      await stage(1, 'x')
      await disk.unstage()
      expect(await disk.staged()).toEqual([])
      expect(lab.tree()).toEqual({ a: 'seven' })
    })

    test('of a long file goes on where it was', async () => {
      const first = new Uint8Array(MIB).fill(1)
      const second = new Uint8Array(MIB).fill(2)
      const last = new Uint8Array(10).fill(3)
      expect(await disk.hashStaged(5)).toBeUndefined()
      await disk.stage([{ id: 5, mtimeMs: 1, executable: true }])
      await disk.writeBlock(5, 0, first)
      await disk.writeBlock(5, 2 * MIB, last)
      await disk.flush()
      disk = lab.reopen()
      const hole = blake3(new Uint8Array(MIB))
      expect(Buffer.compare((await disk.hashStaged(5)) ?? Buffer.alloc(0), Buffer.concat([blake3(first), hole, blake3(last)]))).toBe(0)
      await disk.stage([{ id: 5, mtimeMs: OLD_MS, executable: true }])
      await disk.writeBlock(5, MIB, second)
      await disk.flush()
      const result = await one({ kind: 'place', id: 5, path: 'long', expected: 'nothing', by: null })
      expect(result).toMatchObject({ kind: 'done', stamp: { size: 2 * MIB + 10, mtimeMs: OLD_MS } })
      expect(await disk.stat('long')).toMatchObject({ executable: disk.keepsExecutable })
      expect((await disk.hash(['long']))[0]).toMatchObject({ digest: new Uint8Array(fileDigest(2 * MIB + 10, Buffer.concat([blake3(first), blake3(second), blake3(last)]))) })
    })

    test('takes parts of files that are here', async () => {
      lab.write('source', 'abcdefghij')
      const stamp = await stampOf('source')
      await disk.stage([{ id: 3, mtimeMs: OLD_MS, executable: false }])
      expect(new TextDecoder().decode(await disk.copyBlock(3, 4, 4, { path: 'source', stamp, offset: 2 }))).toBe('cdef')
      expect(new TextDecoder().decode(await disk.copyBlock(3, 0, 4, { path: 'source', stamp, offset: 6 }))).toBe('ghij')
      expect(await disk.copyBlock(3, 0, 4, { path: 'source', stamp: { ...stamp, inode: stamp.inode + 1 }, offset: 0 })).toBeUndefined()
      expect(await disk.copyBlock(3, 0, 4, { path: 'nowhere', stamp, offset: 0 })).toBeUndefined()
      expect(await disk.copyBlock(3, 0, 4, { path: 'source', stamp, offset: 8 })).toBeUndefined()
      await disk.flush()
      await one({ kind: 'place', id: 3, path: 'made', expected: 'nothing', by: null })
      expect(lab.tree()['made']).toBe('ghijcdef')
    })

    test('replaces what was staged under the same number', async () => {
      await stage(1, 'a long first text')
      await stage(1, 'second')
      await one({ kind: 'place', id: 1, path: 'a', expected: 'nothing', by: null })
      expect(lab.tree()).toEqual({ a: 'second' })
    })
  })

  describe('placing', () => {
    test('gives a new file its name, time and mode', async () => {
      lab.makeFolder('f')
      await stage(1, 'content', { mtimeMs: OLD_MS, executable: true })
      const result = await one({ kind: 'place', id: 1, path: 'f/a', expected: 'nothing', by: 'Laptop' })
      expect(result).toEqual({ kind: 'done', stamp: await stampOf('f/a') })
      expect(await disk.stat('f/a')).toMatchObject({ kind: 'file', executable: disk.keepsExecutable, stamp: { size: 7, mtimeMs: OLD_MS } })
      expect(await trashed()).toEqual([])
    })

    test('replaces exactly what was expected, which goes to the trash', async () => {
      lab.write('a', 'old')
      await stage(1, 'new')
      expect(await one({ kind: 'place', id: 1, path: 'a', expected: await stampOf('a'), by: 'Laptop' })).toEqual({ kind: 'done', stamp: await stampOf('a') })
      expect(lab.tree()).toEqual({ a: 'new' })
      expect(await trashed()).toEqual([{ path: 'a', size: 3, reason: 'replaced', deviceName: 'Laptop' }])
      expect(await disk.trash.amount()).toEqual({ files: 1, bytes: 3 })
    })

    test('or keeps it under another name', async () => {
      lab.makeFolder('d')
      lab.write('d/a', 'old', { mtimeMs: OLD_MS })
      await stage(1, 'new')
      const copy = 'd/a (conflict, Laptop, 2026-11-21 12.00.00)'
      const result = await one({ kind: 'place', id: 1, path: 'd/a', expected: await stampOf('d/a'), keepAs: copy, by: 'Laptop' })
      expect(result).toEqual({ kind: 'done', stamp: await stampOf('d/a'), kept: { path: copy, stamp: await stampOf(copy) } })
      expect((await stampOf(copy)).mtimeMs).toBe(OLD_MS)
      expect(lab.tree()).toEqual({ 'd/': '', 'd/a': 'new', [copy]: 'old' })
      expect(await trashed()).toEqual([])
    })

    test('does nothing where it is not as expected', async () => {
      lab.write('a', 'here')
      lab.write('copy', 'taken')
      lab.makeFolder('f')
      lab.makeFolder('into')
      const stamp = await stampOf('a')
      await stage(1, 'new')
      const other = { ...stamp, mtimeMs: stamp.mtimeMs + 1 }
      expect(
        await apply(
          { kind: 'place', id: 1, path: 'a', expected: 'nothing', by: null },
          { kind: 'place', id: 1, path: 'a', expected: other, by: null },
          { kind: 'place', id: 1, path: 'b', expected: stamp, by: null },
          { kind: 'place', id: 1, path: 'f', expected: 'nothing', by: null },
          { kind: 'place', id: 1, path: 'f', expected: stamp, by: null },
          { kind: 'place', id: 1, path: 'a', expected: stamp, keepAs: 'copy', by: null },
          { kind: 'place', id: 1, path: 'a', expected: stamp, keepAs: 'no folder/copy', by: null },
          { kind: 'place', id: 1, path: 'no folder/a', expected: 'nothing', by: null },
          { kind: 'place', id: 1, path: 'a/b', expected: 'nothing', by: null },
          { kind: 'trash', path: 'a', expected: other, by: null },
          { kind: 'trash', path: 'f', expected: stamp, by: null },
          { kind: 'trash', path: 'nowhere', expected: stamp, by: null },
          { kind: 'move', from: 'a', expected: other, path: 'c', mtimeMs: 0, executable: false },
          { kind: 'move', from: 'a', expected: stamp, path: 'copy', mtimeMs: 0, executable: false },
          { kind: 'move', from: 'a', expected: stamp, path: 'f', mtimeMs: 0, executable: false },
          { kind: 'move', from: 'a', expected: stamp, path: 'no folder/a', mtimeMs: 0, executable: false },
          { kind: 'attributes', path: 'a', expected: other, mtimeMs: 0, executable: true },
          { kind: 'attributes', path: 'nowhere', expected: other, mtimeMs: 0, executable: true },
          { kind: 'make-folder', path: 'a' },
          { kind: 'make-folder', path: 'no folder/f' },
          { kind: 'remove-folder', path: 'a' },
        ),
      ).toEqual(Array(21).fill({ kind: 'changed' }))
      expect(lab.tree()).toEqual({ a: 'here', copy: 'taken', 'f/': '', 'into/': '' })
      expect(await trashed()).toEqual([])
      expect(await disk.staged()).toEqual([1])
      expect(await one({ kind: 'place', id: 1, path: 'a', expected: await stampOf('a'), by: null })).toMatchObject({ kind: 'done' })
    })

    test('fails for what is not staged', async () => {
      expect(await one({ kind: 'place', id: 44, path: 'a', expected: 'nothing', by: null })).toMatchObject({ kind: 'failed', error: { code: 'FILE_VANISHED' } })
    })

    test('each action stands by itself, in the order given', async () => {
      lab.write('old/a', 'a')
      const stamp = await stampOf('old/a')
      await stage(1, 'b')
      const results = await apply(
        { kind: 'make-folder', path: 'new' },
        { kind: 'make-folder', path: 'new/er' },
        { kind: 'remove-folder', path: 'old' },
        { kind: 'move', from: 'old/a', expected: stamp, path: 'new/er/a', mtimeMs: OLD_MS, executable: true },
        { kind: 'place', id: 1, path: 'new/b', expected: 'nothing', by: null },
        { kind: 'remove-folder', path: 'old' },
        { kind: 'remove-folder', path: 'never/was' },
      )
      expect(results.map((result) => result.kind)).toEqual(['done', 'done', 'changed', 'done', 'done', 'done', 'changed'])
      expect(results[3]).toEqual({ kind: 'done', stamp: await stampOf('new/er/a') })
      expect(await disk.stat('new/er/a')).toMatchObject({ executable: disk.keepsExecutable, stamp: { mtimeMs: OLD_MS } })
      expect(lab.tree()).toEqual({ 'new/': '', 'new/er/': '', 'new/er/a': 'a', 'new/b': 'b' })
      expect(await apply({ kind: 'make-folder', path: 'new' }, { kind: 'remove-folder', path: 'old' })).toEqual([{ kind: 'done' }, { kind: 'done' }])
      expect(await trashed()).toEqual([])
    })

    test('sets attributes', async () => {
      lab.write('a', 'x', { mtimeMs: OLD_MS, executable: true })
      const result = await one({ kind: 'attributes', path: 'a', expected: await stampOf('a'), mtimeMs: OLD_MS + 5_000, executable: false })
      expect(result).toEqual({ kind: 'done', stamp: await stampOf('a') })
      expect(await disk.stat('a')).toMatchObject({ executable: false, stamp: { mtimeMs: OLD_MS + 5_000 } })
    })
  })

  describe('the trash', () => {
    const trash = async (path: string, by: string | null = null) => expect(await one({ kind: 'trash', path, expected: await stampOf(path), by })).toMatchObject({ kind: 'done' })

    test('lists what was deleted, newest first, and finds it', async () => {
      for (const path of ['d/one', 'd/two', 'three']) lab.write(path, path)
      await trash('d/one', 'Laptop')
      lab.pass(2 * DAY_MS)
      await trash('d/two')
      await trash('three')
      expect(lab.tree()).toEqual({ 'd/': '' })
      const { total, items } = await disk.trash.list({ offset: 0, limit: 2 })
      expect([total, items.map((item) => [item.path, item.atMs])]).toEqual([3, [['three', lab.nowMs()], ['d/two', lab.nowMs()]]])
      expect((await disk.trash.list({ offset: 2, limit: 2 })).items).toMatchObject([{ path: 'd/one', size: 5, atMs: lab.nowMs() - 2 * DAY_MS, reason: 'deleted', deviceName: 'Laptop' }])
      expect(await trashed('D/')).toMatchObject([{ path: 'd/two' }, { path: 'd/one' }])
      expect(await trashed('nothing like it')).toEqual([])
      expect(await disk.trash.amount()).toEqual({ files: 3, bytes: 15 })
      disk = lab.reopen()
      expect(await disk.trash.amount()).toEqual({ files: 3, bytes: 15 })
    })

    test('gives back, under a free name', async () => {
      lab.write('d/a.txt', 'first')
      await trash('d/a.txt')
      lab.write('d/a.txt', 'second')
      await trash('d/a.txt')
      const { items } = await disk.trash.list({ offset: 0, limit: 9 })
      const [second, first] = items.map((item) => item.id)
      expect(await disk.trash.restore(first ?? '')).toBe('d/a.txt')
      expect(await disk.trash.restore(second ?? '')).toBe('d/a (2).txt')
      expect(lab.tree()).toEqual({ 'd/': '', 'd/a.txt': 'first', 'd/a (2).txt': 'second' })
      await expect(disk.trash.restore(first ?? '')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
      await expect(disk.trash.restore('../../etc/1')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
      expect(await disk.trash.amount()).toEqual({ files: 0, bytes: 0 })
      expect(await trashed()).toEqual([])
    })

    test('gives back where its folder is gone, or is a file now', async () => {
      lab.write('d/e/a', '1')
      lab.write('x/b', '2')
      await trash('d/e/a')
      await trash('x/b')
      lab.remove('d')
      lab.remove('x')
      lab.write('x', 'a file')
      for (const { id } of (await disk.trash.list({ offset: 0, limit: 9 })).items) await disk.trash.restore(id)
      expect(lab.tree()).toEqual({ b: '2', 'd/': '', 'd/e/': '', 'd/e/a': '1', x: 'a file' })
    })

    test('takes no more than its limit: what finds no room stays, each file by itself', async () => {
      disk.trash.setLimit(10)
      expect(await disk.trash.limitBytes()).toBe(10)
      for (const [path, content] of [['a', '12345678'], ['b', '1234'], ['c', '12']] as const) lab.write(path, content)
      await stage(1, 'new')
      const [a, b, c] = [await stampOf('a'), await stampOf('b'), await stampOf('c')]
      const results = await apply(
        { kind: 'trash', path: 'a', expected: a, by: null },
        { kind: 'place', id: 1, path: 'b', expected: b, by: null },
        { kind: 'make-folder', path: 'f' },
        { kind: 'trash', path: 'c', expected: c, by: null },
      )
      expect(results).toMatchObject([{ kind: 'done' }, { kind: 'failed', error: { code: 'TRASH_FULL', message: expect.stringContaining('raise its limit') } }, { kind: 'done' }, { kind: 'done' }])
      expect(lab.tree()).toEqual({ b: '1234', 'f/': '' })
      expect(await trashed()).toMatchObject([{ path: 'c' }, { path: 'a' }])
      expect(await disk.trash.problem('b', 4)).toMatchObject({ code: 'TRASH_FULL', policy: 'retry' })
      disk.trash.setLimit(14)
      expect([await disk.trash.problem('b', 4), (await disk.trash.problem('b', 4, 1))?.code]).toEqual([undefined, 'TRASH_FULL'])
      expect(await one({ kind: 'place', id: 1, path: 'b', expected: b, by: null })).toMatchObject({ kind: 'done' })
      disk.trash.setLimit(1)
      await disk.trash.empty()
      expect(await disk.trash.problem('b', 400)).toBeUndefined()
    })

    test('makes room by what has been in it for thirty days, and by nothing else', async () => {
      disk.trash.setLimit(4)
      for (const path of ['old', 'new']) lab.write(path, '1234')
      await trash('old')
      lab.pass(29 * DAY_MS)
      expect(await one({ kind: 'trash', path: 'new', expected: await stampOf('new'), by: null })).toMatchObject({ kind: 'failed', error: { code: 'TRASH_FULL' } })
      expect(await trashed()).toMatchObject([{ path: 'old' }])
      lab.pass(3 * DAY_MS)
      await trash('new')
      expect(await trashed()).toMatchObject([{ path: 'new' }])
    })

    test('forgets after thirty days, not before, or when it is emptied', async () => {
      lab.write('a', '1')
      lab.write('b', '22')
      await trash('a')
      lab.pass(20 * DAY_MS)
      await trash('b')
      await disk.trash.expire(lab.nowMs() + 9 * DAY_MS)
      expect(await disk.trash.amount()).toEqual({ files: 2, bytes: 3 })
      await disk.trash.expire(lab.nowMs() + 12 * DAY_MS)
      expect(await trashed()).toMatchObject([{ path: 'b' }])
      expect(await disk.trash.amount()).toEqual({ files: 1, bytes: 2 })
      await disk.trash.empty()
      expect(await trashed()).toEqual([])
      expect(await disk.trash.amount()).toEqual({ files: 0, bytes: 0 })
    })
  })
}

export async function listAll(disk: SyncDisk, under?: string): Promise<{ items: DiskItem[]; problems: Listing['problems'][number][] }> {
  const items: DiskItem[] = []
  const problems: Listing['problems'][number][] = []
  for await (const listing of disk.list(under)) {
    items.push(...listing.items)
    problems.push(...listing.problems)
  }
  return { items, problems }
}

function failed(message: string): never {
  throw new Error(message)
}
