import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serveWindows, type InvokeEvent, type IpcPort } from '../../electron/ipc/serve-windows.ts'
import type { SenderFrame } from '../../electron/ipc/trusted-sender.ts'
import { CHANNELS } from '../../shared/ipc/channels.ts'
import { APP_ARGS_SCHEMAS } from '../../shared/ipc/app-schemas.ts'
import { applicationFixture, type ApplicationFixture } from '../application/fixture.ts'
import { fakeStatus } from '../support/fake-engine.ts'

class FakeIpc implements IpcPort {
  readonly handlers = new Map<string, (event: InvokeEvent, ...args: unknown[]) => Promise<unknown>>()

  handle(channel: string, listener: (event: InvokeEvent, ...args: unknown[]) => Promise<unknown>): void {
    this.handlers.set(channel, listener)
  }

  removeHandler(channel: string): void {
    this.handlers.delete(channel)
  }

  invoke(frame: SenderFrame | null, channel: string, ...args: unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel)
    if (!handler) throw new Error(`nobody handles ${channel}`)
    return handler({ senderFrame: frame }, ...args)
  }
}

const PAGE: SenderFrame = { url: 'app://holdfast/index.html', parent: null }
const refused = { ok: false, error: { code: 'USAGE_INVALID', message: expect.any(String) as string } }

let fixture: ApplicationFixture
let ipc: FakeIpc
let sent: unknown[][]
let stop: () => void

beforeEach(async () => {
  fixture = await applicationFixture()
  ipc = new FakeIpc()
  sent = []
  stop = serveWindows({ ipc, application: Promise.resolve(fixture.application), send: (...args) => sent.push(args) })
})
afterEach(async () => {
  stop()
  await fixture.close()
})

const call = (command: unknown, args: unknown, frame: SenderFrame | null = PAGE): Promise<unknown> => ipc.invoke(frame, CHANNELS.call, command, args)

describe('a call', () => {
  test('is answered with data', async () => {
    expect(await call('engine:status', {})).toEqual({ ok: true, value: fakeStatus() })
  })

  test("comes back as an error's data when the engine refuses", async () => {
    expect(await call('settings:get', {})).toEqual({ ok: false, error: { code: 'ENGINE_INTERNAL', message: 'the fake engine has no settings:get' } })
  })

  test.each<[string, SenderFrame | null]>([
    ['a frame that is gone', null],
    ['a frame inside the page', { url: PAGE.url, parent: PAGE }],
    ['a web page', { url: 'https://example.org/', parent: null }],
    ['a file', { url: 'file:///index.html', parent: null }],
    ['another host', { url: 'app://evil/index.html', parent: null }],
    ['a longer host', { url: 'app://holdfast.evil/', parent: null }],
    ['a user name', { url: 'app://holdfast@evil/', parent: null }],
    ['a password', { url: 'app://x:y@holdfast/', parent: null }],
    ['a port', { url: 'app://holdfast:80/', parent: null }],
    ['nothing', { url: '', parent: null }],
    ['about:blank', { url: 'about:blank', parent: null }],
  ])('from %s is refused', async (_who, frame) => {
    expect(await call('engine:status', {}, frame)).toEqual(refused)
    expect(await ipc.invoke(frame, CHANNELS.dropped, [])).toEqual(refused)
    expect(fixture.engine.calls).toEqual([])
  })

  test.each([['engine:shutdown'], ['history:list'], ['transfer:send'], ['constructor'], ['__proto__'], ['toString'], [''], [null], [undefined], [7], [{}], [['engine:status']]])(
    'for the unknown command %j is refused',
    async (command) => {
      expect(await call(command, {})).toEqual(refused)
      expect(fixture.engine.calls).toEqual([])
    },
  )

  test.each(Object.keys(APP_ARGS_SCHEMAS))('%s takes nothing but what its schema says', async (command) => {
    for (const args of [undefined, null, 0, '', [], [[]], 'x', { unknown: true }, { transferId: '../x', extra: 1 }, { __proto__: { a: 1 }, b: 2 }]) {
      expect(await call(command, args)).toEqual(refused)
    }
    expect(fixture.engine.calls).toEqual([])
  })

  test.each<[string, unknown]>([
    ['transfer:get', { transferId: 'A'.repeat(32) }],
    ['transfer:get', { transferId: 'a'.repeat(31) }],
    ['transfer:list', { offset: -1, limit: 10 }],
    ['transfer:list', { offset: 0, limit: 501 }],
    ['transfer:list', { offset: 0.5, limit: 1 }],
    ['transfer:list', { offset: NaN, limit: 1 }],
    ['settings:set', { receiveFolder: '/etc' }],
    ['settings:set', { plain: { enabled: true } }],
    ['settings:set', { name: 'x'.repeat(256) }],
    ['settings:set', { listen: { host: 'x', port: 70_000 } }],
    ['device:set-policy', { deviceId: 'x', policy: { accept: 'ask', folder: '/etc' } }],
    ['request:accept', { requestId: 'r', folder: '/etc' }],
    ['send:start', { sourceIds: [], targets: [{ kind: 'device', device: 'x' }] }],
    ['send:start', { sourceIds: ['a'], targets: [], trust: { kind: 'first-use' } }],
    ['send:start', { sourceIds: ['a'], targets: [{ kind: 'device', device: 'x' }], trust: { kind: 'all' } }],
    ['send:start', { sourceIds: ['a'], targets: [{ kind: 'address', host: 'x', port: 0 }] }],
    ['source:choose', { kind: 'folder', path: '/etc' }],
    ['source:add-text', { text: 'x'.repeat(1_048_577) }],
    ['folder:choose', { typed: '' }],
  ])('%s with %j is refused', async (command, args) => {
    expect(await call(command, args)).toEqual(refused)
    expect(fixture.engine.calls).toEqual([])
  })

  test('before there is an engine waits for it; without one it is told so', async () => {
    const late = new FakeIpc()
    const none = serveWindows({ ipc: late, application: Promise.reject(new Error('no disk')), send: () => undefined })
    expect(await late.invoke(PAGE, CHANNELS.call, 'app:info', {})).toEqual({ ok: false, error: { code: 'ENGINE_INTERNAL', message: 'no disk' } })
    none()
    expect(late.handlers.size).toBe(0)
  })
})

describe('the channel of dropped files', () => {
  const drop = (value: unknown): Promise<unknown> => ipc.invoke(PAGE, CHANNELS.dropped, value)

  test('takes what the preload makes of files', async () => {
    const path = join(fixture.root, 'a.txt')
    await writeFile(path, 'x')
    const png = new Uint8Array(Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1'))
    const reply = await drop([{ kind: 'path', path }, { kind: 'bytes', bytes: png }])
    expect(reply).toMatchObject({ ok: true, value: [{ name: 'a.txt', kind: 'file' }, { kind: 'image' }] })
  })

  test.each<[unknown]>([
    [undefined],
    ['/etc/passwd'],
    [{ kind: 'path', path: '/etc/passwd' }],
    [['/etc/passwd']],
    [[{ kind: 'path', path: 'relative' }]],
    [[{ kind: 'path', path: '/a\0b' }]],
    [[{ kind: 'path', path: '' }]],
    [[{ kind: 'path', path: '/a', more: 1 }]],
    [[{ kind: 'bytes', bytes: [1, 2] }]],
    [[{ kind: 'bytes', bytes: 'abc' }]],
    [[{ kind: 'file', path: '/a' }]],
    [Array.from({ length: 10_001 }, () => ({ kind: 'path', path: '/a' }))],
  ])('refuses %j', async (value) => {
    expect(await drop(value)).toEqual(refused)
  })

  test('refuses bytes that are no picture', async () => {
    expect(await drop([{ kind: 'bytes', bytes: new Uint8Array(8) }])).toEqual(refused)
  })
})

test('every event goes to the window, per-file facts do not', async () => {
  await Promise.resolve()
  fixture.engine.emit('device:removed', { deviceId: 'x' })
  fixture.engine.emit('transfer:files', { transferId: 't', deviceId: 'x', direction: 'send', items: [] })
  expect(sent).toEqual([[CHANNELS.event, 'device:removed', { deviceId: 'x' }]])
})
