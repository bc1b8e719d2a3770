import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EngineStatus } from '../../shared/ipc/contract.ts'
import type { ReceivedFile } from '../../shared/model/received.ts'
import type { Settings } from '../../shared/model/settings.ts'
import { startEngine, type Engine } from '../../electron/engine/engine.ts'
import { blake3 } from '../../electron/engine/util/digest.ts'
import { hangGuard } from '../support/hang-guard.ts'

const HANG_MS = 60_000
const PLAIN = { enabled: true, host: '127.0.0.1', port: 0, framing: 'length32', maxMessageBytes: 1000, maxConnections: 4 } as const

let root = ''
let engine: Engine
let occupied: Server | undefined

async function start(): Promise<void> {
  engine = await startEngine({
    home: join(root, 'home'),
    listen: { host: '127.0.0.1', port: 0 },
    receiveFolder: join(root, 'in'),
    discovery: false,
    continueTransfers: 'all',
    version: '0',
  })
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-plain-service-'))
  await start()
})
afterEach(async () => {
  await engine.close()
  await new Promise<void>((resolve) => (occupied ? occupied.close(() => resolve()) : resolve()))
  occupied = undefined
  rmSync(root, { recursive: true, force: true })
})

const status = (): Promise<EngineStatus> => engine.call('engine:status', {})
const plainOf = async (): Promise<Settings['plain']> => (await engine.call('settings:get', {})).plain
const set = (plain: Partial<Settings['plain']> = {}): Promise<Settings> => engine.call('settings:set', { plain: { ...PLAIN, ...plain } })

async function port(): Promise<number> {
  const bound = (await status()).plain?.address.port
  if (bound === undefined) throw new Error('the inbox does not listen')
  return bound
}

/** Sends, half-closes, and waits until the other side has closed too. */
async function send(bytes: string, to?: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: to ?? (await port()), allowHalfOpen: true })
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', () => undefined)
  socket.resume()
  socket.end(bytes, 'latin1')
  await hangGuard(closed, HANG_MS, 'the connection to close', () => '')
}

const message = (text: string): string => `\0\0\0${String.fromCharCode(text.length)}${text}`

/** The newest received files, as soon as they fit. */
async function received(fits: (files: readonly ReceivedFile[]) => boolean): Promise<readonly ReceivedFile[]> {
  for (;;) {
    let wake: () => void = () => undefined
    const happened = new Promise<void>((resolve) => {
      wake = resolve
    })
    const stop = engine.on('received:changed', wake)
    const { items } = await engine.call('received:list', { offset: 0, limit: 100 })
    if (!fits(items)) await hangGuard(happened, HANG_MS, 'received files', () => JSON.stringify(items))
    stop()
    if (fits(items)) return items
  }
}

const atLeast = (count: number) => (files: readonly ReceivedFile[]): boolean => files.length >= count

async function occupy(port = 0): Promise<number> {
  const server = createServer()
  occupied = server
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('an inbox that is switched on', () => {
  test('is off until somebody wants it', async () => {
    expect(await status()).not.toHaveProperty('plain')
    expect(await plainOf()).toMatchObject({ enabled: false, host: '127.0.0.1' })
  })

  test('makes files of messages, listed as from an unverified sender', async () => {
    expect((await set()).plain).toEqual(PLAIN)
    await send(message('hello') + message('') + message('world'))
    const files = await received(atLeast(3))
    const digest = blake3('hello').toString('hex')
    const hello = files.find((file) => file.digest === digest)
    expect(hello).toMatchObject({ deviceId: null, deviceName: 'Plain TCP 127.0.0.1', size: 5, verified: false, kind: 'file', state: 'here' })
    expect(readFileSync(join(root, 'in', hello?.path ?? ''), 'latin1')).toBe('hello')
  })

  test('receives into a folder of its own, which is watched too', async () => {
    const folder = join(root, 'instruments')
    await set({ folder })
    await send(message('one'))
    const [file] = await received(atLeast(1))
    rmSync(join(folder, file?.path ?? ''))
    await received(([first]) => first?.state === 'deleted')
  })

  test('tells what went wrong with a connection, and serves the next', async () => {
    await set()
    await send('\0\0\x01\x90twelve bytes')
    await expect.poll(async () => (await status()).plain?.lastError).toMatchObject({ from: '127.0.0.1', error: { code: 'PLAIN_TRUNCATED' } })
    expect((await status()).plain?.lastError?.error.message).toContain('12 bytes of 400')
    await send('\0\x01\0\0')
    await expect.poll(async () => (await status()).plain?.lastError?.error.code).toBe('PLAIN_TOO_LARGE')
    expect((await status()).problems).toEqual([])
    await send(message('fine'))
    expect(await received(atLeast(1))).toHaveLength(1)
  })

  test('runs again after a restart', async () => {
    await set({ folder: join(root, 'kept') })
    const before = await port()
    await engine.close()
    await expect(send(message('x'), before)).resolves.toBeUndefined()
    await start()
    await send(message('again'))
    expect(await received(atLeast(1))).toHaveLength(1)
  })
})

describe('changes', () => {
  test('switched off, nobody is let in, and what came stays', async () => {
    await set()
    const before = await port()
    await send(message('kept'))
    await received(atLeast(1))
    await set({ enabled: false })
    expect(await status()).not.toHaveProperty('plain')
    await send(message('late'), before)
    expect((await engine.call('received:list', { offset: 0, limit: 10 })).total).toBe(1)
  })

  test('another framing, limit or receive folder holds from then on', async () => {
    await set()
    await set({ framing: 'delimiter:\\n' })
    await send('a\nb\n')
    await received(atLeast(2))
    await engine.call('settings:set', { receiveFolder: join(root, 'elsewhere') })
    await send('c\n')
    const files = await received(atLeast(3))
    const digest = blake3('c').toString('hex')
    const { path } = files.find((file) => file.digest === digest) ?? { path: '' }
    expect(readFileSync(join(root, 'elsewhere', path), 'latin1')).toBe('c')
  })

  test('other settings leave its connections alone', async () => {
    await set()
    const before = await port()
    await engine.call('settings:set', { theme: 'dark' })
    await set()
    expect(await port()).toBe(before)
  })
})

describe('refused, and nothing is stored', () => {
  test.each([
    ['a framing that is none', { framing: 'decimal:99' }, 'USAGE_INVALID', 'decimal:99'],
    ['messages that are always over the limit', { framing: 'fixed:1001' }, 'USAGE_INVALID', '1001'],
    ['a host that is none', { host: 'not a host' }, 'USAGE_INVALID', 'not a host'],
    ['a port that is none', { port: 70_000 }, 'USAGE_INVALID', 'port'],
    ['no connection at all', { maxConnections: 0 }, 'USAGE_INVALID', 'connections'],
    ['no message at all', { maxMessageBytes: 0 }, 'USAGE_INVALID', 'message'],
    ['a relative folder', { folder: 'here' }, 'USAGE_INVALID', 'folder'],
    ['an address of another machine', { host: '192.0.2.1' }, 'ADDRESS_UNAVAILABLE', '192.0.2.1'],
  ])('%s', async (_, change, code, said) => {
    const before = await plainOf()
    const error: unknown = await set(change).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code, message: expect.stringContaining(said) as unknown })
    expect(await plainOf()).toEqual(before)
    expect(await status()).toMatchObject({ problems: [] })
  })

  test('what makes no sense, even while it is off', async () => {
    await expect(set({ enabled: false, framing: 'fixed' })).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  })

  test('a port that is taken: off stays off', async () => {
    await expect(set({ port: await occupy() })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    expect((await plainOf()).enabled).toBe(false)
    expect(await status()).not.toHaveProperty('plain')
  })

  test('a port that is taken: what ran runs on', async () => {
    await set()
    await expect(set({ port: await occupy() })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    expect(await plainOf()).toEqual(PLAIN)
    await send(message('still'))
    expect(await received(atLeast(1))).toHaveLength(1)
  })

  test('a folder that is a file', async () => {
    writeFileSync(join(root, 'file'), '')
    await expect(set({ folder: join(root, 'file') })).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    expect((await plainOf()).enabled).toBe(false)
  })
})

describe('an inbox that cannot be opened at the start', () => {
  test('is a problem, and the engine runs', async () => {
    await set()
    const taken = await port()
    await set({ port: taken })
    await engine.close()
    await occupy(taken)
    await start()
    const [problem] = (await status()).problems
    expect(problem?.code).toBe('PORT_IN_USE')
    expect(problem?.message).toContain('plain TCP inbox')
    expect((await plainOf()).enabled).toBe(true)
    await set({ enabled: false })
    expect((await status()).problems).toEqual([])
  })

  test('a folder on a disk that is not there is not made anew', async () => {
    const folder = join(root, 'disk', 'inbox')
    mkdirSync(join(root, 'disk'))
    await set({ folder })
    await engine.close()
    rmSync(folder, { recursive: true })
    await start()
    expect((await status()).problems.map(({ code }) => code)).toContain('FOLDER_MISSING')
    expect(await status()).not.toHaveProperty('plain')
  })
})
