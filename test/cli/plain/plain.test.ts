import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeEngine } from '../../support/fake-engine.ts'
import { FakeIo, run, type Run } from '../fake-io.ts'

let folder = ''
let cleanUp: (() => Promise<unknown>)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-plain-cli-'))
})

afterEach(async () => {
  for (const step of cleanUp.reverse()) await step()
  cleanUp = []
  rmSync(folder, { recursive: true, force: true })
})

function plain(...line: readonly string[]): Run {
  const io = new FakeIo()
  io.cwd = folder
  return run(['plain', ...line], [], true, io)
}

/** Waits for what real sockets and disks bring about. */
async function event({ io }: Run, name: string, count = 1): Promise<Record<string, unknown>> {
  while (io.stdout.named(name).length < count) await new Promise((resolve) => setImmediate(resolve))
  return io.stdout.named(name)[count - 1]!
}

async function receiver(...options: readonly string[]): Promise<{ receiving: Run; to: string }> {
  const receiving = plain('receive', '--listen', '0', '--dir', 'in', '--json', ...options)
  cleanUp.push(() => {
    receiving.io.signal('SIGTERM')
    return receiving.exit
  })
  const { port } = await event(receiving, 'listening')
  return { receiving, to: `127.0.0.1:${String(port)}` }
}

async function server(talk: (socket: Socket) => void): Promise<string> {
  const listening = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    talk(socket)
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => new Promise((resolve) => listening.close(resolve)))
  return `127.0.0.1:${(listening.address() as AddressInfo).port}`
}

function files(): string[] {
  return readdirSync(join(folder, 'in')).filter((name) => name !== '.holdfast').sort().map((name) => readFileSync(join(folder, 'in', name), 'utf8'))
}

describe('wrong usage ends with 2 and says what is right', () => {
  test.each([
    [['receive'], '--framing is missing: one of eof'],
    [['receive', '--framing', 'lines'], 'expected one of eof'],
    [['receive', '--framing', 'eof', '--listen', '1060', '--from', '127.0.0.1:1'], 'only one of --listen and --from'],
    [['receive', '--framing', 'eof', '--listen', 'here'], 'no address'],
    [['receive', '--framing', 'eof', '--reply', 'yes'], '--reply is one of'],
    [['receive', '--framing', 'eof', '--name', '../x'], 'leads out of its folder'],
    [['receive', '--framing', 'eof', '--max-message', '1.5'], 'whole number'],
    [['receive', '--framing', 'fixed:100', '--max-message', '10'], 'over the limit'],
    [['receive', '--framing', 'fixed:4', '--ids'], 'too short'],
    [['receive', 'file', '--framing', 'eof'], 'too many arguments'],
    [['send', '--to', '127.0.0.1:1', '--framing', 'eof'], 'something is missing'],
    [['send', 'a', '--framing', 'eof'], 'one of --to and --listen is missing'],
    [['send', 'a', '--to', '127.0.0.1:1'], '--framing is missing'],
    [['send', 'a', '--to', '127.0.0.1:1', '--listen', '1', '--framing', 'eof'], 'only one of'],
    [['send', 'a', '--to', '127.0.0.1:1', '--framing', 'eof', '--answer', '-', '--await-ack'], 'only one of'],
    [['send', 'a', '--to', '127.0.0.1:1', '--framing', 'eof', '--answer', '-', '--json'], 'both want standard output'],
    [['send', 'a', '--to', '127.0.0.1:1', '--framing', 'eof', '--type', '01'], 'needs the framing typed'],
    [['send', 'a', '--to', '127.0.0.1:1', '--framing', 'delimiter:\\0', '--ids'], 'begin with a zero byte'],
    [['send', 'a', '--to', '127.0.0.1:1', '--framing', 'typed:01=length32', '--type', '02'], 'not in the map'],
  ])('%j', async (line, why) => {
    const { io, exit } = plain(...line)
    expect(await exit).toBe(2)
    expect(io.stderr.text).toContain(why)
  })
})

test('messages arrive with their events, and a signal ends with 0', async () => {
  const { receiving, to } = await receiver('--framing', 'length32', '--reply', 'ack', '--ids', '--name', '{number}.txt')
  writeFileSync(join(folder, 'a'), 'hello')
  writeFileSync(join(folder, 'b'), 'world')
  const sending = plain('send', 'a', 'b', '--to', to, '--framing', 'length32', '--ids', '--await-ack', '--json')
  expect(await sending.exit).toBe(0)
  const [first, second] = sending.io.stdout.named('delivered')
  expect(first).toMatchObject({ path: 'a', bytes: 5, confirmed: true, id: expect.stringMatching(/^\d+$/) as string, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
  expect(second).toMatchObject({ path: 'b' })
  expect(sending.io.stdout.named('done')).toMatchObject([{ files: 2, bytes: 10, failed: 0, retries: 0 }])
  await event(receiving, 'done')
  expect(receiving.io.stdout.named('received')).toMatchObject([
    { path: '000001.txt', bytes: 5, digest: first!['digest'], id: first!['id'], number: 1 },
    { path: '000002.txt', bytes: 5, digest: second!['digest'] },
  ])
  expect(receiving.io.stdout.events.map((one) => one['event'])).toEqual(['listening', 'connected', 'received', 'received', 'done'])
  expect(receiving.io.stderr.text).toContain('Neither encrypted nor authenticated')
  expect(files()).toEqual(['hello', 'world'])
  receiving.io.signal('SIGINT')
  expect(await receiving.exit).toBe(0)
  expect(readdirSync(join(folder, 'in', '.holdfast', 'staging'))).toEqual([])
})

test('what is not delivered ends with 1', async () => {
  const { to } = await receiver('--framing', 'fixed:5')
  writeFileSync(join(folder, 'a'), 'hello')
  writeFileSync(join(folder, 'b'), 'too long')
  const sending = plain('send', 'a', 'b', 'c', '--to', to, '--framing', 'fixed:5', '--json')
  expect(await sending.exit).toBe(1)
  expect(sending.io.stdout.named('delivered')).toMatchObject([{ path: 'a', confirmed: false }])
  expect(sending.io.stdout.named('failed')).toMatchObject([{ path: 'b', code: 'PLAIN_FRAMING' }, { path: 'c', code: 'FILE_VANISHED' }])
})

test('nobody there: tried again at once, then given up with 1', async () => {
  const to = await server(() => undefined)
  await cleanUp.pop()!()
  writeFileSync(join(folder, 'a'), 'hello')
  const sending = plain('send', 'a', '--to', to, '--framing', 'eof', '--retries', '1', '--json')
  expect(await sending.exit).toBe(1)
  expect(sending.io.stdout.named('retry')).toMatchObject([{ reason: 'NET_REFUSED', attempt: 1, waitMs: 0 }])
  expect(sending.io.stdout.named('failed')).toMatchObject([{ path: 'a', code: 'TRANSFER_GAVE_UP' }])
})

test('an interrupted send ends with 130', async () => {
  writeFileSync(join(folder, 'a'), 'hello')
  const sending = plain('send', 'a', '--listen', '0', '--framing', 'eof', '--json')
  await event(sending, 'listening')
  sending.io.signal('SIGINT')
  expect(await sending.exit).toBe(130)
})

test('an answer goes to its file, and never over another', async () => {
  const { to } = await receiver('--framing', 'eof', '--reply', 'echo')
  writeFileSync(join(folder, 'a'), 'hello')
  const sending = plain('send', 'a', '--to', to, '--framing', 'eof', '--answer', 'answer', '--json')
  expect(await sending.exit).toBe(0)
  expect(sending.io.stdout.named('delivered')).toMatchObject([{ answerBytes: 5 }])
  expect(readFileSync(join(folder, 'answer'), 'utf8')).toBe('hello')
  expect(readdirSync(folder).sort()).toEqual(['a', 'answer', 'in'])
  const again = plain('send', 'a', '--to', to, '--framing', 'eof', '--answer', 'answer')
  expect(await again.exit).toBe(2)
  expect(again.io.stderr.text).toContain('is there already')
})

describe('--from', () => {
  test('receives until the other side ends, and ends with 0', async () => {
    const from = await server((socket) => socket.end('5:hello,5:world,'))
    const { io, exit } = plain('receive', '--framing', 'netstring', '--from', from, '--dir', 'in', '--json')
    expect(await exit).toBe(0)
    expect(io.stdout.named('received')).toHaveLength(2)
    expect(files()).toEqual(['hello', 'world'])
  })

  test('a stream that ends inside a message ends with 1', async () => {
    const from = await server((socket) => socket.end('5:hello,400:hello world!'))
    const { io, exit } = plain('receive', '--framing', 'netstring', '--from', from, '--dir', 'in', '--json')
    expect(await exit).toBe(1)
    expect(io.stdout.named('error')).toMatchObject([{ code: 'PLAIN_TRUNCATED', message: expect.stringContaining('12 bytes of 400') as string }])
    expect(files()).toEqual(['hello'])
  })
})

test('a port in use is said, with 1', async () => {
  const taken = await server(() => undefined)
  const { io, exit } = plain('receive', '--framing', 'eof', '--listen', taken, '--dir', 'in', '--json')
  expect(await exit).toBe(1)
  expect(io.stdout.named('error')).toMatchObject([{ code: 'PORT_IN_USE' }])
})

test('without --dir it is the receive folder of the settings', async () => {
  const engine = new FakeEngine({ 'settings:get': () => ({ receiveFolder: join(folder, 'in') }) as never })
  const io = new FakeIo()
  io.cwd = folder
  const from = await server((socket) => socket.end('hello'))
  const { exit } = run(['plain', 'receive', '--framing', 'eof', '--from', from], [engine], true, io)
  expect(await exit).toBe(0)
  expect(files()).toEqual(['hello'])
})

test('the help shows what to type on the other side', async () => {
  const { io, exit } = plain('receive', '--help')
  expect(await exit).toBe(0)
  for (const word of ['eof', 'fixed:16', 'delimiter:', 'length32', 'decimal:5', 'netstring', 'blocks', 'typed:', 'nc -N', 'struct.pack', '{number}']) {
    expect(io.stdout.text).toContain(word)
  }
})

describe('what arrives is listed under Received of the home', () => {
  async function receiveOne(home: string): Promise<{ engine: FakeEngine; receiving: Run }> {
    const engine = new FakeEngine({ 'received:plain': () => null })
    const io = new FakeIo()
    io.cwd = folder
    const receiving = run(['plain', 'receive', '--framing', 'length32', '--listen', '0', '--dir', 'in', '--home', home, '--json'], [engine], false, io)
    const { port } = await event(receiving, 'listening')
    writeFileSync(join(folder, 'reading'), 'hello')
    const sending = plain('send', 'reading', '--to', `127.0.0.1:${String(port)}`, '--framing', 'length32', '--json')
    expect(await sending.exit).toBe(0)
    await event(receiving, 'received')
    return { engine, receiving }
  }

  test('at the end at the latest, by the engine that there is', async () => {
    writeFileSync(join(folder, 'journal.db'), '')
    const { engine, receiving } = await receiveOne(folder)
    receiving.io.signal('SIGTERM')
    expect(await receiving.exit).toBe(0)
    const [received] = receiving.io.stdout.named('received')
    const { path, digest } = received as { path: string; digest: string }
    expect(engine.called('received:plain')).toMatchObject([{ folder: join(folder, 'in'), arrivals: [{ path, bytes: 5, digest, from: '127.0.0.1' }] }])
    expect(receiving.opened).toMatchObject([{ role: 'client-or-own', options: { home: folder, listen: false, continueTransfers: 'none' } }])
  })

  test('but a home that nobody has used is left alone', async () => {
    const { receiving } = await receiveOne(join(folder, 'none'))
    receiving.io.signal('SIGTERM')
    expect([await receiving.exit, receiving.opened]).toEqual([0, []])
  })
})
