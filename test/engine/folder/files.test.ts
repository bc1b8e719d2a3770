import { appendFileSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SourceFile } from '../../../electron/engine/folder/source-file.ts'
import { StagedFile } from '../../../electron/engine/folder/staged-file.ts'
import { ensureStaging, stagedPath } from '../../../electron/engine/folder/staging.ts'
import { stampOfPath } from '../../../electron/engine/folder/stamps.ts'
import { plant, receivePlace, temporaryFolder, tree } from './place.ts'

describe('StagedFile', () => {
  it('takes blocks in any order, gets its facts at the end', async () => {
    const { place } = receivePlace()
    const file = await StagedFile.open(place, 4, { resume: false })
    const bytes = Buffer.from('--hello world--')
    await Promise.all([file.write(bytes, 8, 5, 6), file.write(bytes, 2, 6, 0), file.write(bytes, 0, 2, 11)])
    await file.sync()
    await file.finalize({ size: 11, mtimeMs: 1_234_567_890_123, executable: true })
    await file.close()
    await file.close()
    const stats = lstatSync(stagedPath(place, 4))
    expect(readFileSync(file.path, 'utf8')).toBe('hello world')
    expect(Math.floor(stats.mtimeMs)).toBe(1_234_567_890_123)
    if (process.platform !== 'win32') expect(stats.mode & 0o100).toBe(0o100)
  })

  it('continues what is there, or starts anew', async () => {
    const { place } = receivePlace()
    ensureStaging(place)
    plant(join(stagedPath(place, 0), '..'), { 0: 'first half,' })
    const resumed = await StagedFile.open(place, 0, { resume: true })
    await resumed.write(Buffer.from('second'), 0, 6, 11)
    await resumed.close()
    expect(readFileSync(resumed.path, 'utf8')).toBe('first half,second')
    const fresh = await StagedFile.open(place, 0, { resume: false })
    expect(lstatSync(fresh.path).size).toBe(0)
    await fresh.discard()
    expect(existsSync(fresh.path)).toBe(false)
  })

  it('says when there is nothing to continue', async () => {
    const { place } = receivePlace()
    await expect(StagedFile.open(place, 0, { resume: true })).rejects.toMatchObject({ code: 'FILE_VANISHED' })
  })

  it('never opens through a link', async () => {
    const { place, outside } = receivePlace()
    plant(outside, { victim: 'untouched' })
    ensureStaging(place)
    symlinkSync(join(outside, 'victim'), stagedPath(place, 0))
    await expect(StagedFile.open(place, 0, { resume: true })).rejects.toMatchObject({ code: 'FILE_VANISHED' })
    const file = await StagedFile.open(place, 0, { resume: false })
    await file.write(Buffer.from('x'), 0, 1, 0)
    await file.close()
    expect(tree(outside)).toEqual({ victim: 'untouched' })
  })

  it('does not make a receive folder again that is gone', async () => {
    const { place, root } = receivePlace()
    rmSync(root, { recursive: true })
    for (const resume of [false, true]) await expect(StagedFile.open(place, 0, { resume })).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    expect(existsSync(root)).toBe(false)
  })
})

describe('SourceFile', () => {
  it('reads at positions, to the end and no further', async () => {
    const root = temporaryFolder()
    plant(root, { a: 'hello world' })
    const file = await SourceFile.open(join(root, 'a'))
    const buffer = Buffer.from(new SharedArrayBuffer(32))
    expect(await file.read(buffer, 4, 5, 6)).toBe(5)
    expect(await file.read(buffer, 0, 4, 9)).toBe(2)
    expect(buffer.toString('utf8', 4, 9)).toBe('world')
    await file.close()
  })

  it('notices every change against what was scanned', async () => {
    const root = temporaryFolder()
    plant(root, { a: 'hello' })
    const path = join(root, 'a')
    const stamp = stampOfPath(path, lstatSync(path))
    const file = await SourceFile.open(path, stamp)
    expect(await file.unchanged()).toBe(true)
    appendFileSync(path, '!')
    expect(await file.unchanged()).toBe(false)
    expect((await file.stampNow()).stamp).toMatchObject({ size: 6, inode: stamp.inode })
    await file.close()
  })

  it('says what is the matter', async () => {
    const root = temporaryFolder()
    plant(root, { a: 'hello' })
    symlinkSync('a', join(root, 'link'))
    mkdirSync(join(root, 'folder'))
    renameSync(join(root, 'a'), join(root, 'b'))
    await expect(SourceFile.open(join(root, 'a'))).rejects.toMatchObject({ code: 'FILE_VANISHED' })
    await expect(SourceFile.open(join(root, 'link'))).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
    await expect(SourceFile.open(join(root, 'folder'))).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  })
})
