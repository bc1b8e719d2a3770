import { expect, test } from 'vitest'
import { HoldfastError } from '../../shared/errors.ts'
import type { Request } from '../../shared/model/transfer.ts'
import { DEVICE_A, DEVICE_B, FakeEngine, fakePairing, fakeStatus, fakeTransfer } from '../support/fake-engine.ts'
import { run, settle } from './fake-io.ts'

function engineOf(): FakeEngine {
  return new FakeEngine({ 'request:list': () => [], 'pairing:list': () => [], 'pairing:answer': () => null })
}

const REQUEST: Request = {
  kind: 'transfer',
  id: 'r1',
  transferId: 't1',
  deviceId: DEVICE_B,
  deviceName: 'a \x1b[31mstranger',
  paired: false,
  roots: ['photos'],
  totalFiles: 3,
  totalBytes: 12_000_000,
  folder: '/downloads',
  freeBytes: 1,
  createdAtMs: 0,
}

test('says where it listens, what arrives, and ends with 0 on a signal', async () => {
  const engine = engineOf()
  const { io, exit } = run(['receive', '--json'], [engine])
  await settle()
  const listening = { host: '::', port: 4680, deviceId: DEVICE_A, name: 'here' }
  expect(io.stdout.events).toEqual([{ event: 'listening', ...listening }])
  engine.emit('engine:listening', listening)
  engine.emit('engine:listening', { ...listening, port: 4681 })
  engine.emit('link:connected', { deviceId: DEVICE_B, address: { host: '::1', port: 1 } })
  const received = fakeTransfer({ direction: 'receive', bytes: 100, files: 1, state: { kind: 'finished', complete: true } })
  const about = { transferId: received.id, deviceId: DEVICE_B }
  engine.emit('transfer:files', { ...about, direction: 'receive', items: [{ kind: 'received', path: 'a', bytes: 100, digest: 'ff' }] })
  engine.emit('transfer:changed', received)
  engine.emit('transfer:changed', fakeTransfer({ id: 'sent', direction: 'send' }))
  engine.emit('engine:problem', { code: 'FOLDER_MISSING', message: 'The folder is gone.' })
  expect(io.stdout.events.slice(1)).toMatchObject([
    { event: 'listening', port: 4681 },
    { event: 'connected', deviceId: DEVICE_B },
    { event: 'received', ...about, path: 'a', bytes: 100, digest: 'ff' },
    { event: 'progress', ...about, bytes: 100 },
    { event: 'done', ...about, files: 1 },
    { event: 'error', code: 'FOLDER_MISSING' },
  ])
  io.signal('SIGTERM')
  expect(await exit).toBe(0)
  expect(engine.closeCount).toBe(1)
  expect(io.exited).toEqual([])
})

test('says that the plain inbox of the settings is open too', async () => {
  const engine = engineOf()
  engine.handlers['engine:status'] = () => fakeStatus({ plain: { address: { host: '::1', port: 4681 } } })
  const { io, exit } = run(['receive'], [engine])
  await settle()
  expect(io.stderr.text).toContain('plain TCP on [::1]:4681')
  expect(io.stderr.text).toContain('neither encrypted nor authenticated')
  io.signal('SIGTERM')
  expect(await exit).toBe(0)
})

test('the second signal ends at once', async () => {
  const engine = engineOf()
  engine.close = () => new Promise(() => undefined)
  const { io } = run(['receive'], [engine])
  await settle()
  io.signal()
  await settle()
  io.signal()
  expect(io.exited).toEqual([0])
})

test('an engine that cannot start is an error', async () => {
  const { io, exit } = run(['receive', '--json'], [])
  expect(await exit).toBe(1)
  expect(io.stdout.named('error')).toHaveLength(1)
})

test('a crash of the engine is an error', async () => {
  const engine = engineOf()
  const { exit } = run(['receive'], [engine])
  await settle()
  engine.break(new HoldfastError('ENGINE_INTERNAL', 'stopped'))
  expect(await exit).toBe(1)
})

test('requests are shown once, with the commands that answer them', async () => {
  const engine = engineOf()
  engine.handlers['request:list'] = () => [REQUEST]
  const { io, exit } = run(['receive', '--home', '/my home'], [engine])
  await settle()
  engine.emit('request:changed', REQUEST)
  expect(io.stderr.text).toContain("holdfast accept r1 --home '/my home'")
  expect(io.stderr.text.match(/wants to send 3 files, 12.0 MB: photos/g)).toHaveLength(1)
  expect(io.stderr.text).not.toContain('\x1b')
  io.signal()
  await exit
})

const ASKED = fakePairing({ role: 'responder' })

test('a pairing is asked about: by an event and a line on stdin', async () => {
  const engine = engineOf()
  const { io, exit } = run(['receive', '--json'], [engine])
  await settle()
  io.stdin.type('yes')
  engine.emit('pairing:changed', ASKED)
  engine.emit('pairing:changed', ASKED)
  expect(io.stdout.named('pairing')).toEqual([
    { event: 'pairing', code: '042137', deviceId: DEVICE_B, deviceName: 'there', role: 'responder', pairingId: 'p1' },
  ])
  expect(engine.called('pairing:answer')).toEqual([])
  io.stdin.type('')
  io.stdin.type('maybe')
  expect(engine.called('pairing:answer')).toEqual([])
  io.stdin.type('yes')
  io.stdin.type('yes')
  expect(engine.called('pairing:answer')).toEqual([{ pairingId: 'p1', accept: true }])
  engine.emit('pairing:changed', { ...ASKED, state: { kind: 'paired' } })
  expect(io.stderr.text).toContain('Do both screens show 042 137? [y/N]')
  expect(io.stderr.text).toContain('Paired with there')
  io.signal()
  await exit
})

test('on a terminal nothing is read before the question, Enter is no, and typing ahead is nothing', async () => {
  const engine = engineOf()
  const { io, exit } = run(['receive'], [engine], true)
  io.stdin.isTerminal = true
  await settle()
  engine.emit('pairing:changed', ASKED)
  io.stdin.type('y')
  expect(engine.called('pairing:answer')).toEqual([])
  await io.clock.advance(1_000)
  io.stdin.type('')
  expect(engine.called('pairing:answer')).toEqual([{ pairingId: 'p1', accept: false }])
  io.signal()
  await exit
})

test('a closed stdin answers nothing, and says how else', async () => {
  const engine = engineOf()
  const { io, exit } = run(['receive', '--json'], [engine])
  await settle()
  io.stdin.end()
  engine.emit('pairing:changed', ASKED)
  await settle()
  expect(engine.called('pairing:answer')).toEqual([])
  expect(io.stderr.text).toContain('holdfast accept p1')
  engine.emit('pairing:changed', { ...ASKED, state: { kind: 'failed', error: { code: 'PAIRING_TIMEOUT', message: 'Too late.' } } })
  io.signal()
  expect(await exit).toBe(0)
})

test('an engine that does not listen yet is told of when it does', async () => {
  const engine = engineOf()
  engine.handlers['engine:status'] = () => fakeStatus({ listening: null })
  const { io, exit } = run(['receive', '--json'], [engine])
  await settle()
  expect(io.stdout.events).toEqual([])
  engine.emit('engine:listening', { host: '::1', port: 9, deviceId: DEVICE_A, name: 'here' })
  expect(io.stdout.events).toMatchObject([{ event: 'listening', port: 9 }])
  io.signal()
  await exit
})

test('a framing that is not understood is refused before an engine is started', async () => {
  const { io, exit, opened } = run(['receive', '--plain', '127.0.0.1:0:fixed:16', '--plain', '127.0.0.1:0:fixed'], [])
  expect([await exit, opened]).toEqual([2, []])
  expect(io.stderr.text).toMatch(/fixed needs the length/)
})

test('an address without a port is told from a name', async () => {
  const { io, exit, opened } = run(['send', '/', '--to', '192.168.1.20'], [])
  expect([await exit, opened]).toEqual([2, []])
  expect(io.stderr.text).toBe('holdfast: 192.168.1.20 has no port. Write 192.168.1.20:4680, if Holdfast listens there as usual.\n')
})
