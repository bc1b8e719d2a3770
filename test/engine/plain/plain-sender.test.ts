import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Acceptor } from '../../../electron/engine/plain/acceptor.ts'
import { AnswerFile } from '../../../electron/engine/plain/answer-file.ts'
import { framingCodec } from '../../../electron/engine/plain/framing.ts'
import { fileOutgoing, type Outgoing } from '../../../electron/engine/plain/outgoing.ts'
import { PlainSender, type PlainSenderEvent, type PlainSenderPorts } from '../../../electron/engine/plain/plain-sender.ts'
import { dialPlain } from '../../../electron/engine/plain/plain-socket.ts'
import type { PlainSendOptions } from '../../../electron/engine/plain/sender-options.ts'
import { systemClock, type Clock } from '../../../electron/engine/util/clock.ts'
import { InboxFixture, LOOPBACK, ManualClock } from './inbox-fixture.ts'

let folder = ''
let cleanUp: (() => Promise<unknown>)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-plain-send-'))
})

afterEach(async () => {
  for (const step of cleanUp.reverse()) await step()
  cleanUp = []
  rmSync(folder, { recursive: true, force: true })
})

async function inbox(...args: ConstructorParameters<typeof InboxFixture>): Promise<InboxFixture> {
  const fixture = new InboxFixture(...args)
  cleanUp.push(() => fixture.close())
  return await fixture.listen()
}

function file(name: string, content: string | Uint8Array): Outgoing {
  const path = join(folder, name)
  writeFileSync(path, content)
  return { ...fileOutgoing(path), path: name }
}

/** A peer that does with each connection, counted from 0, what the test says. */
async function peer(talk: (socket: Socket, number: number) => void): Promise<number> {
  let count = 0
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    talk(socket, count++)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** A peer that is told whole messages. */
function talker(framing: string, hear: (message: Buffer, socket: Socket, connection: number) => void): Promise<number> {
  return peer((socket, number) => {
    let parts: Buffer[] = []
    const decoder = framingCodec(framing, 1 << 20).decoder({
      begin: () => (parts = []),
      body: (bytes) => parts.push(Buffer.from(bytes)),
      finish: () => hear(Buffer.concat(parts), socket, number),
    })
    socket.on('data', (chunk) => decoder.push(chunk))
  })
}

interface Sent {
  readonly events: PlainSenderEvent[]
  readonly result: Awaited<ReturnType<PlainSender['run']>>
}

async function send(
  port: number,
  options: Partial<PlainSendOptions> & { framing: string },
  messages: readonly Outgoing[],
  ports: Partial<PlainSenderPorts> & { signal?: AbortSignal } = {},
): Promise<Sent> {
  const events: PlainSenderEvent[] = []
  const clock: Clock = ports.clock ?? systemClock
  const sender = new PlainSender(
    { retries: 3, timeoutMs: 10_000, ...options },
    {
      clock,
      random: { bytes: (count) => new Uint8Array(count).fill(7), unit: () => 0 },
      nextSocket: (signal) => dialPlain({ host: '127.0.0.1', port }, clock, signal),
      report: (event) => events.push(event),
      ...ports,
    },
  )
  return { events, result: await sender.run(messages, ports.signal ?? new AbortController().signal) }
}

const FRAMINGS = ['eof', 'fixed:5', 'delimiter:\\r\\n', 'length32', 'decimal:5', 'netstring', 'blocks', 'typed:01=fixed:5,02=length32']

describe.each(FRAMINGS)('%s', (framing) => {
  test('files arrive as they are', async () => {
    const fixture = await inbox({ framing })
    const { events, result } = await send(fixture.port, { framing }, [file('a', 'hello'), file('b', 'world')])
    expect(result).toEqual({ files: 2, bytes: 10, failed: 0, resent: 0, retries: 0 })
    expect(events.filter((event) => event.kind === 'delivered')).toMatchObject([{ path: 'a', confirmed: false }, { path: 'b', confirmed: false }])
    const received = await fixture.until('received', 2)
    expect(Object.values(fixture.files()).sort()).toEqual(['hello', 'world'])
    const digests = events.flatMap((event) => (event.kind === 'delivered' ? [event.digest] : []))
    expect(received.map((one) => one.digest).sort()).toEqual(digests.sort())
  })

  test('with ids and confirmations', async () => {
    const wide = framing.replace('fixed:5', 'fixed:13')
    const fixture = await inbox({ framing: wide, ids: true, reply: 'ack' })
    const { events, result } = await send(fixture.port, { framing: wide, ids: true, awaitAck: true }, [file('a', 'hello'), file('b', 'world')])
    expect(result).toMatchObject({ files: 2, failed: 0, retries: 0 })
    expect(events.filter((event) => event.kind === 'delivered').map((event) => event.confirmed)).toEqual([true, true])
    expect(Object.values(fixture.files()).sort()).toEqual(['hello', 'world'])
  })

  test('an answer is read to its end', async () => {
    const fixture = await inbox({ framing, reply: 'echo' })
    const answers = await AnswerFile.create(folder)
    const { events } = await send(fixture.port, { framing }, [file('a', 'hello'), file('b', 'world')], { answers })
    expect(events.filter((event) => event.kind === 'delivered').map((event) => event.answerBytes)).toEqual([5, 5])
    await answers.moveTo(join(folder, 'answer'))
    await answers.close()
    expect(readFileSync(join(folder, 'answer'), 'utf8')).toBe('helloworld')
  })
})

test.each(['eof', 'length32', 'blocks'])('a large file under %s', async (framing) => {
  const fixture = await inbox({ framing, reply: 'ack', maxMessageBytes: 1 << 30 })
  const content = Buffer.alloc(20_000_001, 'large')
  const { result } = await send(fixture.port, { framing, awaitAck: true }, [file('large', content)])
  expect(result).toMatchObject({ files: 1, bytes: content.length })
  expect((await fixture.until('received'))[0]!.bytes).toBe(content.length)
})

describe('what is not confirmed is sent again', () => {
  test('with the same id, until it is; the receiver drops the repeat', async () => {
    const seen: string[] = []
    const port = await talker('length32', (message, socket, number) => {
      seen.push(message.toString('hex'))
      if (number < 2) return socket.resetAndDestroy()
      const id = String(message.readBigUInt64BE(0))
      socket.end(Buffer.concat([Buffer.from([0, 0, 0, id.length]), Buffer.from(id)]))
    })
    const { events, result } = await send(port, { framing: 'length32', ids: true, awaitAck: true }, [file('a', 'hello')])
    expect(result).toEqual({ files: 1, bytes: 5, failed: 0, resent: 2, retries: 2 })
    expect(new Set(seen).size).toBe(1)
    const retries = events.filter((event) => event.kind === 'retry')
    expect(retries.map((event) => event.attempt)).toEqual([1, 2])
    expect(retries[0]!.waitMs).toBe(0)
  })

  test('when the confirmation does not come in time', async () => {
    const clock = new ManualClock()
    const port = await talker('netstring', (_message, socket, number) => {
      if (number > 0) return socket.end('1:1,')
      clock.advance(10_000)
    })
    const { events, result } = await send(port, { framing: 'netstring', awaitAck: true }, [file('a', 'hello')], { clock })
    expect(result).toMatchObject({ files: 1, resent: 1 })
    expect(events.find((event) => event.kind === 'retry')).toMatchObject({ error: { code: 'PLAIN_TIMEOUT' } })
  })

  test.each([
    ['1:2,', 'The answer is 2, but the confirmation of this message is 1'],
    ['2:ok,', 'The answer is no number'],
    ['', 'ended the connection without an answer'],
    ['5:1', 'inside a message: 1 byte of 5'],
    ['x', 'begins with "x"'],
  ])('an answer of %j is no confirmation', async (answer, why) => {
    const port = await talker('netstring', (_message, socket) => socket.end(answer))
    const { events, result } = await send(port, { framing: 'netstring', awaitAck: true, retries: 1 }, [file('a', 'hello'), file('b', 'world')])
    expect(result).toMatchObject({ files: 0, failed: 2, retries: 1 })
    const failed = events.filter((event) => event.kind === 'failed')
    expect(failed.map((event) => event.error.code)).toEqual(['TRANSFER_GAVE_UP', 'TRANSFER_GAVE_UP'])
    expect(failed[0]!.error.message).toContain(why)
    expect(failed[0]!.error.message).toContain('2 times in a row')
  })

  test('what was confirmed before the connection broke is not sent again', async () => {
    const seen: string[] = []
    const port = await talker('netstring', (message, socket, number) => {
      seen.push(message.toString())
      if (number === 0 && seen.length === 2) return socket.resetAndDestroy()
      socket.write('1:1,')
      socket.on('end', () => socket.end())
    })
    const { result } = await send(port, { framing: 'netstring', awaitAck: true }, [file('a', 'a'), file('b', 'b')])
    expect(result).toMatchObject({ files: 2, resent: 1, retries: 1 })
    expect(seen).toEqual(['a', 'b', 'b'])
  })

  test('without ids and confirmations a message that may have arrived is not sent again', async () => {
    const port = await peer((socket) => {
      let came = 0
      socket.on('data', (chunk) => {
        came += chunk.length
        if (came >= 8) socket.resetAndDestroy()
      })
    })
    const { events, result } = await send(port, { framing: 'netstring' }, [file('a', 'a'), file('b', 'b')])
    expect(result).toMatchObject({ files: 0, failed: 2, resent: 0 })
    expect(events.filter((event) => event.kind === 'failed')[0]!.error.message).toContain('--await-ack makes sure')
  })

  test('nobody listens', async () => {
    const port = await peer(() => undefined)
    await cleanUp.pop()!()
    const { events, result } = await send(port, { framing: 'eof', retries: 2 }, [file('a', 'a')])
    expect(result).toMatchObject({ failed: 1, retries: 2 })
    expect(events.at(-1)).toMatchObject({ kind: 'failed', error: { code: 'TRANSFER_GAVE_UP', message: expect.stringContaining('Nothing listens') as string } })
  })
})

describe('what cannot be sent', () => {
  test.each([
    ['fixed:4', 'hello', 'exactly 4'],
    ['decimal:1', '0123456789', 'more digits'],
    ['delimiter:\\n', 'two\nlines', 'holds the delimiter'],
    ['typed:01=fixed:4', 'hello', 'no type of the map'],
  ])('%s: the others still go', async (framing, content, why) => {
    const fixture = await inbox({ framing })
    const { events, result } = await send(fixture.port, { framing }, [file('bad', content), file('good', 'four'), { ...fileOutgoing(join(folder, 'none')), path: 'none' }])
    expect(result).toMatchObject({ files: 1, failed: 2, retries: 0 })
    expect(events.filter((event) => event.kind === 'failed')).toMatchObject([
      { path: 'bad', error: { code: 'PLAIN_FRAMING', message: expect.stringContaining(why) as string } },
      { path: 'none', error: { code: 'FILE_VANISHED' } },
    ])
    await fixture.until('received')
    expect(Object.values(fixture.files())).toEqual(['four'])
  })

  test('under eof a file that cannot be read opens no connection, for that would be an empty message', async () => {
    let connections = 0
    const port = await peer(() => (connections += 1))
    const { result } = await send(port, { framing: 'eof' }, [{ ...fileOutgoing(join(folder, 'none')), path: 'none' }])
    expect(result).toMatchObject({ files: 0, failed: 1 })
    expect(connections).toBe(0)
  })

  test.each(['eof', 'length32'])('a file that changes while it is sent never arrives whole as a mixture (%s)', async (framing) => {
    const fixture = await inbox({ framing, maxMessageBytes: 1 << 30 })
    const outgoing = file('growing', Buffer.alloc(3_000_000, 'x'))
    let opened = 0
    const growing: Outgoing = {
      path: 'growing',
      async open() {
        const open = await outgoing.open()
        const turn = opened++
        return {
          ...open,
          async *slices() {
            let slices = 0
            for await (const slice of open.slices()) {
              if (turn === 0 && slices++ === 2) appendFileSync(join(folder, 'growing'), 'y')
              yield slice
            }
          },
        }
      },
    }
    const { events, result } = await send(fixture.port, { framing }, [growing])
    expect(result).toMatchObject({ files: 1, bytes: 3_000_001, retries: 1 })
    expect(events.find((event) => event.kind === 'retry')).toMatchObject({ error: { code: 'FILE_CHANGING' } })
    await fixture.until('done', 2)
    expect(Object.values(fixture.files()).map((content) => content.length)).toEqual([3_000_001])
  })

  test.each([
    ['the last', [0, 0, 0, 0, 0, 0, 0, 6], [17n, 18n]],
    ['one that the ids behind it share', [0, 0, 7, 0, 0, 0, 0, 0], [17n, 18n]],
    ['the last of the second', [0, 0, 0, 0, 0, 0, 0, 5], [6n, 17n]],
  ])('an id whose bytes hold the delimiter is passed over: %s', async (_which, first, ids) => {
    const draws = [first, [0, 0, 0, 0, 0, 0, 0, 16]]
    const fixture = await inbox({ framing: 'delimiter:\\x07', ids: true, reply: 'ack' })
    const { events, result } = await send(
      fixture.port, { framing: 'delimiter:\\x07', ids: true, awaitAck: true }, [file('a', 'hello'), file('b', 'world')],
      { random: { bytes: () => Uint8Array.from(draws.shift()!), unit: () => 0 } },
    )
    expect(result).toMatchObject({ files: 2, failed: 0 })
    expect(events.flatMap((event) => (event.kind === 'delivered' ? [event.id] : []))).toEqual(ids)
  })
})

test('stopping in the middle of eof does not leave a file that looks whole', async () => {
  const fixture = await inbox({ framing: 'eof', maxMessageBytes: 1 << 30 })
  const stop = new AbortController()
  const endless: Outgoing = {
    path: 'endless',
    open: async () => ({
      length: 2 ** 40,
      async *slices() {
        for (let count = 0; ; count += 1) {
          if (count === 20) stop.abort(new Error('stopped'))
          yield Buffer.alloc(65_536)
        }
      },
      close: async () => undefined,
    }),
  }
  await expect(send(fixture.port, { framing: 'eof' }, [endless], { signal: stop.signal })).rejects.toThrow('stopped')
  const [error] = await fixture.until('error')
  expect(error!.error.code).toBe('NET_LOST')
  expect(fixture.files()).toEqual({})
})

test('a sender that listens serves who dials, and an inbox that dials receives', async () => {
  const acceptor = new Acceptor()
  const { port } = await acceptor.listen(LOOPBACK)
  cleanUp.push(() => acceptor.close())
  const fixture = new InboxFixture({ framing: 'length32', reply: 'ack' })
  cleanUp.push(() => fixture.close())
  const receiving = fixture.inbox.receiveFrom({ host: '127.0.0.1', port })
  const { result } = await send(0, { framing: 'length32', awaitAck: true }, [file('a', 'hello'), file('b', 'world')], {
    nextSocket: (signal) => acceptor.next(signal),
  })
  await receiving
  expect(result).toMatchObject({ files: 2, failed: 0 })
  expect(fixture.files()).toEqual({ '000001': 'hello', '000002': 'world' })
})

test('an inbox that dials tries again at once, then later, and goes on after a lost connection', async () => {
  let count = 0
  const port = await peer((socket, number) => {
    count += 1
    if (number === 0) socket.write('1:a,3:x', () => socket.resetAndDestroy())
    else socket.end('1:b,')
  })
  const fixture = new InboxFixture({ framing: 'netstring' })
  cleanUp.push(() => fixture.close())
  await fixture.inbox.receiveFrom({ host: '127.0.0.1', port })
  expect(count).toBe(2)
  expect(Object.values(fixture.files())).toContain('b')
  expect(fixture.events.filter((event) => event.kind === 'retry')).toMatchObject([{ attempt: 1, waitMs: 0 }])
})

test('an inbox that dials stops at what the peer does wrong', async () => {
  const port = await peer((socket) => socket.end('1:a,3:x'))
  const fixture = new InboxFixture({ framing: 'netstring' })
  cleanUp.push(() => fixture.close())
  await expect(fixture.inbox.receiveFrom({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'PLAIN_TRUNCATED' })
  expect(fixture.files()).toEqual({ '000001': 'a' })
})

test('an answer never overwrites a file', async () => {
  const { path } = { path: join(folder, 'there') }
  writeFileSync(path, 'mine')
  await expect(AnswerFile.requireFree(path)).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  const answers = await AnswerFile.create(folder)
  await answers.write([Buffer.from('theirs')])
  answers.keep()
  await expect(answers.moveTo(path)).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  await answers.close()
  expect(readFileSync(path, 'utf8')).toBe('mine')
})
