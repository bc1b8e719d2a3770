import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { framingCodec } from '../../../electron/engine/plain/framing.ts'
import { encode } from './codecs/recorder.ts'
import { InboxFixture } from './inbox-fixture.ts'

const FRAMINGS = ['eof', 'fixed:3000', 'delimiter:\\r\\n', 'length32', 'decimal:5', 'netstring', 'blocks', 'typed:01=fixed:3000,02=length32']
const CONNECTIONS = 100

let fixtures: InboxFixture[] = []

afterEach(async () => {
  await Promise.all(fixtures.map((fixture) => fixture.close()))
  fixtures = []
})

/** Always the same numbers, so that a failure comes again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Plan {
  readonly fixture: InboxFixture
  readonly messages: readonly string[]
  readonly stream: Buffer
  /** Resets the connection after so many bytes. */
  readonly cutAt: number | undefined
  readonly pieces: number
}

test('a hundred connections at once, over all framings, a third of them cut: whole messages or nothing', async () => {
  fixtures = await Promise.all(FRAMINGS.map((framing) => new InboxFixture({ framing, maxMessageBytes: 100_000 }).listen()))
  const random = numbers(42)
  const plans = Array.from({ length: CONNECTIONS }, (_, index): Plan => {
    const at = index % FRAMINGS.length
    const codec = framingCodec(FRAMINGS[at]!, 100_000)
    const messages = Array.from({ length: codec.series ? 1 + Math.floor(random() * 6) : 1 }, (_unused, number) => {
      const size = codec.exactLength?.({}) ?? Math.floor(random() * 20_000)
      return `${index}.${number}.`.padEnd(size, 'holdfast')
    })
    const stream = Buffer.concat(messages.map((message) => encode(codec, codec.headFor(message.length), Buffer.from(message), [700, 700])))
    return {
      fixture: fixtures[at]!,
      messages,
      stream,
      cutAt: index % 3 === 0 ? Math.floor(random() * (stream.length - 1)) : undefined,
      pieces: 1 + Math.floor(random() * 8_000),
    }
  })
  await Promise.all(plans.map(send))
  await Promise.all(fixtures.map((fixture) => fixture.until('done', plans.filter((plan) => plan.fixture === fixture).length)))

  for (const fixture of fixtures) {
    const files = Object.values(fixture.files())
    const mine = plans.filter((plan) => plan.fixture === fixture)
    const sent = new Set(mine.flatMap((plan) => plan.messages))
    const owed = mine.filter((plan) => plan.cutAt === undefined).flatMap((plan) => plan.messages)
    expect(files.filter((content) => !sent.has(content))).toEqual([])
    expect(owed.filter((message) => !files.includes(message))).toEqual([])
    expect(new Set(files).size).toBe(files.length)
    expect(fixture.staged()).toEqual([])
    await expect.poll(() => fixture.inbox.connections).toBe(0)
    const next = await fixture.connect()
    next.socket.destroy()
  }
}, 120_000)

function send({ fixture, stream, cutAt, pieces }: Plan): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: fixture.port, allowHalfOpen: true, noDelay: true })
    socket.on('error', (error) => (cutAt === undefined ? reject(error) : resolve()))
    socket.on('close', () => resolve())
    socket.resume()
    const end = cutAt ?? stream.length
    const write = (from: number) => {
      if (from < end) return void socket.write(stream.subarray(from, Math.min(end, from + pieces)), () => write(from + pieces))
      if (cutAt === undefined) socket.end()
      else socket.resetAndDestroy()
    }
    socket.on('connect', () => write(0))
  })
}
