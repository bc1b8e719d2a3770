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

describe('loss', () => {
  it('never loses, repeats or reorders under random cuts, delays, splits and sizes', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 25 }), fc.integer({ min: 0, max: 6 }), async (seed, count, cuts) => {
        const random = seeded(seed)
        const { clock, network, a, b } = pair()
        network.options = () => ({
          latencyMs: Math.floor(random.unit() * 200),
          highWaterBytes: 1 + Math.floor(random.unit() * 2000),
          chunk: () => 1 + Math.floor(random.unit() * 300),
        })
        const link = wantOf(a, B)
        await clock.until(() => a.links.session('b')?.connected === true && b.links.session('a')?.connected === true)
        const sessions = [[a, a.links.session('b')!], [b, b.links.session('a')!]] as const
        const next = [0, 0]
        const nextBulk = [0, 0]
        let cutsLeft = cuts
        while (next[0]! < count || next[1]! < count || cutsLeft > 0) {
          for (const [which, [own, session]] of sessions.entries()) {
            if (next[which]! < count) session.send(numbered(next[which]!++))
            if (session.canSendBulk && sendNumberedBulk(own, session, nextBulk[which]!, Math.floor(random.unit() * 5000))) nextBulk[which]! += 1
          }
          if (cutsLeft > 0 && random.unit() < 0.4) {
            cutsLeft -= 1
            network.cut()
          }
          await clock.advance(Math.floor(random.unit() * 500))
        }
        await clock.until(() => sessions.every(([, session]) => session.isIdle))
        for (const [which, [, session]] of sessions.entries()) {
          const seen = (which === 0 ? b : a).seen
          expect(seen.starts.slice(1).filter((start) => start !== 'resumed')).toEqual([])
          expect(seen.messages).toEqual(upTo(count))
          expect(seen.bulk).toEqual(upTo(nextBulk[which]!))
          expect(session.isIdle).toBe(true)
        }
        link.release()
        for (const { pool, sendPool } of [a, b]) expect([pool.loaned, sendPool.loaned]).toEqual([0, 0])
      }),
      { numRuns: 60 },
    )
  })

  it('begins anew on both sides when one has been restarted', async () => {
    const { clock, network, a, b, ab } = await connected()
    ab.send(numbered(0))
    await clock.advance(100)
    network.cut()
    sendNumberedBulk(a, ab, 5)
    ab.send(numbered(1))
    const reborn = side(clock, network, B)
    await clock.until(() => reborn.seen.starts.length > 0 && ab.connected)
    expect(a.seen.starts).toEqual(['created', 'reset'])
    expect(reborn.seen).toMatchObject({ starts: ['created'], messages: [], bulk: [] })
    expect(a.sendPool.loaned).toBe(0)
    ab.send(numbered(2))
    await clock.advance(100)
    expect([b.seen.messages, reborn.seen.messages]).toEqual([[0], [2]])
  })

  it('begins anew when the dialer has been restarted', async () => {
    const { clock, network, a, b, ba, link } = await connected()
    ba.send(numbered(0))
    await clock.advance(100)
    link.release()
    network.cut()
    ba.send(numbered(1))
    const reborn = side(clock, network, A)
    wantOf(reborn, B)
    await clock.until(() => reborn.seen.starts.length > 0 && ba.connected)
    await clock.advance(100)
    expect([a.seen.messages, reborn.seen.messages, b.seen.starts]).toEqual([[0], [], ['created', 'reset']])
    expect(b.links.session('a')).toBe(ba)
  })

  it('sends the oldest again once after silence, drops the socket at the second, and goes on with a new one', async () => {
    const { clock, network, a, b, ab } = await connected()
    const [near, far] = network.wires[0]!
    await clock.advance(100)
    far.dead = true // B's words are lost; A's arrive
    ab.send(numbered(0))
    await clock.advance(3100)
    expect([a.seen.resent, b.seen.duplicates, b.seen.messages]).toEqual([1, 1, [0]])
    expect(near.isClosed).toBe(false)
    await clock.advance(3100)
    expect(near.isClosed).toBe(true)
    expect(a.seen.downs).toEqual(['NET_LOST'])
    await clock.until(() => ab.connected && ab.isIdle)
    expect(b.seen.messages).toEqual([0])
    expect(a.seen.starts).toEqual(['created', 'resumed'])
  })

  it('notices a pulled cable without anything to send', async () => {
    const { clock, network, a, ab } = await connected()
    const [near, far] = network.wires[0]!
    near.dead = far.dead = true
    await clock.advance(14_000)
    expect(ab.connected).toBe(true)
    await clock.advance(17_000)
    expect(a.seen.downs).toEqual(['NET_LOST'])
    expect(ab.connected).toBe(true) // again, by a new dial
  })

  it('stays connected for hours when idle', async () => {
    const { clock, network, a, b } = await connected()
    await clock.advance(3 * 3600_000)
    expect(network.dials).toBe(1)
    expect([a.seen.downs, b.seen.downs]).toEqual([[], []])
  })

  it('gives a slow link time: a message that takes a minute is neither repeated nor the end', async () => {
    const { clock, network, a, b, ab } = await connected({}, { bytesPerMs: 0.1, latencyMs: 10 })
    sendNumberedBulk(a, ab, 1, 6000)
    sendNumberedBulk(a, ab, 2, 6000)
    await clock.advance(150_000)
    expect(b.seen.bulk).toEqual([1, 2])
    expect([a.seen.resent, a.seen.downs, network.dials]).toEqual([0, [], 1])
  })
})

describe('a slow reader', () => {
  it('is paused for, not dropped, and memory stays within the pools', async () => {
    const { clock, network, a, b, ab } = await connected({ b: { tunables: {} } }, { kernelBytes: 3000, highWaterBytes: 3000 })
    b.releaseBulk = false
    let sent = 0
    const fill = () => {
      while (sent < 40 && ab.canSendBulk && sendNumberedBulk(a, ab, sent, 2000)) sent += 1
    }
    fill()
    await clock.advance(40_000)
    const [near, far] = network.wires[0]!
    expect(far.isPaused).toBe(true)
    expect([b.pool.loaned, b.seen.bulk.length]).toEqual([4, 4])
    expect(near.queuedBytes).toBeLessThan(8000)
    expect([network.dials, a.seen.downs, a.seen.resent]).toEqual([1, [], 0])
    b.releaseBulk = true
    for (const buffer of b.kept.splice(0)) buffer.release()
    await clock.until(() => {
      fill()
      return b.seen.bulk.length === 40
    })
    await clock.advance(1000)
    expect(b.seen.bulk).toEqual(upTo(40))
    expect([a.pool.loaned, a.sendPool.loaned, b.pool.loaned, network.dials]).toEqual([0, 0, 0, 1])
  })

  it('that answers but takes nothing for a minute is dropped, and goes on afterwards', async () => {
    const { clock, network, a, b, ab } = await connected({}, { kernelBytes: 3000, highWaterBytes: 3000 })
    b.releaseBulk = false
    for (let value = 0; value < 8; value++) sendNumberedBulk(a, ab, value, 2000)
    await clock.advance(70_000)
    expect(a.seen.downs).toEqual(['NET_LOST'])
    b.releaseBulk = true
    for (const buffer of b.kept.splice(0)) buffer.release()
    await clock.until(() => ab.connected && ab.isIdle)
    expect(b.seen.bulk).toEqual(upTo(8))
    expect(network.dials).toBeGreaterThan(1)
  })

  it('of control messages makes the session begin anew instead of growing without end', async () => {
    const { clock, network, a, b, ab } = await connected({ a: { tunables: { controlBacklogBytes: 2000 } } })
    network.wires[0]![0].dead = true
    for (let value = 0; value < 100; value++) ab.send(numbered(value))
    await clock.until(() => ab.connected && b.seen.starts.length === 2)
    expect([a.seen.starts.length, b.seen.starts.at(-1)]).toEqual([2, 'reset'])
  })
})

describe('rest', () => {
  it('closes what nobody wants any more, once idle, and forgets the session later', async () => {
    const { clock, network, a, b, link, ba } = await connected()
    link.release()
    await clock.advance(9_000)
    expect(network.openWires).toBe(1)
    ba.send(numbered(1))
    await clock.advance(9_000)
    expect(network.openWires).toBe(1)
    await clock.advance(13_000)
    expect(network.openWires).toBe(0)
    expect([a.seen.downs, b.seen.downs, a.seen.messages]).toEqual([['NET_LOST'], ['NET_LOST'], [1]])
    await clock.advance(9 * 60_000)
    expect(a.links.session('b')).toBeDefined()
    await clock.advance(2 * 60_000)
    expect([a.links.session('b'), b.links.session('a'), a.seen.gone, b.seen.gone]).toEqual([undefined, undefined, 1, 1])
    expect(clock.pending).toBe(0)
  })

  it('says goodbye to everybody and leaves no timer behind', async () => {
    const { clock, network, a, b, link } = await connected()
    const closed = a.links.close()
    await clock.advance(100)
    await closed
    expect(network.openWires).toBe(0)
    expect(link.state).toMatchObject({ kind: 'failed', error: { code: 'ENGINE_NOT_RUNNING' } })
    expect(b.seen.downs).toEqual(['PEER_SHUTTING_DOWN'])
    const other = b.links.close()
    await clock.advance(100)
    await other
    expect(clock.pending).toBe(0)
  })
})
