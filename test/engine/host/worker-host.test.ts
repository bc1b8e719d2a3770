import { afterEach, expect, test, vi } from 'vitest'
import type { Pairing } from '../../../shared/model/device.ts'
import { EngineWorker } from '../../../electron/engine/host/worker-host.ts'

const url = new URL('./test-worker.ts', import.meta.url)
const options = { home: '/home/here', discovery: false, continueTransfers: 'none', version: '0' } as const

afterEach(() => {
  vi.useRealTimers()
})

test('calls, errors as data and events cross the thread', async () => {
  const engine = await new EngineWorker(url).start(options)
  expect(await engine.call('engine:status', {})).toMatchObject({ home: '/home/here' })
  await expect(engine.call('device:forget', { device: 'x' })).rejects.toMatchObject({ name: 'HoldfastError', code: 'DEVICE_UNKNOWN' })
  const heard: Pairing[] = []
  const stop = engine.on('pairing:changed', (pairing) => heard.push(pairing))
  await engine.call('pairing:list', {})
  stop()
  await engine.call('pairing:list', {})
  expect(heard).toHaveLength(1)
  await engine.close()
  await engine.closed
  await expect(engine.call('engine:status', {})).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
})

test('says why the engine could not start', async () => {
  await expect(new EngineWorker(url).start({ ...options, name: 'fails' })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    details: { port: 1 },
  })
})

test('a crash rejects what waits, and closed, with ENGINE_INTERNAL', async () => {
  const engine = await new EngineWorker(url).start(options)
  await expect(engine.call('history:list', { offset: 0, limit: 1 })).rejects.toMatchObject({
    code: 'ENGINE_INTERNAL',
    message: expect.stringContaining('boom'),
  })
  await expect(engine.closed).rejects.toMatchObject({ code: 'ENGINE_INTERNAL' })
  await engine.close()
})

test('an engine that does not close is ended', async () => {
  const engine = await new EngineWorker(url).start({ ...options, name: 'never closes' })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const closing = engine.close()
  vi.advanceTimersByTime(5_000)
  await closing
  await engine.closed
})

test('a worker that was not needed can be abandoned', async () => {
  await new EngineWorker(url).abandon()
})
