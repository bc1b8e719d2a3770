import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectLocal, listenLocal, localSocketPath } from '../../../electron/engine/net/local-socket.ts'

let folder: string
let home: string
const closers: (() => unknown)[] = []
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-local-')))
  home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  rmSync(folder, { recursive: true })
})

async function listenHere(at = home, onConnection: (socket: Socket) => void = (socket) => void socket.pipe(socket)) {
  const listener = await listenLocal(at, onConnection)
  closers.push(() => listener.close())
  return listener
}

async function echo(at = home): Promise<string> {
  const socket = await connectLocal(at)
  socket.write('hello')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}

test('carries bytes both ways, and is gone when closed', async () => {
  const listener = await listenHere()
  expect(await echo()).toBe('hello')
  await listener.close()
  await expect(connectLocal(home)).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
})

test('without an engine: ENGINE_NOT_RUNNING', async () => {
  await expect(connectLocal(home)).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
  await expect(connectLocal(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
})

describe.skipIf(process.platform === 'win32')('on POSIX', () => {
  test('is for its owner alone', async () => {
    const { path } = await listenHere()
    expect(path).toBe(join(home, 'engine.sock'))
    expect(lstatSync(path).mode & 0o777).toBe(0o600)
  })

  test('a dead engine leaves a socket that is no obstacle', async () => {
    const path = localSocketPath(home)
    const dying = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', dying])
    expect(lstatSync(path).isSocket()).toBe(true)
    await expect(connectLocal(home)).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
    await listenHere()
    expect(await echo()).toBe('hello')
  })

  test('anything else in its place is left alone', async () => {
    writeFileSync(join(home, 'engine.sock'), 'mine')
    await expect(listenHere()).rejects.toMatchObject({ code: 'HOME_UNUSABLE' })
    expect(lstatSync(join(home, 'engine.sock')).isFile()).toBe(true)
  })

  test('a home with a long path, also reached by a link, has a socket elsewhere', async () => {
    const long = join(folder, 'l'.repeat(120))
    mkdirSync(long)
    const link = join(folder, 'link')
    symlinkSync(long, link)
    const { path } = await listenHere(long)
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100)
    expect(path).toBe(localSocketPath(link))
    expect(lstatSync(join(path, '..')).mode & 0o777).toBe(0o700)
    expect(await echo(link)).toBe('hello')
  })
})

test('on Windows, the name is a pipe, different for each home', () => {
  const one = localSocketPath(join(folder, 'one'), 'win32')
  expect(one).toMatch(/^\\\\\.\\pipe\\holdfast-[0-9a-f]{32}$/)
  expect(one).not.toBe(localSocketPath(join(folder, 'two'), 'win32'))
})
