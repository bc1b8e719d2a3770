import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { tryLockHome } from '../../../electron/engine/journal/home-lock.ts'
import { makeFolders } from '../../../electron/engine/util/make-folders.ts'

test('makes what is missing, is content with what is there, and ends where nothing can be made', () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-folders-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  makeFolders(join(root, 'a', 'b', 'c'), 0o700)
  makeFolders(join(root, 'a', 'b', 'c'), 0o700)
  expect(statSync(join(root, 'a', 'b', 'c')).mode & 0o777).toBe(0o700)
  writeFileSync(join(root, 'file'), '')
  expect(() => makeFolders(join(root, 'file'), 0o700)).toThrow(/EEXIST/)
  expect(() => makeFolders(join(root, 'file', 'x'), 0o700)).toThrow(/ENOTDIR/)
})

test.skipIf(process.platform !== 'linux')('a home where there can be none is refused, and not tried for ever', () => {
  expect(() => tryLockHome('/proc/none/deep')).toThrow(expect.objectContaining({ code: 'HOME_UNUSABLE' }))
})
