import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Transfer } from '../../../shared/model/transfer.ts'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { FakeNetwork, type FakeDevice } from '../../support/fake-wire.ts'
import { hangGuard } from '../../support/hang-guard.ts'
import { TestDevice } from './two-devices.ts'

const HANG_MS = 20_000
const MIB = 1 << 20

const device = (id: string): FakeDevice => ({ id, key: Buffer.from(`key of ${id}`), address: { host: id, port: 4680 } })
const A = device('anna')
const B = device('bela')

let lab: string
let network: FakeNetwork
let anna: TestDevice
let bela: TestDevice
const open: TestDevice[] = []

beforeEach(() => {
  lab = mkdtempSync(join(tmpdir(), 'holdfast-cancel-'))
  writeFileSync(join(lab, 'long'), Buffer.alloc(40 * MIB, 7))
  writeFileSync(join(lab, 'short'), 'short')
  network = new FakeNetwork(systemClock)
  anna = start(A, 'anna')
  bela = start(B, 'bela')
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  rmSync(lab, { recursive: true, force: true })
})

function start(self: FakeDevice, home: string, goesOn = false): TestDevice {
  const started = new TestDevice(self, network, { root: join(lab, home), lives: open.length })
  open.push(started)
  if (goesOn) started.transfers.outgoing.continueAll()
  return started
}

/** A long send that is under way, on a line that nothing comes through any more. */
async function stuck(): Promise<string> {
  network.options = (dial) => ({ kernelBytes: 4 * MIB, highWaterBytes: 2 * MIB, ...(dial === 0 ? { bytesPerMs: 16 * 1024 } : {}) })
  const id = anna.send([join(lab, 'long')], B)
  await bela.until(id, ({ bytes }) => bytes > 0)
  const [wire] = network.wires
  for (const end of wire ?? []) end.dead = true
  return id
}

const cancelled = (id: string): Promise<Transfer> => hangGuard(bela.ended(id), HANG_MS, 'the end at the receiver', () => JSON.stringify(bela.transfers.get(id).state))

describe('a cancel that could not be told', () => {
  test('is told by the engine that comes after', async () => {
    const id = await stuck()
    const end = cancelled(id)
    anna.transfers.cancel(id)
    await anna.close()
    anna = start(A, 'anna')
    anna.send([join(lab, 'short')], B)
    expect((await end).state).toEqual({ kind: 'cancelled', by: 'them' })
  })

  test('is told by the same engine when the device is connected again', async () => {
    const id = await stuck()
    const end = cancelled(id)
    anna.transfers.cancel(id)
    network.cut()
    anna.send([join(lab, 'short')], B)
    expect((await end).state).toEqual({ kind: 'cancelled', by: 'them' })
  })

  test('is told when the other device is the one that connects', async () => {
    const id = await stuck()
    const end = cancelled(id)
    anna.transfers.cancel(id)
    network.cut()
    bela.send([join(lab, 'short')], A)
    expect((await end).state).toEqual({ kind: 'cancelled', by: 'them' })
  })

  test('is told however many others have ended after it', async () => {
    const id = await stuck()
    const end = cancelled(id)
    anna.transfers.cancel(id)
    network.cut()
    for (const session of anna.links.sessions) session.forget()
    for (let others = 0; others < 120; others += 1) anna.transfers.cancel(anna.send([join(lab, 'short')], B))
    bela.send([join(lab, 'short')], A)
    expect((await end).state).toEqual({ kind: 'cancelled', by: 'them' })
  })
})

test.each(['waits for its turn', 'rests in the journal'])('a send that %s is cancelled there too, on the connection that is', async (which) => {
  const id = await stuck()
  anna.transfers.pause(id)
  await anna.close()
  anna = start(A, 'anna', which === 'waits for its turn')
  const other = anna.send([join(lab, 'short')], B)
  await bela.ended(other)
  const end = cancelled(id)
  anna.transfers.cancel(id)
  expect((await end).state).toEqual({ kind: 'cancelled', by: 'them' })
})

test('a cancel overtakes what waits to be sent', async () => {
  network.options = () => ({ bytesPerMs: 8 * 1024 })
  const id = anna.send([join(lab, 'long')], B)
  await bela.until(id, ({ bytes }) => bytes > 0)
  const wire = network.wires[0]?.[0]
  const before = wire?.sentBytes ?? NaN
  const end = cancelled(id)
  anna.transfers.cancel(id)
  expect((await end).state).toEqual({ kind: 'cancelled', by: 'them' })
  // The socket had a block or two; the window, up to sixteen.
  expect((wire?.sentBytes ?? NaN) - before).toBeLessThan(4 * MIB)
})
