import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEngine, type Engine } from '../../electron/engine/engine.ts'

let folder: string
let engine: Engine
let taken: Server
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-network-'))
  taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  engine = await startEngine({
    home: join(folder, 'home'),
    listen: { host: '127.0.0.1', port: 0 },
    receiveFolder: join(folder, 'in'),
    discovery: false,
    continueTransfers: 'none',
    version: '0',
  })
})
afterEach(async () => {
  await engine.close()
  await new Promise((resolve) => taken.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

test('another port in the settings is listened on at once, and said', async () => {
  const said: number[] = []
  engine.on('engine:listening', ({ port }) => said.push(port))
  const before = (await engine.call('engine:status', {})).listening
  await engine.call('settings:set', { listen: { host: '127.0.0.2', port: 0 } })
  const after = (await engine.call('engine:status', {})).listening
  expect(before?.host).toBe('127.0.0.1')
  expect(after?.host).toBe('127.0.0.2')
  expect(said).toEqual([after?.port])
})

test('a port that is taken is refused with what to do, and nothing changes', async () => {
  const before = await engine.call('engine:status', {})
  const { port } = taken.address() as AddressInfo
  await expect(engine.call('settings:set', { listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
  expect((await engine.call('engine:status', {})).listening).toEqual(before.listening)
  expect((await engine.call('settings:get', {})).listen.port).toBe(0)
})

test('a plain inbox that is refused moves nothing, and the other way round', async () => {
  const said: unknown[] = []
  engine.on('engine:listening', (event) => said.push(event))
  const { listening } = await engine.call('engine:status', {})
  const settings = await engine.call('settings:get', {})
  const { port } = taken.address() as AddressInfo
  const plain = { ...settings.plain, enabled: true, port: 0 }
  const elsewhere = { host: '127.0.0.2', port: 0 }
  await expect(engine.call('settings:set', { listen: elsewhere, plain: { ...plain, framing: 'none' } })).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  await expect(engine.call('settings:set', { listen: elsewhere, plain: { ...plain, port } })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
  await expect(engine.call('settings:set', { listen: { host: '127.0.0.1', port }, plain })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
  const status = await engine.call('engine:status', {})
  expect([said, status.listening, status.plain]).toEqual([[], listening, undefined])
  expect(await engine.call('settings:get', {})).toEqual(settings)
  await engine.call('settings:set', { listen: elsewhere, plain })
  expect(await engine.call('engine:status', {})).toMatchObject({ listening: { host: '127.0.0.2' }, plain: { address: { host: '127.0.0.1' } } })
})

test('a name and limits take effect without moving', async () => {
  const before = (await engine.call('engine:status', {})).listening
  await engine.call('settings:set', { name: 'Attic', maxSendBytesPerSecond: 1000 })
  expect(await engine.call('engine:status', {})).toMatchObject({ name: 'Attic', listening: before })
})
