import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { compareTrees } from '../../support/compare-trees.ts'
import { TestClient } from '../../support/engine-client.ts'
import type { CliEvent } from '../../support/holdfast-process.ts'
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

const of = (events: readonly CliEvent[], transferId: unknown) => events.filter((event) => event['transferId'] === transferId)

describe('several at once', { timeout: GUARD_MS }, () => {
  it('senders into one receiver, each with its own progress and its own end', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const names = ['anna', 'bela', 'cleo', 'dora']
    const sends = await Promise.all(
      names.map(async (name, index) => {
        const source = await lab.folder(name)
        makeTree(join(source, name), { seed: 50 + index, files: 60 })
        makeBigFile(join(source, name, 'big'), 12 * MIB, index)
        return { source, send: lab.run(lab.path(`home-${name}`), ['send', join(source, name), '--to', receiver.address, '--trust-first-use']) }
      }),
    )
    await Promise.all(sends.map(({ send }) => send.expectExit(0, GUARD_MS)))
    for (const [index, { source }] of sends.entries()) {
      const name = names[index] ?? ''
      expect(compareTrees(join(source, name), join(receiver.folder, name))).toEqual([])
    }
    const transfers = sends.map(({ send }) => send.eventsOf('done')[0]?.['transferId'])
    expect(new Set(transfers).size).toBe(4)
    for (const transferId of transfers) {
      await receiver.process.waitFor((event) => event.event === 'done' && event['transferId'] === transferId)
      expect(of(receiver.process.eventsOf('received'), transferId)).toHaveLength(61)
      expect(of(receiver.process.eventsOf('progress'), transferId).length).toBeGreaterThan(0)
    }
    expect(new Set(receiver.process.eventsOf('done').map((event) => event['deviceId'])).size).toBe(4)
  })

  it('senders of different things under one name: none is lost', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const sends = await Promise.all(
      ['one', 'two', 'three'].map(async (content) => {
        const file = join(await lab.folder(content), 'note.txt')
        writeFileSync(file, content)
        return lab.run(lab.path(`home-${content}`), ['send', file, '--to', receiver.address, '--trust-first-use'])
      }),
    )
    await Promise.all(sends.map((send) => send.expectExit(0, GUARD_MS)))
    const paths = sends.map((send) => String(send.eventsOf('delivered')[0]?.['path'])).sort()
    expect(paths).toEqual(['note (2).txt', 'note (3).txt', 'note.txt'])
  })

  it('receivers of one send: each gets it all, and the exit code speaks for all', async () => {
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 70, files: 80 })
    makeBigFile(join(source, 'tree', 'big'), 10 * MIB)
    const receivers = await Promise.all(['b', 'c', 'd'].map(async (home) => lab.receive(lab.path(home), await lab.folder(`in-${home}`), anyone)))
    const to = receivers.flatMap(({ address }) => ['--to', address])
    const send = lab.run(lab.path('a'), ['send', join(source, 'tree'), ...to, '--trust-first-use'])
    await send.expectExit(0, GUARD_MS)
    for (const { folder } of receivers) expect(compareTrees(source, folder)).toEqual([])
    const done = send.eventsOf('done')
    expect(new Set(done.map((event) => event['deviceId']))).toEqual(new Set(receivers.map(({ deviceId }) => deviceId)))
    expect(done).toMatchObject([{ files: 81 }, { files: 81 }, { files: 81 }])
  })

  it('receivers of which one refuses and one is not there: the others get it, and the code says not all', async () => {
    const file = join(await lab.folder('source'), 'file')
    writeFileSync(file, 'content')
    const good = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const asks = await lab.receive(lab.path('c'), await lab.folder('in'))
    const to = [good.address, asks.address, '127.0.0.1:9'].flatMap((address) => ['--to', address])
    const client = await TestClient.connect(lab.path('c'))
    onTestFinished(() => client.close())
    const send = lab.run(lab.path('a'), ['send', file, ...to, '--trust-first-use', '--give-up-after', '10'])
    const request = await client.request()
    await client.call('request:refuse', { requestId: request.id })
    await send.expectExit(1, GUARD_MS)
    expect(send.eventsOf('delivered')).toMatchObject([{ path: 'file', deviceId: good.deviceId }])
    expect(send.eventsOf('error').map((event) => event['code'])).toEqual(['TRANSFER_REFUSED', 'TRANSFER_GAVE_UP'])
  })

  it('sends of one home at the same time: the second is a client of the first', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const source = await lab.folder('source')
    for (const name of ['x', 'y', 'z']) makeBigFile(join(source, name), 8 * MIB, name.charCodeAt(0))
    const sends = ['x', 'y', 'z'].map((name) => lab.run(lab.path('a'), ['send', join(source, name), '--to', receiver.address, '--trust-first-use']))
    await Promise.all(sends.map((send) => send.expectExit(0, GUARD_MS)))
    expect(compareTrees(source, receiver.folder)).toEqual([])
    // Each speaks of its own transfer alone.
    for (const send of sends) expect(send.eventsOf('delivered')).toHaveLength(1)
  })

  it('both directions at once between two homes', async () => {
    await lab.pairHomes(lab.path('a'), lab.path('b'))
    const a = await lab.receive(lab.path('a'), await lab.folder('in-a'))
    const b = await lab.receive(lab.path('b'), await lab.folder('in-b'))
    const source = await lab.folder('source')
    makeTree(join(source, 'from-a'), { seed: 81, files: 100 })
    makeTree(join(source, 'from-b'), { seed: 82, files: 100 })
    const sends = [
      lab.run(lab.path('a'), ['send', join(source, 'from-a'), '--to', b.address]),
      lab.run(lab.path('b'), ['send', join(source, 'from-b'), '--to', a.address]),
    ]
    await Promise.all(sends.map((send) => send.expectExit(0, GUARD_MS)))
    expect(compareTrees(join(source, 'from-a'), join(b.folder, 'from-a'))).toEqual([])
    expect(compareTrees(join(source, 'from-b'), join(a.folder, 'from-b'))).toEqual([])
  })
})
