import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { Identity } from '../../../electron/engine/identity/device-key.ts'
import { HostilePeer, strangerIdentity } from '../../support/hostile-peer.ts'
import { expectServing, MODEST_RSS_BYTES, serve } from '../../support/peer-tools.ts'
import { Lab } from '../../support/processes.ts'
import { readProcessUse } from '../../support/rss.ts'
import { makeBigFile } from '../../support/trees.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const MIB = 1 << 20
const GUARD_MS = 90_000

let stranger: Identity
beforeAll(async () => {
  stranger = await strangerIdentity()
})

/** One that a concurrent test has to itself. */
function labOf(onFinished: TestContext['onTestFinished']): Lab {
  const own = new Lab()
  onFinished(() => own.close())
  return own
}

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
    if (use) expect(use.peakRssBytes).toBeLessThan(MODEST_RSS_BYTES)
    await send.expectExit(1, GUARD_MS)
    expect(send.eventsOf('failed')).toMatchObject([{ path: 'big', code: 'TRANSFER_GAVE_UP' }])
    expect(accepted.length).toBeGreaterThan(0)
  })

  const COUNT = LONG ? 10_000 : 2_000

  it(`with ${COUNT} connections that say nothing, from one address: nobody else notices`, async ({ expect, onTestFinished }) => {
    const lab = labOf(onTestFinished)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    const sockets = await openSilent(receiver.port, COUNT, 1)
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
    await expectServing(lab, receiver)
    await expect.poll(() => sockets.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(16)
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
