import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { compareTrees } from '../../support/compare-trees.ts'
import { FakeNetwork, type FakeDevice } from '../../support/fake-wire.ts'
import { hangGuard } from '../../support/hang-guard.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { TestDevice } from './two-devices.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
/** Cuts tried side by side: each waits for timers more than for the processor. */
const LANES = 8
const HANG_MS = 60_000

const device = (id: string): FakeDevice => ({ id, key: Buffer.from(`key of ${id}`), address: { host: id, port: 4680 } })
const A = device('anna')
const B = device('bela')

type End = 'dialer' | 'acceptor'
/** So long nobody is connected after the cut: time for both to say things into the void. */
const AWAY_MS = 80

/** What is done beside the cut: the session goes on, or one of the two has forgotten it (as after a restart). */
type Then = 'resumes' | 'sender forgets' | 'receiver forgets'

interface Cut {
  readonly from: End
  /** So many whole frames of it have arrived, and so many bytes of the next. */
  readonly frames: number
  readonly bytes: number
  readonly then: Then
}

/** Counts the frames of one direction: how many of the bytes given are before the place of the cut. */
class FrameCounter {
  frames = 0
  #header: number[] = []
  #left = 0
  #into = 0

  take(bytes: Uint8Array, until?: { readonly frames: number; readonly bytes: number }): number {
    for (let at = 0; at < bytes.length; at++) {
      if (until && this.frames === until.frames && this.#into >= until.bytes) return at
      this.#into += 1
      if (this.#left > 0) this.#left -= 1
      else {
        this.#header.push(bytes[at] ?? 0)
        if (this.#header.length < 4) continue
        this.#left = Buffer.from(this.#header).readUInt32BE()
        this.#header = []
      }
      if (this.#left > 0) continue
      this.frames += 1
      this.#into = 0
    }
    return until && this.frames === until.frames && this.#into >= until.bytes ? bytes.length : Infinity
  }
}

describe('a small transfer', { timeout: LONG ? 900_000 : 120_000 }, () => {
  let source: string
  beforeAll(() => {
    source = mkdtempSync(join(tmpdir(), 'holdfast-source-'))
    const tree = join(source, 'tree')
    mkdirSync(join(tree, 'empty folder'), { recursive: true })
    writeFileSync(join(tree, 'empty'), '')
    writeFileSync(join(tree, 'small'), 'small', { mode: 0o755 })
    writeFileSync(join(tree, 'blocks'), seededRandom(1).bytes((1 << 20) + 700))
    for (const name of ['empty', 'small', 'blocks', 'empty folder', '']) utimesSync(join(tree, name), 1_600_000_000, 1_600_000_000.123)
  })
  afterAll(() => rmSync(source, { recursive: true, force: true }))

  /** Sends the tree over a network whose first wire is cut there; returns how many frames each end has sent over it. */
  async function send(cut: Cut | undefined): Promise<Readonly<Record<End, number>>> {
    const network = new FakeNetwork(systemClock)
    const counters = { dialer: new FrameCounter(), acceptor: new FrameCounter() }
    let isCut = false
    const harm = (from: End, bytes: Uint8Array): Uint8Array => {
      if (isCut) return bytes.subarray(0, 0)
      const through = counters[from].take(bytes, cut?.from === from ? cut : undefined)
      if (through > bytes.length) return bytes
      isCut = true
      queueMicrotask(() => network.cut())
      return bytes.subarray(0, through)
    }
    network.options = (dial) => {
      network.connectMs = AWAY_MS
      return { highWaterBytes: 1 << 21, kernelBytes: 1 << 21, ...(dial === 0 ? { tamper: harm } : {}) }
    }
    const anna = new TestDevice(A, network)
    const bela = new TestDevice(B, network)
    const forgetful = cut?.then === 'sender forgets' ? anna : cut?.then === 'receiver forgets' ? bela : undefined
    try {
      const id = anna.send([join(source, 'tree')], B)
      const ends = Promise.all([anna.ended(id), bela.ended(id)])
      if (forgetful) forgetWhenCut(network, forgetful)
      const what = cut ? `the end after a cut ${cut.bytes} bytes behind frame ${cut.frames} of the ${cut.from}, when it ${cut.then}` : 'the end'
      const [sent, received] = await hangGuard(ends, HANG_MS, what, () => JSON.stringify([...anna.transfers.list({ offset: 0, limit: 9 }).items, ...bela.transfers.list({ offset: 0, limit: 9 }).items], null, 1))
      for (const { state, counters, files } of [sent, received]) {
        expect([what, state, counters.failed, counters.skipped, files]).toEqual([what, { kind: 'finished', complete: true }, 0, 0, 3])
      }
      expect([what, compareTrees(source, bela.folder)]).toEqual([what, []])
      expect(anna.facts.map((fact) => `${fact.kind} ${fact.path}`).sort()).toEqual(['blocks', 'empty', 'small'].map((name) => `delivered tree/${name}`))
      expect(bela.facts.map((fact) => `${fact.kind} ${fact.path}`).sort()).toEqual(['blocks', 'empty', 'small'].map((name) => `received tree/${name}`))
      return { dialer: counters.dialer.frames, acceptor: counters.acceptor.frames }
    } finally {
      await anna.close()
      await bela.close()
    }
  }

  /** As soon as the first wire is closed, before the next is dialled. */
  function forgetWhenCut(network: FakeNetwork, forgetful: TestDevice): void {
    const inner = network.options
    network.options = (dial) => {
      if (dial === 1) for (const session of forgetful.links.sessions) session.forget()
      return inner(dial)
    }
  }

  async function tryAll(cuts: readonly Cut[]): Promise<void> {
    const queue = [...cuts]
    const lane = async () => {
      for (let cut = queue.shift(); cut; cut = queue.shift()) await send(cut)
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }

  it('arrives', async () => {
    const { dialer, acceptor } = await send(undefined)
    expect(dialer).toBeGreaterThan(5)
    expect(acceptor).toBeGreaterThan(5)
  })

  it.each<Then>(['resumes', 'sender forgets', 'receiver forgets'])('arrives whole and once, wherever it is cut, when the session %s', async (then) => {
    const whole = await send(undefined)
    // Between any two frames, and inside each: nightly at every byte of its head.
    const inside = LONG ? Array.from({ length: 40 }, (_, bytes) => bytes) : [0, 9]
    const cuts = (['dialer', 'acceptor'] as const).flatMap((from) =>
      Array.from({ length: whole[from] + 2 }, (_, frames) => inside.map((bytes): Cut => ({ from, frames, bytes, then }))).flat(),
    )
    await tryAll(cuts)
  })
})
