import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { assertNoPartial, compareTrees } from '../../support/compare-trees.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import type { CliEvent, HoldfastProcess } from '../../support/holdfast-process.ts'
import { Lab, type Receiver } from '../../support/processes.ts'
import { seededRandom, type SeededRandom } from '../../support/seeded-random.ts'
import { makeBigFile, makeTree } from '../../support/trees.ts'
import { WholeWatch } from '../../support/whole-watch.ts'

const MIB = 1 << 20
const LONG = process.env['HOLDFAST_LONG'] === '1'
const ROUNDS = LONG ? 20 : 3
const FILES = LONG ? 2_000 : 400
const BIG_BYTES = 144 * MIB
const GUARD_MS = 120_000

/** What may travel twice for one kill: a full window, and what was written and not flushed. */
const TWICE_BYTES = (32 + 64) * MIB
/** Frames, TLS records, manifests, a second handshake. */
const OVERHEAD = 1.02

/** When the end comes: after so many bytes on the wire, or as soon as so many files are reported. */
type Moment = { readonly kind: 'bytes'; readonly bytes: number } | { readonly kind: 'files'; readonly files: number }

function chooseMoment(random: SeededRandom): Moment {
  return random.unit() < 0.7
    ? { kind: 'bytes', bytes: random.integer(1, BIG_BYTES) }
    : { kind: 'files', files: random.integer(1, FILES) }
}

function describeMoment(moment: Moment): string {
  return moment.kind === 'bytes' ? `${moment.bytes} bytes` : `${moment.files} files`
}

async function comes(moment: Moment, process: HoldfastProcess, fact: string, proxy: FaultProxy): Promise<void> {
  if (moment.kind === 'bytes') return proxy.reached(moment.bytes)
  let seen = 0
  await process.waitFor((event) => event.event === fact && ++seen >= moment.files, { timeoutMs: GUARD_MS })
}

const number = (event: CliEvent | undefined, field: string) => Number(event?.[field])

describe('killed at any moment and started again', () => {
  let lab: Lab
  let proxy: FaultProxy | undefined

  beforeEach(() => {
    lab = new Lab()
  })
  afterEach(async () => {
    proxy?.close()
    proxy = undefined
    await lab.close()
  })

  /** A tree, a receiver behind a counting proxy, and the command that sends. */
  async function scene(seed: number) {
    const source = await lab.folder('source')
    const { bytes } = makeTree(`${source}/tree`, { seed, files: FILES })
    makeBigFile(`${source}/big.bin`, BIG_BYTES, seed)
    const folder = await lab.folder('in')
    const receive = (port = 0): Promise<Receiver> => lab.receive(lab.path('b'), folder, ['--accept', 'anyone'], port)
    const receiver = await receive()
    const counting = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port } })
    proxy = counting
    const send = () =>
      lab.run(lab.path('a'), ['send', `${source}/tree`, `${source}/big.bin`, '--to', `127.0.0.1:${counting.port}`, '--trust-first-use'])
    const watch = new WholeWatch(source, folder)
    onTestFinished(() => watch.stop())
    const check = async (last: HoldfastProcess, receiving: Receiver, isSecond = false) => {
      await last.expectExit(0, GUARD_MS)
      await receiving.process.waitFor('done', { timeoutMs: GUARD_MS })
      watch.finish()
      expect(compareTrees(source, folder)).toEqual([])
      await receiving.process.expectInterrupt(0)
      assertNoPartial(folder)
      const twice = counting.counters.bytesUp - (bytes + BIG_BYTES) * OVERHEAD
      if (!isSecond) expect(twice).toBeLessThanOrEqual(TWICE_BYTES * OVERHEAD)
      return last.eventsOf('done')[0]
    }
    return { source, folder, receiver, receive, proxy: counting, send, watch, check }
  }

  /** Whether the end came too late: the last files are reported together, and then it is over. */
  async function isDone(home: string): Promise<boolean> {
    const history = lab.run(home, ['history'])
    await history.expectExit(0)
    return history.eventsOf('transfer').length > 0
  }

  const rounds = (seed: number) =>
    Array.from({ length: ROUNDS }, (_, round) => {
      const moment = chooseMoment(seededRandom(seed + round))
      return { round, seed: seed + round, moment, when: describeMoment(moment) }
    })

  /** Once flushes must have happened, the next run has something to continue from. */
  function expectResumed(moment: Moment, done: CliEvent | undefined): void {
    if (moment.kind === 'bytes' && moment.bytes > TWICE_BYTES * OVERHEAD + 8 * MIB) {
      expect(number(done, 'resumedBytes')).toBeGreaterThanOrEqual(moment.bytes - TWICE_BYTES * OVERHEAD - 8 * MIB)
    }
    if (moment.kind === 'files' && moment.files > 1) expect(number(done, 'resumedBytes')).toBeGreaterThan(0)
  }

  it.each(rounds(100))('the sender, after $when (seed $seed)', { timeout: 3 * GUARD_MS }, async ({ seed, moment }) => {
    const { send, check, receiver, proxy } = await scene(seed)
    const first = send()
    await Promise.race([comes(moment, first, 'delivered', proxy), first.exited])
    await first.killHard()
    const wasDone = await isDone(lab.path('a'))
    const done = await check(send(), receiver, wasDone)
    if (!wasDone) expectResumed(moment, done)
    else expect(done).toMatchObject({ skipped: FILES + 1 })
  })

  it.each(rounds(200))('the receiver, after $when (seed $seed)', { timeout: 3 * GUARD_MS }, async ({ seed, moment }) => {
    const { send, check, receiver, receive, proxy } = await scene(seed)
    const sending = send()
    await Promise.race([comes(moment, receiver.process, 'received', proxy), sending.exited])
    await receiver.process.killHard()
    const again = await receive(receiver.port)
    const done = await check(sending, again)
    expectResumed(moment, done)
  })

  it('both, several times in one transfer', { timeout: 3 * GUARD_MS }, async () => {
    const { send, source, folder, receive, proxy, receiver, watch } = await scene(300)
    const random = seededRandom(300)
    let receiving = receiver
    let sending = send()
    let killedAt = 0
    for (let kill = 0; kill < 4; kill++) {
      killedAt = proxy.counters.bytesUp + random.integer(4 * MIB, 24 * MIB)
      await Promise.race([proxy.reached(killedAt), sending.exited])
      if (kill % 2 === 0) {
        await sending.killHard()
        sending = send()
      } else {
        await receiving.process.killHard()
        receiving = await receive(receiver.port)
      }
    }
    await sending.expectExit(0, GUARD_MS)
    watch.finish()
    expect(compareTrees(source, folder)).toEqual([])
    await receiving.process.expectInterrupt(0)
    assertNoPartial(folder)
  })

  it('the sender, and the same command a third time finds everything there', { timeout: 2 * GUARD_MS }, async () => {
    const { send, check, receiver, proxy } = await scene(400)
    const first = send()
    await proxy.reached(20 * MIB)
    await first.killHard()
    const receiving = receiver
    await check(send(), receiving)
    const again = await lab.receive(lab.path('b'), receiver.folder, ['--accept', 'anyone'], receiver.port)
    const third = send()
    await third.expectExit(0, GUARD_MS)
    expect(third.eventsOf('done')[0]).toMatchObject({ files: FILES + 1, skipped: FILES + 1, failed: 0 })
    expect(third.eventsOf('delivered')).toEqual([])
    await again.process.expectInterrupt(0)
  })
})
