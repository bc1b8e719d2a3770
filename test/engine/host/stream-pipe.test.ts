import { duplexPair, type Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import type { HoldfastError } from '../../../shared/errors.ts'
import type { Events } from '../../../shared/ipc/contract.ts'
import { connectEngine, serveEngine } from '../../../electron/engine/host/channel.ts'
import { StreamPipe } from '../../../electron/engine/host/stream-pipe.ts'
import { DEVICE_B, FakeEngine, fakeTransfer } from '../../support/fake-engine.ts'

function frame(text: string): Buffer {
  const body = Buffer.from(text)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

function listen(stream: Duplex): { messages: unknown[]; closed: Promise<HoldfastError | undefined> } {
  const pipe = new StreamPipe(stream)
  const messages: unknown[] = []
  pipe.onMessage((message) => messages.push(message))
  return { messages, closed: new Promise((resolve) => pipe.onClose(resolve)) }
}

test('messages survive any split and any join of the stream', async () => {
  const bytes = Buffer.concat([frame('{"a":1}'), frame('"ü"'), frame(JSON.stringify('x'.repeat(100_000)))])
  for (const size of [1, 3, 5, 1000, bytes.length]) {
    const [left, right] = duplexPair()
    const { messages, closed } = listen(right)
    for (let at = 0; at < Math.min(bytes.length, size * 300); at += size) left.write(bytes.subarray(at, at + size))
    if (size * 300 < bytes.length) left.write(bytes.subarray(size * 300))
    left.end()
    expect(await closed).toBeUndefined()
    expect(messages).toEqual([{ a: 1 }, 'ü', 'x'.repeat(100_000)])
  }
})

test.each([
  ['too long', Buffer.from([1, 0, 0, 1])],
  ['no JSON', frame('{')],
  ['cut', frame('{}').subarray(0, 5)],
])('a message that is %s closes the pipe with an error', async (_name, bytes) => {
  const [left, right] = duplexPair()
  const { messages, closed } = listen(right)
  left.end(bytes)
  expect(await closed).toMatchObject({ code: 'ENGINE_INTERNAL' })
  expect(messages).toEqual([])
})

test('an engine is spoken to over a stream; events cross only while somebody listens', async () => {
  const engine = new FakeEngine({ 'transfer:get': ({ transferId }) => fakeTransfer({ id: transferId }) })
  const [left, right] = duplexPair()
  serveEngine(engine, new StreamPipe(left))
  const client = connectEngine(new StreamPipe(right))
  const replies = await Promise.all(['a', 'b'].map((transferId) => client.call('transfer:get', { transferId })))
  expect(replies.map((reply) => reply.id)).toEqual(['a', 'b'])
  await expect(client.call('device:list', {})).rejects.toMatchObject({ code: 'ENGINE_INTERNAL' })

  expect(engine.listenersOf('transfer:files')).toBe(0)
  const heard: Events['transfer:files'][] = []
  const stop = client.on('transfer:files', (payload) => heard.push(payload))
  await client.call('engine:status', {})
  expect(engine.listenersOf('transfer:files')).toBe(1)
  engine.emit('transfer:files', { transferId: 'a', deviceId: DEVICE_B, direction: 'send', items: [] })
  await client.call('engine:status', {})
  expect(heard).toHaveLength(1)
  stop()
  await client.call('engine:status', {})
  expect(engine.listenersOf('transfer:files')).toBe(0)

  client.on('transfer:changed', () => undefined)
  await client.call('engine:status', {})
  expect(engine.listenersOf('transfer:changed')).toBe(1)
  await client.close()
  await expect.poll(() => engine.listenersOf('transfer:changed')).toBe(0)
  expect(engine.closeCount).toBe(0)
})

test('when the engine closes, so does the client', async () => {
  const engine = new FakeEngine({ 'device:list': () => new Promise(() => undefined) })
  const [left, right] = duplexPair()
  serveEngine(engine, new StreamPipe(left))
  const client = connectEngine(new StreamPipe(right))
  const waiting = client.call('device:list', {})
  await engine.close()
  await expect(waiting).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
  await client.closed
})

test('a client that cannot subscribe is told what was agreed', async () => {
  const engine = new FakeEngine()
  const [left, right] = duplexPair()
  serveEngine(engine, new StreamPipe(left), ['transfer:removed'])
  const { messages } = listen(right)
  engine.emit('device:removed', { deviceId: DEVICE_B })
  engine.emit('transfer:removed', { transferId: 'a' })
  await expect.poll(() => messages.length).toBeGreaterThan(0)
  expect(messages).toEqual([{ event: 'transfer:removed', payload: { transferId: 'a' } }])
})
