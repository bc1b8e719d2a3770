import { execFileSync } from 'node:child_process'
import fs, { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WorkerLanes } from '../../../../electron/engine/folder/lanes.ts'
import { moveToTrash } from '../../../../electron/engine/folder/trash.ts'
import { InsideFolders } from '../../../../electron/engine/folder/resolve-inside.ts'
import type { DiskAction, DiskResult } from '../../../../electron/engine/folder/sync-ports.ts'
import type { VolumeTraits } from '../../../../electron/engine/folder/volume-probe.ts'
import { SmallDisk } from '../../../support/small-disk.ts'
import { listAll } from '../../../support/sync/disk-suite.ts'
import { findProgram } from '../../../support/system-tools.ts'
import { FOLDER_ID, folderLab, treeOf, type FolderLab } from './disk-lab.ts'

const posix = process.platform !== 'win32'
const linux = process.platform === 'linux'

let lab: FolderLab
beforeEach(async () => {
  lab = folderLab()
  await lab.disk.adopt()
})
afterEach(() => lab.dispose())

const at = (path: string) => join(lab.root, path)
const stampOf = async (path: string) => (await lab.disk.stat(path))?.stamp ?? expect.fail(`nothing at ${path}`)
const stage = async (content: string, id = 1) => {
  expect(await lab.disk.stage([{ id, mtimeMs: 1_600_000_000_000, executable: false, bytes: Buffer.from(content) }])).toEqual([undefined])
}
const one = async (action: DiskAction): Promise<DiskResult> => (await lab.disk.apply([action]))[0] ?? expect.fail('no result')

describe('the marker', () => {
  test('is a small file that only its owner reads', () => {
    expect(JSON.parse(readFileSync(at('.holdfast/folder'), 'utf8'))).toEqual({ folderId: FOLDER_ID })
    if (posix) expect(statSync(at('.holdfast/folder')).mode & 0o777).toBe(0o600)
    if (posix) expect(statSync(at('.holdfast')).mode & 0o777).toBe(0o700)
  })

  test.each(['{"folderId":"0000"}', 'nonsense', '', '{}', 'null'])('of another folder, %j, is respected', async (text) => {
    writeFileSync(at('.holdfast/folder'), text)
    await expect(lab.disk.adopt()).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await expect(lab.disk.check()).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    expect(readFileSync(at('.holdfast/folder'), 'utf8')).toBe(text)
    await lab.disk.release()
    expect(readFileSync(at('.holdfast/folder'), 'utf8')).toBe(text)
  })

  test.runIf(posix)('is nothing that a link leads to', async () => {
    renameSync(at('.holdfast'), `${lab.root}.elsewhere`)
    symlinkSync(`${lab.root}.elsewhere`, at('.holdfast'))
    await expect(lab.disk.check()).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    await expect(lab.disk.adopt()).rejects.toMatchObject({ code: 'DISK_ERROR' })
  })

  test('is not made where there is no folder', async () => {
    const other = folderLab({ root: `${lab.root}/x` })
    rmSync(other.root, { recursive: true })
    await expect(other.disk.adopt()).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    writeFileSync(other.root, '')
    await expect(other.disk.adopt()).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
  })

  test('goes without a trace when nothing else is there', async () => {
    lab.write('a', 'x')
    await one({ kind: 'trash', path: 'a', expected: await stampOf('a'), by: null })
    await lab.disk.trash.empty()
    await lab.disk.release()
    expect(readdirSync(lab.root)).toEqual([])
    await lab.disk.release()
  })

  test('a receive folder may be the same: its staging stays', async () => {
    mkdirSync(at('.holdfast/staging/00000000000000000000000000000000'))
    await lab.disk.release()
    expect(existsSync(at('.holdfast/staging/00000000000000000000000000000000'))).toBe(true)
  })
})

describe.runIf(posix)('links', () => {
  test('are seen as such and never followed, whoever asks', async () => {
    const outside = `${lab.root}.outside`
    mkdirSync(outside)
    writeFileSync(join(outside, 'secret'), 'secret')
    symlinkSync(outside, at('link'))
    symlinkSync(join(outside, 'secret'), at('file'))
    const { items } = await listAll(lab.disk)
    expect(items.map(({ path, kind }) => [path, kind])).toEqual([['file', 'other'], ['link', 'other']])
    expect((await listAll(lab.disk, 'link')).items).toEqual([])
    expect(await lab.disk.stat('link/secret')).toBeUndefined()
    expect(await lab.disk.hash(['link/secret', 'file'])).toEqual([{ kind: 'gone' }, { kind: 'gone' }])
    const { ino: inode, size, mtimeMs, ctimeMs } = statSync(join(outside, 'secret'))
    const stamp = { inode, size, mtimeMs, ctimeMs }
    expect(await lab.disk.read('link/secret', stamp, 0, 6)).toBeUndefined()
    expect(await lab.disk.read('file', stamp, 0, 6)).toBeUndefined()
    await stage('hostile')
    const results = await lab.disk.apply([
      { kind: 'make-folder', path: 'link/made' },
      { kind: 'make-folder', path: 'link' },
      { kind: 'place', id: 1, path: 'link/new', expected: 'nothing', by: null },
      { kind: 'place', id: 1, path: 'link/secret', expected: stamp, by: null },
      { kind: 'place', id: 1, path: 'file', expected: stamp, by: null },
      { kind: 'place', id: 1, path: 'file', expected: 'nothing', by: null },
      { kind: 'trash', path: 'link/secret', expected: stamp, by: null },
      { kind: 'trash', path: 'file', expected: stamp, by: null },
      { kind: 'attributes', path: 'file', expected: stamp, mtimeMs: 0, executable: true },
      { kind: 'attributes', path: 'link/secret', expected: stamp, mtimeMs: 0, executable: true },
      { kind: 'move', from: 'link/secret', expected: stamp, path: 'stolen', mtimeMs: 0, executable: false },
      { kind: 'remove-folder', path: 'link' },
    ])
    expect(results).toEqual(Array(12).fill({ kind: 'changed' }))
    expect(treeOf(outside)).toEqual({ secret: 'secret' })
    expect(statSync(join(outside, 'secret'))).toMatchObject({ mtimeMs, nlink: 1 })
    expect(lstatSync(at('file')).isSymbolicLink()).toBe(true)
  })

  test('that take a folder’s place while actions run are not followed either', async () => {
    const outside = `${lab.root}.outside`
    mkdirSync(outside)
    lab.write('d/a', 'mine')
    const stamp = await stampOf('d/a')
    await stage('one')
    await stage('two', 2)
    // The first action's last step is where somebody else strikes.
    const rename = fs.renameSync
    const spy = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      rename(from, to)
      if (String(to) !== at('d/a')) return
      rename(at('d'), `${lab.root}.moved`)
      symlinkSync(outside, at('d'))
    })
    syncBuiltinESMExports()
    try {
      const results = await lab.disk.apply([
        { kind: 'place', id: 1, path: 'd/a', expected: stamp, by: null },
        { kind: 'place', id: 2, path: 'd/b', expected: 'nothing', by: null },
        { kind: 'make-folder', path: 'd/f' },
      ])
      expect(results).toEqual([{ kind: 'changed' }, { kind: 'changed' }, { kind: 'changed' }].map((result, index) => (index === 0 ? expect.anything() : result)))
    } finally {
      spy.mockRestore()
      syncBuiltinESMExports()
    }
    expect(readdirSync(outside)).toEqual([])
  })

  test('as staging or trash stop everything', async () => {
    const outside = `${lab.root}.outside`
    mkdirSync(outside)
    rmSync(at('.holdfast/staging/sync'), { recursive: true })
    symlinkSync(outside, at('.holdfast/staging/sync'))
    await expect(lab.reopen().stage([{ id: 1, mtimeMs: 0, executable: false, bytes: Buffer.from('x') }])).rejects.toMatchObject({ code: 'DISK_ERROR' })
    rmSync(at('.holdfast/staging/sync'))
    lab.write('a', 'mine')
    symlinkSync(outside, at('.holdfast/trash'))
    expect(await one({ kind: 'trash', path: 'a', expected: await stampOf('a'), by: null })).toMatchObject({ kind: 'failed', error: { code: 'DISK_ERROR' } })
    expect((await lab.disk.trash.list({ offset: 0, limit: 10 })).items).toEqual([])
    expect([readdirSync(outside), lab.tree()]).toEqual([[], { a: 'mine' }])
  })

  test('in the place of the ignore file hold everything up, until it is written anew', async () => {
    lab.write('a.txt', 'x')
    const outside = `${lab.root}.outside`
    writeFileSync(outside, '*.secret')
    symlinkSync(outside, at('.holdfastignore'))
    const disk = lab.reopen()
    await expect(listAll(disk)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(disk.check()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await disk.writeIgnoreFile('*.txt')
    expect((await listAll(disk)).items.map((item) => item.path)).toEqual(['.holdfastignore'])
    expect(readFileSync(outside, 'utf8')).toBe('*.secret')
  })

  test('devices and pipes are nothing to wait for', async () => {
    if (!findProgram('mkfifo')) return
    execFileSync('mkfifo', [at('pipe')])
    expect((await listAll(lab.disk)).items).toMatchObject([{ path: 'pipe', kind: 'other' }])
    expect(await lab.disk.hash(['pipe'])).toEqual([{ kind: 'gone' }])
  })
})

describe('somebody else', () => {
  test('who writes to a file while it is replaced finds it in the trash', async () => {
    lab.write('a', 'old')
    const stamp = await stampOf('a')
    const descriptor = fs.openSync(at('a'), 'r+')
    await stage('new')
    expect(await one({ kind: 'place', id: 1, path: 'a', expected: stamp, by: null })).toMatchObject({ kind: 'done' })
    fs.writeSync(descriptor, 'OLDER', 0)
    fs.closeSync(descriptor)
    const [item] = (await lab.disk.trash.list({ offset: 0, limit: 1 })).items
    expect(await lab.disk.trash.restore(item?.id ?? '')).toBe('a (2)')
    expect(lab.tree()).toEqual({ a: 'new', 'a (2)': 'OLDER' })
  })

  test('who saves between the looks keeps what he saved', async () => {
    lab.write('a', 'old')
    const stamp = await stampOf('a')
    await stage('new')
    const link = fs.linkSync
    const spy = vi.spyOn(fs, 'linkSync').mockImplementation((from, to) => {
      link(from, to)
      if (!String(from).endsWith('/a')) return
      writeFileSync(at('editor~'), 'saved just now')
      renameSync(at('editor~'), at('a'))
    })
    syncBuiltinESMExports()
    try {
      expect(await one({ kind: 'place', id: 1, path: 'a', expected: stamp, by: null })).toEqual({ kind: 'changed' })
      expect(lab.tree()).toEqual({ a: 'saved just now' })
      lab.write('b', 'moves')
      const moving = await stampOf('b')
      spy.mockImplementation((from, to) => {
        link(from, to)
        if (!String(from).endsWith('/b')) return
        writeFileSync(at('editor~'), 'saved again')
        renameSync(at('editor~'), at('b'))
      })
      syncBuiltinESMExports()
      expect(await one({ kind: 'move', from: 'b', expected: moving, path: 'c', mtimeMs: 0, executable: false })).toEqual({ kind: 'changed' })
    } finally {
      spy.mockRestore()
      syncBuiltinESMExports()
    }
    expect(lab.tree()).toEqual({ a: 'saved just now', b: 'saved again', c: 'moves' })
  })

  test('who tidied up the engine’s folder stops nothing', async () => {
    rmSync(at('.holdfast/staging'), { recursive: true })
    await stage('x')
    expect(await one({ kind: 'place', id: 1, path: 'a', expected: 'nothing', by: null })).toMatchObject({ kind: 'done' })
  })

  test.runIf(posix)('may read afterwards what he might before, and not more', async () => {
    lab.write('a', 'private')
    chmodSync(at('a'), 0o600)
    await stage('new')
    await one({ kind: 'place', id: 1, path: 'a', expected: await stampOf('a'), by: null })
    expect(statSync(at('a')).mode & 0o777).toBe(0o600)
    await lab.disk.stage([{ id: 2, mtimeMs: 0, executable: true, bytes: Buffer.from('x') }])
    await one({ kind: 'place', id: 2, path: 'a', expected: await stampOf('a'), by: null })
    expect(statSync(at('a')).mode & 0o777).toBe(0o700)
  })

  test('hard links of the user stay what they are', async () => {
    lab.write('a', 'both')
    linkSync(at('a'), at('b'))
    await stage('new')
    await one({ kind: 'place', id: 1, path: 'a', expected: await stampOf('a'), by: null })
    expect(lab.tree()).toEqual({ a: 'new', b: 'both' })
  })
})

describe.runIf(linux)('names on disk', () => {
  test.runIf(posix)('that no other device could be told are left out of a look at one path as well', async () => {
    mkdirSync(at('two\nlines/in'), { recursive: true })
    writeFileSync(at('two\nlines/in/a'), '')
    writeFileSync(at('fine'), '')
    const refused = { path: 'two\nlines', kind: 'folder', leftOut: { code: 'FILE_NAME_REFUSED' } }
    expect(await lab.disk.stat('two\nlines')).toMatchObject(refused)
    expect(await lab.disk.stat('two\nlines/in/a')).toMatchObject(refused)
    expect(await lab.disk.stat('no\nsuch')).toBeUndefined()
    expect(await lab.disk.stat('fine/\n')).toBeUndefined()
    expect(await lab.disk.stat('fine')).not.toHaveProperty('leftOut')
  })

  test('on another volume are left out, whatever path is asked for', async ({ skip }) => {
    mkdirSync(at('mount'))
    const disk = SmallDisk.mount(at('mount'), 1024 * 1024)
    if (!disk) return skip()
    try {
      mkdirSync(at('mount/below'))
      writeFileSync(at('mount/below/a'), 'a')
      const outside = { path: 'mount', kind: 'folder', leftOut: { code: 'FILE_NOT_REGULAR' } }
      for (const path of ['mount', 'mount/below', 'mount/below/a', 'mount/none']) expect(await lab.disk.stat(path)).toMatchObject(outside)
      expect((await listAll(lab.disk)).problems).toMatchObject([{ path: 'mount' }])
    } finally {
      disk.detach()
    }
    expect(await lab.disk.stat('mount')).not.toHaveProperty('leftOut')
  })

  test('that no other device could be told are problems, and hold up nothing else', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${lab.root}/`), Buffer.from([0x66, 0xff, 0x66])]), 'x')
    mkdirSync(Buffer.concat([Buffer.from(`${lab.root}/`), Buffer.from([0xe9])]))
    for (const name of ['tab\there', 'turn\u202exe', '.holdfastx', 'sub/.holdfastignore', 'fine']) lab.write(name, '1')
    lab.write('nested/.holdfast/folder', '{}')
    const { items, problems } = await listAll(lab.disk)
    expect(items.map((item) => item.path)).toEqual(['fine', 'nested', 'sub'])
    expect(new Map(problems.map(({ path, error }) => [path, error.code]))).toEqual(
      new Map(['f\ufffdf', '\ufffd', 'tab\there', 'turn\u202exe', '.holdfastx', 'sub/.holdfastignore'].map((path) => [path, 'FILE_NAME_REFUSED'])),
    )
    for (const { error } of problems) expect(error.message).not.toMatch(/[\t\u202e]/)
    expect(await one({ kind: 'remove-folder', path: 'nested' })).toEqual({ kind: 'changed' })
  })

  test('too deep or too long for the wire are problems too', async () => {
    const deep = Array(130).fill('d').join('/')
    mkdirSync(at(deep), { recursive: true })
    const { items, problems } = await listAll(lab.disk)
    expect(items).toHaveLength(128)
    expect(problems.map((problem) => problem.path)).toEqual([Array(129).fill('d').join('/')])
  })

  const folding: VolumeTraits = { foldsCase: true, foldsUnicode: true, hardLinks: true, windowsNames: false }

  test('that the volume takes for another’s are refused, folders too', async () => {
    const other = folderLab({ traits: folding })
    await other.disk.adopt()
    other.write('photos/one.jpg', '1')
    await other.disk.stage([{ id: 1, mtimeMs: 0, executable: false, bytes: Buffer.from('x') }])
    for (const path of ['Photos/two.jpg', 'photos/ONE.jpg', 'photos/One.JPG']) {
      expect(other.disk.nameProblem(path)).toMatchObject({ code: 'FILE_NAME_REFUSED' })
      expect(await other.disk.apply([{ kind: 'place', id: 1, path, expected: 'nothing', by: null }])).toMatchObject([{ kind: 'failed', error: { code: 'FILE_NAME_REFUSED' } }])
    }
    expect(await other.disk.apply([{ kind: 'make-folder', path: 'PHOTOS' }])).toMatchObject([{ kind: 'failed' }])
    expect(other.disk.nameProblem('u\u0308')).toMatchObject({ code: 'FILE_NAME_REFUSED' })
    expect(other.disk.nameProblem('photos/two.jpg')).toBeUndefined()
    expect(await other.disk.apply([{ kind: 'place', id: 1, path: 'photos/two.jpg', expected: 'nothing', by: null }])).toMatchObject([{ kind: 'done' }])
    expect(await other.disk.apply([{ kind: 'make-folder', path: 'New' }, { kind: 'make-folder', path: 'new' }])).toMatchObject([{ kind: 'done' }, { kind: 'failed' }])
    other.dispose()
  })

  test('change their case there by a rename', async () => {
    const other = folderLab({ traits: folding })
    await other.disk.adopt()
    other.write('readme', '1')
    const stamp = (await other.disk.stat('readme'))?.stamp ?? expect.fail()
    expect(await other.disk.apply([{ kind: 'move', from: 'readme', expected: stamp, path: 'README', mtimeMs: 5_000, executable: false }])).toMatchObject([{ kind: 'done', stamp: { mtimeMs: 5_000 } }])
    expect(other.tree()).toEqual({ README: '1' })
    other.dispose()
  })

  test('in separate accents are told composed', async () => {
    const other = folderLab({ traits: folding })
    await other.disk.adopt()
    for (const name of ['u\u0308', 'v', 'a\u0308/o\u0308', 'z']) other.write(name, '1')
    const { items } = await listAll(other.disk)
    // This volume keeps the forms apart, so that their content is not found under the composed ones; a folding one finds it.
    expect(items.map((item) => item.path)).toEqual(['v', 'z'])
    other.dispose()
  })
})

describe('the trash', () => {
  test('shows what a transfer replaced in the same folder, and never forgets that by itself', async () => {
    lab.write('a', 'received before')
    moveToTrash(new InsideFolders(lab.root), ['a'], { whenMs: lab.nowMs(), size: 15, transferId: '0'.repeat(32) })
    const { items } = await lab.disk.trash.list({ offset: 0, limit: 10 })
    expect(items).toMatchObject([{ path: 'a', size: 15, reason: 'replaced', deviceName: null }])
    await lab.disk.trash.expire(lab.nowMs() + 1e11)
    expect(await lab.disk.trash.amount()).toEqual({ files: 1, bytes: 15 })
    expect(await lab.disk.trash.restore(items[0]?.id ?? '')).toBe('a')
  })

  test('survives records that are missing, damaged or lie', async () => {
    for (const name of ['a', 'b', 'c', 'd']) lab.write(name, name)
    for (const name of ['a', 'b', 'c', 'd']) await one({ kind: 'trash', path: name, expected: await stampOf(name), by: null })
    const day = new Date(lab.nowMs()).toISOString().slice(0, 10)
    const record = (number: number) => at(`.holdfast/trash/${day}/${number}.json`)
    rmSync(record(1))
    writeFileSync(record(2), 'nonsense')
    writeFileSync(record(3), JSON.stringify({ path: '../../../etc/c', name: '3-c', whenMs: 1, size: 1, reason: 'deleted', by: {} }))
    writeFileSync(record(4), JSON.stringify({ path: 'x', name: '../../d', whenMs: 1, size: 1 }))
    writeFileSync(record(9), JSON.stringify({ path: 'nothing', name: '9-nothing', whenMs: 1, size: 1 }))
    const { items, total } = await lab.disk.trash.list({ offset: 0, limit: 10 })
    expect([total, items.map((item) => item.path)]).toEqual([4, ['d', '../../../etc/c', 'b', 'a']])
    for (const { id } of items) await lab.disk.trash.restore(id)
    expect(lab.tree()).toEqual({ a: 'a', b: 'b', d: 'd', 'restored 3': 'c' })
    await lab.disk.trash.empty()
    expect(readdirSync(at('.holdfast/trash'))).toEqual([])
  })
})

describe('volumes', () => {
  const mounted: SmallDisk[] = []
  const mount = (path: string, bytes = 4 * 1024 * 1024) => {
    const disk = SmallDisk.mount(path, bytes)
    if (disk) mounted.push(disk)
    return disk
  }
  afterEach(() => {
    for (const disk of mounted.splice(0)) disk.detach()
  })

  test('a full one is said to be full, and nothing is lost', async () => {
    const root = at('small')
    if (!mount(root)) return
    const small = folderLab({ root })
    await small.disk.adopt()
    small.write('a', 'x'.repeat(1024 * 1024))
    const stamp = (await small.disk.stat('a'))?.stamp ?? expect.fail()
    const [problem, fits] = await small.disk.stage([
      { id: 1, mtimeMs: 0, executable: false, bytes: new Uint8Array(8 * 1024 * 1024) },
      { id: 2, mtimeMs: 0, executable: false, bytes: Buffer.from('fits') },
    ])
    expect([problem?.code, fits]).toEqual(['DISK_FULL', undefined])
    await expect(small.disk.writeBlock(3, 0, new Uint8Array(8 * 1024 * 1024))).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(await small.disk.freeBytes()).toBeLessThan(4 * 1024 * 1024)
    await small.disk.unstage([3])
    small.write('filler', 'x'.repeat(await small.disk.freeBytes() - 8192))
    writeFileSync(join(root, 'rest'), '')
    try {
      for (;;) fs.appendFileSync(join(root, 'rest'), 'x'.repeat(1024))
    } catch {
      // Full to the last block.
    }
    const results = await small.disk.apply([{ kind: 'place', id: 2, path: 'a', expected: stamp, by: null }, { kind: 'make-folder', path: 'f' }])
    for (const result of results) expect(['done', 'failed']).toContain(result.kind)
    if (results[0]?.kind === 'failed') expect(results[0].error.code).toBe('DISK_FULL')
    const { a } = small.tree()
    expect(a === 'fits' || a === 'x'.repeat(1024 * 1024)).toBe(true)
  })

  test('a read-only one changes nothing and says so', async () => {
    const root = at('fixed')
    const disk = mount(root)
    if (!disk) return
    const fixed = folderLab({ root })
    await fixed.disk.adopt()
    fixed.write('a', 'x')
    const stamp = (await fixed.disk.stat('a'))?.stamp ?? expect.fail()
    execFileSync('mount', ['-o', 'remount,ro', root])
    const readOnly = { kind: 'failed', error: { code: 'FOLDER_READ_ONLY' } }
    expect((await listAll(fixed.disk)).items.map((item) => item.path)).toEqual(['a'])
    expect(await fixed.disk.apply([{ kind: 'make-folder', path: 'f' }, { kind: 'trash', path: 'a', expected: stamp, by: null }, { kind: 'attributes', path: 'a', expected: stamp, mtimeMs: 0, executable: true }])).toMatchObject([readOnly, readOnly, readOnly])
    expect((await fixed.disk.stage([{ id: 1, mtimeMs: 0, executable: false, bytes: new Uint8Array(1) }]))[0]?.code).toBe('FOLDER_READ_ONLY')
    expect(fixed.tree()).toEqual({ a: 'x' })
  })

  test('one that is taken away is a missing folder, also in the middle of a look', async () => {
    const root = at('stick')
    const disk = mount(root)
    if (!disk) return
    const stick = folderLab({ root })
    await stick.disk.adopt()
    for (let index = 0; index < 3_000; index += 1) stick.write(`many/${index}`, '')
    const look = async () => {
      for await (const listing of stick.disk.list()) if (listing.items.length > 0) disk.detach()
    }
    await expect(look()).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    await expect(stick.disk.check()).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    await expect(stick.disk.apply([{ kind: 'make-folder', path: 'f' }])).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    expect(readdirSync(root)).toEqual([])
  })

  test('one that is mounted over files takes none of them away, nor does its going', async () => {
    lab.write('below/a', 'x')
    const before = await lab.disk.stat('below/a')
    const disk = mount(at('below'))
    if (!disk) return
    const leftOut = { path: 'below', leftOut: { code: 'FILE_NOT_REGULAR', details: { otherVolume: true } } }
    lab.write('below/b', 'on the other volume')
    // Neither is what is hidden gone, nor what hides it there.
    expect(await Promise.all(['below', 'below/a', 'below/b', 'below/c'].map((path) => lab.disk.stat(path)))).toMatchObject([leftOut, leftOut, leftOut, leftOut])
    disk.detach()
    expect((await lab.disk.stat('below'))?.leftOut).toBeUndefined()
    expect([await lab.disk.stat('below/a'), await lab.disk.stat('below/b')]).toEqual([before, undefined])
  })

  test('one that is mounted below is left out, so that its going is no deletion', async () => {
    mkdirSync(at('below'))
    if (!mount(at('below'))) return
    lab.write('below/a', 'x')
    lab.write('b', 'y')
    const { items, problems } = await listAll(lab.disk)
    expect([items.map((item) => item.path), problems.map((problem) => problem.path)]).toEqual([['b'], ['below']])
  })
})

describe.runIf(posix && process.getuid?.() !== 0)('what may not be read', () => {
  test('is a problem, and covers what is below it', async () => {
    lab.write('locked/a', 'x')
    lab.write('secret', 'x')
    chmodSync(at('locked'), 0)
    chmodSync(at('secret'), 0)
    try {
      const { items, problems } = await listAll(lab.disk)
      expect(items.map((item) => item.path)).toEqual(['locked', 'secret'])
      expect(problems).toMatchObject([{ path: 'locked', error: { code: 'FILE_UNREADABLE' } }])
      await expect(lab.disk.stat('locked/a')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
      expect(await lab.disk.hash(['secret'])).toMatchObject([{ kind: 'failed', error: { code: 'FILE_UNREADABLE' } }])
    } finally {
      chmodSync(at('locked'), 0o700)
    }
  })
})

test('a file that is written to while it is read is said to be changing', async () => {
  lab.write('a', new Uint8Array(3 * 1024 * 1024))
  const read = fs.readSync
  let reads = 0
  const spy = vi.spyOn(fs, 'readSync').mockImplementation(((...values: Parameters<typeof read>) => {
    reads += 1
    if (reads === 3) fs.appendFileSync(at('a'), 'more')
    return read(...values)
  }) as typeof read)
  syncBuiltinESMExports()
  try {
    expect(await lab.disk.hash(['a'])).toEqual([{ kind: 'changing' }])
  } finally {
    spy.mockRestore()
    syncBuiltinESMExports()
  }
})

test('the same through threads, several looks at once', async () => {
  const lanes = new WorkerLanes({ readLanes: 2 })
  try {
    const threaded = folderLab({ lanes })
    await threaded.disk.adopt()
    for (let index = 0; index < 1_500; index += 1) threaded.write(`d${index % 7}/${index}`, String(index), { executable: index % 2 === 0, mtimeMs: 1_600_000_000_000 + index })
    const [a, b] = await Promise.all([listAll(threaded.disk), listAll(threaded.disk)])
    expect(a.items).toHaveLength(1_507)
    expect(a).toEqual(b)
    expect(await Promise.all(a.items.map((item) => threaded.disk.stat(item.path)))).toEqual(a.items)
    const files = a.items.filter((item) => item.kind === 'file')
    const hashes = await threaded.disk.hash(files.map((item) => item.path))
    expect(hashes.map((hash) => hash.kind === 'hashed' && hash.stamp)).toEqual(files.map((item) => item.stamp))
    await expect(threaded.disk.read(files[0]?.path ?? '', files[0]?.stamp ?? expect.fail(), 0, 10)).resolves.toEqual(new TextEncoder().encode(threaded.tree()[files[0]?.path ?? '']))
    await threaded.disk.stage([{ id: 1, mtimeMs: 0, executable: false, bytes: new Uint8Array([104, 105]) }])
    await threaded.disk.flush()
    expect(await threaded.disk.apply([{ kind: 'place', id: 1, path: 'new', expected: 'nothing', by: null }, { kind: 'make-folder', path: '../x' }])).toMatchObject([{ kind: 'done' }, { kind: 'failed', error: { code: 'FILE_NAME_REFUSED' } }])
    threaded.takeAway()
    await expect(threaded.disk.check()).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    threaded.bringBack()
    threaded.dispose()
  } finally {
    await lanes.close()
  }
})
