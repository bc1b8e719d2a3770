import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PeerSession } from '../../../electron/engine/session/peer-session.ts'
import { BytePool } from '../../../electron/engine/util/byte-pool.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeNetwork } from '../../support/fake-wire.ts'
import type { WireOptions } from '../../support/fake-wire.ts'
import { POOL_BUFFER_BYTES, device, numbered, seeded, sendNumberedBulk, side, wantOf } from './two-links.ts'
import type { Side } from './two-links.ts'

const A = device('a')
const B = device('b')

function pair(options: { a?: Parameters<typeof side>[3]; b?: Parameters<typeof side>[3] } = {}) {
  const clock = new FakeClock()
  const network = new FakeNetwork(clock)
  const a = side(clock, network, A, options.a)
  const b = side(clock, network, B, options.b)
  return { clock, network, a, b }
}

async function connected(options: Parameters<typeof pair>[0] = {}, wire: WireOptions = {}) {
  const all = pair(options)
  all.network.options = () => wire
  const link = wantOf(all.a, B)
  await all.clock.until(() => all.a.links.session('b')?.connected === true)
  return { ...all, link, ab: all.a.links.session('b')!, ba: all.b.links.session('a')! }
}

/** The same small conversation whatever happens to the wire: numbers and blocks, both ways. */
function converse(from: Side, session: PeerSession, count: number): void {
  for (let value = 0; value < count; value++) {
    session.send(numbered(value))
    sendNumberedBulk(from, session, value)
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, value) => value)

describe('a session', () => {
  it('carries messages both ways, each once and in order, and gives all memory back', async () => {
    const { clock, a, b, ab, ba, link } = await connected()
    expect(link.state).toMatchObject({ kind: 'connected', address: B.address })
    expect(link.session).toBe(ab)
    expect([ab.peerName, ba.peerName, ba.peerPort]).toEqual(['name of b', 'name of a', 4680])
    converse(a, ab, 8)
    converse(b, ba, 8)
    await clock.advance(1000)
    for (const { seen, pool, sendPool } of [a, b]) {
      expect(seen).toMatchObject({ messages: upTo(8), bulk: upTo(8), duplicates: 0, resent: 0, acknowledged: 8, starts: ['created'] })
      expect([pool.loaned, sendPool.loaned]).toEqual([0, 0])
    }
    expect(ab.isIdle && ba.isIdle).toBe(true)
  })

  it('lets control overtake bulk that waits', async () => {
    const { clock, a, b, ab } = await connected({}, { highWaterBytes: 100 })
    for (let value = 0; value < 3; value++) sendNumberedBulk(a, ab, value, 200)
    ab.send(numbered(9))
    await clock.advance(1000)
    expect(b.seen.all).toEqual(['b0', 'm9', 'b1', 'b2'])
  })

  it('survives a cut at every byte, in both directions', { timeout: 120_000 }, async () => {
    const whole = await connected()
    converse(whole.a, whole.ab, 3)
    converse(whole.b, whole.ba, 3)
    await whole.clock.advance(1000)
    const [near, far] = whole.network.wires[0]!
    const pools = { pool: new BytePool(POOL_BUFFER_BYTES, 4), sendPool: new BytePool(POOL_BUFFER_BYTES, 16) }
    for (const [from, bytes] of [['dialer', near.sentBytes], ['acceptor', far.sentBytes]] as const) {
      for (let afterBytes = 0; afterBytes <= bytes; afterBytes++) {
        const { clock, network, a, b } = pair({ a: { pools }, b: { pools } })
        network.options = (dial) => (dial === 0 ? { cut: { from, afterBytes } } : {})
        const say = (own: Side) => (session: PeerSession, start: string) => {
          if (start === 'resumed') return
          own.seen.all = []
          converse(own, session, 3)
        }
        a.onUp = say(a)
        b.onUp = say(b)
        const link = wantOf(a, B)
        // A reset may come between: each session starts the conversation over, and must not mix it with the old one.
        const over = () => a.seen.all.length >= 6 && b.seen.all.length >= 6 && a.links.session('b')!.isIdle && b.links.session('a')!.isIdle
        await clock.until(over).catch((e) => { console.log(from, afterBytes, JSON.stringify(a.seen), JSON.stringify(b.seen), JSON.stringify(link.state), network.dials); throw e })
        for (const { seen } of [a, b]) {
          expect(seen.all.filter((each) => each.startsWith('m')), `${from} ${afterBytes}`).toEqual(['m0', 'm1', 'm2'])
          expect(seen.all.filter((each) => each.startsWith('b'))).toEqual(['b0', 'b1', 'b2'])
        }
        link.release()
        const closing = Promise.all([a.links.close(), b.links.close()])
        await clock.advance(5000)
        await closing
        expect([pools.pool.loaned, pools.sendPool.loaned]).toEqual([0, 0])
      }
    }
  })
})
