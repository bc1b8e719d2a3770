import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockHome, tryLockHome } from '../../../electron/engine/journal/home-lock.ts'

let home: string
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'holdfast-lock-')), 'home')
})
afterEach(() => rmSync(join(home, '..'), { recursive: true }))

async function lockElsewhere(): Promise<{ child: ChildProcess; answer: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('lock-child.ts', import.meta.url)), home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [answer] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, answer: answer.toString().trim() }
}

test('one holder at a time in a process, until it is released', () => {
  const lock = lockHome(home)
  expect(tryLockHome(home)).toBeUndefined()
  expect(() => lockHome(home)).toThrow(expect.objectContaining({ code: 'ENGINE_ALREADY_RUNNING' }))
  lock.release()
  lock.release()
  lockHome(home).release()
})

test('a failed attempt does not loosen the lock of the same process', async () => {
  const lock = lockHome(home)
  expect(tryLockHome(home)).toBeUndefined()
  const { child, answer } = await lockElsewhere()
  expect(answer).toBe('taken')
  await once(child, 'close')
  lock.release()
})

test('a process that dies, however, gives it up', async () => {
  const { child, answer } = await lockElsewhere()
  expect(answer).toBe('held')
  expect(tryLockHome(home)).toBeUndefined()
  child.kill('SIGKILL')
  await once(child, 'close')
  lockHome(home).release()
})

test('a home that is a file: HOME_UNUSABLE', () => {
  writeFileSync(home, '')
  expect(() => tryLockHome(home)).toThrow(expect.objectContaining({ code: 'HOME_UNUSABLE' }))
})
