import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Identity } from '../../../electron/engine/identity/device-key.ts'
import { MESSAGE_TYPES } from '../../../electron/engine/protocol/message-types.ts'
import type { ManifestEntry } from '../../../electron/engine/protocol/messages.ts'
import { frameOf, HostilePeer, strangerIdentity } from '../../support/hostile-peer.ts'
import { expectServing } from '../../support/peer-tools.ts'
import { Lab, type Receiver } from '../../support/processes.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const MIB = 1 << 20
const GUARD_MS = 90_000

let lab: Lab
let stranger: Identity
beforeAll(async () => {
  stranger = await strangerIdentity()
})
beforeEach(() => {
  lab = new Lab()
})
afterEach(() => lab.close())

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
    await expectServing(lab, receiver)
    await receiver.process.expectInterrupt(0)
    const said = receiver.process.log.split('\n').filter((line) => line.startsWith('stderr: ')).join('\n')
    expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
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
