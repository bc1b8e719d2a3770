import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import type { HoldfastError } from '../../../shared/errors.ts'
import { MdnsDiscovery, multicastInterfaces, type MdnsOptions } from '../../../electron/engine/discovery/mdns-discovery.ts'
import { openMdnsResponder, type OpenResponder } from '../../../electron/engine/discovery/mdns-responder.ts'
import { MemoryNetwork } from '../../../electron/engine/discovery/memory-discovery.ts'
import type { Discovery, SeenDevice } from '../../../electron/engine/discovery/ports.ts'
import type { Interfaces } from '../../../electron/engine/discovery/sort-addresses.ts'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { idOf, v4 } from './fixtures.ts'
import { HeldClock } from './held-clock.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const nextSeen = (discovery: Discovery, deviceId: string) =>
  new Promise<SeenDevice>((resolve) => discovery.onSeen((device) => device.deviceId === deviceId && resolve(device)))
const nextGone = (discovery: Discovery, deviceId: string) =>
  new Promise<void>((resolve) => discovery.onGone((gone) => gone === deviceId && resolve()))

describe('with the network injected', () => {
  class FakeNetwork {
    opened: (Parameters<OpenResponder>[0] & { queries: number; closed: boolean | undefined })[] = []
    failWith: Error | undefined
    interfaces: Interfaces = { lo: [v4('127.0.0.1')], eth0: [v4('192.0.2.2')] }
    clock = new HeldClock()
    discovery: MdnsDiscovery
    problems: HoldfastError[] = []

    constructor(options: Partial<MdnsOptions> = {}) {
      this.discovery = new MdnsDiscovery({
        advertisement: { deviceId: idOf('me'), name: 'me', port: 4680, version: 1 },
        clock: this.clock,
        openResponder: (opening) => {
          const responder = { ...opening, queries: 0, closed: undefined as boolean | undefined }
          this.opened.push(responder)
          if (this.failWith) opening.handlers.failed(this.failWith)
          return {
            query: () => void (responder.queries += 1),
            close: async (goodbye) => void (responder.closed ??= goodbye),
          }
        },
        readInterfaces: () => this.interfaces,
        ...options,
      })
      this.discovery.onProblem((error) => this.problems.push(error))
      this.discovery.start()
      closers.push(() => this.discovery.stop())
    }

    get open() {
      return this.opened.filter((one) => one.closed === undefined).map((one) => one.interfaceAddress)
    }
  }

  const service = (seed: string, host = '192.0.2.9') => ({ port: 1, txt: { id: idOf(seed), name: seed, v: '1' }, addresses: [host], referer: { address: host } })

  test('devices come, change and go', () => {
    const network = new FakeNetwork()
    const told: unknown[] = []
    network.discovery.onSeen((device) => told.push(device.addresses[0]?.host))
    network.discovery.onGone((id) => told.push(id))
    const handlers = network.opened[0]?.handlers
    handlers?.up(service('a'))
    handlers?.up(service('a'))
    handlers?.up({ port: 'nonsense' })
    handlers?.up(service('me'))
    expect(network.discovery.seen().map((device) => device.deviceId)).toEqual([idOf('a')])
    handlers?.down(service('a'))
    handlers?.down(service('a'))
    expect(told).toEqual(['192.0.2.9', idOf('a')])
  })

  test('it asks often at first, then each minute, and forgets who does not answer', () => {
    const network = new FakeNetwork()
    const gone: string[] = []
    network.discovery.onGone((id) => gone.push(id))
    network.opened[0]?.handlers.up(service('a'))
    network.clock.advance(45_000)
    expect(network.opened[0]?.queries).toBe(4)
    network.clock.advance(120_000)
    expect(network.opened[0]?.queries).toBe(6)
    expect(gone).toEqual([])
    network.clock.advance(120_000)
    expect(gone).toEqual([idOf('a')])
  })

  test('it opens anew when addresses change, and asks when the machine wakes', () => {
    const network = new FakeNetwork()
    expect(network.open).toEqual(['192.0.2.2'])
    network.interfaces = { ...network.interfaces, wlan0: [v4('198.51.100.2')] }
    network.clock.advance(5_000)
    expect(network.open).toEqual(['192.0.2.2', '198.51.100.2'])
    expect(network.opened[0]?.closed).toBe(false)
    network.clock.sleep(3_600_000)
    const before = network.opened[2]?.queries ?? 0
    network.clock.advance(5_000)
    expect(network.opened[2]?.queries).toBeGreaterThan(before)
  })

  test('a failure is told once, tried again by itself, and told again after it has worked', () => {
    const network = new FakeNetwork()
    const inUse = Object.assign(new Error('bind EADDRINUSE'), { code: 'EADDRINUSE' })
    network.failWith = inUse
    network.opened[0]?.handlers.failed(inUse)
    network.clock.advance(200_000)
    expect(network.problems.map((error) => error.code)).toEqual(['PORT_IN_USE'])
    expect(network.open).toEqual([])
    network.failWith = undefined
    network.clock.advance(60_000)
    expect(network.open).toEqual(['192.0.2.2'])
    network.opened.at(-1)?.handlers.up(service('a'))
    network.opened.at(-1)?.handlers.failed(new Error('gone'))
    expect(network.problems.map((error) => error.code)).toEqual(['PORT_IN_USE', 'NET_UNREACHABLE'])
  })

  test('without any interface there is a problem, until there is one', () => {
    const network = new FakeNetwork({ readInterfaces: () => ({}) })
    expect(network.problems.length).toBe(1)
    expect(network.open).toEqual([])
  })

  test('stop says goodbye, and leaves no timer', async () => {
    const network = new FakeNetwork()
    network.opened[0]?.handlers.up(service('a'))
    await network.discovery.stop()
    expect(network.opened[0]?.closed).toBe(true)
    expect(network.clock.pending).toBe(0)
    network.opened[0]?.handlers.up(service('b'))
    expect(network.discovery.seen()).toEqual([])
    network.discovery.start()
    expect(network.open).toEqual(['192.0.2.2'])
  })

  test('who does not listen does not advertise', () => {
    const network = new FakeNetwork({ advertisement: { deviceId: idOf('me'), name: 'me', port: 0, version: 1 } })
    expect(network.opened[0]?.advertisement).toBeUndefined()
  })

  test('loopback is used only where there is nothing else', () => {
    expect(multicastInterfaces({ lo: [v4('127.0.0.1')] })).toEqual(['127.0.0.1'])
    expect(multicastInterfaces({ lo: [v4('127.0.0.1')], a: [v4('10.0.0.1'), v4('10.0.0.2')] })).toEqual(['10.0.0.1'])
  })
})

test('memory: who has started sees who has started', async () => {
  const network = new MemoryNetwork()
  const device = (seed: string): SeenDevice => ({ deviceId: idOf(seed), name: seed, version: 1, addresses: [{ host: seed, port: 1 }] })
  const [a, b] = [network.discovery(device('a')), network.discovery(device('b'))]
  const told: string[] = []
  a.onSeen((seen) => told.push(seen.name))
  a.onGone((gone) => told.push(gone))
  a.start()
  expect(a.seen()).toEqual([])
  b.start()
  expect([a.seen(), b.seen()]).toEqual([[device('b')], [device('a')]])
  await b.stop()
  expect(told).toEqual(['b', idOf('b')])
  expect([a.seen(), b.seen()]).toEqual([[], []])
})

// Real packets, on loopback and a port of our own: sandboxes without multicast skip this.
const loopback = { lo: networkInterfaces()['lo'] ?? networkInterfaces()['lo0'] ?? [v4('127.0.0.1', '255.0.0.0')] }
const port = await multicastPort()

describe.skipIf(port === undefined)('with real packets on loopback', () => {
  function instance(seed: string, listenPort: number) {
    const discovery = new MdnsDiscovery({
      advertisement: { deviceId: idOf(seed), name: `${seed} 😀`, port: listenPort, version: 1 },
      clock: systemClock,
      openResponder: openMdnsResponder(port),
      readInterfaces: () => loopback,
    })
    const problems: HoldfastError[] = []
    discovery.onProblem((error) => problems.push(error))
    closers.push(() => discovery.stop())
    return { discovery, problems }
  }

  test('two instances on one machine see each other, and the goodbye', async () => {
    const one = instance('one', 4681)
    const two = instance('two', 4682)
    const seen = [nextSeen(one.discovery, idOf('two')), nextSeen(two.discovery, idOf('one'))]
    one.discovery.start()
    two.discovery.start()
    expect(await Promise.all(seen)).toEqual([
      { deviceId: idOf('two'), name: 'two 😀', version: 1, addresses: expect.arrayContaining([{ host: '127.0.0.1', port: 4682 }]) },
      { deviceId: idOf('one'), name: 'one 😀', version: 1, addresses: expect.arrayContaining([{ host: '127.0.0.1', port: 4681 }]) },
    ])
    const gone = nextGone(one.discovery, idOf('two'))
    await two.discovery.stop()
    await gone
    expect(one.discovery.seen()).toEqual([])
    expect([...one.problems, ...two.problems]).toEqual([])
  })

  test('hostile packets do no harm', async () => {
    const one = instance('one', 4681)
    one.discovery.start()
    const hostile = createSocket({ type: 'udp4', reuseAddr: true })
    closers.push(() => new Promise<void>((done) => hostile.close(done)))
    await new Promise<void>((bound) => hostile.bind(port ?? 0, bound))
    hostile.setMulticastInterface('127.0.0.1')
    const name = Buffer.from('\x09_holdfast\x04_tcp\x05local\x00', 'latin1')
    const header = (answers: number) => Buffer.from([0, 0, 0x84, 0, 0, 0, 0, answers, 0, 0, 0, 0])
    const record = (type: number, data: Buffer, ttl: number) =>
      Buffer.concat([name, Buffer.from([0, type, 0, 1, 0, 0, 0, ttl, data.length >> 8, data.length & 255]), data])
    const packets = [
      Buffer.alloc(0),
      Buffer.alloc(2000, 0xff),
      header(65),
      Buffer.concat([header(1), record(12, Buffer.from([0xc0, 0x0c]), 0)]),
      Buffer.concat([header(2), record(12, name, 9), record(33, Buffer.from([0, 0, 0, 0, 0, 0, 0]), 9)]),
      Buffer.concat([header(3), record(12, name, 9), record(33, Buffer.from([0, 0, 0, 0, 1, 1, 0]), 9), record(16, Buffer.from([3, 105, 100, 61]), 9)]),
      Buffer.concat([header(1), record(12, Buffer.alloc(0), 9)]),
    ]
    for (const packet of packets) await new Promise((sent) => hostile.send(packet, port ?? 0, '224.0.0.251', sent))
    const two = instance('two', 4682)
    const seen = nextSeen(one.discovery, idOf('two'))
    two.discovery.start()
    await seen
    expect(one.discovery.seen().map((device) => device.deviceId)).toEqual([idOf('two')])
  })
})

/** A port where multicast on loopback works, or undefined when it does not work here at all. */
async function multicastPort(): Promise<number | undefined> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  try {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), 5_000)
      const finish = (result: number | undefined) => {
        clearTimeout(timer)
        resolve(result)
      }
      socket.on('error', () => finish(undefined))
      socket.on('message', () => finish(socket.address().port))
      socket.bind(0, () => {
        try {
          socket.addMembership('224.0.0.251', '127.0.0.1')
          socket.setMulticastInterface('127.0.0.1')
          socket.send('probe', socket.address().port, '224.0.0.251', (error) => error && finish(undefined))
        } catch {
          finish(undefined)
        }
      })
    })
  } finally {
    socket.close()
  }
}
