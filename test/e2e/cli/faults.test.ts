import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { assertNoPartial, compareTrees } from '../../support/compare-trees.ts'
import { FaultProxy, type FaultCounters } from '../../support/fault-proxy.ts'
import { parseFaultSpec } from '../../support/fault-spec.ts'
import type { CliEvent } from '../../support/holdfast-process.ts'
import { Lab } from '../../support/processes.ts'
import { makeBigFile, makeTree } from '../../support/trees.ts'
import { WholeWatch } from '../../support/whole-watch.ts'

const MIB = 1 << 20
const LONG = process.env['HOLDFAST_LONG'] === '1'
const FILES = 2_000
const BIG_BYTES = LONG ? 1024 * MIB : 96 * MIB
/** Only so that a hang ends. */
const GUARD_MS = LONG ? 600_000 : 90_000

/** Distances that harm a short and a long run about equally often. */
const far = (share: number) => Math.round(BIG_BYTES * share)

interface Outcome {
  readonly sent: CliEvent
  readonly received: CliEvent
  readonly retries: CliEvent[]
  /** Of the receiver. */
  readonly waits: CliEvent[]
  readonly proxy: FaultCounters
}

const number = (event: CliEvent, field: string) => event[field] as number

interface Fault {
  readonly what: string
  readonly spec: string
  readonly shows: (outcome: Outcome) => void
}

/** Each lost connection was made again, and that is shown. */
function reconnected({ sent, retries, proxy }: Outcome): void {
  expect(proxy.connections).toBeGreaterThan(1)
  expect(number(sent, 'retries')).toBeGreaterThanOrEqual(1)
  expect(retries.length).toBeGreaterThanOrEqual(1)
}

const FAULTS: Fault[] = [
  {
    what: 'nothing at all',
    spec: 'none',
    shows: ({ sent, retries, proxy, waits }) => {
      // Only a disk that makes the receiver wait may have it ask again, for what it could not keep meanwhile.
      expect({ waits, resentBlocks: waits.length > 0 ? 0 : sent['resentBlocks'] }).toEqual({ waits, resentBlocks: 0 })
      expect(sent).toMatchObject({ retries: 0, duplicates: 0, resumedBytes: 0 })
      expect(retries).toEqual([])
      expect(proxy.connections).toBe(1)
    },
  },
  {
    what: 'abrupt cuts',
    spec: `cut:${far(0.2)}`,
    shows: (outcome) => {
      reconnected(outcome)
      expect(outcome.proxy.cuts).toBeGreaterThan(2)
      expect(number(outcome.sent, 'retries')).toBe(outcome.proxy.cuts)
      expect(number(outcome.sent, 'resentBlocks')).toBeGreaterThan(0)
    },
  },
  {
    what: 'graceful cuts, often',
    spec: `cut:${far(0.08)}:fin`,
    shows: (outcome) => {
      reconnected(outcome)
      expect(outcome.proxy.cuts).toBeGreaterThan(5)
    },
  },
  {
    what: 'cuts of what the receiver says',
    // The longest thing it says at once must fit between two cuts.
    spec: 'cut:50000,only:down',
    shows: reconnected,
  },
  {
    what: 'stalls',
    spec: `stall:${far(0.3)}:700`,
    shows: ({ sent, proxy }) => {
      expect(proxy.stalls).toBeGreaterThan(1)
      expect(sent).toMatchObject({ retries: 0 })
    },
  },
  {
    what: 'a slow line',
    spec: `slow:${far(0.4)}`,
    shows: ({ sent, proxy }) => {
      expect(sent).toMatchObject({ retries: 0 })
      expect(proxy.connections).toBe(1)
    },
  },
  {
    what: 'one direction closed',
    spec: `half-close:${far(0.4)}`,
    shows: (outcome) => {
      reconnected(outcome)
      expect(outcome.proxy.halfCloses).toBeGreaterThan(0)
    },
  },
  {
    what: 'flipped bits, which TLS notices',
    spec: `flip:${far(0.25)}`,
    shows: (outcome) => {
      reconnected(outcome)
      expect(outcome.proxy.flips).toBeGreaterThan(0)
    },
  },
  {
    what: 'refused connections',
    spec: 'refuse-first:3',
    shows: (outcome) => {
      expect(outcome.proxy.refused).toBe(3)
      expect(outcome.retries.map((retry) => retry['attempt'])).toEqual([2, 3, 4])
      expect(outcome.sent).toMatchObject({ retries: 3 })
    },
  },
]

describe(`${FILES} files and one of ${BIG_BYTES / MIB} MiB arrive identical through`, () => {
  const sources = new Lab()
  let lab: Lab
  let proxy: FaultProxy | undefined

  beforeAll(async () => {
    const source = await sources.folder('source')
    makeTree(`${source}/tree`, { seed: 2000, files: FILES })
    makeBigFile(`${source}/big.bin`, BIG_BYTES, 2001)
  }, GUARD_MS)
  afterAll(() => sources.close())
  beforeEach(() => {
    lab = new Lab()
  })
  afterEach(async () => {
    proxy?.close()
    proxy = undefined
    await lab.close()
  })

  const source = sources.path('source-1')
  it.each(FAULTS)('$what', { timeout: GUARD_MS * 2 }, async ({ spec, shows }) => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, seed: 11, fault: parseFaultSpec(spec) })
    const watch = new WholeWatch(source, receiver.folder)
    const send = lab.run(lab.path('a'), ['send', `${source}/tree`, `${source}/big.bin`, '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
    onTestFinished(() => watch.stop())
    await send.expectExit(0, GUARD_MS)
    await receiver.process.waitFor('done')
    watch.finish()
    expect(watch.looks).toBeGreaterThan(0)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    await receiver.process.expectInterrupt(0)
    assertNoPartial(receiver.folder)

    const [sent] = send.eventsOf('done')
    const [received] = receiver.process.eventsOf('done')
    for (const done of [sent, received]) expect(done).toMatchObject({ files: FILES + 1, failed: 0, skipped: 0 })
    // Each file is confirmed once, whatever travelled twice.
    for (const [events, name] of [[send, 'delivered'], [receiver.process, 'received']] as const) {
      const paths = events.eventsOf(name).map((event) => event['path'])
      expect([paths.length, new Set(paths).size]).toEqual([FILES + 1, FILES + 1])
    }
    expect(progressFalls(send.eventsOf('progress'))).toEqual([])
    const waits = receiver.process.eventsOf('waiting')
    shows({ sent: sent as CliEvent, received: received as CliEvent, retries: send.eventsOf('retry'), waits, proxy: proxy.counters })
  })
})

/** Progress that went back. */
function progressFalls(events: readonly CliEvent[]): CliEvent[] {
  return events.filter((event, index) => {
    const before = events[index - 1]
    return before && (number(event, 'bytes') < number(before, 'bytes') || number(event, 'files') < number(before, 'files'))
  })
}
