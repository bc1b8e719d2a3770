import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Acceptor } from '../../../electron/engine/plain/acceptor.ts'
import { AnswerFile } from '../../../electron/engine/plain/answer-file.ts'
import { fileOutgoing } from '../../../electron/engine/plain/outgoing.ts'
import { PlainSender, type PlainSenderPorts } from '../../../electron/engine/plain/plain-sender.ts'
import { dialPlain } from '../../../electron/engine/plain/plain-socket.ts'
import type { PlainSendOptions } from '../../../electron/engine/plain/sender-options.ts'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { systemRandom } from '../../../electron/engine/util/random.ts'
import { InboxFixture, LOOPBACK } from '../../engine/plain/inbox-fixture.ts'
import { missing, Program } from './program.ts'

const noPython = missing('python3', ['--version'])
if (noPython !== undefined) console.warn(`skipped: ${noPython}`)

const HERE = fileURLToPath(new URL('.', import.meta.url))
const FRAMINGS = [
  'eof', 'fixed:40', 'delimiter:\\n', 'delimiter:\\r\\n', 'length32', 'decimal:5', 'decimal:10', 'netstring', 'blocks',
  'typed:01=fixed:40,02=length32,03=delimiter:\\n',
]

/** Ids of its own, no pauses. */
const impatient = { bytes: systemRandom.bytes, unit: () => 0 }

let folder = ''
let messages: string[] = []
let cleanUp: (() => Promise<unknown>)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-peer-'))
  mkdirSync(join(folder, 'out'))
  mkdirSync(join(folder, 'in'))
})

afterEach(async () => {
  for (const step of cleanUp.reverse()) await step()
  cleanUp = []
  rmSync(folder, { recursive: true, force: true })
})

/** Messages any framing here can carry: of one length where it must be, without new lines, of many sizes elsewhere. */
function makeMessages(framing: string, ids: boolean): string[] {
  const fixed = framing.includes('fixed')
  const sizes = fixed ? [40, 40, 40] : framing === 'eof' ? [0, 5, 100_000] : [0, 1, 5, 40, 3_001, 70_000]
  messages = sizes.map((size, at) => 'abcdefgh'.repeat(size / 8 + 1).slice(at, size + at).slice(0, ids && fixed ? 32 : size))
  messages.forEach((message, at) => writeFileSync(join(folder, 'out', String(at + 1)), message))
  return messages.map((_, at) => join(folder, 'out', String(at + 1)))
}

function python(script: string, ...args: readonly string[]): Program {
  const program = new Program('python3', [join(HERE, script), ...args])
  cleanUp.push(() => program.stop())
  return program
}

async function inbox(...args: ConstructorParameters<typeof InboxFixture>): Promise<InboxFixture> {
  const fixture = new InboxFixture(...args)
  cleanUp.push(() => fixture.close())
  return await fixture.listen()
}

async function send(options: Partial<PlainSendOptions> & { framing: string }, files: readonly string[], ports: Pick<PlainSenderPorts, 'nextSocket' | 'answers'>) {
  const sender = new PlainSender({ retries: 5, timeoutMs: 20_000, ...options }, { clock: systemClock, random: impatient, report: () => undefined, ...ports })
  return await sender.run(files.map(fileOutgoing), new AbortController().signal)
}

function dial(port: number): Pick<PlainSenderPorts, 'nextSocket'> {
  return { nextSocket: (signal) => dialPlain({ host: '127.0.0.1', port }, systemClock, signal) }
}

function received(): string[] {
  return readdirSync(join(folder, 'in')).sort((a, b) => Number(a) - Number(b)).map((name) => readFileSync(join(folder, 'in', name), 'latin1'))
}

describe.skipIf(noPython !== undefined)('Python', () => {
  describe.each(FRAMINGS)('%s', (framing) => {
    test('sends to us', async () => {
      const fixture = await inbox({ framing })
      await python('send.py', framing, String(fixture.port), ...makeMessages(framing, false)).success()
      await fixture.until('received', messages.length)
      expect(Object.values(fixture.files())).toEqual(messages)
    })

    test('sends to us with ids, every message twice, in small pieces, and waits for confirmations', async () => {
      const fixture = await inbox({ framing, ids: true, reply: 'ack', name: '{id}' })
      const piece = framing.startsWith('delimiter') ? '997' : '16'
      await python('send.py', framing, String(fixture.port), '--ids', '--ack', '--twice', '--piece', piece, ...makeMessages(framing, true)).success()
      await fixture.until('duplicate', messages.length)
      expect(Object.values(fixture.files())).toEqual(messages)
    })

    test('is dialled by us, and sends', async () => {
      const files = makeMessages(framing, false).slice(0, framing === 'eof' ? 1 : undefined)
      const peer = python('send.py', framing, '0', '--listen', ...files)
      const fixture = new InboxFixture({ framing })
      cleanUp.push(() => fixture.close())
      await fixture.inbox.receiveFrom({ host: '127.0.0.1', port: await peer.port() })
      await peer.success()
      expect(Object.values(fixture.files())).toEqual(messages.slice(0, files.length))
    })

    test('receives from us', async () => {
      const files = makeMessages(framing, false)
      const peer = python('receive.py', framing, '0', String(files.length), join(folder, 'in'))
      expect(await send({ framing }, files, dial(await peer.port()))).toMatchObject({ files: files.length, failed: 0 })
      await peer.success()
      expect(received()).toEqual(messages)
    })

    test('receives from us with ids, loses connections, and gets every message once', async () => {
      const files = makeMessages(framing, true)
      const peer = python('receive.py', framing, '0', String(files.length), join(folder, 'in'), '--ids', '--ack', '--lose', '3')
      const sent = await send({ framing, ids: true, awaitAck: true }, files, dial(await peer.port()))
      expect(sent).toMatchObject({ files: files.length, failed: 0, resent: 3 })
      await peer.success()
      expect(received()).toEqual(messages)
    })

    test('dials us, receives, and answers each message', async () => {
      const acceptor = new Acceptor()
      cleanUp.push(() => acceptor.close())
      const { port } = await acceptor.listen(LOOPBACK)
      const files = makeMessages(framing, false)
      const peer = python('receive.py', framing, String(port), String(files.length), join(folder, 'in'), '--dial', '--echo')
      const answers = await AnswerFile.create(folder)
      cleanUp.push(() => answers.close())
      const sent = await send({ framing }, files, { nextSocket: (signal) => acceptor.next(signal), answers })
      expect(sent).toMatchObject({ files: files.length, failed: 0 })
      await peer.success()
      await answers.moveTo(join(folder, 'answers'))
      expect(readFileSync(join(folder, 'answers'), 'latin1')).toBe(messages.join(''))
      expect(received()).toEqual(messages)
    })
  })
})
