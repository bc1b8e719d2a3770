import { expect, test } from 'vitest'
import { DEVICE_B, FakeEngine, fakePairing } from '../support/fake-engine.ts'
import { FakeIo, run, settle } from './fake-io.ts'

const connecting = fakePairing({ state: { kind: 'connecting' } })
const compare = fakePairing()

function engineOf(): FakeEngine {
  return new FakeEngine({ 'pairing:start': () => connecting, 'pairing:answer': () => null })
}

test('pairs when both say yes', async () => {
  const engine = engineOf()
  const { io, exit, opened } = run(['pair', 'nas.local:4680', '--json'], [engine])
  await settle()
  expect(opened[0]?.role).toBe('own-or-client')
  expect(engine.called('pairing:start')).toEqual([{ target: { kind: 'address', host: 'nas.local', port: 4680 } }])
  engine.emit('pairing:changed', fakePairing({ id: 'another', state: { kind: 'paired' } }))
  engine.emit('pairing:changed', compare)
  expect(io.stdout.events).toEqual([
    { event: 'pairing', code: '042137', deviceId: DEVICE_B, deviceName: 'there', role: 'initiator', pairingId: 'p1' },
  ])
  io.stdin.type('yes')
  expect(engine.called('pairing:answer')).toEqual([{ pairingId: 'p1', accept: true }])
  engine.emit('pairing:changed', { ...compare, state: { kind: 'confirmed-here', code: '042137' } })
  engine.emit('pairing:changed', { ...compare, state: { kind: 'paired' } })
  expect(await exit).toBe(0)
  expect(engine.closeCount).toBe(1)
})

test('a script may write its answer before the question', async () => {
  const engine = engineOf()
  const { io, exit } = run(['pair', 'there', '--json'], [engine])
  await settle()
  io.stdin.type('yes')
  io.stdin.end()
  engine.emit('pairing:changed', compare)
  expect(engine.called('pairing:answer')).toEqual([{ pairingId: 'p1', accept: true }])
  engine.emit('pairing:changed', { ...compare, state: { kind: 'paired' } })
  expect(await exit).toBe(0)
})

test('what happened before the engine has told the id counts', async () => {
  const engine = engineOf()
  engine.handlers['pairing:start'] = () => {
    engine.emit('pairing:changed', connecting)
    engine.emit('pairing:changed', compare)
    return connecting
  }
  const { io, exit } = run(['pair', 'there', '--json'], [engine])
  await settle()
  expect(io.stdout.named('pairing')).toHaveLength(1)
  io.stdin.type('no')
  expect(engine.called('pairing:answer')).toEqual([{ pairingId: 'p1', accept: false }])
  engine.emit('pairing:changed', { ...compare, state: { kind: 'failed', error: { code: 'PAIRING_REFUSED', message: 'Refused.' } } })
  expect(await exit).toBe(3)
  expect(io.stdout.named('error')).toMatchObject([{ code: 'PAIRING_REFUSED' }])
})

test('a closed stdin is neither yes nor no', async () => {
  const engine = engineOf()
  const { io, exit } = run(['pair', 'there', '--home', '/h'], [engine])
  await settle()
  io.stdin.end()
  engine.emit('pairing:changed', compare)
  expect(engine.called('pairing:answer')).toEqual([])
  expect(io.stderr.text).toContain('holdfast accept p1 --home /h')
  engine.emit('pairing:changed', { ...compare, state: { kind: 'paired' } })
  expect(await exit).toBe(0)
})

test('an interrupt says no to the other side', async () => {
  const engine = engineOf()
  const io = new FakeIo()
  io.stdin.isTerminal = true
  const { exit } = run(['pair', 'there'], [engine], true, io)
  await settle()
  engine.emit('pairing:changed', compare)
  io.signal()
  expect(await exit).toBe(130)
  expect(engine.called('pairing:answer')).toEqual([{ pairingId: 'p1', accept: false }])
})
