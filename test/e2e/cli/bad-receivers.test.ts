import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Identity } from '../../../electron/engine/identity/device-key.ts'
import { MESSAGE_TYPES } from '../../../electron/engine/protocol/message-types.ts'
import { frameOf, HostilePeer, strangerIdentity } from '../../support/hostile-peer.ts'
import { serve, smallFile } from '../../support/peer-tools.ts'
import { Lab } from '../../support/processes.ts'

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

/** A send there says why it can't, tries again, and ends with what was not delivered. */
async function expectRetry(port: number, reason: string, says: RegExp): Promise<void> {
  const send = lab.run(lab.path('a'), ['send', await smallFile(lab), '--to', `127.0.0.1:${port}`, '--trust-first-use', '--give-up-after', '12'])
  const retry = await send.waitFor('retry')
  expect(retry).toMatchObject({ reason })
  expect(retry['message']).toMatch(says)
  send.signal('SIGINT')
  await send.expectExit(130)
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
