import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { compareTrees } from '../../support/compare-trees.ts'
import { TestClient } from '../../support/engine-client.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import { Lab } from '../../support/processes.ts'
import { makeBigFile, makeTree } from '../../support/trees.ts'

const MIB = 1 << 20
const GUARD_MS = 90_000
const anyone = ['--accept', 'anyone']

let lab: Lab
beforeEach(() => {
  lab = new Lab()
})
afterEach(() => lab.close())

/** A loopback port where nothing listens now. */
async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

async function oneFile(content = 'hello'): Promise<string> {
  const file = join(await lab.folder('source'), 'file.txt')
  writeFileSync(file, content)
  return file
}

describe('a receiver that is not there', { timeout: GUARD_MS }, () => {
  it('yet: the sender says so, waits longer each time, and delivers when it comes', async () => {
    const port = await freePort()
    const file = await oneFile()
    const send = lab.run(lab.path('a'), ['send', file, '--to', `127.0.0.1:${port}`, '--trust-first-use'])
    const first = await send.waitFor('retry')
    expect(first).toMatchObject({ reason: 'NET_REFUSED', attempt: 2 })
    expect(first['message']).toMatch(/Nothing listens at 127\.0\.0\.1:\d+/)
    await send.waitFor((event) => event.event === 'retry' && event['attempt'] === 4)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone, port)
    await send.expectExit(0)
    expect(readFileSync(join(receiver.folder, 'file.txt'), 'utf8')).toBe('hello')
    const waits = send.eventsOf('retry').map((event) => event['waitMs'] as number)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
    expect(send.eventsOf('done')).toMatchObject([{ retries: waits.length }])
  })

  it('at all: --give-up-after ends with exit code 1 and a list, and the same send continues', async () => {
    const port = await freePort()
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 4, files: 20 })
    const command = ['send', join(source, 'tree'), '--to', `127.0.0.1:${port}`, '--trust-first-use']
    const send = lab.run(lab.path('a'), [...command, '--give-up-after', '1'])
    await send.expectExit(1)
    const failed = send.eventsOf('failed')
    expect(failed).toHaveLength(20)
    expect(failed.every((event) => event['code'] === 'TRANSFER_GAVE_UP' && String(event['path']).startsWith('tree/'))).toBe(true)
    expect(send.eventsOf('error')).toMatchObject([{ code: 'TRANSFER_GAVE_UP', message: expect.stringMatching(/same command again/) as string }])

    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone, port)
    const again = lab.run(lab.path('a'), command)
    await again.expectExit(0)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    expect(again.eventsOf('done')[0]?.['transferId']).toBe(send.eventsOf('error')[0]?.['transferId'])
  })

  it('any more, in the middle: what was confirmed is not listed, and does not travel again', async () => {
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 4, files: 50 })
    makeBigFile(join(source, 'big'), 150 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port } })
    onTestFinished(() => proxy.close())
    const command = ['send', join(source, 'tree'), join(source, 'big'), '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use']
    const send = lab.run(lab.path('a'), [...command, '--give-up-after', '5'])
    await proxy.reached(110 * MIB)
    await receiver.process.killHard()
    await send.expectExit(1, GUARD_MS)
    const delivered = new Set(send.eventsOf('delivered').map((event) => event['path']))
    const failed = new Set(send.eventsOf('failed').map((event) => event['path']))
    expect(failed).toContain('big')
    expect([...failed].filter((path) => delivered.has(path))).toEqual([])
    expect(delivered.size + failed.size).toBe(51)

    await lab.receive(lab.path('b'), receiver.folder, anyone, receiver.port)
    const again = lab.run(lab.path('a'), command)
    await again.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    expect(again.eventsOf('done')[0]?.['resumedBytes']).toBeGreaterThan(8 * MIB)
  })
})

describe('a receiver that goes and comes back', { timeout: GUARD_MS }, () => {
  it('at the same address: the running send continues by itself', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 60 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port } })
    onTestFinished(() => proxy.close())
    const send = lab.run(lab.path('a'), ['send', join(source, 'big'), '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
    await proxy.reached(20 * MIB)
    await receiver.process.expectInterrupt(0)
    await send.waitFor('retry')
    await lab.receive(lab.path('b'), receiver.folder, anyone, receiver.port)
    await send.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
  })

  it('at an address nobody has told of: the same send, to there, continues', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 150 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port } })
    onTestFinished(() => proxy.close())
    const send = (port: number) => lab.run(lab.path('a'), ['send', join(source, 'big'), '--to', `127.0.0.1:${port}`, '--trust-first-use'])
    const first = send(proxy.port)
    await proxy.reached(110 * MIB)
    await receiver.process.killHard()
    await first.waitFor('retry')
    await first.interrupt()
    const elsewhere = await lab.receive(lab.path('b'), receiver.folder, anyone)
    const second = send(elsewhere.port)
    await second.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    expect(second.eventsOf('done')).toHaveLength(1)
    expect(second.eventsOf('done')[0]?.['resumedBytes']).toBeGreaterThan(8 * MIB)
    for (const [list, count] of [['transfers', 0], ['history', 1]] as const) {
      const listed = lab.run(lab.path('a'), [list])
      await listed.expectExit(0)
      expect(listed.eventsOf('transfer')).toHaveLength(count)
    }
  })

  it('at an address nobody has told of, while the first send still waits at the old one: both end with it', async () => {
    const file = await oneFile()
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), [])
    const first = lab.run(lab.path('a'), ['send', file, '--to', `127.0.0.1:${receiver.port}`, '--trust-first-use'])
    await receiver.process.waitFor('connected')
    await receiver.process.killHard()
    await first.waitFor('retry')
    const elsewhere = await lab.receive(lab.path('b'), receiver.folder, anyone)
    const second = lab.run(lab.path('a'), ['send', file, '--to', `127.0.0.1:${elsewhere.port}`, '--trust-first-use'])
    await second.expectExit(0, GUARD_MS)
    await first.expectExit(0, GUARD_MS)
    expect(readFileSync(join(receiver.folder, 'file.txt'), 'utf8')).toBe('hello')
    expect(existsSync(join(receiver.folder, 'file (2).txt'))).toBe(false)
    expect(second.eventsOf('done')[0]?.['transferId']).toBe(first.eventsOf('done')[0]?.['transferId'])
  })

  it('and says goodbye: the sender knows why', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 60 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, fault: { slow: { bytesPerSecond: 20 * MIB } } })
    onTestFinished(() => proxy.close())
    const send = lab.run(lab.path('a'), ['send', join(source, 'big'), '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
    await proxy.reached(4 * MIB)
    await receiver.process.expectInterrupt(0)
    const retry = await send.waitFor('retry')
    expect(retry).toMatchObject({ reason: 'PEER_SHUTTING_DOWN' })
  })

  it('after a sleep: neither side is lost', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 40 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port } })
    onTestFinished(() => proxy.close())
    const send = lab.run(lab.path('a'), ['send', join(source, 'big'), '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
    await proxy.reached(10 * MIB)
    receiver.process.freeze()
    proxy.cutAll()
    await send.waitFor('retry')
    receiver.process.awake()
    await send.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
  })

  it('when the line is dead for a while, what is sent again is dropped and counted', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 60 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, fault: { slow: { bytesPerSecond: 20 * MIB } } })
    onTestFinished(() => proxy.close())
    const send = lab.run(lab.path('a'), ['send', join(source, 'big'), '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
    await proxy.reached(4 * MIB)
    proxy.setFault({})
    proxy.pause()
    const client = await TestClient.connect(lab.path('a'))
    onTestFinished(() => client.close())
    await client.transfer((transfer) => transfer.counters.resentBlocks > 0, 'a block that is sent again')
    proxy.resume()
    await send.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    const received = await receiver.process.waitFor('done')
    const sent = send.eventsOf('done')[0]
    // Either the copy came too, or the line was given up and made anew: never is anything written twice.
    expect(Number(received['duplicates']) + Number(sent?.['retries'])).toBeGreaterThan(0)
    expect(received).toMatchObject({ files: 1, bytes: 60 * MIB })
  })
})

describe('a running engine that ends', { timeout: GUARD_MS }, () => {
  it('while a `send` is its client: the send goes on by itself', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 60 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, fault: { slow: { bytesPerSecond: 20 * MIB } } })
    onTestFinished(() => proxy.close())
    const engine = await lab.receive(lab.path('a'), await lab.folder('own'))
    const send = lab.run(lab.path('a'), ['send', join(source, 'big'), '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
    await proxy.reached(4 * MIB)
    await engine.process.killHard()
    proxy.setFault({})
    await send.expectExit(0, GUARD_MS)
    expect(compareTrees(source, receiver.folder)).toEqual([])
  })

  it('a `receive` takes up what a `send` on the same home had left', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 30 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, fault: { slow: { bytesPerSecond: 10 * MIB } } })
    onTestFinished(() => proxy.close())
    const send = lab.run(lab.path('a'), ['send', join(source, 'big'), '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
    await proxy.reached(4 * MIB)
    await send.killHard()
    proxy.setFault({})
    await lab.receive(lab.path('a'), await lab.folder('own'))
    await receiver.process.waitFor('done', { timeoutMs: GUARD_MS })
    expect(compareTrees(source, receiver.folder)).toEqual([])
  })
})

describe('discovery', { timeout: GUARD_MS }, () => {
  it('finds a paired device by name, and again at its new port', async (context) => {
    const { firstId } = await lab.pairHomes(lab.path('b'), lab.path('a'))
    const folder = await lab.folder('in')
    const receive = async () => {
      const process = lab.run(lab.path('b'), ['receive', '--dir', folder, '--listen', '[::]:0'], { discovery: true })
      await process.waitFor('listening')
      return process
    }
    const receiving = await receive()
    const watcher = lab.run(lab.path('a'), ['receive', '--dir', await lab.folder('own'), '--listen', '127.0.0.1:0'], { discovery: true })
    await watcher.waitFor('listening')
    const client = await TestClient.connect(lab.path('a'))
    onTestFinished(() => client.close())
    const seen = await client.nearby(firstId, 8_000)
    if (!seen) return context.skip('multicast does not work on this machine')
    const file = await oneFile()
    const first = lab.run(lab.path('a'), ['send', file, '--to', firstId])
    await first.expectExit(0, GUARD_MS)

    await receiving.expectInterrupt(0)
    writeFileSync(file, 'second')
    const second = lab.run(lab.path('a'), ['send', file, '--to', firstId])
    await second.waitFor('retry')
    await receive()
    await second.expectExit(0, GUARD_MS)
    expect(existsSync(join(folder, 'file (2).txt'))).toBe(true)
  })
})
