import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertNoPartial, compareTrees } from '../../support/compare-trees.ts'
import { TestClient } from '../../support/engine-client.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import type { CliEvent } from '../../support/holdfast-process.ts'
import { Lab } from '../../support/processes.ts'
import { makeBigFile, makeTree } from '../../support/trees.ts'

const MIB = 1 << 20
const GUARD_MS = 90_000

let lab: Lab
let proxy: FaultProxy
let clients: TestClient[] = []
beforeEach(() => {
  lab = new Lab()
})
afterEach(async () => {
  proxy.close()
  await Promise.all(clients.map((client) => client.close()))
  clients = []
  await lab.close()
})

/** A send that has begun, and is under way for longer than any command takes; it goes on at full speed when told. */
async function underWay() {
  const source = await lab.folder('source')
  makeTree(join(source, 'tree'), { seed: 31, files: 40 })
  makeBigFile(join(source, 'tree', 'big'), 80 * MIB)
  const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
  proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, fault: { slow: { bytesPerSecond: 16 * MIB } } })
  const command = ['send', join(source, 'tree'), '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use']
  const send = lab.run(lab.path('a'), command)
  await proxy.reached(4 * MIB)
  proxy.setFault({ slow: { bytesPerSecond: 4 * MIB } })
  const client = async (home: string) => {
    const connected = await TestClient.connect(lab.path(home))
    clients.push(connected)
    return connected
  }
  return { source, receiver, command, send, here: await client('a'), there: await client('b') }
}

/** What one command says, with its exit code 0. */
async function ask(home: string, args: string[], event: string): Promise<CliEvent[]> {
  const process = lab.run(lab.path(home), args)
  await process.expectExit(0)
  return process.eventsOf(event)
}

describe('commands on a home whose engine runs are its clients', { timeout: 2 * GUARD_MS }, () => {
  it('status, transfers, devices, history', async () => {
    const { source, receiver, send } = await underWay()
    const [there] = await ask('b', ['status'], 'status')
    expect(there).toMatchObject({
      deviceId: receiver.deviceId,
      pid: receiver.process.pid,
      listening: { host: '127.0.0.1', port: receiver.port },
      receiveFolder: receiver.folder,
      activeTransfers: 1,
      problems: [],
    })
    const [here] = await ask('a', ['status'], 'status')
    expect(here).toMatchObject({ pid: send.pid, listening: null, activeTransfers: 1 })
    const [sending] = await ask('a', ['transfers'], 'transfer')
    const [receiving] = await ask('b', ['transfers'], 'transfer')
    expect(sending).toMatchObject({ direction: 'send', deviceId: receiver.deviceId, roots: ['tree'], totalFiles: 41 })
    expect(receiving).toMatchObject({ direction: 'receive', deviceId: here?.['deviceId'], transferId: sending?.['transferId'] })
    expect(await ask('b', ['history'], 'transfer')).toEqual([])
    expect(await ask('a', ['devices'], 'device')).toMatchObject([{ deviceId: receiver.deviceId, trust: 'pinned' }])
    proxy.setFault({})
    await send.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    await receiver.process.waitFor('done')
    for (const home of ['a', 'b']) {
      expect(await ask(home, ['transfers'], 'transfer')).toEqual([])
      expect(await ask(home, ['history'], 'transfer')).toMatchObject([
        { transferId: sending?.['transferId'], state: { kind: 'finished', complete: true }, files: 41, totalFiles: 41 },
      ])
    }
  })

  it.each(['a', 'b'])('pause and resume on home %s: the other side knows, and everything arrives', async (home) => {
    const { source, receiver, send, here, there } = await underWay()
    const other = home === 'a' ? there : here
    const [transfer] = await ask(home, ['transfers'], 'transfer')
    const id = String(transfer?.['transferId'])
    await ask(home, ['pause', id.slice(0, 8)], 'none')
    await other.transfer(({ state }) => state.kind === 'paused' && state.by === 'them', 'a pause by the other side')
    proxy.setFault({})
    expect(await ask(home, ['transfers'], 'transfer')).toMatchObject([{ state: { kind: 'paused', by: 'us' } }])
    expect(send.running).toBe(true)
    await ask(home, ['resume', id], 'none')
    await send.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
  })

  it('a pause outlives both processes', async () => {
    const { receiver, command, send, here } = await underWay()
    await ask('b', ['pause'], 'none')
    await here.transfer(({ state }) => state.kind === 'paused', 'a pause')
    await send.killHard()
    await receiver.process.killHard()
    const again = await lab.receive(lab.path('b'), receiver.folder, ['--accept', 'anyone'], receiver.port)
    expect(await ask('b', ['transfers'], 'transfer')).toMatchObject([{ state: { kind: 'paused', by: 'us' } }])
    proxy.setFault({})
    const second = lab.run(lab.path('a'), command)
    await second.waitFor('connected')
    const client = await TestClient.connect(lab.path('a'))
    clients.push(client)
    await client.transfer(({ state }) => state.kind === 'paused' && state.by === 'them', 'a pause by the other side')
    await ask('b', ['resume'], 'none')
    await second.expectExit(0, GUARD_MS)
    expect(again.process.running).toBe(true)
  })

  it.each(['a', 'b'])('cancel on home %s: both end, nothing partial is left', async (home) => {
    const { receiver, send, here, there } = await underWay()
    const [transfer] = await ask(home, ['transfers'], 'transfer')
    const id = String(transfer?.['transferId'])
    // What is said last must get through before the process has ended.
    const cancelled = (home === 'a' ? here : there).transfer(({ state }) => state.kind === 'cancelled', 'the end').then(() => proxy.setFault({}))
    await Promise.all([cancelled, ask(home, ['cancel', id], 'none')])
    await send.expectExit(1, GUARD_MS)
    expect(send.eventsOf('error')).toMatchObject([{ code: 'TRANSFER_CANCELLED', transferId: id }])
    await receiver.process.waitFor((event) => event.event === 'error' && event['code'] === 'TRANSFER_CANCELLED')
    expect(existsSync(join(receiver.folder, 'tree', 'big'))).toBe(false)
    for (const where of ['a', 'b']) {
      const by = where === home ? 'us' : 'them'
      expect(await ask(where, ['history'], 'transfer')).toMatchObject([{ transferId: id, state: { kind: 'cancelled', by } }])
    }
    await receiver.process.expectInterrupt(0)
    assertNoPartial(receiver.folder)
  })

  it('a cancel that does not get through before the sender has ended is told with the next send', async () => {
    const { receiver, send, there } = await underWay()
    const [transfer] = await ask('a', ['transfers'], 'transfer')
    const id = String(transfer?.['transferId'])
    proxy.pause()
    await ask('a', ['cancel', id], 'none')
    await send.expectExit(1, GUARD_MS)
    expect(await ask('b', ['transfers'], 'transfer')).toMatchObject([{ transferId: id }])
    const cancelled = there.transfer((one) => one.id === id && one.state.kind === 'cancelled', 'the end')
    proxy.cutAll()
    proxy.resume()
    proxy.setFault({})
    const small = await lab.folder('small')
    makeTree(small, { seed: 32, files: 1 })
    await lab.run(lab.path('a'), ['send', small, '--to', `127.0.0.1:${proxy.port}`]).expectExit(0, GUARD_MS)
    await cancelled
    expect(await ask('b', ['transfers'], 'transfer')).toEqual([])
    await receiver.process.expectInterrupt(0)
    assertNoPartial(receiver.folder)
  })

  it('an id that nobody has is an error and changes nothing', async () => {
    const { send } = await underWay()
    for (const verb of ['pause', 'resume', 'cancel']) {
      const process = lab.run(lab.path('a'), [verb, 'ffffffff'])
      await process.expectExit(1)
      expect(process.eventsOf('error')).toMatchObject([{ code: 'TRANSFER_UNKNOWN' }])
    }
    proxy.setFault({})
    await send.expectExit(0, GUARD_MS)
  })

  it('a second `receive` on the same home is told so', async () => {
    const { receiver } = await underWay()
    const second = lab.run(lab.path('b'), ['receive', '--dir', receiver.folder, '--listen', '127.0.0.1:0'])
    await second.expectExit(1)
    const [error] = second.eventsOf('error')
    expect(error).toMatchObject({ code: 'ENGINE_ALREADY_RUNNING' })
    expect(error?.['message']).toContain(String(receiver.process.pid))
    expect(receiver.process.running).toBe(true)
  })
})

describe('Ctrl-C', { timeout: 2 * GUARD_MS }, () => {
  it('once stops a send cleanly, exit code 130, and the same command continues', async () => {
    const { source, receiver, command, send } = await underWay()
    await send.expectInterrupt(130)
    expect(send.log).toMatch(/The same command again continues/)
    expect(send.eventsOf('done')).toEqual([])
    proxy.setFault({})
    const again = lab.run(lab.path('a'), command)
    await again.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    expect(await ask('a', ['history'], 'transfer')).toHaveLength(1)
  })

  it('twice stops at once, and nothing is lost either', async () => {
    const { source, receiver, command, send } = await underWay()
    send.signal('SIGINT')
    send.signal('SIGINT')
    const exit = await send.end()
    expect(exit.code).toBe(130)
    proxy.setFault({})
    const again = lab.run(lab.path('a'), command)
    await again.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('a receiver ends with %s: exit code 0, and it continues the next time', async (signal) => {
    const { source, receiver, send } = await underWay()
    receiver.process.signal(signal)
    await receiver.process.expectExit(0)
    expect(readdirSync(receiver.folder)).not.toContain('big')
    proxy.setFault({})
    await lab.receive(lab.path('b'), receiver.folder, ['--accept', 'anyone'], receiver.port)
    await send.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
  })

  it('when the sender was interrupted or killed, both sides say what is true, and what goes on with it', async () => {
    const { command, receiver, send, there } = await underWay()
    send.signal('SIGINT')
    await send.expectExit(130)
    await there.transfer(({ state }) => state.kind === 'paused', 'a pause')
    expect(await ask('b', ['transfers'], 'transfer')).toMatchObject([{ state: { kind: 'paused', by: 'them' } }])
    expect(await ask('a', ['transfers'], 'transfer')).toMatchObject([{ state: { kind: 'paused', by: 'us' } }])
    const resume = lab.run(lab.path('a'), ['resume'])
    await resume.expectExit(0)
    expect(resume.log).toMatch(/Resumed \w+\. No process is sending it now\. The same send again goes on with it/)
    const again = lab.run(lab.path('a'), command)
    await again.waitFor('connected')
    await again.killHard()
    const idle = { state: { kind: 'connecting', error: { code: 'ENGINE_NOT_RUNNING' } } }
    expect(await ask('a', ['transfers'], 'transfer')).toMatchObject([idle])
    await receiver.process.interrupt()
    expect(await ask('b', ['transfers'], 'transfer')).toMatchObject([{ direction: 'receive', ...idle }])
    proxy.setFault({})
    const back = await lab.receive(lab.path('b'), receiver.folder, ['--accept', 'anyone'], receiver.port)
    const last = lab.run(lab.path('a'), command)
    await last.expectExit(0, GUARD_MS)
    await back.process.interrupt()
  })
})
