import { expect, test } from 'vitest'
import { startStatusFeed } from '../../electron/application/status-feed.ts'
import type { EngineStatus } from '../../shared/ipc/contract.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeEngine } from '../support/fake-engine.ts'

test('an engine that is gone is said not to listen, and why, until one answers again', async () => {
  const engine = new FakeEngine()
  const clock = new FakeClock()
  const said: EngineStatus[] = []
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const stop = startStatusFeed(engine, clock, (status) => said.push(status))
  engine.emit('engine:listening', { host: '::', port: 4680, deviceId: 'x', name: 'x' })
  await settle()
  expect(said.at(-1)?.listening).not.toBeNull()

  let answer = (): void => undefined
  const call = engine.call.bind(engine)
  const gone = new Promise<void>((resolve) => {
    answer = resolve
  })
  engine.call = (async (...args: Parameters<typeof call>) => {
    await gone
    return await call(...args)
  }) as typeof engine.call
  await clock.advance(1_000)
  engine.emit('engine:problem', { code: 'ENGINE_INTERNAL', message: 'The engine has stopped.' })
  await clock.advance(2_000)
  expect(said.at(-1)).toMatchObject({ listening: null, problems: [{ message: 'The engine has stopped.' }] })

  answer()
  await settle()
  expect(said.at(-1)?.listening).not.toBeNull()
  expect(said.at(-1)?.problems).toEqual([])
  stop()
})
