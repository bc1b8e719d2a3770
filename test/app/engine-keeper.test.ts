import { expect, test, vi } from 'vitest'
import { EngineKeeper } from '../../electron/app/engine-keeper.ts'
import type { EngineRole, OpenedEngine } from '../../electron/engine/host/open-engine.ts'
import { HoldfastError } from '../../shared/errors.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeEngine, fakeStatus } from '../support/fake-engine.ts'

const OPTIONS = { home: '/home', discovery: false, continueTransfers: 'all', version: '1' } as const

function opened(own: boolean, name: string): { engine: FakeEngine; client: OpenedEngine } {
  const engine = new FakeEngine({ 'engine:status': () => fakeStatus({ name }) })
  const client: OpenedEngine = {
    own,
    closed: engine.closed,
    call: (command, args) => engine.call(command, args),
    on: (event, listener) => engine.on(event, listener),
    close: () => engine.close(),
  }
  return { engine, client }
}

test('takes its own engine, or that of who has the home', async () => {
  const roles: EngineRole[] = []
  const other = opened(false, 'serve')
  const keeper = await EngineKeeper.start(OPTIONS, {
    clock: new FakeClock(),
    async open(_options, role) {
      await Promise.resolve()
      roles.push(role)
      if (role === 'own') throw new HoldfastError('ENGINE_ALREADY_RUNNING', '')
      return other.client
    },
  })
  expect(roles).toEqual(['own', 'own-or-client'])
  expect(await keeper.isOwn()).toBe(false)
  await keeper.close()
})

test('an engine that ends is replaced; listeners stay, calls wait, whoever keeps state is told', async () => {
  const clock = new FakeClock()
  const first = opened(false, 'first')
  const second = opened(true, 'second')
  const queue: (() => OpenedEngine)[] = [
    () => first.client,
    () => {
      throw new HoldfastError('HOME_UNUSABLE', 'the disk is full')
    },
    () => second.client,
  ]
  const keeper = await EngineKeeper.start(OPTIONS, { clock, open: async () => await Promise.resolve((queue.shift() ?? (() => second.client))()) })
  const heard: string[] = []
  const replaced = vi.fn()
  keeper.on('device:removed', ({ deviceId }) => heard.push(deviceId))
  keeper.on('engine:problem', ({ code }) => heard.push(code))
  keeper.onReplaced(replaced)
  await clock.advance(0)
  first.engine.emit('device:removed', { deviceId: 'one' })
  first.engine.break(new HoldfastError('NET_LOST', ''))
  await clock.advance(1)
  const waiting = keeper.call('engine:status', {})
  await clock.advance(1_000)
  expect((await waiting).name).toBe('second')
  second.engine.emit('device:removed', { deviceId: 'two' })
  expect(heard).toEqual(['one', 'HOME_UNUSABLE', 'two'])
  expect(replaced).toHaveBeenCalledOnce()
  await keeper.close()
  expect(second.engine.closeCount).toBe(1)
  await clock.advance(60_000)
  expect(queue).toEqual([])
})

test('fails to start with what the engine failed with', async () => {
  const open = () => Promise.reject(new HoldfastError('PORT_IN_USE', ''))
  await expect(EngineKeeper.start(OPTIONS, { clock: new FakeClock(), open })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
})
