import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tryLockHome } from '../../../electron/engine/journal/home-lock.ts'
import { connectLocal, listenLocal } from '../../../electron/engine/net/local-socket.ts'
import { openEngine, type OpenPorts } from '../../../electron/engine/host/open-engine.ts'
import { FakeEngine, fakeStatus } from '../../support/fake-engine.ts'

let home = ''
let nowMs = 0
let spawned = 0
let abandoned = 0

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-home-'))
  nowMs = spawned = abandoned = 0
})
afterEach(() => rmSync(home, { recursive: true }))

const options = () => ({ home, discovery: false, continueTransfers: 'none', version: '0' }) as const

function ports(engine: FakeEngine, over: Partial<OpenPorts> = {}): OpenPorts {
  return {
    clock: {
      now: () => nowMs,
      monotonic: () => nowMs,
      after(delayMs, callback) {
        nowMs += delayMs
        setImmediate(callback)
        return () => undefined
      },
    },
    spawn() {
      spawned += 1
      return {
        start: async () => engine,
        abandon: async () => {
          abandoned += 1
        },
      }
    },
    tryLock: async (folder) => tryLockHome(folder),
    listen: listenLocal,
    connect: connectLocal,
    ...over,
  }
}

test('the first takes the home, the next are its clients', async () => {
  const engine = new FakeEngine()
  const first = await openEngine(options(), 'own-or-client', ports(engine))
  expect(first.own).toBe(true)
  const second = await openEngine(options(), 'own-or-client', ports(new FakeEngine()))
  expect(second.own).toBe(false)
  const third = await openEngine(options(), 'client-or-own', ports(new FakeEngine()))
  expect([spawned, abandoned]).toEqual([2, 1])
  expect(await second.call('engine:status', {})).toMatchObject({ name: 'here' })
  await third.close()
  await first.close()
  await second.closed
  expect(engine.closeCount).toBe(1)

  const again = await openEngine(options(), 'own', ports(new FakeEngine()))
  expect(again.own).toBe(true)
  await again.close()
})

test('an engine that ends tells its clients everything to its very end, takes nothing on, and nobody attaches to it', async () => {
  let end = () => {}
  const engine = new FakeEngine()
  const closing = new Promise<void>((resolve) => (end = resolve))
  const closeAtOnce = engine.close.bind(engine)
  engine.close = async () => {
    await closing
    await closeAtOnce()
  }
  const first = await openEngine(options(), 'own-or-client', ports(engine))
  const client = await openEngine(options(), 'own-or-client', ports(new FakeEngine()))
  const told: unknown[] = []
  client.on('transfer:removed', (event) => told.push(event))
  await client.call('engine:status', {})
  const ended = first.close()
  await expect(connectLocal(home)).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
  const unanswered = expect(client.call('engine:status', {})).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
  const next = openEngine(options(), 'own-or-client', ports(new FakeEngine()))
  engine.emit('transfer:removed', { transferId: 'last words' })
  end()
  await client.closed
  await unanswered
  expect(told).toEqual([{ transferId: 'last words' }])
  await ended
  expect((await next).own).toBe(true)
  await (await next).close()
})

test('receive says so at once when an engine that listens has the home', async () => {
  const first = await openEngine(options(), 'own', ports(new FakeEngine()))
  await expect(openEngine(options(), 'own', ports(new FakeEngine()))).rejects.toMatchObject({ code: 'ENGINE_ALREADY_RUNNING' })
  expect([nowMs, abandoned]).toEqual([0, 1])
  await first.close()
})

test('receive waits for a command that ends soon', async () => {
  const first = await openEngine(options(), 'own', ports(new FakeEngine({ 'engine:status': () => fakeStatus({ listening: null }) })))
  let goOn: () => void = () => undefined
  let waits: () => void = () => undefined
  const waiting = new Promise<void>((resolve) => {
    waits = resolve
  })
  const { clock } = ports(new FakeEngine())
  const opening = openEngine(options(), 'own', ports(new FakeEngine(), {
    clock: {
      ...clock,
      after: (_, callback) => {
        goOn = callback
        waits()
        return () => undefined
      },
    },
  }))
  await waiting
  await first.close()
  goOn()
  const second = await opening
  expect(second.own).toBe(true)
  await second.close()
})

test('a home that is held by something that does not answer is an error after a while', async () => {
  const lock = tryLockHome(home)
  await expect(openEngine(options(), 'own-or-client', ports(new FakeEngine()))).rejects.toMatchObject({ code: 'ENGINE_ALREADY_RUNNING' })
  expect(nowMs).toBeGreaterThanOrEqual(5_000)
  expect(abandoned).toBe(1)
  lock?.release()
})

test('the home is free again when the engine cannot start', async () => {
  const failing = ports(new FakeEngine(), {
    spawn: () => ({
      start: async () => {
        throw new Error('no')
      },
      abandon: async () => undefined,
    }),
  })
  await expect(openEngine(options(), 'own', failing)).rejects.toThrow('no')
  const lock = tryLockHome(home)
  expect(lock).toBeDefined()
  lock?.release()
})
