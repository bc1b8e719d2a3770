import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HoldfastError, type ErrorData } from '../../shared/errors.ts'
import type { Events } from '../../shared/ipc/contract.ts'
import type { Settings } from '../../shared/model/settings.ts'
import { InlineLanes } from '../../electron/engine/folder/inline-lanes.ts'
import { ReceiveFolder } from '../../electron/engine/folder/receive-folder.ts'
import { PlainService, RETRY_MS } from '../../electron/engine/plain-service.ts'
import { Emitter } from '../../electron/engine/util/emitter.ts'
import { systemRandom } from '../../electron/engine/util/random.ts'
import { demoSettings } from '../support/demo-data.ts'
import { Client, ManualClock } from './plain/inbox-fixture.ts'

let root = ''
let settings: Settings
let service: PlainService
let full = false
let problems: ErrorData[] = []
const clock = new ManualClock()

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-plain-trouble-'))
  settings = {
    ...demoSettings(),
    receiveFolder: root,
    plain: { enabled: true, host: '127.0.0.1', port: 0, framing: 'length32', maxMessageBytes: 1000, maxConnections: 4 },
  }
  full = false
  problems = []
  const lanes = new InlineLanes()
  const events = new Emitter<Events>()
  events.on('engine:problem', (problem) => problems.push(problem))
  service = new PlainService({
    clock,
    random: systemRandom,
    events,
    lanes: {
      clean: (place) => lanes.clean(place),
      flush: (job) => (full ? Promise.reject(new HoldfastError('DISK_FULL', 'full')) : lanes.flush(job)),
      finish: (job) => lanes.finish(job),
      unstage: (job) => lanes.unstage(job),
    },
    settings: () => settings,
    openFolder: (folder, named) => ReceiveFolder.open(folder, { create: named }),
    arrivals: () => ({ add: () => undefined }),
  })
})
afterEach(async () => {
  await service.close()
  rmSync(root, { recursive: true, force: true })
})

async function occupy(): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function send(text: string): Promise<void> {
  const client = await Client.connect(service.status()?.address.port ?? 0)
  await client.write(`\0\0\0${String.fromCharCode(text.length)}${text}`)
  await client.finish()
}

test('an inbox that cannot be opened is tried again, said once, and over when it is open', async () => {
  const server = await occupy()
  settings = { ...settings, plain: { ...settings.plain, port: (server.address() as AddressInfo).port } }
  await service.start()
  clock.advance(RETRY_MS)
  await service.settled()
  expect(service.problems()).toMatchObject([{ code: 'PORT_IN_USE' }])
  expect(problems).toHaveLength(1)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clock.advance(RETRY_MS)
  await service.settled()
  expect(service.problems()).toEqual([])
  expect(service.status()?.address).toEqual({ host: '127.0.0.1', port: settings.plain.port })
})

test('a full disk is said once, and over when something is kept again', async () => {
  await service.start()
  full = true
  await send('one')
  await send('two')
  await expect.poll(() => service.status()?.lastError?.error.code).toBe('DISK_FULL')
  expect(problems).toMatchObject([{ code: 'DISK_FULL' }])
  expect(problems[0]?.message).toContain('must be sent again')
  expect(service.problems()).toEqual(problems)
  full = false
  await send('three')
  await expect.poll(() => service.problems()).toEqual([])
})

test('after its end nothing is tried any more', async () => {
  const server = await occupy()
  settings = { ...settings, plain: { ...settings.plain, port: (server.address() as AddressInfo).port } }
  await service.start()
  await service.close()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clock.advance(RETRY_MS)
  await service.settled()
  expect(service.status()).toBeUndefined()
})
