import { existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diskProblem } from '../../../electron/engine/folder/disk-errors.ts'
import { markQuarantine } from '../../../electron/engine/folder/quarantine.ts'
import { ReceiveFolder } from '../../../electron/engine/folder/receive-folder.ts'
import { plant, receivePlace, staged, temporaryFolder, TRANSFER } from './place.ts'

describe('ReceiveFolder', () => {
  it('is made on first use, its staging for this user alone', () => {
    const root = join(temporaryFolder(), 'new')
    ReceiveFolder.open(root, { create: true })
    ReceiveFolder.open(root, { create: true })
    ReceiveFolder.open(root, { create: false })
    expect(existsSync(join(root, '.holdfast/staging'))).toBe(true)
    if (process.platform !== 'win32') expect(statSync(join(root, '.holdfast')).mode & 0o777).toBe(0o700)
  })

  it('may be a link, for the user named it', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'real'))
    symlinkSync('real', join(folder, 'link'))
    ReceiveFolder.open(join(folder, 'link'), { create: true })
    expect(existsSync(join(folder, 'real/.holdfast/staging'))).toBe(true)
  })

  it('says what is in the way', () => {
    const folder = temporaryFolder()
    plant(folder, { file: '', 'odd/.holdfast': 'a file' })
    expect(() => ReceiveFolder.open(join(folder, 'none/deep'), { create: true })).toThrow(expect.objectContaining({ code: 'FOLDER_MISSING' }))
    if (process.platform === 'linux') {
      expect(() => ReceiveFolder.open('/proc/none', { create: true })).toThrow(expect.objectContaining({ code: 'FOLDER_READ_ONLY', message: expect.stringMatching(/does not take new folders/) }))
    }
    expect(() => ReceiveFolder.open(join(folder, 'file'), { create: true })).toThrow(expect.objectContaining({ code: 'FOLDER_MISSING' }))
    expect(() => ReceiveFolder.open(join(folder, 'file/x'), { create: true })).toThrow(expect.objectContaining({ code: 'FOLDER_MISSING' }))
    expect(() => ReceiveFolder.open(join(folder, 'odd'), { create: true })).toThrow(expect.objectContaining({ code: 'DISK_ERROR' }))
    expect(() => ReceiveFolder.open(join(folder, 'none'), { create: false })).toThrow(expect.objectContaining({ code: 'FOLDER_MISSING' }))
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  it('is missing once it vanished, and usable again when it is back or made again', () => {
    const root = join(temporaryFolder(), 'new')
    const folder = ReceiveFolder.open(root, { create: true })
    folder.check()
    renameSync(root, `${root}-away`)
    expect(() => folder.check()).toThrow(expect.objectContaining({ code: 'FOLDER_MISSING' }))
    expect(existsSync(root)).toBe(false)
    renameSync(`${root}-away`, root)
    folder.check()
    rmSync(root, { recursive: true })
    mkdirSync(root)
    folder.check()
    expect(existsSync(join(root, '.holdfast/staging'))).toBe(true)
  })

  it('knows its space, its traits and what is unfinished in it', async () => {
    const { place, root } = receivePlace()
    const folder = ReceiveFolder.open(root, { create: false })
    staged(place, 0, 'a', 'x')
    mkdirSync(join(root, '.holdfast/staging/not a transfer'))
    mkdirSync(join(root, '.holdfast/probe-left'))
    expect(folder.stagedTransfers()).toEqual([TRANSFER])
    await folder.tidy()
    expect(existsSync(join(root, '.holdfast/probe-left'))).toBe(false)
    const space = await folder.freeSpace()
    expect(space.freeBytes).toBeGreaterThan(0)
    expect(space.totalBytes).toBeGreaterThanOrEqual(space.freeBytes)
    expect(folder.traits()).toBe(folder.traits())
  })
})

describe('diskProblem', () => {
  const failed = (code: string) => Object.assign(new Error(code), { code, syscall: 'write' })

  it.each([
    ['ENOSPC', 'DISK_FULL'], ['EDQUOT', 'DISK_FULL'], ['EROFS', 'FOLDER_READ_ONLY'], ['EACCES', 'FOLDER_READ_ONLY'], ['EPERM', 'FOLDER_READ_ONLY'],
    ['EIO', 'DISK_ERROR'], ['EFBIG', 'DISK_ERROR'], ['EXDEV', 'DISK_ERROR'], ['EMFILE', 'DISK_ERROR'], ['ENOENT', 'DISK_ERROR'], ['ENODEV', 'FOLDER_MISSING'],
  ])('%s is %s', (errno, code) => expect(diskProblem(failed(errno), temporaryFolder())).toMatchObject({ kind: 'error', code }))

  it('looks whether the receive folder itself is gone', () => {
    const gone = join(temporaryFolder(), 'gone')
    for (const errno of ['ENOENT', 'ENOTDIR', 'EACCES']) expect(diskProblem(failed(errno), gone).code).toBe('FOLDER_MISSING')
  })

  it('hides no bug', () => expect(() => diskProblem(new TypeError('bug'), temporaryFolder())).toThrow('bug'))
})

describe('markQuarantine', () => {
  it('marks batches by xattr on macOS', () => {
    const calls: string[][] = []
    const paths = Array.from({ length: 300 }, (_, index) => `/staging/${index}`)
    markQuarantine(paths, { platform: 'darwin', nowMs: 1_700_000_000_000, run: (program, args) => calls.push([program, ...args]) })
    expect(calls.map((call) => call.length)).toEqual([4 + 256, 4 + 44])
    expect(calls[0]?.slice(0, 5)).toEqual(['/usr/bin/xattr', '-w', 'com.apple.quarantine', '0081;6553f100;Holdfast;', '/staging/0'])
  })

  it('keeps a file that can’t be marked, and does nothing on Linux', () => {
    const run = () => {
      throw new Error('no such volume')
    }
    markQuarantine(['/staging/0'], { platform: 'darwin', run })
    markQuarantine(['/staging/0'], { platform: 'linux', run })
  })
})
