import { existsSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blake3 } from '../../../electron/engine/util/digest.ts'
import { BLOCK_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { digestPlaced } from '../../../electron/engine/folder/digest-file.ts'
import { flushStaged } from '../../../electron/engine/folder/flush.ts'
import { cleanStaging, finishFolderTimes, unstageFiles } from '../../../electron/engine/folder/staging-jobs.ts'
import { stagedPath } from '../../../electron/engine/folder/staging.ts'
import { plant, receivePlace, staged, temporaryFolder, tree, TRANSFER } from './place.ts'

describe('flushStaged', () => {
  it.each([3, 40])('makes %i staged files durable, and does not mind one that is gone', async (count) => {
    const { place } = receivePlace()
    const files = Array.from({ length: count }, (_, file) => file)
    for (const file of files.slice(1)) staged(place, file, `f${file}`, 'x')
    await flushStaged({ place, files })
  })

  it('fails when the receive folder is gone', async () => {
    const { place, root } = receivePlace()
    rmSync(root, { recursive: true })
    await expect(flushStaged({ place, files: [0] })).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
  })
})

describe('unstageFiles', () => {
  it('removes what is named, and nothing else', () => {
    const { place } = receivePlace()
    for (const file of [0, 1, 2]) staged(place, file, 'x', 'x')
    unstageFiles({ place, files: [0, 2, 7] })
    expect([0, 1, 2].map((file) => existsSync(stagedPath(place, file)))).toEqual([false, true, false])
  })

  it('does not follow a staging folder that became a link', () => {
    const { place, root, outside } = receivePlace()
    plant(outside, { 0: 'untouched' })
    symlinkSync(outside, join(root, '.holdfast/staging', TRANSFER))
    unstageFiles({ place, files: [0] })
    expect(tree(outside)).toEqual({ 0: 'untouched' })
  })
})

describe('cleanStaging', () => {
  it('removes this transfer’s staging alone', () => {
    const { place, root } = receivePlace()
    const other = { root, transferId: 'cd'.repeat(16) }
    staged(place, 0, 'a', 'x')
    staged(other, 0, 'a', 'x')
    plant(root, { kept: 'kept' })
    cleanStaging(place)
    cleanStaging(place)
    expect([existsSync(stagedPath(place, 0)), existsSync(stagedPath(other, 0))]).toEqual([false, true])
    expect(tree(root)).toEqual({ kept: 'kept' })
  })

  it('removes links in it, never what they point to', () => {
    const { place, root, outside } = receivePlace()
    staged(place, 0, 'a', 'x')
    plant(outside, { precious: 'untouched' })
    symlinkSync(outside, stagedPath(place, 1))
    cleanStaging(place)
    symlinkSync(outside, join(root, '.holdfast/staging', TRANSFER))
    cleanStaging(place)
    expect(tree(outside)).toEqual({ precious: 'untouched' })
  })

  it.each(['..', '../..', '.', '', 'ab/../..'])('refuses %j for an id', (transferId) => {
    const { root } = receivePlace()
    plant(root, { kept: 'kept' })
    expect(() => cleanStaging({ root, transferId })).toThrow(RangeError)
    expect(tree(root)).toEqual({ kept: 'kept' })
  })
})

describe('finishFolderTimes', () => {
  it('sets times deepest first, and never through a link', () => {
    const { place, root, outside } = receivePlace()
    mkdirSync(join(root, 'a (2)/b/c'), { recursive: true })
    symlinkSync(outside, join(root, 'link'))
    const before = statSync(outside).mtimeMs
    const folders = ['a', 'a/b', 'a/b/c', 'link', '../outside', 'gone'].map((path, index) => ({ path, mtimeMs: 1_000_000_000_001 + index }))
    finishFolderTimes({ place, renamedRoots: { a: 'a (2)' }, folders })
    expect(['a (2)', 'a (2)/b', 'a (2)/b/c'].map((path) => Math.floor(statSync(join(root, path)).mtimeMs))).toEqual([1_000_000_000_001, 1_000_000_000_002, 1_000_000_000_003])
    expect(statSync(outside).mtimeMs).toBe(before)
  })
})

describe('digestPlaced', () => {
  it('gives the digest of each block', async () => {
    const { place, root } = receivePlace()
    const content = Buffer.alloc(BLOCK_BYTES * 9 + 5, 7)
    plant(root, { 'd/large': content, empty: '' })
    const found = await digestPlaced({ place, path: 'd/large' })
    expect(found?.size).toBe(content.length)
    expect(Buffer.from(found?.digests ?? [])).toEqual(
      Buffer.concat([...Array.from({ length: 9 }, () => blake3(content.subarray(0, BLOCK_BYTES))), blake3(content.subarray(0, 5))]),
    )
    expect(await digestPlaced({ place, path: 'empty' })).toEqual({ size: 0, digests: Uint8Array.from(blake3('')) })
  })

  it('answers nothing about links, folders, the engine’s own and what lies outside', async () => {
    const { place, root, outside } = receivePlace()
    plant(outside, { secret: 'secret' })
    symlinkSync(join(outside, 'secret'), join(root, 'link'))
    symlinkSync(outside, join(root, 'linked'))
    mkdirSync(join(root, 'folder'))
    staged(place, 0, 'x', 'x')
    for (const path of ['link', 'linked/secret', 'folder', 'none', '../outside/secret', `.holdfast/staging/${TRANSFER}/0`, '/etc/passwd']) {
      expect(await digestPlaced({ place, path })).toBeUndefined()
    }
  })

  it('says when the receive folder is missing', async () => {
    const root = join(temporaryFolder(), 'none')
    await expect(digestPlaced({ place: { root, transferId: TRANSFER }, path: 'a' })).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
  })
})
