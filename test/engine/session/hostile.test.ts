import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeControl, encodeControl } from '../../../electron/engine/protocol/control.ts'
import { FrameDecoder, writeFrameHead } from '../../../electron/engine/protocol/frame.ts'
import type { FrameHead } from '../../../electron/engine/protocol/frame.ts'
import { ACK, MESSAGE_TYPES, messageName } from '../../../electron/engine/protocol/message-types.ts'
import type { CborMessage } from '../../../electron/engine/protocol/message-types.ts'
import { BLOCK, SYNC_DATA } from '../../../electron/engine/protocol/messages.ts'
import type { Transport } from '../../../electron/engine/session/ports.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeNetwork } from '../../support/fake-wire.ts'
import { device, numbered, side } from './two-links.ts'
import type { SideOptions } from './two-links.ts'

const A = device('a')
const B = device('b')

function frame(type: number, id: number, body: Uint8Array = new Uint8Array(0), ack = 0): Uint8Array {
  const bytes = new Uint8Array(21 + body.length)
  writeFrameHead(bytes, 0, type, id, ack, body.length)
  bytes.set(body, 21)
  return bytes
}

function message(value: CborMessage, id = 0, ack = 0): Uint8Array {
  return frame(MESSAGE_TYPES[value.type].code, id, encodeControl(value), ack)
}

const hello = message({ type: 'hello', version: 1, received: 0n, name: 'raw', app: 'raw', port: 0 })

/** A device that speaks bytes, against one that speaks Holdfast. */
async function raw(options: SideOptions = {}) {
  const clock = new FakeClock()
  const network = new FakeNetwork(clock)
  const b = side(clock, network, B, options)
  const dial = network.dialer(A).dial(B.address, () => {}, new AbortController().signal)
  await clock.advance(2)
  const wire: Transport = await dial
  const heard: (CborMessage | { type: 'ack'; ack: number } | { type: 'goodbye' })[] = []
  const acks: number[] = []
  let head: FrameHead
  let body: Uint8Array = new Uint8Array(0)
  const decoder = new FrameDecoder({
    begin(next) {
      head = next
      body = new Uint8Array(0)
    },
    body: (bytes) => (body = Buffer.concat([body, bytes])),
    finish() {
      acks.push(head.ack)
      const name = messageName(head.type)
      heard.push(name ? decodeControl(name, body) : { type: 'ack', ack: head.ack })
    },
    goodbye: () => heard.push({ type: 'goodbye' }),
  })
  wire.onData((chunk) => decoder.push(chunk))
  const say = async (...frames: Uint8Array[]) => {
    for (const bytes of frames) wire.write(bytes)
    await clock.advance(100)
  }
  return { clock, network, b, wire, heard, acks, say }
}

describe('hostile peers', () => {
  const refused: [string, Uint8Array[]][] = [
    ['anything before hello', [message(numbered(1), 1)]],
    ['file data before hello', [frame(BLOCK, 1, new Uint8Array(100))]],
    ['a ping before hello', [message({ type: 'ping', nonce: 1n })]],
    ['a second hello', [hello, hello]],
    ['a gap in ids', [hello, message(numbered(1), 2)]],
    ['ids out of order', [hello, message(numbered(1), 1), message(numbered(1), 3)]],
    ['a sequenced message without id', [hello, message(numbered(1), 0)]],
    ['a ping with id', [hello, message({ type: 'ping', nonce: 1n }, 1)]],
    ['an acknowledgement of what was not sent', [hello, frame(ACK, 0, new Uint8Array(0), 5)]],
    ['an invalid message', [hello, frame(MESSAGE_TYPES.offer.code, 1, new Uint8Array([0xa0]))]],
    ['a message over its limit', [hello, frame(MESSAGE_TYPES.done.code, 1, new Uint8Array(5000))]],
    ['a block shorter than its header', [hello, frame(BLOCK, 1, new Uint8Array(63))]],
    ['a length over everything', [hello, new Uint8Array([0x7f, 0xff, 0xff, 0xff])]],
    ['a length under everything', [hello, new Uint8Array([0, 0, 0, 1])]],
  ]
  it.each(refused)('are told and closed for %s', async (_what, frames) => {
    const { clock, network, b, heard, say } = await raw({ isPaired: () => false })
    await say(...frames)
    expect(heard.find((each) => each.type === 'close')).toMatchObject({ code: 'protocol' })
    expect(heard.at(-1)).toEqual({ type: 'goodbye' })
    await clock.advance(3000)
    expect(network.openWires).toBe(0)
    expect(b.pool.loaned).toBe(0)
  })

  it.each([
    ['file data', frame(BLOCK, 1, new Uint8Array(100))],
    ['a large message', frame(0x7f, 1, new Uint8Array(65 * 1024))],
  ])('may not send %s before anything was accepted', async (_what, bytes) => {
    const { heard, say } = await raw({ isPaired: () => false, allowBulk: false })
    await say(hello, bytes)
    expect(heard.find((each) => each.type === 'close')).toMatchObject({ code: 'protocol' })
  })

  it('may send large messages when paired, but no file data', async () => {
    const { heard, say } = await raw({ allowBulk: false })
    await say(hello, frame(0x7f, 1, new Uint8Array(65 * 1024)))
    expect(heard.some((each) => each.type === 'close')).toBe(false)
    await say(frame(BLOCK, 2, new Uint8Array(100)))
    expect(heard.find((each) => each.type === 'close')).toMatchObject({ code: 'protocol' })
  })

  it('that are not paired are not listened to about folders: skipped undecoded, acknowledged, within their limit', async () => {
    const { b, acks, heard, say } = await raw({ isPaired: () => false })
    const nonsense = new Uint8Array(60 * 1024).fill(0xff)
    await say(hello, frame(MESSAGE_TYPES.index.code, 1, nonsense), frame(SYNC_DATA, 2, nonsense), message(numbered(5), 3))
    expect(b.seen).toMatchObject({ messages: [5], bulk: [] })
    expect(acks.at(-1)).toBe(3)
    expect(heard.some((each) => each.type === 'close')).toBe(false)
    expect(b.pool.loaned).toBe(0)
    await say(frame(MESSAGE_TYPES['sync-get'].code, 4, new Uint8Array(65 * 1024)))
    expect(heard.find((each) => each.type === 'close')).toMatchObject({ code: 'protocol' })
  })

  it.each([
    ['an index that is none', frame(MESSAGE_TYPES.index.code, 1, new Uint8Array([0xa0]))],
    ['a sync-data without a piece', frame(SYNC_DATA, 1, new Uint8Array(19))],
  ])('are closed for %s also when paired', async (_what, bytes) => {
    const { heard, say } = await raw()
    await say(hello, bytes)
    expect(heard.find((each) => each.type === 'close')).toMatchObject({ code: 'protocol' })
  })

  it('of another version are told ours, and why', async () => {
    const { heard, say } = await raw()
    await say(message({ type: 'hello', version: 2, received: 0n, name: '', app: '', port: 0 }))
    expect(heard).toMatchObject([{ type: 'hello', version: 1 }, { type: 'close', code: 'version' }, { type: 'goodbye' }])
  })

  it('that repeat messages are heard once, and acknowledged again at once', async () => {
    const { b, acks, say } = await raw()
    const block = new Uint8Array(70)
    await say(hello, message(numbered(7), 1), message(numbered(8), 2), frame(BLOCK, 3, block))
    const before = acks.length
    expect(acks.at(-1)).toBe(3)
    await say(message(numbered(7), 1), frame(BLOCK, 3, block))
    expect(acks.slice(before)).toEqual([3, 3])
    expect(b.seen).toMatchObject({ messages: [7, 8], bulk: [0], duplicates: 2 })
  })

  it('of later versions are understood: unknown types are skipped, and acknowledged when they have an id', async () => {
    const { b, heard, acks, say } = await raw()
    await say(frame(0x60, 0, new Uint8Array(10)), hello, frame(0x61, 0), frame(0x62, 1, new Uint8Array(3000)), message(numbered(5), 2))
    expect(b.seen.messages).toEqual([5])
    expect(acks.at(-1)).toBe(2)
    expect(heard.some((each) => each.type === 'close')).toBe(false)
  })

  it('get one delayed acknowledgement for several messages, and an answer to a ping', async () => {
    const { heard, say } = await raw()
    await say(hello, message(numbered(1), 1), message(numbered(2), 2), message({ type: 'ping', nonce: 77n }))
    expect(heard.slice(1)).toEqual([{ type: 'pong', nonce: 77n }])
    await say(message(numbered(3), 3), message(numbered(4), 4))
    expect(heard.slice(2)).toEqual([{ type: 'ack', ack: 4 }])
  })

  it('never bring it down with random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 5 }), async (greeted, chunks) => {
        const { clock, network, b, wire } = await raw()
        for (const bytes of [...(greeted ? [hello] : []), ...chunks]) if (!(wire as { isClosed?: boolean }).isClosed) wire.write(bytes)
        await clock.advance(100)
        wire.destroy()
        await clock.advance(3000)
        expect([network.openWires, b.pool.loaned]).toEqual([0, 0])
      }),
      { numRuns: 200 },
    )
  })

  it('cut inside any frame leave no memory on loan', async () => {
    const block = frame(BLOCK, 1, new Uint8Array(70))
    for (let length = 1; length < block.length; length += 3) {
      const { clock, b, wire, say } = await raw()
      await say(hello, block.subarray(0, length))
      expect(b.pool.loaned).toBe(length >= 21 ? 1 : 0)
      wire.destroy()
      await clock.advance(10)
      expect([b.pool.loaned, b.seen.downs]).toEqual([0, ['NET_LOST']])
    }
  })

  it('that change bytes on the way are caught or harmless, and the conversation ends whole', async () => {
    // TLS makes this impossible; the session must survive it all the same.
    const { heard, say } = await raw()
    const bytes = message(numbered(1), 1)
    bytes[4] = MESSAGE_TYPES.manifest.code
    await say(hello, bytes)
    expect(heard.find((each) => each.type === 'close')).toMatchObject({ code: 'protocol' })
  })
})
