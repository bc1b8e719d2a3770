import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../shared/errors.ts'
import type { LinkState } from '../../../shared/model/device.ts'
import type { CloseCode } from '../../../electron/engine/protocol/messages.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeNetwork } from '../../support/fake-wire.ts'
import { device, numbered, side, wantOf } from './two-links.ts'
import type { SideOptions } from './two-links.ts'

const A = device('a')
const B = device('b')

function world() {
  const clock = new FakeClock()
  const network = new FakeNetwork(clock)
  return { clock, network, add: (which = A, options: SideOptions = {}) => side(clock, network, which, options) }
}

function states(link: { onState(listener: (state: LinkState) => void): () => void }): LinkState[] {
  const seen: LinkState[] = []
  link.onState((state) => seen.push(state))
  return seen
}

describe('reconnecting', () => {
  it('dials at once, then backs off, says until when, and goes on for as long as it is wanted', async () => {
    const { clock, network, add } = world()
    const a = add()
    const link = wantOf(a, B)
    const seen = states(link)
    await clock.advance(120_000)
    const waits = seen.filter((state) => state.kind === 'waiting')
    expect(waits.length).toBeGreaterThan(5)
    expect(waits[0]).toMatchObject({ attempt: 2, error: { code: 'NET_REFUSED' } })
    for (const [index, wait] of waits.entries()) expect(wait.attempt).toBe(index + 2)
    expect(link.state.kind).toBe('waiting')
    const dials = network.dials
    link.nudge()
    await clock.advance(10)
    expect(network.dials).toBe(dials + 1)
    const b = add(B)
    link.nudge()
    await clock.until(() => link.state.kind === 'connected')
    expect(b.seen.starts).toEqual(['created'])
  })

  it('dials again at once after a cut, and again each time', async () => {
    const { clock, network, add } = world()
    const a = add()
    add(B)
    const link = wantOf(a, B)
    for (let round = 1; round <= 5; round++) {
      await clock.until(() => link.state.kind === 'connected', 2000)
      await clock.advance(1500)
      expect(network.dials).toBe(round)
      network.cut()
      await clock.advance(10)
      expect(link.state.kind).toBe('connected')
    }
  })

  it('tries every address in turn', async () => {
    const { clock, add } = world()
    const a = add()
    add(B)
    const link = a.links.want({ deviceId: 'b', addresses: () => [{ host: 'old', port: 1 }, { host: 'older', port: 2 }, B.address], checkKey: () => {} })
    await clock.advance(20)
    expect(link.state).toMatchObject({ kind: 'connected', address: B.address })
  })

  it('says that no address is known, and dials when one is', async () => {
    const { clock, add } = world()
    const a = add()
    add(B)
    let known = false
    const link = a.links.want({ deviceId: 'b', addresses: () => (known ? [B.address] : []), checkKey: () => {} })
    await clock.advance(5000)
    expect(link.state).toMatchObject({ kind: 'waiting', error: { code: 'DEVICE_NOT_FOUND_YET' } })
    known = true
    a.links.nudge('b')
    await clock.advance(20)
    expect(link.state.kind).toBe('connected')
  })

  it('gives up an address that does not answer', async () => {
    const { clock, network, add } = world()
    const a = add()
    network.connectMs = 60_000
    const link = wantOf(a, B)
    const seen = states(link)
    await clock.advance(11_000)
    expect(seen.find((state) => state.kind === 'waiting')).toMatchObject({ error: { code: 'NET_TIMEOUT' } })
    link.release()
    await clock.advance(60_000)
    expect(clock.pending).toBe(0)
  })

  it('stops at a stranger, but not while the device may be at another address', async () => {
    const { clock, add } = world()
    const a = add()
    const imposter = { ...device('c'), address: B.address }
    add(imposter)
    const alone = wantOf(a, B)
    await clock.advance(100)
    expect(alone.state).toMatchObject({ kind: 'failed', error: { code: 'TRUST_KEY_MISMATCH' } })
    const more = a.links.want({ deviceId: 'b', addresses: () => [B.address, { host: 'away', port: 1 }], checkKey: () => {} })
    await clock.advance(5000)
    expect(more.state).toMatchObject({ kind: 'waiting', error: { code: 'NET_REFUSED' } })
  })

  it('does not hammer a peer that ends every connection', async () => {
    const { clock, network, add } = world()
    const a = add()
    add(B, { onIncoming: () => 'busy' })
    wantOf(a, B)
    await clock.advance(60_000)
    expect(network.dials).toBeLessThan(20)
  })
})

describe('wants', () => {
  it('of one device share a session and one loop', async () => {
    const { clock, network, add } = world()
    const a = add()
    const b = add(B)
    const links = [wantOf(a, B), wantOf(a, B), wantOf(a, B)]
    await clock.advance(100)
    expect(new Set(links.map((link) => link.session)).size).toBe(1)
    expect(network.dials).toBe(1)
    links[0]!.release()
    links[1]!.release()
    await clock.advance(60_000)
    expect(b.seen.downs).toEqual([])
    links[2]!.release()
    links[2]!.release()
    await clock.advance(60_000)
    expect(b.seen.downs).toEqual(['NET_LOST'])
  })

  it('of an address learn whose it is, and join the wants of that device', async () => {
    const { clock, network, add } = world()
    const a = add()
    add(B)
    const ids: string[] = []
    const typed = a.links.want({ addresses: () => [B.address], checkKey: (id) => ids.push(id) })
    await clock.advance(100)
    expect(typed.state.kind).toBe('connected')
    expect(ids).toContain('b')
    const named = wantOf(a, B)
    expect(named.session).toBe(typed.session)
    const again = a.links.want({ addresses: () => [B.address], checkKey: () => {} })
    await clock.advance(100)
    expect(again.session).toBe(typed.session)
    await clock.advance(10_000)
    expect(network.openWires).toBe(1)
  })

  it('help one another: a typed address finds a device whose known addresses are stale', async () => {
    const { clock, add } = world()
    const a = add()
    add(B)
    const stale = a.links.want({ deviceId: 'b', addresses: () => [{ host: 'old', port: 1 }], checkKey: () => {} })
    await clock.advance(5000)
    expect(stale.state.kind).not.toBe('connected')
    const typed = a.links.want({ addresses: () => [B.address], checkKey: () => {} })
    await clock.advance(100)
    expect([stale.state.kind, typed.state.kind]).toEqual(['connected', 'connected'])
    expect(stale.session).toBe(typed.session)
  })

  it('that may not talk to the key fail alone', async () => {
    const { clock, add } = world()
    const a = add()
    add(B)
    const refuse = () => {
      throw new HoldfastError('TRUST_UNKNOWN_KEY', 'no')
    }
    const bad = a.links.want({ deviceId: 'b', addresses: () => [B.address], checkKey: refuse })
    const good = wantOf(a, B)
    await clock.advance(100)
    expect(bad.state).toMatchObject({ kind: 'failed', error: { code: 'TRUST_UNKNOWN_KEY' } })
    expect(good.state.kind).toBe('connected')
    const late = a.links.want({ deviceId: 'b', addresses: () => [B.address], checkKey: refuse })
    expect(late.state.kind).toBe('failed')
    const only = a.links.want({ addresses: () => [B.address], checkKey: refuse })
    await clock.advance(100)
    expect(only.state).toMatchObject({ kind: 'failed', error: { code: 'TRUST_UNKNOWN_KEY' } })
  })

  it('are met by a connection that the other side has opened', async () => {
    const { clock, network, add } = world()
    const a = add()
    const b = add(B)
    const link = a.links.want({ deviceId: 'b', addresses: () => [], checkKey: () => {} })
    wantOf(b, A)
    await clock.advance(100)
    expect(link.state.kind).toBe('connected')
    expect(network.dials).toBe(1)
  })
})

describe('refusals', () => {
  const codes: [CloseCode, string, string][] = [
    ['untrusted', 'TRUST_REFUSED', 'failed'],
    ['version', 'PEER_VERSION', 'failed'],
    ['busy', 'NET_BUSY', 'waiting'],
    ['shutting-down', 'PEER_SHUTTING_DOWN', 'waiting'],
    ['protocol', 'PEER_PROTOCOL', 'waiting'],
  ]
  it.each(codes)('%s', async (code, error, kind) => {
    const { clock, network, add } = world()
    const a = add()
    const b = add(B, { onIncoming: (id) => (id === 'a' ? code : 'ok') })
    const link = wantOf(a, B)
    // A wait may be as short as chance wants it: the first news counts.
    const seen = states(link)
    await clock.until(() => seen.some((state) => state.kind === kind))
    expect(seen.find((state) => state.kind === kind)).toMatchObject({ error: { code: error } })
    link.release()
    await clock.advance(15_000)
    expect([network.openWires, b.seen.starts, a.links.sessions]).toEqual([0, [], []])
  })
})

describe('both dial at once', () => {
  it.each([0, 1, 2, 3, 5, 8])('with %i ms between them: one connection remains', async (gapMs) => {
    for (const [first, second] of [[A, B], [B, A]] as const) {
      const { clock, network, add } = world()
      const sides = { a: add(A), b: add(B) }
      const firstSide = first === A ? sides.a : sides.b
      const secondSide = first === A ? sides.b : sides.a
      const one = wantOf(firstSide, second)
      await clock.advance(gapMs)
      const two = wantOf(secondSide, first)
      await clock.advance(10_000)
      expect([one.state.kind, two.state.kind]).toEqual(['connected', 'connected'])
      expect(network.openWires).toBe(1)
      sides.a.links.session('b')!.send(numbered(1))
      sides.b.links.session('a')!.send(numbered(2))
      await clock.advance(100)
      expect([sides.a.seen.messages, sides.b.seen.messages]).toEqual([[2], [1]])
      const settled = network.dials
      await clock.advance(60_000)
      expect(network.dials).toBe(settled)
    }
  })

  it('the newest socket of a device takes the place of the old one', async () => {
    const { clock, network, add } = world()
    const a = add()
    const b = add(B)
    wantOf(a, B)
    await clock.advance(100)
    const reborn = add(A)
    wantOf(reborn, B)
    network.wires[0]![0].dead = true
    await clock.advance(100)
    expect(b.seen.starts).toEqual(['created', 'reset'])
    expect(b.seen.downs).toEqual(['NET_LOST'])
    expect(b.links.sessions).toHaveLength(1)
  })
})

describe('limits on strangers', () => {
  it('who say nothing', async () => {
    const { clock, network, add } = world()
    const b = add(B, { isPaired: () => false })
    const dialer = network.dialer(A)
    const signal = new AbortController().signal
    for (let index = 0; index < 20; index++) {
      const dial = dialer.dial(B.address, () => {}, signal)
      await clock.advance(2)
      await dial
    }
    await clock.advance(5000)
    expect(network.openWires).toBe(8)
    await clock.advance(6000)
    expect(network.openWires).toBe(0)
    expect(b.seen.starts).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('whose sessions would be too many', async () => {
    const { clock, network, add } = world()
    const b = add(B, { isPaired: () => false, tunables: { maxUnpairedSessions: 2 } })
    const strangers = ['x', 'y', 'z'].map((name) => device(name))
    const links = []
    for (const stranger of strangers) {
      links.push(wantOf(add(stranger), B))
      await clock.advance(100)
    }
    expect(links.map((link) => link.state.kind === 'connected')).toEqual([true, true, false])
    links[0]!.release()
    network.wires[0]![0].destroy()
    await clock.advance(60_000)
    expect(links[2]!.state.kind).toBe('connected')
    expect(b.links.sessions.map((session) => session.peerId)).toEqual(['y', 'z'])
    expect(b.seen.gone).toBe(1)
  })
})
