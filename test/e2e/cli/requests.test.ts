import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestClient } from '../../support/engine-client.ts'
import { Lab, type Receiver } from '../../support/processes.ts'

const GUARD_MS = 120_000

let lab: Lab
let clients: TestClient[] = []
beforeEach(() => {
  lab = new Lab()
})
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()))
  clients = []
  await lab.close()
})

async function clientOf(home: string): Promise<TestClient> {
  const client = await TestClient.connect(home)
  clients.push(client)
  return client
}

async function scene(content = 'hello') {
  const file = join(await lab.folder('source'), 'file.txt')
  writeFileSync(file, content)
  const receiver = await lab.receive(lab.path('b'), await lab.folder('in'))
  const send = (...more: string[]) => lab.run(lab.path('a'), ['send', file, '--to', receiver.address, '--trust-first-use', ...more])
  return { file, receiver, send, there: await clientOf(lab.path('b')) }
}

const arrived = (receiver: Receiver) => existsSync(join(receiver.folder, 'file.txt'))

describe('a device that is not paired may only ask', { timeout: GUARD_MS }, () => {
  it('and what is accepted arrives', async () => {
    const { receiver, send, there } = await scene()
    const sending = send()
    const request = await there.request()
    expect(request).toMatchObject({ kind: 'transfer', paired: false, roots: ['file.txt'], totalFiles: 1, totalBytes: 5, folder: receiver.folder })
    const list = lab.run(lab.path('b'), ['requests'])
    await list.expectExit(0)
    expect(list.eventsOf('request')).toMatchObject([{ requestId: request.id, roots: ['file.txt'] }])
    expect(arrived(receiver)).toBe(false)
    await lab.run(lab.path('b'), ['accept', request.id]).expectExit(0)
    await sending.expectExit(0)
    expect(readFileSync(join(receiver.folder, 'file.txt'), 'utf8')).toBe('hello')
    expect(await there.call('request:list', {})).toEqual([])
  })

  it('and what is refused does not: exit code 3, and the reason', async () => {
    const { receiver, send, there } = await scene()
    const sending = send()
    const request = await there.request()
    await lab.run(lab.path('b'), ['refuse', request.id]).expectExit(0)
    await sending.expectExit(3)
    expect(sending.eventsOf('error')).toMatchObject([{ code: 'TRANSFER_REFUSED' }])
    expect(sending.eventsOf('done')).toEqual([])
    expect(arrived(receiver)).toBe(false)
    // The same again is a new question, not the old answer.
    const again = send()
    const second = await there.request()
    expect(second.id).not.toBe(request.id)
    await lab.run(lab.path('b'), ['accept', second.id]).expectExit(0)
    await again.expectExit(0)
  })

  it('into another folder, if the user says so', async () => {
    const { receiver, send, there } = await scene()
    const other = await lab.folder('other')
    const sending = send()
    const request = await there.request()
    await lab.run(lab.path('b'), ['accept', request.id, '--dir', other]).expectExit(0)
    await sending.expectExit(0)
    expect(readFileSync(join(other, 'file.txt'), 'utf8')).toBe('hello')
    expect(arrived(receiver)).toBe(false)
  })

  it('and asks again after the receiver was killed, and is answered while the sender is away', async () => {
    const { receiver, send, there } = await scene()
    const sending = send()
    await there.request()
    await receiver.process.killHard()
    const again = await lab.receive(lab.path('b'), receiver.folder, [], receiver.port)
    const client = await clientOf(lab.path('b'))
    const request = await client.request()
    await sending.killHard()
    await lab.run(lab.path('b'), ['accept', request.id]).expectExit(0)
    await send().expectExit(0)
    expect(arrived(again)).toBe(true)
  })

  it('a request that nobody has is an error', async () => {
    const { receiver } = await scene()
    const accept = lab.run(lab.path('b'), ['accept', '99'])
    await accept.expectExit(1)
    expect(accept.eventsOf('error')).toMatchObject([{ code: 'REQUEST_UNKNOWN' }])
    expect(receiver.process.running).toBe(true)
  })
})

describe('the policy of a paired device', { timeout: GUARD_MS }, () => {
  async function paired() {
    const { secondId } = await lab.pairHomes(lab.path('b'), lab.path('a'))
    return { ...(await scene()), senderId: secondId }
  }

  it('always: nobody is asked', async () => {
    const { receiver, send } = await paired()
    await send().expectExit(0)
    expect(arrived(receiver)).toBe(true)
  })

  it('ask: the user is asked, and may say always', async () => {
    const { receiver, send, there, senderId } = await paired()
    await there.call('device:set-policy', { deviceId: senderId, policy: { accept: 'ask' } })
    const sending = send()
    const request = await there.request()
    expect(request).toMatchObject({ paired: true })
    await lab.run(lab.path('b'), ['accept', request.id, '--always']).expectExit(0)
    await sending.expectExit(0)
    expect(arrived(receiver)).toBe(true)
    const [device] = await there.call('device:list', {})
    expect(device?.policy.accept).toBe('always')
  })

  it('never: refused, exit code 3', async () => {
    const { receiver, send, there, senderId } = await paired()
    await there.call('device:set-policy', { deviceId: senderId, policy: { accept: 'never' } })
    const sending = send()
    await sending.expectExit(3)
    expect(sending.eventsOf('error')).toMatchObject([{ code: expect.stringMatching(/^(TRANSFER|TRUST)_REFUSED$/) as string }])
    expect(arrived(receiver)).toBe(false)
  })

  it('a quota: what goes over it is refused with the number', async () => {
    const { receiver, send, there, senderId } = await paired()
    await there.call('device:set-policy', { deviceId: senderId, policy: { accept: 'always', quotaBytes: 4 } })
    const sending = send()
    await sending.expectExit(3)
    expect(sending.eventsOf('error')).toMatchObject([{ code: 'TRANSFER_QUOTA', message: expect.stringContaining('4') as string }])
    expect(arrived(receiver)).toBe(false)
  })

  it('a folder of its own', async () => {
    const { receiver, send, there, senderId } = await paired()
    const own = await lab.folder('own')
    await there.call('device:set-policy', { deviceId: senderId, policy: { accept: 'always', folder: own } })
    await send().expectExit(0)
    expect(readFileSync(join(own, 'file.txt'), 'utf8')).toBe('hello')
    expect(arrived(receiver)).toBe(false)
  })
})
