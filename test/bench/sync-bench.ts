/**
 * Folder sync beside what people use today, on loopback: the first synchronisation, then changes one after the other. Linux only.
 *
 *   npm run bench:sync -- [--only holdfast,syncthing,unison,rsync] [--runs N] [--quick] [--json] [--dir DIR]
 *
 * Seconds are from the change until the other side has it (for those that watch, their waiting for quiet is in it), or of
 * the command. Bytes are all that crossed loopback meanwhile.
 */
import { mkdtempSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { compareTrees } from '../support/compare-trees.ts'
import { measure } from './measure.ts'
import { median } from './report.ts'
import { FULL, isComplete, makeSyncTree, QUICK, syncChanges, type SyncSizes } from './sync-changes.ts'
import { holdfastSync, rsyncSync, syncthingSync, unisonSync, type PreparedSync, type SyncContender } from './sync-contenders.ts'

const CONTENDERS: readonly SyncContender[] = [holdfastSync, syncthingSync, unisonSync, rsyncSync]
const POLL_MS = 20
const HANG_MS = 300_000

interface Measure {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly wireBytes: number
}

async function loopbackBytes(): Promise<number> {
  const line = (await readFile('/proc/net/dev', 'utf8')).split('\n').find((each) => each.trim().startsWith('lo:')) ?? ''
  return Number(line.trim().split(/[:\s]+/)[1])
}

async function until(arrived: () => boolean): Promise<void> {
  for (const deadline = performance.now() + HANG_MS; !arrived(); ) {
    if (performance.now() > deadline) throw new Error('did not arrive')
    await delay(POLL_MS)
  }
}

async function take(sync: PreparedSync, act: () => Promise<void>): Promise<Measure> {
  const before = await loopbackBytes()
  const { seconds, cpuSeconds } = await measure(sync.pids, act)
  return { seconds, cpuSeconds, wireBytes: (await loopbackBytes()) - before }
}

/** What one contender needs for each step, by the step's name. */
async function runOne(contender: SyncContender, root: string, sizes: SyncSizes): Promise<Map<string, Measure>> {
  const [from, to, own] = [join(root, 'from'), join(root, 'to'), join(root, 'own')]
  for (const folder of [to, own]) await mkdir(folder, { recursive: true })
  makeSyncTree(from, sizes)
  const sync = await contender.prepare(own, from, to)
  const equal = () => compareTrees(from, to, { mtime: false, executable: false }).every((difference) => difference.startsWith('.stfolder'))
  try {
    const found = new Map<string, Measure>()
    found.set('first sync', await take(sync, async () => {
      await sync.begin()
      await until(() => isComplete(to, sizes))
    }))
    if (!equal()) throw new Error('the folders differ after the first synchronisation')
    for (const change of syncChanges(sizes)) {
      found.set(change.name, await take(sync, async () => {
        change.apply(from)
        await sync.run?.()
        await until(() => change.arrived(to))
      }))
    }
    // Idle for those that watch; a run that finds nothing for the others.
    found.set('nothing changed', await take(sync, async () => (sync.run ? sync.run() : delay(5000))))
    if (!equal()) throw new Error('the folders differ at the end')
    return found
  } finally {
    await sync.close()
  }
}

async function main(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: Linux only')
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      runs: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      dir: { type: 'string', default: tmpdir() },
    },
  })
  const only = values.only.split(',').filter(Boolean)
  const sizes = values.quick ? QUICK : FULL
  const results: Record<string, Record<string, Measure>> = {}
  const say = values.json ? console.error : console.log
  for (const contender of CONTENDERS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const missing = contender.missing()
    if (missing !== null) {
      say(`not run: ${contender.name}: not installed: ${missing}`)
      continue
    }
    const runs: Map<string, Measure>[] = []
    for (let run = 0; run < Number(values.runs); run++) {
      const root = mkdtempSync(join(values.dir, 'holdfast-sync-bench-'))
      try {
        runs.push(await runOne(contender, root, sizes))
      } catch (error) {
        say(`not run: ${contender.name}: ${(error as Error).message}`)
      } finally {
        await rm(root, { recursive: true, force: true })
      }
    }
    const [first] = runs
    if (!first) continue
    say(`${contender.name} (${contender.how})`)
    for (const step of first.keys()) {
      const of = (pick: (measured: Measure) => number) => median(runs.flatMap((run) => run.get(step) ?? []).map(pick))
      const middle = { seconds: of((m) => m.seconds), cpuSeconds: of((m) => m.cpuSeconds), wireBytes: of((m) => m.wireBytes) }
      ;(results[contender.name] ??= {})[step] = middle
      say(`  ${step.padEnd(36)} ${middle.seconds.toFixed(2).padStart(7)} s  CPU ${middle.cpuSeconds.toFixed(2).padStart(6)} s  ${(middle.wireBytes / 1e6).toFixed(2).padStart(9)} MB on the wire`)
    }
  }
  if (values.json) console.log(JSON.stringify({ sizes, results }, null, 2))
}

await main()
