import { once } from 'node:events'
import { createServer as createTcpServer, connect as tcpConnect, type AddressInfo, type Server } from 'node:net'
import { connect as tlsConnect, createServer as createTlsServer } from 'node:tls'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { HoldfastError } from '../../../shared/errors.ts'
import { loadOrCreateIdentity, type Identity } from '../../../electron/engine/identity/device-key.ts'
import { createDialer } from '../../../electron/engine/net/dialer.ts'
import { listen, type Listener, type ListenOptions } from '../../../electron/engine/net/listener.ts'
import { LISTEN_LIMITS } from '../../../electron/engine/net/socket-limits.ts'
import { tlsOptions } from '../../../electron/engine/net/tls-options.ts'
import type { TlsTransport } from '../../../electron/engine/net/tls-transport.ts'
import type { Dialer, Transport } from '../../../electron/engine/session/ports.ts'
import { systemClock, type Clock } from '../../../electron/engine/util/clock.ts'

let folder: string
let here: Identity
let there: Identity
const closers: (() => unknown)[] = []
const never = new AbortController().signal
const anyKey = () => undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-net-'))
  here = await loadOrCreateIdentity(join(folder, 'here'))
  there = await loadOrCreateIdentity(join(folder, 'there'))
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function listenThere(options: Partial<ListenOptions> = {}) {
  const accepted: TlsTransport[] = []
  const waiters: ((transport: TlsTransport) => void)[] = []
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    identity: there,
    clock: systemClock,
    onTransport: (transport) => {
      accepted.push(transport)
      waiters.shift()?.(transport)
    },
    ...options,
  })
  closers.push(() => listener.close())
  const next = () => new Promise<TlsTransport>((resolve) => waiters.push(resolve))
  return { listener, accepted, next }
}

async function pair(): Promise<{ dialed: Transport; accepted: Transport; listener: Listener }> {
  const { listener, next } = await listenThere()
  const dialer: Dialer = createDialer({ identity: here, clock: systemClock })
  const [dialed, accepted] = await Promise.all([dialer.dial(listener.address, anyKey, never), next()])
  closers.push(() => dialed.destroy())
  return { dialed, accepted, listener }
}

async function listenTcp(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => new Promise((done) => server.close(done)))
  return (server.address() as AddressInfo).port
}

const closed = (transport: Transport) => new Promise<HoldfastError | undefined>((resolve) => transport.onClose(resolve))
const dialFailure = (port: number, options: { timeoutMs?: number; clock?: Clock; host?: string; signal?: AbortSignal } = {}) =>
  createDialer({ identity: here, clock: options.clock ?? systemClock, ...(options.timeoutMs ? { timeoutMs: options.timeoutMs } : {}) })
    .dial({ host: options.host ?? '127.0.0.1', port }, anyKey, options.signal ?? never)
    .then(
      () => expect.unreachable('dialled'),
      (error: unknown) => error as HoldfastError,
    )

/** Time stands still until the test moves it. */
function heldClock() {
  const timers = new Set<{ at: number; callback: () => void }>()
  let time = 0
  const clock: Clock = {
    now: () => time,
    monotonic: () => time,
    after(delayMs, callback) {
      const timer = { at: time + delayMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  return {
    clock,
    pending: () => timers.size,
    advance(ms: number) {
      time += ms
      for (const timer of [...timers]) if (timer.at <= time && timers.delete(timer)) timer.callback()
    },
  }
}

function collect(transport: Transport, length: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let got = 0
    transport.onData((chunk) => {
      chunks.push(Buffer.from(chunk))
      got += chunk.length
      if (got >= length) resolve(Buffer.concat(chunks))
    })
  })
}

describe('two ends', () => {
  test('know each other by key', async () => {
    const { dialed, accepted, listener } = await pair()
    expect(dialed.peerId).toBe(there.deviceId)
    expect(accepted.peerId).toBe(here.deviceId)
    expect(Buffer.from(accepted.peerKey)).toEqual(Buffer.from(here.spki))
    expect([dialed.dialed, accepted.dialed]).toEqual([true, false])
    expect(dialed.remote).toEqual(listener.address)
    expect(accepted.remote.host).toBe('127.0.0.1')
  })

  test.each(['dialed', 'accepted'] as const)('bytes arrive whole and in order at the one that %s', async (receiverName) => {
    const { dialed, accepted } = await pair()
    const [receiver, sender] = receiverName === 'dialed' ? [dialed, accepted] : [accepted, dialed]
    // Pool buffers live in shared memory: TLS must take them.
    const bytes = Buffer.from(new SharedArrayBuffer(3 * 1024 * 1024))
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32BE(at, at)
    const arrived = collect(receiver, bytes.length)
    await new Promise<void>((sent) => sender.write(bytes, sent))
    expect((await arrived).equals(bytes)).toBe(true)
  })

  test.each(['dialed', 'accepted'] as const)('pause stops onData at the one that %s, resume goes on in order', async (receiverName) => {
    const { dialed, accepted } = await pair()
    const [receiver, sender] = receiverName === 'dialed' ? [dialed, accepted] : [accepted, dialed]
    const bytes = Buffer.alloc(2 * 1024 * 1024)
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32BE(at, at)
    const chunks: Buffer[] = []
    let paused = false
    let got = 0
    const done = new Promise<void>((resolve) =>
      receiver.onData((chunk) => {
        expect(paused).toBe(false)
        chunks.push(Buffer.from(chunk))
        got += chunk.length
        paused = true
        receiver.pause()
        setImmediate(() => {
          paused = false
          receiver.resume()
          if (got === bytes.length) resolve()
        })
      }),
    )
    sender.write(bytes)
    await done
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
  })

  test('a full queue says so, and drains', async () => {
    const { dialed, accepted } = await pair()
    const drained = new Promise<void>((resolve) => dialed.onDrain(resolve))
    expect(dialed.write(Buffer.alloc(8 * 1024 * 1024))).toBe(false)
    void collect(accepted, Infinity)
    await drained
  })

  test('end delivers what is queued, then both close without an error, once', async () => {
    const { dialed, accepted } = await pair()
    const order: string[] = []
    const bytes = Buffer.alloc(4 * 1024 * 1024, 7)
    const arrived = collect(accepted, bytes.length)
    accepted.onEnd(() => order.push('end'))
    const bothClosed = Promise.all([closed(dialed), closed(accepted)])
    dialed.write(bytes)
    dialed.end()
    expect((await arrived).equals(bytes)).toBe(true)
    expect(await bothClosed).toEqual([undefined, undefined])
    expect(order).toEqual(['end'])
    expect(await closed(dialed)).toBeUndefined()
  })

  test('end does not cut off what the peer has not read yet, even with unread bytes on our side', async () => {
    const { dialed, accepted } = await pair()
    const bytes = Buffer.alloc(1024 * 1024, 9)
    dialed.write(Buffer.alloc(512 * 1024))
    accepted.write(bytes)
    accepted.end()
    const arrived = collect(dialed, bytes.length)
    expect((await arrived).equals(bytes)).toBe(true)
  })

  test('destroy tells its own side why, and the other that it was lost or ended', async () => {
    const { dialed, accepted } = await pair()
    const reason = new HoldfastError('PEER_PROTOCOL', 'bad frame')
    const mine = closed(dialed)
    const theirs = closed(accepted)
    void collect(accepted, Infinity)
    dialed.destroy(reason)
    expect(await mine).toBe(reason)
    expect([undefined, 'NET_LOST']).toContain((await theirs)?.code)
    expect(dialed.write(Buffer.alloc(1))).toBe(false)
  })
})

describe('dialling', () => {
  test('a key that is not wanted ends the attempt with its error', async () => {
    const { listener } = await listenThere()
    const refusal = new HoldfastError('TRUST_KEY_MISMATCH', 'not this one')
    const dialer = createDialer({ identity: here, clock: systemClock })
    const seen: string[] = []
    const attempt = dialer.dial(
      listener.address,
      (id) => {
        seen.push(id)
        throw refusal
      },
      never,
    )
    await expect(attempt).rejects.toBe(refusal)
    expect(seen).toEqual([there.deviceId])
  })

  test('nobody listens: NET_REFUSED', async () => {
    const server = createTcpServer()
    const port = await listenTcp(server)
    await new Promise((done) => server.close(done))
    closers.pop()
    expect((await dialFailure(port)).code).toBe('NET_REFUSED')
  })

  test('an unknown name: NET_NAME_UNKNOWN', async () => {
    expect((await dialFailure(4680, { host: 'holdfast-test.invalid' })).code).toBe('NET_NAME_UNKNOWN')
  })

  test.each([
    ['an HTTP server', (socket: NodeJS.WritableStream) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
    ['an SSH server', (socket: NodeJS.WritableStream) => socket.write('SSH-2.0-OpenSSH_9.9\r\n')],
    ['plain text', (socket: NodeJS.WritableStream) => socket.write('220 mail.example ready\r\n')],
  ])('%s: NET_NOT_HOLDFAST', async (_what, answer) => {
    const port = await listenTcp(
      createTcpServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => answer(socket))
      }),
    )
    expect((await dialFailure(port)).code).toBe('NET_NOT_HOLDFAST')
  })

  test('an echo server: NET_NOT_HOLDFAST', async () => {
    const port = await listenTcp(createTcpServer((socket) => void socket.on('error', () => undefined).pipe(socket)))
    expect((await dialFailure(port)).code).toBe('NET_NOT_HOLDFAST')
  })

  test.each([
    ['another ALPN', { ALPNProtocols: ['h2'] }],
    ['no ALPN', { ALPNProtocols: undefined as never }],
    ['TLS 1.2 only', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }],
  ] as const)('TLS with %s: NET_NOT_HOLDFAST', async (_what, changes) => {
    const server = createTlsServer({ ...tlsOptions(there), ...changes } as object)
    server.on('tlsClientError', () => undefined)
    server.on('secureConnection', (socket) => socket.on('error', () => undefined))
    const port = await listenTcp(server)
    expect((await dialFailure(port)).code).toBe('NET_NOT_HOLDFAST')
  })

  test('who closes at once: NET_LOST', async () => {
    const port = await listenTcp(createTcpServer((socket) => socket.resetAndDestroy()))
    expect((await dialFailure(port)).code).toBe('NET_LOST')
  })

  test('who accepts and stays silent: NET_TIMEOUT', async () => {
    const time = heldClock()
    const port = await listenTcp(
      createTcpServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => time.advance(20_000))
      }),
    )
    const error = await dialFailure(port, { clock: time.clock })
    expect(error.code).toBe('NET_TIMEOUT')
    expect(error.message).toContain('silent')
    expect(time.pending()).toBe(0)
  })

  test('an abort ends it with the reason of the signal', async () => {
    const abort = new AbortController()
    const reason = new Error('no longer wanted')
    const port = await listenTcp(
      createTcpServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => abort.abort(reason))
      }),
    )
    expect(await dialFailure(port, { signal: abort.signal })).toBe(reason)
    expect(await dialFailure(port, { signal: abort.signal })).toBe(reason)
  })
})

describe('listening', () => {
  test('a port in use is named', async () => {
    const { listener } = await listenThere()
    const { host, port } = listener.address
    const attempt = listenThere({ host, port })
    await expect(attempt).rejects.toMatchObject({ code: 'PORT_IN_USE', message: expect.stringContaining(String(port)) })
  })

  test('an address of another machine: ADDRESS_UNAVAILABLE', async () => {
    await expect(listenThere({ host: '203.0.113.1' })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' })
  })

  test('[::] takes IPv4 too, and shows it as IPv4', async () => {
    const { listener, next } = await listenThere({ host: '::' })
    const dialer = createDialer({ identity: here, clock: systemClock })
    const [dialed, accepted] = await Promise.all([
      dialer.dial({ host: '127.0.0.1', port: listener.address.port }, anyKey, never),
      next(),
    ])
    expect(accepted.remote.host).toBe('127.0.0.1')
    dialed.destroy()
  })

  test.each([
    ['no certificate', () => ({ ALPNProtocols: ['holdfast/1'] })],
    ['another ALPN', () => ({ ...tlsOptions(here), ALPNProtocols: ['h2'] })],
    ['no ALPN', () => ({ ...tlsOptions(here), ALPNProtocols: [] })],
    ['TLS 1.2', () => ({ ...tlsOptions(here), minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'DEFAULT' })],
  ] as const)('who comes with %s is dropped', async (_what, options) => {
    const { listener, accepted } = await listenThere()
    const socket = tlsConnect({ rejectUnauthorized: false, ...options(), host: '127.0.0.1', port: listener.address.port } as object)
    socket.on('error', () => undefined)
    socket.resume()
    await new Promise((done) => socket.on('close', done))
    expect(accepted).toEqual([])
  })

  test('silent sockets are limited per address, dropped in time, and make room again', async () => {
    const time = heldClock()
    const limits = { ...LISTEN_LIMITS, handshakingPerAddress: 4 }
    const { listener, next } = await listenThere({ clock: time.clock, limits })
    const silent = Array.from({ length: 10 }, () => tcpConnect({ host: '127.0.0.1', port: listener.address.port }))
    const gone = silent.map((socket) => new Promise<void>((done) => socket.on('error', () => undefined).on('close', () => done()).resume()))
    let dropped = 0
    await new Promise<void>((resolve) => gone.forEach((one) => void one.then(() => (dropped += 1) === 6 && resolve())))
    expect(listener.handshaking).toBe(4)
    expect(time.pending()).toBe(4)
    time.advance(limits.handshakeMs)
    await Promise.all(gone)
    const [dialed] = await Promise.all([
      createDialer({ identity: here, clock: systemClock }).dial(listener.address, anyKey, never),
      next(),
    ])
    expect(listener.handshaking).toBe(0)
    expect(listener.sockets).toBe(1)
    dialed.destroy()
  })

  test('close ends every connection', async () => {
    const { dialed, accepted, listener } = await pair()
    const both = Promise.all([closed(dialed), closed(accepted)])
    void collect(dialed, Infinity)
    await listener.close()
    await both
    expect(listener.sockets).toBe(0)
  })
})
