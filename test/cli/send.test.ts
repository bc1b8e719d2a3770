import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HoldfastError } from '../../shared/errors.ts'
import type { Transfer } from '../../shared/model/transfer.ts'
import { DEVICE_A, DEVICE_B, FakeEngine, fakeFile, fakeTransfer, pageOf } from '../support/fake-engine.ts'
import { FakeIo, run, settle } from './fake-io.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-send-'))
  writeFileSync(join(folder, 'a.txt'), 'a')
})
afterAll(() => rmSync(folder, { recursive: true }))

const T1 = fakeTransfer()
const T2 = fakeTransfer({ id: 't2'.padEnd(32, '0'), deviceId: DEVICE_A, deviceName: 'elsewhere' })
const complete = (transfer: Transfer): Transfer => ({
  ...transfer,
  bytes: 100,
  files: 1,
  state: { kind: 'finished', complete: true },
})

/** Takes every target on as the next of these transfers. */
function engineFor(...transfers: Transfer[]): FakeEngine {
  let next = 0
  return new FakeEngine({
    'transfer:send': () => ({ transferIds: [transfers[next++]?.id ?? ''] }),
    'transfer:get': ({ transferId }) => transfers.find(({ id }) => id === transferId) ?? T1,
    'transfer:pause': () => null,
    'transfer:resume': () => null,
  })
}

function send(line: readonly string[], engines: readonly FakeEngine[], own = true) {
  const io = new FakeIo()
  io.cwd = folder
  return run(['send', 'a.txt', '--json', ...line], engines, own, io)
}

test('delivers, tells, and ends with 0', async () => {
  const engine = engineFor(T1)
  const { io, exit, opened } = send(['--to', '127.0.0.1:4680', '--trust', DEVICE_A.toLowerCase()], [engine])
  await settle()
  expect(opened).toMatchObject([{ role: 'own-or-client', options: { listen: false, discovery: true, continueTransfers: 'none' } }])
  expect(engine.called('transfer:send')).toEqual([
    {
      paths: [join(folder, 'a.txt')],
      targets: [{ kind: 'address', host: '127.0.0.1', port: 4680 }],
      trust: { kind: 'device-id', deviceId: DEVICE_A },
    },
  ])
  const about = { transferId: T1.id, deviceId: DEVICE_B }
  const reason = { code: 'NET_LOST', message: 'The connection was lost.' } as const
  engine.emit('link:retry', { deviceId: DEVICE_B, transferIds: [T1.id, 'other'], reason, attempt: 2, waitMs: 500 })
  engine.emit('transfer:files', { ...about, direction: 'send', items: [{ kind: 'delivered', path: 'a\u202e.txt', bytes: 100, digest: 'ff' }] })
  engine.emit('transfer:files', { ...about, transferId: 'other', direction: 'send', items: [{ kind: 'skipped', path: 'x', reason: 'y' }] })
  engine.emit('transfer:changed', complete(T1))
  expect(await exit).toBe(0)
  expect(engine.closeCount).toBe(1)
  expect(io.heedsSignals).toBe(false)
  expect(io.stdout.events).toMatchObject([
    { event: 'connected', deviceId: DEVICE_B },
    { event: 'progress', ...about, bytes: 0 },
    { event: 'retry', ...about, reason: 'NET_LOST', attempt: 2, waitMs: 500 },
    { event: 'delivered', ...about, path: 'a\u202e.txt', bytes: 100, digest: 'ff' },
    { event: 'progress', ...about, bytes: 100 },
    { event: 'done', ...about, files: 1, bytes: 100, skipped: 0, failed: 0 },
  ])
  expect(io.stderr.text).toContain('Delivered 1 file, 100 B to there')
})

test('people are told of what was left out, and the engine is not asked for every file', async () => {
  const engine = engineFor(T1)
  const io = new FakeIo()
  io.cwd = folder
  const { exit } = run(['send', 'a.txt', '--to', 'there'], [engine], true, io)
  await settle()
  expect(engine.listenersOf('transfer:files')).toBe(0)
  const failed = { kind: 'failed', path: 'x', code: 'FILE_UNREADABLE', message: 'may not be read' } as const
  engine.emit('transfer:left-out', { transferId: T1.id, deviceId: DEVICE_B, direction: 'send', items: [failed] })
  engine.emit('transfer:changed', complete(T1))
  expect(await exit).toBe(0)
  expect(io.stderr.text).toContain('Failed x: may not be read')
})

test('what is announced before the engine has told the id is not lost', async () => {
  const engine = engineFor(T1)
  engine.handlers['transfer:send'] = () => {
    engine.emit('transfer:changed', T1)
    engine.emit('transfer:files', { transferId: T1.id, deviceId: DEVICE_B, direction: 'send', items: [{ kind: 'skipped', path: 'x', reason: 'y' }] })
    engine.emit('transfer:files', { transferId: 'other', deviceId: DEVICE_B, direction: 'send', items: [{ kind: 'skipped', path: 'z', reason: 'y' }] })
    engine.emit('transfer:changed', complete(T1))
    return { transferIds: [T1.id] }
  }
  const { io, exit } = send(['--to', 'there'], [engine])
  expect(await exit).toBe(0)
  expect(io.stdout.named('skipped')).toMatchObject([{ path: 'x' }])
  expect(io.stdout.named('done')).toHaveLength(1)
})

test('each target has its own transfer; it ends when all have ended', async () => {
  const engine = engineFor(T1, T2)
  const { io, exit } = send(['--to', 'there', '--to', 'elsewhere'], [engine])
  await settle()
  engine.emit('transfer:changed', complete(T2))
  await settle()
  engine.emit('transfer:changed', complete(T1))
  expect(await exit).toBe(0)
  expect(io.stdout.named('done').map((event) => event['transferId'])).toEqual([T2.id, T1.id])
})

const error = (code: 'TRANSFER_REFUSED' | 'TRUST_KEY_MISMATCH' | 'DISK_ERROR') => ({ code, message: 'no' })
test.each<[string, Transfer['state'], number]>([
  ['incomplete', { kind: 'finished', complete: false }, 1],
  ['refused', { kind: 'refused', error: error('TRANSFER_REFUSED') }, 3],
  ['another key', { kind: 'failed', error: error('TRUST_KEY_MISMATCH') }, 3],
  ['failed', { kind: 'failed', error: error('DISK_ERROR') }, 1],
  ['cancelled there', { kind: 'cancelled', by: 'them' }, 1],
])('%s', async (_name, state, code) => {
  const engine = engineFor(T1, T2)
  const alone = send(['--to', 'there'], [engine])
  await settle()
  engine.emit('transfer:changed', { ...T1, state })
  expect(await alone.exit).toBe(code)
  if (state.kind !== 'finished') expect(alone.io.stdout.named('error')).toMatchObject([{ transferId: T1.id, deviceId: DEVICE_B }])
  expect(alone.io.stdout.named('done')).toHaveLength(state.kind === 'refused' ? 0 : 1)

  const both = engineFor(T1, T2)
  const pair = send(['--to', 'there', '--to', 'elsewhere'], [both])
  await settle()
  both.emit('transfer:changed', { ...T1, state })
  both.emit('transfer:changed', complete(T2))
  expect(await pair.exit).toBe(code)
})

test('a name that nobody paired has, and another target that works', async () => {
  const engine = engineFor(T1)
  const { 'transfer:send': take } = engine.handlers
  engine.handlers['transfer:send'] = (args) => {
    if (args.targets[0]?.kind === 'device') throw new HoldfastError('DEVICE_UNKNOWN', 'Nobody is called so.')
    return take?.(args) ?? { transferIds: [] }
  }
  const { io, exit } = send(['--to', 'nobody', '--to', '127.0.0.1:1'], [engine])
  await settle()
  engine.emit('transfer:changed', complete(T1))
  expect(await exit).toBe(3)
  expect(io.stdout.named('error')).toMatchObject([{ code: 'DEVICE_UNKNOWN' }])
})

test('a path that is not there starts no engine', async () => {
  const { io, exit, opened } = send(['nowhere', '--to', 'there'], [])
  expect(await exit).toBe(1)
  expect(io.stdout.named('error')).toMatchObject([{ code: 'PATH_NOT_FOUND' }])
  expect(opened).toEqual([])
})

test('an interrupt pauses and says how to continue; the second ends at once', async () => {
  const engine = engineFor(T1)
  let paused: () => void = () => undefined
  engine.handlers['transfer:pause'] = () => new Promise((resolve) => (paused = () => resolve(null)))
  const { io, exit } = send(['--to', 'there'], [engine], false)
  await settle()
  io.signal()
  await settle()
  expect(engine.called('transfer:pause')).toEqual([{ transferId: T1.id }])
  expect(io.exited).toEqual([])
  io.signal('SIGTERM')
  expect(io.exited).toEqual([130])
  paused()
  expect(await exit).toBe(130)
  expect(io.stderr.text).toContain('The same command again continues.')
})

test('an interrupt while the engine is still starting', async () => {
  const engine = engineFor(T1)
  let open = () => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  const { io, exit } = run(['send', folder, '--to', 'there'], [engine], true, new FakeIo(), gate)
  await settle()
  io.signal()
  open()
  expect(await exit).toBe(130)
  expect(engine.called('transfer:send')).toEqual([])
})

test('a busy engine does not keep an interrupted command', async () => {
  const engine = engineFor(T1)
  engine.handlers['transfer:pause'] = () => new Promise(() => undefined)
  const { io, exit } = send(['--to', 'there'], [engine])
  await settle()
  io.signal()
  await settle()
  await io.clock.advance(3_000)
  expect(await exit).toBe(130)
})

test('gives up when nothing is confirmed for so long, lists what is missing, leaves it paused', async () => {
  const engine = engineFor(T1)
  const files = Array.from({ length: 723 }, (_, index) => fakeFile({ index, path: `f${index}` }))
  engine.handlers['transfer:files'] = (args) => {
    expect(args).toMatchObject({ transferId: T1.id, only: 'unfinished' })
    return pageOf(files, args)
  }
  const { io, exit } = send(['--to', 'there', '--give-up-after', '10'], [engine])
  await settle()
  await io.clock.advance(9_000)
  engine.emit('transfer:changed', { ...T1, bytes: 10 })
  await io.clock.advance(9_000)
  engine.emit('transfer:changed', { ...T1, bytes: 10 })
  expect(engine.called('transfer:pause')).toEqual([])
  await io.clock.advance(1_000)
  expect(await exit).toBe(1)
  expect(engine.called('transfer:pause')).toEqual([{ transferId: T1.id }])
  const failed = io.stdout.named('failed')
  expect(failed).toHaveLength(723)
  expect(failed[722]).toMatchObject({ transferId: T1.id, deviceId: DEVICE_B, path: 'f722', code: 'TRANSFER_GAVE_UP' })
  expect(io.stdout.named('error')).toMatchObject([{ code: 'TRANSFER_GAVE_UP', transferId: T1.id }])
  expect(io.stdout.named('done')).toEqual([])
  expect(io.stderr.text).toMatch(/ {2}f19\n {2}and 703 more\n/)
})

test('a connection is hope once; one that comes and goes without progress is not', async () => {
  const engine = engineFor(T1)
  engine.handlers['transfer:files'] = (args) => pageOf([fakeFile()], args)
  const { io, exit } = send(['--to', 'there', '--give-up-after', '10'], [engine])
  const connect = () => engine.emit('link:connected', { deviceId: DEVICE_B, address: { host: '::1', port: 1 } })
  await settle()
  engine.emit('transfer:changed', { ...T1, bytes: 1 })
  await io.clock.advance(8_000)
  connect()
  await io.clock.advance(8_000)
  connect()
  expect(engine.called('transfer:pause')).toEqual([])
  await io.clock.advance(2_000)
  expect(await exit).toBe(1)
})

test('giving up one target leaves the other alone', async () => {
  const engine = engineFor(T1, T2)
  engine.handlers['transfer:files'] = (args) => pageOf([fakeFile()], args)
  const { io, exit } = send(['--to', 'there', '--to', 'elsewhere', '--give-up-after', '10'], [engine])
  await settle()
  await io.clock.advance(6_000)
  engine.emit('transfer:changed', { ...T2, bytes: 10 })
  await io.clock.advance(6_000)
  expect(engine.called('transfer:pause')).toEqual([{ transferId: T1.id }])
  engine.emit('transfer:changed', complete(T2))
  expect(await exit).toBe(1)
})

test('what the user has paused is not given up; being paused there is', async () => {
  const engine = engineFor(T1)
  engine.handlers['transfer:files'] = (args) => pageOf([fakeFile()], args)
  const { io, exit } = send(['--to', 'there', '--give-up-after', '10'], [engine])
  await settle()
  for (let i = 0; i < 5; i++) {
    await io.clock.advance(5_000)
    engine.emit('transfer:changed', { ...T1, state: { kind: 'paused', by: 'us' } })
  }
  engine.emit('transfer:changed', { ...T1, state: { kind: 'paused', by: 'them' } })
  await io.clock.advance(10_000)
  expect(await exit).toBe(1)
})

test('an unfinished send that was paused goes on', async () => {
  const engine = engineFor({ ...T1, state: { kind: 'paused', by: 'us' } })
  const { exit } = send(['--to', 'there'], [engine])
  await settle()
  expect(engine.called('transfer:resume')).toEqual([{ transferId: T1.id }])
  engine.emit('transfer:changed', complete(T1))
  expect(await exit).toBe(0)
})

test('when the running engine ends, it goes on with another', async () => {
  const [first, second] = [engineFor(T1, T2), engineFor(T1)]
  const { io, exit, opened } = send(['--to', 'there', '--to', 'elsewhere'], [first, second], false)
  await settle()
  first.emit('transfer:changed', complete(T2))
  await first.close()
  await settle()
  expect(opened).toHaveLength(2)
  expect(second.called('transfer:send')).toMatchObject([{ targets: [{ device: 'there' }] }])
  second.emit('transfer:changed', complete(T1))
  expect(await exit).toBe(0)
  expect(io.stdout.named('done')).toHaveLength(2)
})

test('an engine that is about to end takes nothing on: the next one does', async () => {
  const ending = new FakeEngine({
    'transfer:send': () => {
      throw new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is closing.')
    },
  })
  const next = engineFor(T1)
  const { io, exit, opened } = send(['--to', 'there'], [ending, next], false)
  await settle()
  expect([opened.length, io.stdout.named('error')]).toEqual([1, []])
  await ending.close()
  await settle()
  next.emit('transfer:changed', complete(T1))
  expect(await exit).toBe(0)
  expect(io.stdout.named('error')).toEqual([])
})

test('when its own engine crashes, it says so', async () => {
  const engine = engineFor(T1)
  const { io, exit } = send(['--to', 'there'], [engine])
  await settle()
  engine.break(new HoldfastError('ENGINE_INTERNAL', 'The engine has stopped unexpectedly.'))
  expect(await exit).toBe(1)
  expect(io.stdout.named('error')).toMatchObject([{ code: 'ENGINE_INTERNAL' }])
})
