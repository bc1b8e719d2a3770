import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import type { Clock } from '../../electron/engine/util/clock.ts'
import { FaultProxy, type FaultProxyOptions } from './fault-proxy.ts'
import { parseFaultSpec } from './fault-spec.ts'
import { seededRandom } from './seeded-random.ts'

/** Runs what is due only when told; enough of a clock for a proxy. */
function manualClock(): Clock & { waiting(): readonly number[]; fire(): void } {
  const due = new Map<object, { delayMs: number; callback: () => void }>()
  return {
    now: () => 0,
    monotonic: () => 0,
    after(delayMs, callback) {
      const key = {}
      due.set(key, { delayMs, callback })
      return () => void due.delete(key)
    },
    waiting: () => [...due.values()].map((entry) => entry.delayMs),
    fire() {
      const entries = [...due.values()]
      due.clear()
      for (const entry of entries) entry.callback()
    },
  }
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

/** Collects what each connection brings, and how it ends. */
class Sink {
  readonly connections: { received: Buffer[]; socket: Socket; ended: Promise<'end' | 'reset'> }[] = []
  readonly server: Server

  private constructor() {
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      const received: Buffer[] = []
      socket.on('data', (chunk: Buffer) => received.push(chunk))
      const ended = new Promise<'end' | 'reset'>((resolve) => {
        socket.once('end', () => resolve('end'))
        socket.once('error', () => resolve('reset'))
      })
      this.connections.push({ received, socket, ended })
      this.server.emit('collected')
    })
  }

  static async listen(): Promise<Sink> {
    const sink = new Sink()
    sink.server.listen(0, '127.0.0.1')
    await once(sink.server, 'listening')
    closers.push(() => {
      sink.server.close()
      for (const { socket } of sink.connections) socket.destroy()
    })
    return sink
  }

  get address() {
    return { host: '127.0.0.1', port: (this.server.address() as AddressInfo).port }
  }

  async connection(index: number) {
    while (!this.connections[index]) await once(this.server, 'collected')
    return this.connections[index]
  }
}

async function proxied(options: Partial<FaultProxyOptions> & { fault: FaultProxyOptions['fault'] & object }) {
  const sink = await Sink.listen()
  const proxy = await FaultProxy.listen({ to: sink.address, ...options })
  closers.push(() => proxy.close())
  const dial = () => {
    const socket = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true })
    closers.push(() => socket.destroy())
    return socket
  }
  return { sink, proxy, dial }
}

const fate = (socket: Socket) =>
  new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    socket.once('end', () => resolve('end'))
    socket.resume()
  })

const content = Buffer.from(seededRandom(5).bytes(3_000_000))

describe('a transparent proxy', () => {
  test('delivers both directions whole, ends each by itself, and counts', async () => {
    const { sink, proxy, dial } = await proxied({ fault: {} })
    const socket = dial()
    socket.end(content)
    const { received, socket: far, ended } = await sink.connection(0)
    expect(await ended).toBe('end')
    expect(Buffer.concat(received).equals(content)).toBe(true)
    far.end(content.subarray(0, 1_000_000))
    const back: Buffer[] = []
    for await (const chunk of socket) back.push(chunk as Buffer)
    expect(Buffer.concat(back).equals(content.subarray(0, 1_000_000))).toBe(true)
    expect(proxy.counters).toMatchObject({ connections: 1, bytesUp: 3_000_000, bytesDown: 1_000_000, cuts: 0 })
  })

  test('holds little when the receiver does not read', async () => {
    const { sink, proxy, dial } = await proxied({ fault: {} })
    const socket = dial()
    const { socket: far } = await sink.connection(0)
    far.pause()
    let sent = 0
    const chunk = Buffer.alloc(1 << 20)
    while (sent < 256 && (socket.write(chunk) || (await drained(socket)))) sent++
    // The system's own buffers take a few MiB; the proxy adds less than two.
    expect(sent).toBeLessThan(64)
    expect(proxy.counters.bytesUp).toBeLessThan(64 << 20)
  })

  test('passes a reset on', async () => {
    const { sink, dial } = await proxied({ fault: {} })
    const socket = dial()
    socket.write('x')
    const { ended, socket: far } = await sink.connection(0)
    await once(far, 'data')
    socket.resetAndDestroy()
    expect(await ended).toBe('reset')
  })

  test('a target that is not there resets the connection', async () => {
    const { sink, proxy, dial } = await proxied({ fault: {} })
    sink.server.close()
    await once(sink.server, 'close')
    expect(await fate(dial())).toBe('ECONNRESET')
    expect(proxy.counters.unreachable).toBe(1)
  })
})

/** False when nothing was taken for a while: the line is full. */
function drained(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 300)
    socket.once('drain', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

describe('faults', () => {
  test('cut-at forwards exactly that many bytes, then a FIN to both', async () => {
    const { sink, proxy, dial } = await proxied({ fault: parseFaultSpec('cut-at:100001:fin') })
    const socket = dial()
    const outcome = fate(socket)
    socket.write(content)
    const { received, ended } = await sink.connection(0)
    expect(await ended).toBe('end')
    expect(Buffer.concat(received).equals(content.subarray(0, 100_001))).toBe(true)
    expect(await outcome).toBe('end')
    expect(proxy.counters.cuts).toBe(1)
  })

  test('cuts come with the last byte that may pass, not with the next', async () => {
    const { sink, dial } = await proxied({ fault: parseFaultSpec('cut-at:5:fin') })
    dial().write('hello')
    const { received, ended } = await sink.connection(0)
    expect(await ended).toBe('end')
    expect(Buffer.concat(received).toString()).toBe('hello')
  })

  test('cut resets every connection, at places that a seed repeats', async () => {
    const places = async (seed: number) => {
      const { sink, proxy, dial } = await proxied({ seed, fault: parseFaultSpec('cut:100000,only:up') })
      const counted: number[] = []
      for (let index = 0; index < 3; index++) {
        const before = proxy.counters.bytesUp
        const socket = dial()
        socket.write(content)
        expect(['ECONNRESET', 'EPIPE']).toContain(await fate(socket))
        expect(await (await sink.connection(index)).ended).toBe('reset')
        counted.push(proxy.counters.bytesUp - before)
      }
      return counted
    }
    const first = await places(3)
    expect(new Set(first).size).toBe(3)
    for (const bytes of first) expect(Math.abs(bytes - 100_000)).toBeLessThanOrEqual(50_000)
    expect(await places(3)).toEqual(first)
    expect(await places(4)).not.toEqual(first)
  })

  test('flips single bits at places that a seed repeats', async () => {
    const run = async () => {
      const { sink, proxy, dial } = await proxied({ seed: 9, fault: parseFaultSpec('flip:200000') })
      dial().end(content)
      const { received, ended } = await sink.connection(0)
      await ended
      const arrived = Buffer.concat(received)
      const differing = [...arrived.keys()].filter((index) => arrived[index] !== content[index])
      expect(differing.length).toBe(proxy.counters.flips)
      for (const index of differing) expect(Math.log2(arrived[index]! ^ content[index]!) % 1).toBe(0)
      return differing
    }
    const first = await run()
    expect(first.length).toBeGreaterThan(8)
    expect(await run()).toEqual(first)
  })

  test('half-close ends one direction; the other goes on', async () => {
    const { sink, proxy, dial } = await proxied({ fault: parseFaultSpec('half-close:1000,only:up') })
    const socket = dial()
    socket.write(content)
    const { received, ended, socket: far } = await sink.connection(0)
    expect(await ended).toBe('end')
    expect(Buffer.concat(received).length).toBe(1000)
    far.end('still here')
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    expect(chunk.toString()).toBe('still here')
    expect(proxy.counters.halfCloses).toBe(1)
  })

  test('stall holds everything back until its time has passed', async () => {
    const clock = manualClock()
    const { sink, proxy, dial } = await proxied({ clock, fault: parseFaultSpec('stall:1000000:5000,only:up') })
    dial().end(content)
    const { received, ended } = await sink.connection(0)
    let stalls = 0
    let over = false
    void ended.then(() => (over = true))
    while (!over) {
      await new Promise(setImmediate)
      if (clock.waiting().length > 0) {
        expect(clock.waiting()).toEqual([5000])
        stalls++
        clock.fire()
      }
    }
    expect(stalls).toBe(proxy.counters.stalls)
    expect(stalls).toBeGreaterThan(0)
    expect(Buffer.concat(received).equals(content)).toBe(true)
  })

  test('slow lets through what its rate allows for the time that passed', async () => {
    const clock = manualClock()
    const { sink, proxy, dial } = await proxied({ clock, fault: parseFaultSpec('slow:1000000,only:up') })
    dial().end(content)
    const { ended } = await sink.connection(0)
    let passedMs = 0
    let over = false
    void ended.then(() => (over = true))
    while (!over) {
      await new Promise(setImmediate)
      expect(proxy.counters.bytesUp).toBeLessThanOrEqual((passedMs / 1000) * 1_000_000 + 100_000)
      for (const delayMs of clock.waiting()) passedMs += delayMs
      clock.fire()
    }
    expect(passedMs).toBeCloseTo(3000, 0)
  })

  test('refuse-first resets, then lets in', async () => {
    const { sink, proxy, dial } = await proxied({ fault: parseFaultSpec('refuse-first:2') })
    expect(await fate(dial())).toBe('ECONNRESET')
    expect(await fate(dial())).toBe('ECONNRESET')
    dial().end('in')
    await (await sink.connection(0)).ended
    expect(proxy.counters).toMatchObject({ connections: 3, refused: 2 })
  })

  test('refuseFor: nobody listens, until the time has passed', async () => {
    const clock = manualClock()
    const { sink, proxy, dial } = await proxied({ clock, fault: {} })
    const { port } = proxy
    proxy.refuseFor(10_000)
    expect(await fate(dial())).toBe('ECONNREFUSED')
    clock.fire()
    await new Promise(setImmediate)
    expect(proxy.port).toBe(port)
    dial().end('in')
    await (await sink.connection(0)).ended
  })

  test('black-hole accepts and forwards nothing', async () => {
    const { sink, proxy, dial } = await proxied({ fault: parseFaultSpec('black-hole') })
    const socket = dial()
    await once(socket, 'connect')
    socket.write('x')
    proxy.setFault({})
    dial().end('seen')
    const { received, ended } = await sink.connection(0)
    await ended
    expect(Buffer.concat(received).toString()).toBe('seen')
    expect(sink.connections.length).toBe(1)
    expect(proxy.counters.bytesUp).toBe(4)
  })

  test('pause and resume, cut and a new target, while connections are open', async () => {
    const { sink, proxy, dial } = await proxied({ fault: {} })
    const other = await Sink.listen()
    const socket = dial()
    const { received, socket: far } = await sink.connection(0)
    proxy.pause()
    socket.write('late')
    proxy.setTarget(other.address)
    proxy.resume()
    await once(far, 'data')
    expect(Buffer.concat(received).toString()).toBe('late')
    proxy.cutAll()
    expect(await fate(socket)).toBe('ECONNRESET')
    dial().end('elsewhere')
    const second = await other.connection(0)
    await second.ended
    expect(Buffer.concat(second.received).toString()).toBe('elsewhere')
  })
})

test.each(['cut', 'cut:0', 'cut:5:gently', 'stall:5', 'explode:1', 'only:left'])('refuses the specification %s', (text) => {
  expect(() => parseFaultSpec(text)).toThrow()
})

test('runs as a process of its own, and obeys', async () => {
  const sink = await Sink.listen()
  const script = fileURLToPath(new URL('fault-proxy.ts', import.meta.url))
  const child = spawn(process.execPath, [script, '--to', `127.0.0.1:${sink.address.port}`, '--fault', 'refuse-first:1'])
  closers.push(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>
  const { port } = (await next()) as { port: number }
  expect(await fate(connect(port, '127.0.0.1'))).toBe('ECONNRESET')
  child.stdin.write('fault cut-at:2:fin\n')
  expect(await next()).toMatchObject({ event: 'ok', refused: 1 })
  connect(port, '127.0.0.1').end('abc')
  const { received, ended } = await sink.connection(0)
  await ended
  expect(Buffer.concat(received).toString()).toBe('ab')
  child.stdin.write('nonsense\n')
  expect(await next()).toMatchObject({ event: 'error' })
  child.stdin.end()
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
})
