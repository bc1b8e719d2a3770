import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { Client, InboxFixture, ManualClock } from './inbox-fixture.ts'

let open: InboxFixture[] = []

async function inbox(...args: ConstructorParameters<typeof InboxFixture>): Promise<InboxFixture> {
  const fixture = new InboxFixture(...args)
  open.push(fixture)
  return await fixture.listen()
}

afterEach(async () => {
  await Promise.all(open.map((fixture) => fixture.close()))
  open = []
})

const id = (number: number) => '\0\0\0\0\0\0\0' + String.fromCharCode(number)

describe('messages become files', () => {
  test.each([
    ['eof', 'hello', { '000001': 'hello' }],
    ['fixed:5', 'helloworld', { '000001': 'hello', '000002': 'world' }],
    ['delimiter:\\r\\n', 'hello\r\n\r\nwor\nld\r\n', { '000001': 'hello', '000002': '', '000003': 'wor\nld' }],
    ['length32', '\0\0\0\x05hello\0\0\0\0\0\0\0\x01!', { '000001': 'hello', '000002': '', '000003': '!' }],
    ['decimal:5', '00005hello    5world5    again', { '000001': 'hello', '000002': 'world', '000003': 'again' }],
    ['netstring', '5:hello,0:,1:!,', { '000001': 'hello', '000002': '', '000003': '!' }],
    ['blocks', '\0\0\0\x03hel\0\0\0\x02lo\0\0\0\0\0\0\0\0', { '000001': 'hello', '000002': '' }],
    ['typed:01=fixed:5,02=delimiter:;', '\x01hello\x02wor;', { '000001': 'hello', '000002': 'wor' }],
  ])('%s', async (framing, stream, files) => {
    for (const pieces of [[stream], [...stream]]) {
      const fixture = await inbox({ framing })
      const client = await fixture.connect()
      for (const piece of pieces) await client.write(piece)
      await client.finish()
      const [done] = await fixture.until('done')
      expect(fixture.files()).toEqual(files)
      expect(fixture.staged()).toEqual([])
      expect(done!.counts).toEqual({ files: Object.keys(files).length, bytes: Object.values(files).join('').length, duplicates: 0, skipped: 0, failed: 0 })
    }
  })

  test('an empty stream is an empty file', async () => {
    const fixture = await inbox({ framing: 'eof' })
    await (await fixture.connect()).finish()
    await fixture.until('done')
    expect(fixture.files()).toEqual({ '000001': '' })
  })

  test('a big stream goes to disk as it comes', async () => {
    const fixture = await inbox({ framing: 'eof', maxMessageBytes: 2 ** 40 })
    const client = await fixture.connect()
    const piece = Buffer.alloc(1 << 20, 'holdfast')
    for (let at = 0; at < 40; at += 1) await client.write(piece)
    await client.finish()
    const [received] = await fixture.until('received')
    expect(received!.bytes).toBe(40 << 20)
  })

  test('ten messages in one segment are acknowledged in order', async () => {
    const fixture = await inbox({ framing: 'netstring', reply: 'ack' })
    const client = await fixture.connect()
    await client.write('1:a,'.repeat(10))
    expect(await client.finish()).toBe('1:1,1:2,1:3,1:4,1:5,1:6,1:7,1:8,1:9,2:10,')
  })

  test('names are made of placeholders, may lie in folders, and never replace a file', async () => {
    const fixture = await inbox({ framing: 'typed:0a=netstring', name: '{peer}/{type}/reading.txt' })
    const client = await fixture.connect()
    await client.write('\n1:a,\n1:b,\n1:b,')
    await client.finish()
    const [done] = await fixture.until('done')
    expect(fixture.files()).toEqual({ '127.0.0.1/0a/reading (2).txt': 'b', '127.0.0.1/0a/reading.txt': 'a' })
    expect(done!.counts).toMatchObject({ files: 2, skipped: 1 })
  })
})

describe('answers', () => {
  test.each([
    ['eof', 'hello', '1'],
    ['fixed:5', 'helloworld', '0000100002'],
    ['delimiter:\\n', 'hello\nworld\n', '1\n2\n'],
    ['length32', '\0\0\0\x05hello', '\0\0\0\x011'],
    ['decimal:3', '005hello', '0011'],
    ['blocks', '\0\0\0\x05hello\0\0\0\0', '\0\0\0\x011\0\0\0\0'],
    ['typed:01=fixed:5,02=netstring', '\x01hello\x025:hello,', '\x0100001\x021:2,'],
  ])('%s is confirmed in its own framing', async (framing, stream, answer) => {
    const fixture = await inbox({ framing, reply: 'ack' })
    const client = await fixture.connect()
    await client.write(stream)
    expect(await client.finish()).toBe(answer)
  })

  test.each(['eof', 'fixed:5', 'delimiter:o', 'blocks'])('%s is echoed', async (framing) => {
    const stream = { eof: 'hello', 'fixed:5': 'hello', 'delimiter:o': 'hello', blocks: '\0\0\0\x05hello\0\0\0\0' }[framing]!
    const fixture = await inbox({ framing, reply: 'echo' })
    const client = await fixture.connect()
    await client.write(stream)
    expect(await client.finish()).toBe(stream)
  })

  test('request and answer go back and forth on one connection', async () => {
    const fixture = await inbox({ framing: 'length32', reply: 'echo', ids: true })
    const client = await fixture.connect()
    for (let number = 1; number <= 5; number += 1) {
      await client.write(`\0\0\0\x0b${id(number)}abc`)
      expect(await client.until(number * 15)).toHaveLength(number * 15)
    }
    expect(await client.finish()).toBe([1, 2, 3, 4, 5].map((number) => `\0\0\0\x0b${id(number)}abc`).join(''))
  })

  test('a number that does not fit is an error, and the message is safe', async () => {
    const fixture = await inbox({ framing: 'fixed:1', reply: 'ack' })
    const client = await fixture.connect()
    await client.write('abcdefghij')
    expect(await client.finish()).toBe('123456789')
    const [error] = await fixture.until('error')
    expect(error!.error).toMatchObject({ code: 'PLAIN_FRAMING', message: expect.stringContaining('confirmation 10') as string })
    expect(Object.keys(fixture.files())).toHaveLength(10)
  })
})

describe('ids', () => {
  test('repeats are dropped, counted and confirmed again, over other connections too', async () => {
    const fixture = await inbox({ framing: 'netstring', reply: 'ack', ids: true, name: '{id}' })
    const first = await fixture.connect()
    await first.write(`9:${id(7)}a,9:${id(7)}a,9:${id(8)}b,`)
    expect(await first.finish()).toBe('1:7,1:7,1:8,')
    const second = await fixture.connect()
    await second.write(`9:${id(8)}b,9:${id(9)}c,`)
    expect(await second.finish()).toBe('1:8,1:9,')
    const done = await fixture.until('done', 2)
    expect(done.map((one) => one.counts)).toMatchObject([{ files: 2, duplicates: 1 }, { files: 1, duplicates: 1 }])
    expect(fixture.files()).toEqual({ 7: 'a', 8: 'b', 9: 'c' })
  })

  test('a repeat that comes at once, while the first is still being written, is one file', async () => {
    const fixture = await inbox({ framing: 'netstring', reply: 'ack', ids: true })
    const clients = await Promise.all(Array.from({ length: 8 }, () => fixture.connect()))
    const answers = await Promise.all(clients.map(async (client) => {
      await client.write(`9:${id(1)}a,`)
      return await client.finish()
    }))
    expect(answers).toEqual(answers.map(() => '1:1,'))
    await fixture.until('duplicate', 7)
    expect(Object.keys(fixture.files())).toHaveLength(1)
  })

  test('the same id with other content is kept, for nothing may be confirmed and lost', async () => {
    const fixture = await inbox({ framing: 'netstring', reply: 'ack', ids: true, name: '{id}' })
    const client = await fixture.connect()
    await client.write(`9:${id(1)}a,9:${id(1)}b,`)
    expect(await client.finish()).toBe('1:1,1:1,')
    expect(fixture.files()).toEqual({ 1: 'a', '1 (2)': 'b' })
  })

  test('a repeat after a restart meets its own file', async () => {
    const fixture = await inbox({ framing: 'netstring', ids: true, name: '{id}' })
    for (let run = 0; run < 2; run += 1) {
      const client = await fixture.connect()
      await client.write(`9:${id(1)}a,`)
      await client.finish()
      await fixture.until('done', run + 1)
    }
    expect(fixture.files()).toEqual({ 1: 'a' })
  })
})

describe('what is wrong ends one connection and nothing else', () => {
  test.each([
    ['netstring', '1:a,400:hello world!', 'PLAIN_TRUNCATED', '12 bytes of 400'],
    ['netstring', '1:a,-1:', 'PLAIN_FRAMING', 'negative'],
    ['decimal:5', '00001a12x45', 'PLAIN_FRAMING', 'no number'],
    ['length32', '\0\0\0\x01a\xff\xff\xff\xff', 'PLAIN_TOO_LARGE', 'over the limit'],
    ['fixed:1', 'a', undefined, ''],
    ['delimiter:\\n', 'a\nb', 'PLAIN_TRUNCATED', '1 byte without the delimiter'],
    ['blocks', '\0\0\0\x01a\0\0\0\0\0\0\0\x02b', 'PLAIN_TRUNCATED', '1 byte of 2 (block)'],
    ['typed:01=fixed:1', '\x01a\x02', 'PLAIN_FRAMING', 'type byte 02'],
  ])('%s %j', async (framing, stream, code, message) => {
    const fixture = await inbox({ framing, reply: 'ack', maxMessageBytes: 10_000 })
    const client = await fixture.connect()
    await client.write(stream)
    expect(await client.finish()).not.toBe('')
    await fixture.until('done')
    const errors = fixture.events.filter((event) => event.kind === 'error').map((event) => event.error)
    if (code === undefined) expect(errors).toEqual([])
    else expect(errors).toEqual([expect.objectContaining({ code, message: expect.stringContaining(message) as string })])
    expect(fixture.files()).toEqual({ '000001': 'a' })
    expect(fixture.staged()).toEqual([])
    const next = await fixture.connect()
    await next.write(stream)
    await next.finish()
    await fixture.until('received', 2)
  })

  test('a connection that is reset inside a message', async () => {
    const fixture = await inbox({ framing: 'length32' })
    const client = await fixture.connect()
    await client.write('\0\0\0\x01a\0\0\x01\x90hello world!')
    await fixture.until('received')
    client.socket.resetAndDestroy()
    const [error] = await fixture.until('error')
    expect(error!.error).toMatchObject({ code: 'NET_LOST', message: expect.stringContaining('12 bytes of 400') as string })
    await fixture.until('done')
    expect(fixture.files()).toEqual({ '000001': 'a' })
    expect(fixture.staged()).toEqual([])
  })

  test.each(['eof', 'length32'])('a reset of %s before the first byte leaves no file', async (framing) => {
    const fixture = await inbox({ framing })
    const client = await fixture.connect()
    await fixture.until('connected')
    client.socket.resetAndDestroy()
    await fixture.until('done')
    expect(fixture.files()).toEqual({})
  })

  test.each(['GET / HTTP/1.1\r\n', 'POST /x HTTP/1.1\r\nHost: localhost\r\n\r\nhello', 'OPTIONS * HTTP/1.1\r\n'])('HTTP is refused: %j', async (request) => {
    for (const pieces of [[request], [...request]]) {
      const fixture = await inbox({ framing: 'delimiter:\\n' })
      const client = await fixture.connect()
      for (const piece of pieces) await client.write(piece)
      await client.finish()
      const [error] = await fixture.until('error')
      expect(error!.error).toMatchObject({ code: 'PLAIN_FRAMING', message: expect.stringContaining('HTTP') as string })
      expect(fixture.files()).toEqual({})
    }
  })

  test('what only begins like HTTP is a message', async () => {
    const fixture = await inbox({ framing: 'delimiter:\\n' })
    const client = await fixture.connect()
    await client.write('GETTING\nPOS')
    await client.write('T\nGE')
    await client.write('T\n')
    await client.finish()
    await fixture.until('done')
    expect(fixture.files()).toEqual({ '000001': 'GETTING', '000002': 'POST', '000003': 'GET' })
  })

  test('a connection that says nothing, and one that stops inside a message', async () => {
    const clock = new ManualClock()
    const fixture = await inbox({ framing: 'fixed:16', idleTimeoutMs: 5_000 }, { clock })
    const silent = await fixture.connect()
    const stopping = await fixture.connect()
    await stopping.write('0123456789abcdef01234')
    await fixture.until('connected', 2)
    await fixture.until('received')
    clock.advance(5_000)
    const errors = await fixture.until('error', 2)
    expect(errors.map((event) => event.error.code)).toEqual(['PLAIN_TIMEOUT', 'PLAIN_TIMEOUT'])
    expect(errors.map((event) => event.error.message).join()).toContain('5 bytes of 16')
    silent.socket.end()
    stopping.socket.end()
    await Promise.all([silent.closed, stopping.closed])
    expect(fixture.files()).toEqual({ '000001': '0123456789abcdef' })
    const next = await fixture.connect()
    await next.write('0123456789abcdef')
    await next.finish()
    await fixture.until('received', 2)
  })

  test('one connection too many', async () => {
    const fixture = await inbox({ framing: 'delimiter:\\n', maxConnections: 1 })
    const first = await fixture.connect()
    await fixture.until('connected')
    const second = await fixture.connect()
    await second.finish()
    const [error] = await fixture.until('error')
    expect(error!.error.code).toBe('NET_BUSY')
    await first.write('still here\n')
    await first.finish()
    await fixture.until('done')
    await (await fixture.connect()).finish()
    await fixture.until('done', 2)
    expect(fixture.files()).toEqual({ '000001': 'still here' })
  })

  test('stopping keeps what is whole and leaves nothing else', async () => {
    const fixture = await inbox({ framing: 'length32' })
    const client = await fixture.connect()
    await client.write('\0\0\0\x01a\0\0\x01\x90hello')
    await fixture.until('received')
    await fixture.inbox.stop()
    await client.finish()
    expect(fixture.files()).toEqual({ '000001': 'a' })
    expect(readdirSync(join(fixture.folder, '.holdfast', 'staging'))).toEqual([])
    await expect(Client.connect(fixture.port)).rejects.toThrow('ECONNREFUSED')
  })
})

test.each([
  [{ framing: 'lines' }, 'expected one of'],
  [{ framing: 'fixed:4', ids: true }, 'too short for the 8-byte ids'],
  [{ framing: 'eof', name: '../{number}' }, 'leads out'],
  [{ framing: 'eof', name: '/tmp/{number}' }, 'absolute'],
  [{ framing: 'eof', name: '.holdfast/{number}' }, 'reserved'],
  [{ framing: 'eof', name: '{what}' }, 'no placeholder'],
  [{ framing: 'eof', name: '{id}' }, 'needs messages with ids'],
  [{ framing: 'eof', name: '{type}' }, 'needs the framing typed'],
])('%j is refused before anything is opened', (options, why) => {
  expect(() => new InboxFixture(options)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID', message: expect.stringContaining(why) as string }))
})
