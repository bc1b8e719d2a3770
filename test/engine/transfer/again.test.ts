import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Transfer } from '../../../shared/model/transfer.ts'
import { InlineLanes } from '../../../electron/engine/folder/inline-lanes.ts'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { compareTrees } from '../../support/compare-trees.ts'
import { FakeNetwork, type FakeDevice } from '../../support/fake-wire.ts'
import { TestDevice } from './two-devices.ts'

const device = (id: string): FakeDevice => ({ id, key: Buffer.from(`key of ${id}`), address: { host: id, port: 4680 } })
const A = device('anna')
const B = device('bela')
const LONG_AGO_S = 1_600_000_000

/** Counts what is read of files, on either side. */
class CountingLanes extends InlineLanes {
  readonly read: string[] = []
  readonly looked: string[] = []

  constructor() {
    super()
    const [readPack, preparePage] = [this.readPack, this.preparePage]
    this.readPack = (job) => {
      this.read.push(...job.files.map((file) => file.source))
      return readPack(job)
    }
    this.preparePage = async (job) => {
      const result = await preparePage(job)
      result.outcomes.forEach((outcome, i) => outcome.kind === 'same-size' && this.looked.push(job.entries[i]?.path ?? ''))
      return result
    }
  }
}

let source: string
let tree: string
let anna: TestDevice
let bela: TestDevice
let sending: CountingLanes
let receiving: CountingLanes

beforeEach(async () => {
  source = mkdtempSync(join(tmpdir(), 'holdfast-again-'))
  tree = join(source, 'tree')
  mkdirSync(join(tree, 'folder'), { recursive: true })
  for (const name of ['one', 'two', 'folder/three']) put(name, `content of ${name}`)
  sending = new CountingLanes()
  receiving = new CountingLanes()
  // So long after, that what was made just now is no news any more.
  await start(3_600_000)
})

afterEach(async () => {
  await stop()
  rmSync(source, { recursive: true, force: true })
})

let stop: () => Promise<void> = () => Promise.resolve()

async function start(laterMs: number): Promise<void> {
  await stop()
  const network = new FakeNetwork(systemClock)
  const devices = [new TestDevice(A, network, { paired: true, lanes: sending, laterMs }), new TestDevice(B, network, { paired: true, lanes: receiving })] as const
  ;[anna, bela] = devices
  stop = async () => {
    stop = () => Promise.resolve()
    for (const device of devices) await device.close()
  }
}

function put(name: string, content: string): void {
  writeFileSync(join(tree, name), content)
  utimesSync(join(tree, name), LONG_AGO_S, LONG_AGO_S)
}

/** Other content of the same size, and the modification time it had; in place, at another change time for certain. */
function alter(path: string): void {
  const { atime, mtime, mode, ctimeMs } = lstatSync(path)
  writeFileSync(path, readFileSync(path, 'utf8').toUpperCase())
  do utimesSync(path, atime, mtime)
  while (lstatSync(path).ctimeMs === ctimeMs)
  chmodSync(path, mode)
}

/** Sends the tree, and says what had to be read for it: by the sender, by the receiver. */
async function send(): Promise<{ transfer: Transfer; read: string[]; looked: string[] }> {
  sending.read.length = receiving.looked.length = 0
  const id = anna.send([tree], B)
  const [transfer] = await Promise.all([anna.ended(id), bela.ended(id)])
  expect(transfer.state).toEqual({ kind: 'finished', complete: true })
  const read = sending.read.map((path) => path.slice(source.length + 1)).sort()
  return { transfer, read, looked: [...receiving.looked].sort() }
}

const ALL = ['tree/folder/three', 'tree/one', 'tree/two']

describe('the same tree again', () => {
  test('is read by nobody, as often as it is sent', async () => {
    expect((await send()).read).toEqual(ALL)
    for (let turn = 0; turn < 3; turn += 1) {
      const { transfer, read, looked } = await send()
      expect([read, looked, transfer.counters.identical, transfer.files]).toEqual([[], [], 3, 3])
    }
    expect(compareTrees(source, bela.folder)).toEqual([])
    expect(bela.facts.filter(({ kind }) => kind === 'skipped')).toHaveLength(9)
  })

  test('is read where one file was changed, added or taken away, and only that', async () => {
    await send()
    put('two', 'a longer content of two')
    put('added', 'added')
    rmSync(join(tree, 'one'))
    const { transfer, read, looked } = await send()
    expect([read, looked, transfer.counters.identical]).toEqual([['tree/added', 'tree/two'], [], 1])
    expect(readFileSync(join(bela.folder, 'tree/added'), 'utf8')).toBe('added')
    expect(readFileSync(join(bela.folder, 'tree/two (2)'), 'utf8')).toBe('a longer content of two')
  })

  test('a source with the size and time it had, and other content, is found out', async () => {
    await send()
    alter(join(tree, 'one'))
    const { read, transfer } = await send()
    // Once to compare, once to send.
    expect([...new Set(read)]).toEqual(['tree/one'])
    expect(transfer.counters.identical).toBe(2)
    expect(readFileSync(join(bela.folder, 'tree/one (2)'), 'utf8')).toBe('CONTENT OF ONE')
  })

  test('a source that another file took the place of is found out', async () => {
    await send()
    put('other', 'CONTENT OF ONE')
    renameSync(join(tree, 'other'), join(tree, 'one'))
    expect((await send()).read).toContain('tree/one')
    expect(readFileSync(join(bela.folder, 'tree/one (2)'), 'utf8')).toBe('CONTENT OF ONE')
  })

  test('a source that was changed just before it was first read is read again', async () => {
    // By a clock that is behind, however long the files took.
    await start(-3_600_000)
    await send()
    const { read, looked, transfer } = await send()
    expect([read, looked, transfer.counters.identical]).toEqual([ALL, [], 3])
  })

  test('a source that changes after it was looked at is found out when it is so long after', async () => {
    await send()
    bela.asks = true
    const asked = bela.asked()
    const id = anna.send([tree], B)
    const accept = await asked
    alter(join(tree, 'two'))
    anna.clock.skip(1_001)
    accept()
    const [transfer] = await Promise.all([anna.ended(id), bela.ended(id)])
    expect(transfer.counters.identical).toBe(2)
    expect(readFileSync(join(bela.folder, 'tree/two (2)'), 'utf8')).toBe('CONTENT OF TWO')
  })

  test('a received file with the size and time it had, and other content, is found out and left alone', async () => {
    await send()
    alter(join(bela.folder, 'tree/one'))
    const { looked, transfer } = await send()
    expect([looked, transfer.counters.identical]).toEqual([['tree/one'], 2])
    expect(readFileSync(join(bela.folder, 'tree/one'), 'utf8')).toBe('CONTENT OF ONE')
    expect(readFileSync(join(bela.folder, 'tree/one (2)'), 'utf8')).toBe('content of one')
  })

  test('a received file that was moved away comes again', async () => {
    await send()
    renameSync(join(bela.folder, 'tree/one'), join(bela.folder, 'mine'))
    const { transfer } = await send()
    expect(transfer.counters.identical).toBe(2)
    expect(readFileSync(join(bela.folder, 'tree/one'), 'utf8')).toBe('content of one')
  })

  test('is compared by reading where the receiver has lost its journal, or the sender', async () => {
    await send()
    bela.forgetTransfers()
    expect(await send()).toMatchObject({ read: ALL, looked: ALL, transfer: { counters: { identical: 3 } } })
    anna.forgetTransfers()
    expect(await send()).toMatchObject({ read: ALL, transfer: { counters: { identical: 3 } } })
    expect(compareTrees(source, bela.folder)).toEqual([])
  })

  test('from a device that is not paired it comes first, and is compared then', async () => {
    await send()
    bela.paired = false
    expect(await send()).toMatchObject({ read: ALL, looked: [], transfer: { counters: { identical: 3 } } })
  })
})
