import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import type { Identity } from '../../../electron/engine/identity/device-key.ts'
import { MESSAGE_TYPES } from '../../../electron/engine/protocol/message-types.ts'
import type { ManifestEntry } from '../../../electron/engine/protocol/messages.ts'
import { frameOf, HostilePeer, strangerIdentity } from '../../support/hostile-peer.ts'
import { Lab, type Receiver } from '../../support/processes.ts'
import { readProcessUse } from '../../support/rss.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { makeBigFile } from '../../support/trees.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const MIB = 1 << 20
const GUARD_MS = 90_000
/** A process that has not been made to hoard is far below. */
const RSS_BYTES = 300 * MIB

let lab: Lab
let stranger: Identity
beforeAll(async () => {
  stranger = await strangerIdentity()
})
beforeEach(() => {
  lab = new Lab()
})
afterEach(() => lab.close())

/** One that a concurrent test has to itself. */
function labOf(onFinished: TestContext['onTestFinished']): Lab {
  const own = new Lab()
  onFinished(() => own.close())
  return own
}

async function smallFile(lab: Lab, content = 'hello'): Promise<string> {
  const file = join(await lab.folder('source'), 'file.txt')
  writeFileSync(file, content)
  return file
}

async function serve(server: Server, onFinished: TestContext['onTestFinished'] = onTestFinished): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A send there says why it can't, tries again, and ends with what was not delivered. */
async function expectRetry(port: number, reason: string, says: RegExp): Promise<void> {
  const send = lab.run(lab.path('a'), ['send', await smallFile(lab), '--to', `127.0.0.1:${port}`, '--trust-first-use', '--give-up-after', '12'])
  const retry = await send.waitFor('retry')
  expect(retry).toMatchObject({ reason })
  expect(retry['message']).toMatch(says)
  send.signal('SIGINT')
  await send.expectExit(130)
}

/** The receiver goes on as if nothing had been. */
async function expectServing(lab: Lab, receiver: Receiver): Promise<void> {
  const send = lab.run(lab.path('honest'), ['send', await smallFile(lab, 'still here'), '--to', receiver.address, '--trust-first-use'])
  await send.expectExit(0, GUARD_MS)
  expect(readFileSync(join(receiver.folder, 'file.txt'), 'utf8')).toBe('still here')
  const use = await readProcessUse(receiver.process.pid)
  if (use) expect(use.peakRssBytes).toBeLessThan(RSS_BYTES)
}

describe('a sender, when what answers is', { timeout: GUARD_MS }, () => {
  it('a web server: says that it is no Holdfast', async () => {
    const port = await serve(createHttpServer((_request, response) => void response.end('hello')))
    await expectRetry(port, 'NET_NOT_HOLDFAST', /Something else than Holdfast.*Check the address and the port/)
  })

  it('an SSH server: says that it is no Holdfast', async () => {
    const port = await serve(createServer((socket) => void socket.write('SSH-2.0-OpenSSH_9.9\r\n')))
    await expectRetry(port, 'NET_NOT_HOLDFAST', /Something else than Holdfast.*Check the address and the port/)
  })

  it('something that hangs up', async () => {
    const port = await serve(createServer((socket) => void socket.destroy()))
    await expectRetry(port, 'NET_LOST', /closed the connection before it was set up/)
  })

  it('a Holdfast of another version: stops, and says which of the two to update', async () => {
    const server = await HostilePeer.listen(stranger, (peer) => peer.hello(7))
    onTestFinished(() => server.close())
    const send = lab.run(lab.path('a'), ['send', await smallFile(lab), '--to', `127.0.0.1:${server.address.port}`, '--trust-first-use'])
    await send.expectExit(1)
    expect(send.eventsOf('error')).toMatchObject([{ code: 'PEER_VERSION', message: expect.stringMatching(/protocol 1.*7.*Update this device/) as string }])
  })

  it('a Holdfast that answers nonsense: tries again, for as long as it was told to', async () => {
    const server = await HostilePeer.listen(stranger, (peer) => peer.write(frameOf(MESSAGE_TYPES.hello.code, 0, Uint8Array.of(0xff, 0xff))))
    onTestFinished(() => server.close())
    await expectRetry(server.address.port, 'PEER_PROTOCOL', /not allowed/)
  })
})

/** Takes the offer and the manifest, wants everything, and stops reading when the first block comes. */
async function acceptAll(peer: HostilePeer): Promise<void> {
  await peer.next('hello')
  peer.say({ type: 'hello', version: 1, session: new Uint8Array(16).fill(3), received: 0n, name: 'sink', app: 'sink', port: 0 })
  const { transfer } = await peer.next('offer')
  peer.say({ type: 'offer-reply', transfer, answer: { kind: 'accept', pages: 0 } })
  await peer.next('manifest')
  peer.say({ type: 'want', transfer, page: 0, items: [] })
  await peer.next('block')
  peer.transport.pause()
}

const NO_TIME = { mtimeMs: 0, executable: false }

describe('a receiver, when a stranger', { timeout: GUARD_MS }, () => {
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
  })
  const names = () => readdirSync(receiver.folder).filter((name) => name !== '.holdfast').sort()
  const dial = async (options: { reads?: boolean } = {}) => {
    const peer = await HostilePeer.dial(receiver.port, stranger, options)
    onTestFinished(() => peer.destroy())
    return peer
  }
  const greeted = async () => {
    const peer = await dial()
    peer.hello()
    await peer.next('hello')
    return peer
  }
  let transfers = 0
  const accepted = async (entries: readonly ManifestEntry[]) => {
    const peer = await greeted()
    const transfer = new Uint8Array(16).fill(++transfers)
    peer.offer(transfer, entries.length, entries.reduce((sum, entry) => sum + entry.size, 0))
    await peer.next('offer-reply')
    peer.manifest(transfer, entries)
    return { peer, transfer }
  }

  it('offers hostile names: each is refused, the good one arrives, nothing is touched outside', async () => {
    const outside = lab.path('outside')
    mkdirSync(outside)
    mkdirSync(join(receiver.folder, 'real'))
    symlinkSync(outside, join(receiver.folder, 'link'))
    const hostile = [
      '..', '../outside/x', 'a/../../outside/x', './x', '/etc/cron.d/x', 'a//b', 'a/', '\\\\server\\share\\x', 'C:\\x', 'c:/x',
      'a\nb', '\u001b[2J', 'a\u007f', 'a\u009b31m', 'exe.\u202egpj', 'a\u2066b', 'x'.repeat(256), '.holdfast', '.holdfast/staging/x',
      'real/.holdfast/trash/x', '.HoldFast', '.ｈoldfast', '.hold\u200cfast', '.holdfast-x', 'link/../../outside/x',
    ]
    const content = Buffer.from('evil')
    const entries: ManifestEntry[] = [...hostile, 'good.txt', 'link/x'].map((path) => ({ kind: 'file', path, size: content.length, ...NO_TIME }))
    const { peer, transfer } = await accepted(entries)
    const want = await peer.next('want')
    const refused = new Set(want.items.filter((item) => item.kind === 'refuse').map((item) => item.file))
    expect(hostile.filter((_, index) => !refused.has(index))).toEqual([])
    expect(refused.has(hostile.length)).toBe(false)
    // It sends them all the same.
    peer.pack(transfer, entries.map((_, file) => ({ file, content })))
    await peer.next('done')
    // A link of the user's own is not followed: beside it is room.
    expect(names()).toEqual(['good.txt', 'link', 'link (2)', 'real'])
    expect(readdirSync(outside)).toEqual([])
    expect(readdirSync(join(receiver.folder, 'real'))).toEqual([])
    const said = receiver.process.log.split('\n').filter((line) => line.startsWith('stderr: ')).join('\n')
    expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    await expectServing(lab, receiver)
  })

  it('offers a name twice, or one as file and as folder: nothing is overwritten', async () => {
    const content = Buffer.from('first')
    const other = Buffer.from('other')
    const { peer, transfer } = await accepted([
      { kind: 'file', path: 'same', size: 5, ...NO_TIME },
      { kind: 'file', path: 'same', size: 5, ...NO_TIME },
      { kind: 'folder', path: 'same', size: 0, ...NO_TIME },
      { kind: 'file', path: 'same/inner', size: 5, ...NO_TIME },
    ])
    await peer.next('want')
    peer.pack(transfer, [{ file: 0, content }, { file: 1, content: other }, { file: 3, content }])
    await peer.next('done')
    const kept = names().flatMap((name) => (statSync(join(receiver.folder, name)).isFile() ? [readFileSync(join(receiver.folder, name), 'utf8')] : []))
    expect(kept).toContain('first')
    await expectServing(lab, receiver)
  })

  it('sends content that is not what its digest says: it is asked for again and never gets a name', async () => {
    const { peer, transfer } = await accepted([{ kind: 'file', path: 'small', size: 4, ...NO_TIME }, { kind: 'file', path: 'large', size: 2 * MIB, ...NO_TIME }])
    await peer.next('want')
    const wrong = new Uint8Array(32).fill(9)
    peer.pack(transfer, [{ file: 0, content: Buffer.from('evil'), digest: wrong }])
    peer.block(transfer, 1, 0, Buffer.alloc(MIB), wrong)
    const first = await peer.next('block-request')
    const second = await peer.next('block-request', peer.heard.indexOf(first) + 1)
    expect(new Set([first.file, second.file])).toEqual(new Set([0, 1]))
    expect(names()).toEqual([])
    peer.pack(transfer, [{ file: 0, content: Buffer.from('good') }])
    peer.block(transfer, 1, 0, Buffer.alloc(MIB))
    peer.block(transfer, 1, MIB, Buffer.alloc(MIB))
    await peer.next('done')
    expect(names()).toEqual(['large', 'small'])
    expect(readFileSync(join(receiver.folder, 'small'), 'utf8')).toBe('good')
  })

  it('sends blocks nobody asked for: of other transfers, files, offsets, lengths', async () => {
    const { peer, transfer } = await accepted([{ kind: 'file', path: 'file', size: 2 * MIB, ...NO_TIME }])
    await peer.next('want')
    peer.block(new Uint8Array(16).fill(200), 0, 0, Buffer.alloc(MIB))
    peer.block(transfer, 4_000_000_000, 0, Buffer.alloc(MIB))
    peer.block(transfer, 0, 64 * MIB, Buffer.alloc(MIB))
    peer.block(transfer, 0, MIB, Buffer.alloc(100))
    peer.pack(transfer, [{ file: 0, content: Buffer.from('short') }, { file: 77, content: Buffer.alloc(0) }])
    peer.block(transfer, 0, 0, Buffer.alloc(MIB, 1))
    peer.block(transfer, 0, 0, Buffer.alloc(MIB, 2))
    peer.block(transfer, 0, MIB, Buffer.alloc(MIB, 3))
    await peer.next('done')
    const arrived = readFileSync(join(receiver.folder, 'file'))
    expect([arrived.length, arrived[0], arrived[MIB]]).toEqual([2 * MIB, 1, 3])
  })

  it('promises less than it sends', async () => {
    const peer = await greeted()
    const transfer = new Uint8Array(16).fill(99)
    peer.offer(transfer, 1, 5)
    await peer.next('offer-reply')
    peer.manifest(transfer, Array.from({ length: 900 }, (_, index): ManifestEntry => ({ kind: 'file', path: `f${index}`, size: 2 ** 49, ...NO_TIME })))
    await peer.next('cancel')
    expect(names()).toEqual([])
    await expectServing(lab, receiver)
  })

  const breaches: [string, (peer: HostilePeer) => void][] = [
    ['a length over everything', (peer) => peer.write(Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 1))],
    ['a length under everything', (peer) => peer.write(Uint8Array.of(0, 0, 0, 1, 1))],
    ['a control message over its limit', (peer) => peer.write(frameOf(MESSAGE_TYPES.done.code, 1, new Uint8Array(60_000)))],
    ['file data before anything was accepted', (peer) => peer.block(new Uint8Array(16), 0, 0, Buffer.alloc(1000))],
    ['a gap in the ids', (peer) => peer.say({ type: 'pair-confirm' }, 5)],
    ['an acknowledgement of what was not said', (peer) => peer.write(frameOf(0x05, 0, new Uint8Array(0), 99))],
    ['CBOR that is none', (peer) => peer.write(frameOf(MESSAGE_TYPES.offer.code, 1, Uint8Array.of(0xbf, 0xff, 0x1c)))],
    ['CBOR as deep as it fits', (peer) => peer.write(frameOf(MESSAGE_TYPES.offer.code, 1, new Uint8Array(16_000).fill(0x81)))],
    ['a CBOR length of gigabytes', (peer) => peer.write(frameOf(MESSAGE_TYPES.offer.code, 1, Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff)))],
    ['a transfer id of the wrong length', (peer) => peer.sayCbor('offer', { transfer: new Uint8Array(3), roots: [], files: 1, entries: 1, pages: 1, bytes: 1 })],
    ['a negative count', (peer) => peer.sayCbor('offer', { transfer: new Uint8Array(16), roots: [], files: -1, entries: 1, pages: 1, bytes: 1 })],
    ['a second hello', (peer) => peer.hello()],
  ]
  it('breaks the protocol in any way: is told so and cut off, and nobody else notices', async () => {
    for (const [what, breach] of breaches) {
      const peer = await greeted()
      breach(peer)
      const close = await peer.next('close').catch((error: unknown) => {
        throw new Error(`${what}: ${String(error)}`)
      })
      expect([what, close.code]).toEqual([what, 'protocol'])
      await peer.untilClosed()
    }
    await expectServing(lab, receiver)
  })

  it('repeats, and cuts off in the middle of, what it says', async () => {
    const { peer, transfer } = await accepted([{ kind: 'file', path: 'file', size: 4, ...NO_TIME }])
    await peer.next('want')
    // The same ids again: dropped and acknowledged.
    peer.say({ type: 'offer', transfer, roots: ['x'], files: 1, entries: 1, pages: 1, bytes: 4 }, 1)
    peer.write(frameOf(MESSAGE_TYPES.done.code, 3, new Uint8Array(2000)).subarray(0, 700))
    peer.destroy()
    await peer.untilClosed()
    await expectServing(lab, receiver)
  })

  it('sends random bytes, before TLS and inside it', async () => {
    const random = seededRandom(6)
    for (let round = 0; round < 12; round++) {
      const socket = connect(receiver.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.end(random.bytes(random.integer(1, 20_000)))
      socket.resume()
      await once(socket, 'close')
    }
    for (let round = 0; round < 12; round++) {
      const peer = round % 2 === 0 ? await dial() : await greeted()
      peer.write(random.bytes(random.integer(30, 5_000)))
      // Random bytes may be the beginning of a frame that is waited for.
      peer.transport.end()
      await peer.untilClosed()
    }
    await expectServing(lab, receiver)
  })

  it('is a browser or an SSH client', async () => {
    for (const greeting of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'SSH-2.0-OpenSSH_9.9\r\n']) {
      const socket = connect(receiver.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      socket.write(greeting)
      await once(socket, 'close')
    }
    await expectServing(lab, receiver)
  })

  it('speaks another version: is told ours, and why it ends', async () => {
    const peer = await dial()
    peer.hello(2)
    expect(await peer.next('hello')).toMatchObject({ version: 1 })
    expect(await peer.next('close')).toMatchObject({ code: 'version' })
    await peer.untilClosed()
    await expectServing(lab, receiver)
  })

  it('asks and asks and never reads the answers: memory stays bounded', async () => {
    const peer = await dial({ reads: false })
    peer.hello()
    for (let batch = 0; batch < 200 && !peer.closed; batch++) {
      const transfer = new Uint8Array(16)
      for (let index = 0; index < 200; index++) {
        new DataView(transfer.buffer).setUint32(0, batch * 200 + index + 1)
        peer.offer(transfer, 1, 1)
      }
      // Lets what is queued here go, as far as it is taken.
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expectServing(lab, receiver)
  })

  it('offers again and again: no more than a bounded number of transfers is open', async () => {
    const peer = await greeted()
    const transfer = new Uint8Array(16)
    for (let index = 0; index < 300; index++) {
      new DataView(transfer.buffer).setUint32(0, index + 1)
      peer.offer(Uint8Array.from(transfer), 1, 1)
    }
    let refused = 0
    let from = 0
    for (let replies = 0; replies < 300; replies++) {
      const reply = await peer.next('offer-reply', from)
      from = peer.heard.indexOf(reply) + 1
      if (reply.answer.kind === 'refuse') {
        expect(reply.answer.reason).toBe('limit')
        refused++
      }
    }
    expect(refused).toBe(300 - 64)
    await expectServing(lab, receiver)
  })
})

/** What has to wait for a timeout of the program, all at the same time. */
describe.concurrent('patience', { timeout: 2 * GUARD_MS }, () => {
  it('a peer that is silent before TLS, or after it: the sender says so', async ({ onTestFinished }) => {
    const lab = labOf(onTestFinished)
    const mute = await serve(createServer((socket) => void socket.resume()), onTestFinished)
    const afterTls = await HostilePeer.listen(stranger, () => undefined)
    onTestFinished(() => afterTls.close())
    const sends = [mute, afterTls.address.port].map((port, index) =>
      lab.run(lab.path(`a${index}`), ['send', lab.root, '--to', `127.0.0.1:${port}`, '--trust-first-use']),
    )
    for (const send of sends) {
      const retry = await send.waitFor('retry')
      expect(retry).toMatchObject({ reason: 'NET_TIMEOUT' })
      expect(retry['message']).toMatch(/silent|said nothing|Nothing answers/)
    }
  })


  it('a receiver that accepts and then reads nothing: memory stays bounded, and it gives up when told', async ({ onTestFinished }) => {
    const lab = labOf(onTestFinished)
    const file = join(await lab.folder('source'), 'big')
    makeBigFile(file, 400 * MIB)
    const accepted: HostilePeer[] = []
    const server = await HostilePeer.listen(stranger, (peer) => {
      accepted.push(peer)
      void acceptAll(peer)
    })
    onTestFinished(() => server.close())
    const send = lab.run(lab.path('a'), ['send', file, '--to', `127.0.0.1:${server.address.port}`, '--trust-first-use', '--give-up-after', '4'])
    await send.waitFor('failed')
    const use = await readProcessUse(send.pid)
    if (use) expect(use.peakRssBytes).toBeLessThan(RSS_BYTES)
    await send.expectExit(1, GUARD_MS)
    expect(send.eventsOf('failed')).toMatchObject([{ path: 'big', code: 'TRANSFER_GAVE_UP' }])
    expect(accepted.length).toBeGreaterThan(0)
  })

  const COUNT = LONG ? 10_000 : 2_000

  it(`with ${COUNT} connections that say nothing, from one address: nobody else notices`, async ({ onTestFinished }) => {
    const lab = labOf(onTestFinished)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    const sockets = await openSilent(receiver.port, COUNT, 1)
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
    await expectServing(lab, receiver)
    expect(sockets.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(16)
  })

  it(`with ${COUNT} connections that say nothing, from many addresses: the honest one gets in`, async ({ onTestFinished }) => {
    const lab = labOf(onTestFinished)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    const sockets = await openSilent(receiver.port, COUNT, 200)
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
    await expectServing(lab, receiver)
  })

  it('with devices that have shown a key and then say no hello: few for each address', async ({ onTestFinished }) => {
    const lab = labOf(onTestFinished)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    const peers = await Promise.allSettled(Array.from({ length: 12 }, () => HostilePeer.dial(receiver.port, stranger)))
    const opened = peers.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    onTestFinished(() => opened.forEach((peer) => peer.destroy()))
    // Eight may wait; the others are told that it is busy.
    const told = await Promise.all(opened.slice(8).map((peer) => peer.next('close')))
    expect(told.map((close) => close.code)).toEqual(told.map(() => 'busy'))
    for (const peer of opened) peer.destroy()
    await expectServing(lab, receiver)
  })
})

/** From loopback addresses of their own, so that the honest one is another machine. Resolves when each is open, or was closed. */
async function openSilent(port: number, count: number, addresses: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let done = 0; done < count; done += 250) {
    const opening = Array.from({ length: Math.min(250, count - done) }, (_, index) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${1 + ((done + index) % addresses)}` })
      socket.on('error', () => undefined)
      socket.resume()
      sockets.push(socket)
      return new Promise<void>((resolve) => {
        socket.once('connect', () => resolve())
        socket.once('close', () => resolve())
      })
    })
    await Promise.all(opening)
  }
  return sockets
}
