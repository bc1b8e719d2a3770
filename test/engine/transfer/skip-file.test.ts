import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TransferFile } from '../../../shared/model/transfer.ts'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { FakeNetwork, type FakeDevice } from '../../support/fake-wire.ts'
import { hangGuard } from '../../support/hang-guard.ts'
import { TestDevice } from './two-devices.ts'

const HANG_MS = 60_000
const BIG_BYTES = 48 * 1024 * 1024
const device = (id: string): FakeDevice => ({ id, key: Buffer.from(`key of ${id}`), address: { host: id, port: 4680 } })
const [A, B] = [device('anna'), device('bela')]

let source: string
let network: FakeNetwork
let anna: TestDevice
let bela: TestDevice

beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'holdfast-skip-'))
  mkdirSync(join(source, 'tree'))
  writeFileSync(join(source, 'tree', 'a big one'), Buffer.alloc(BIG_BYTES, 'big'))
  writeFileSync(join(source, 'tree', 'small'), 'small')
  network = new FakeNetwork(systemClock)
  anna = new TestDevice(A, network)
  bela = new TestDevice(B, network)
})
afterEach(async () => {
  await anna.close()
  await bela.close()
  rmSync(source, { recursive: true, force: true })
})

const filesOf = (id: string): readonly TransferFile[] => anna.transfers.files(id, 0, 100).items
const bigOf = (id: string): TransferFile | undefined => filesOf(id).find(({ path }) => path === 'tree/a big one')

/** Looks at every turn of the event loop. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const looking = async (): Promise<void> => {
    while (!holds()) await turn()
  }
  await hangGuard(looking(), HANG_MS, what, () => '')
}

async function expectRestDelivered(ends: Promise<unknown>): Promise<void> {
  for (const end of (await hangGuard(ends, HANG_MS, 'the end', () => '')) as unknown[]) {
    expect(end).toMatchObject({ state: { kind: 'finished', complete: true }, files: 2, counters: { skipped: 1, failed: 0, unsentBytes: BIG_BYTES } })
  }
  expect(readdirSync(join(bela.folder, 'tree'))).toEqual(['small'])
  const skipped = { kind: 'skipped', path: 'tree/a big one', reason: 'left out by the sender' }
  expect(anna.facts).toContainEqual(skipped)
  expect(bela.facts).toContainEqual(skipped)
  expect([anna.leftOut, bela.leftOut]).toEqual([[skipped], [skipped]])
}

it.each([
  ['before it was asked for', 0],
  ['in the middle of it', 1],
])('a file that is left out %s is skipped on both sides, the rest arrives', async (_when, underWayBytes) => {
  const id = anna.send([join(source, 'tree')], B)
  const ends = Promise.all([anna.ended(id), bela.ended(id)])
  await until('its turn', () => (bigOf(id)?.bytes ?? -1) >= underWayBytes)
  anna.transfers.skipFile(id, bigOf(id)?.index ?? -1)
  expect(bigOf(id)).toMatchObject({ state: 'skipped', reason: 'left out by the sender' })
  await expectRestDelivered(ends)
})

it('is still left out when the connection is lost and both have forgotten the session', async () => {
  const id = anna.send([join(source, 'tree')], B)
  const ends = Promise.all([anna.ended(id), bela.ended(id)])
  await until('its turn', () => (bigOf(id)?.bytes ?? -1) > 0)
  for (const one of [anna, bela]) for (const session of one.links.sessions) session.forget()
  network.cut()
  anna.transfers.skipFile(id, bigOf(id)?.index ?? -1)
  await expectRestDelivered(ends)
})

it('what is no file, has its end or is not ours to leave out is refused', async () => {
  const id = anna.send([join(source, 'tree')], B)
  const ends = Promise.all([anna.ended(id), bela.ended(id)])
  await until('its turn', () => (bigOf(id)?.bytes ?? -1) > 0)
  expect(() => anna.transfers.skipFile(id, 4_000)).toThrow('There is no such file')
  const folder = filesOf(id).find(({ kind }) => kind === 'folder')
  expect(() => anna.transfers.skipFile(id, folder?.index ?? -1)).toThrow('There is no such file')
  expect(() => bela.transfers.skipFile(id, bigOf(id)?.index ?? -1)).toThrow('Only the sender')
  await ends
  expect(() => anna.transfers.skipFile(id, bigOf(id)?.index ?? -1)).toThrow('There is no transfer')
})
