/**
 * Holdfast against what people use today, on loopback, whole processes, medians of interleaved runs. Linux only.
 *
 *   npm run bench -- [--only L,S,M,holdfast,cp,…] [--runs N] [--warm-up N] [--quick] [--json] [--html FILE] [--dir DIR]
 *   npm run bench -- --scale                what a file and a byte cost from 1,000 to 300,000 files, from 1 MiB to 16 GiB
 *   npm run bench -- --source PATH          a file or folder of your own
 *   npm run bench -- --profile              where Holdfast's time goes in each workload, by thread and function
 *   npm run bench -- --only plain,nc        plain TCP: `eof` and `length32` beside netcat
 *
 * `--json` prints everything that was measured on stdout, and the tables on stderr; `--html` writes a report with charts.
 * Nothing else is left behind.
 */
import { mkdtempSync, statfsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { compareTrees } from '../support/compare-trees.ts'
import type { Contender, PreparedContender } from './contender.ts'
import type { Chart } from './charts.ts'
import { holdfast, holdfastRunning, holdfastUnflushed } from './holdfast-contender.ts'
import { htmlReport, verdictLine } from './html-report.ts'
import type { Measured } from './measure.ts'
import { netcat, plainEof, plainLength32 } from './message-contenders.ts'
import { nodePipe } from './pipe-contender.ts'
import { copy, rsyncDaemon, rsyncFsync, tarNetcat } from './plain-contenders.ts'
import { formatProfiles } from './profile.ts'
import type { ThreadProbe } from './probe.ts'
import { runProgram } from './programs.ts'
import { formatResult, summarize, type Result, type Row } from './report.ts'
import { scaleCharts, SCALE_WORKLOADS } from './scale.ts'
import { rsyncSsh, scp } from './ssh-contenders.ts'
import { syncthing } from './syncthing-contender.ts'
import { judge } from './targets.ts'
import { changeOneFile, makeWorkload, ONE_FILE, ownWorkload, WORKLOAD_NAMES, type Workload } from './workloads.ts'

const CONTENDERS: readonly Contender[] = [
  holdfast, holdfastRunning, holdfastUnflushed, copy, nodePipe, rsyncDaemon, rsyncFsync, rsyncSsh, scp, tarNetcat, syncthing, plainEof, plainLength32,
  netcat,
]

interface Racer {
  readonly contender: Contender
  readonly prepared?: PreparedContender
  failure?: string
  loops?: readonly ThreadProbe[]
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      runs: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      html: { type: 'string' },
      source: { type: 'string' },
      dir: { type: 'string', default: tmpdir() },
    },
  })
  const only = values.only.split(',').filter(Boolean)
  const known = [...WORKLOAD_NAMES, ...CONTENDERS.map((contender) => contender.name)] as readonly string[]
  // A name stands for its variants too, unless it is one's own name.
  const names = (name: string, wanted: string) => name === wanted || (!known.includes(wanted) && name.startsWith(`${wanted}-`))
  for (const wanted of only) if (!known.some((name) => names(name, wanted))) throw new Error(`--only knows ${known.join(', ')}, not ${wanted}`)
  const chosen = <T>(all: readonly T[], nameOf: (item: T) => string) => {
    const some = all.filter((item) => only.some((wanted) => names(nameOf(item), wanted)))
    return some.length > 0 ? some : all
  }
  return {
    workloads: chosen(WORKLOAD_NAMES, (name) => name),
    contenders: values.scale || values.profile ? [holdfast] : chosen(CONTENDERS, (contender) => contender.name),
    named: (contender: Contender) => only.some((wanted) => names(contender.name, wanted)),
    scale: values.scale,
    profile: values.profile,
    html: values.html,
    source: values.source === undefined ? undefined : resolve(values.source),
    runs: Number(values.runs),
    warmUps: Number(values['warm-up']),
    quick: values.quick,
    json: values.json,
    dir: values.dir,
  }
}

async function prepare(contender: Contender, root: string, index: number): Promise<Racer> {
  const how = contender.missing()
  if (how !== null) return { contender, failure: `not installed: ${how}` }
  try {
    const own = join(root, `contender-${index}`)
    await mkdir(own)
    return { contender, prepared: await contender.prepare(own) }
  } catch (error) {
    return { contender, failure: (error as Error).message }
  }
}

/** Every run gets a folder that never was: after mass deletion a file system on a disk is slow for a while. */
let targets = 0

/** `statfs`, Linux. */
const TMPFS_MAGIC = 0x01021994

/** What runs on may still be tidying up in there. */
const WHILE_IN_USE = { recursive: true, maxRetries: 10, retryDelay: 100 }

/** In memory the opposite holds: what was never touched is slow on virtual machines (PERFORMANCE.md, "Also seen"). */
async function tidyUp(workload: Workload, target: string, root: string): Promise<void> {
  if (workload.files === 1 || statfsSync(root).type === TMPFS_MAGIC) await rm(target, WHILE_IN_USE)
}

async function race(racer: Racer, workload: Workload, root: string, verify: boolean): Promise<Measured | null> {
  if (!racer.prepared || racer.failure) return null
  const target = join(root, `target-${++targets}`)
  await mkdir(target)
  // Nobody pays for what another one left unwritten.
  await runProgram('sync', ['-f', root])
  try {
    await racer.prepared.fresh?.()
    if (!(await prepareTarget(racer.prepared, workload, target))) throw new Error('can\'t go on with half a file')
    const measured = await racer.prepared.run(workload, target)
    if (verify) {
      const arrived = join(target, basename(workload.source))
      const differences = compareTrees(workload.source, arrived, { mtime: false, executable: false })
      if (differences.length > 0) throw new Error(`did not arrive whole: ${differences.slice(0, 3).join('; ')}`)
    }
    return measured
  } catch (error) {
    racer.failure = (error as Error).message
    return null
  } finally {
    await tidyUp(workload, target, root)
  }
}

/** A second send comes later, not while watchers and indexes still take note of the first. The same for all. */
const REST_MS = 3_000

/** What the workload wants to have happened before the clock starts; false when this contender can't. */
async function prepareTarget(prepared: PreparedContender, workload: Workload, target: string): Promise<boolean> {
  switch (workload.preparation) {
    case 'nothing':
      return true
    case 'half-sent':
      await prepared.sendHalf?.(workload, target)
      return prepared.sendHalf !== undefined
    case 'sent':
    case 'sent-then-one-changed':
      await prepared.run(workload, target)
      if (workload.preparation === 'sent-then-one-changed') changeOneFile(workload, targets)
      await delay(REST_MS)
      return true
  }
}

/** One more run, of those that can do it, that is not timed. */
async function runApart<T>(
  racer: Racer,
  workload: Workload,
  root: string,
  how: (prepared: PreparedContender) => ((workload: Workload, target: string) => Promise<T>) | undefined,
): Promise<T | undefined> {
  const act = racer.prepared && !racer.failure ? how(racer.prepared) : undefined
  if (!racer.prepared || !act) return undefined
  const target = join(root, `target-${++targets}`)
  await mkdir(target)
  await racer.prepared.fresh?.()
  if (!(await prepareTarget(racer.prepared, workload, target))) return undefined
  const result = await act(workload, target)
  await tidyUp(workload, target, root)
  return result
}

async function runWorkload(workload: Workload, racers: readonly Racer[], root: string, warmUps: number, runs: number): Promise<Result> {
  const measured = new Map<Racer, Measured[]>(racers.map((racer) => [racer, []]))
  for (let round = -warmUps; round < runs; round++) {
    for (let turn = 0; turn < racers.length; turn++) {
      // Each round begins with another one, so that none always follows the same.
      const racer = racers[(turn + round + warmUps) % racers.length]
      if (!racer) continue
      const result = await race(racer, workload, root, round <= 0)
      if (result && round >= 0) measured.get(racer)?.push(result)
      process.stderr.write(result ? '.' : '-')
    }
  }
  for (const racer of racers) {
    const loops = await runApart(racer, workload, root, (prepared) => prepared.probe)
    if (loops) racer.loops = loops
  }
  process.stderr.write('\n')
  const rows = racers.map((racer): Row => {
    const { name, encryption, durability } = racer.contender
    return {
      contender: { name, encryption, durability },
      runs: measured.get(racer) ?? [],
      ...(racer.loops ? { loops: racer.loops } : {}),
      ...(racer.failure ? { failure: racer.failure } : {}),
    }
  })
  return { workload, rows }
}

function makers({ source, scale, workloads, quick }: ReturnType<typeof readOptions>): readonly ((folder: string) => Workload)[] {
  if (source !== undefined) return [() => ownWorkload(source)]
  return scale ? SCALE_WORKLOADS : workloads.map((name) => (folder) => makeWorkload(name, folder, quick))
}

/** Whether it can do the workload, and is there to. A variant is there for its workloads, or when named. */
function takes(contender: Contender, workload: Workload, named: boolean): boolean {
  if (contender.oneFile && !ONE_FILE.has(workload.name)) return false
  // Syncthing would share the whole folder that holds it.
  if (workload.name === 'own' && contender === syncthing) return false
  if (workload.preparation === 'half-sent' && contender !== holdfast) return false
  return contender.onlyFor === undefined || contender.onlyFor.includes(workload.name) || named
}

function machine(): Record<string, unknown> {
  const [first, ...others] = cpus()
  return { cpu: first?.model, cores: others.length + 1, memoryBytes: totalmem(), kernel: release(), node: process.version }
}

async function main(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: Linux only')
  const options = readOptions()
  const root = mkdtempSync(join(options.dir, 'holdfast-bench-'))
  let racers: Racer[] = []
  const cleanUp = async () => {
    await Promise.allSettled(racers.flatMap((racer) => racer.prepared?.close() ?? []))
    await rm(root, { recursive: true, force: true })
  }
  process.once('SIGINT', () => void cleanUp().finally(() => process.exit(130)))
  try {
    racers = await Promise.all(options.contenders.map((contender, index) => prepare(contender, root, index)))
    const results: Result[] = []
    const say = options.json ? console.error : console.log
    for (const make of makers(options)) {
      const source = join(root, `source-${results.length}`)
      await mkdir(source)
      const workload = make(source)
      const able = racers.filter(({ contender }) => takes(contender, workload, options.named(contender)))
      if (able.length > 0) {
        for (const racer of able) {
          if (racer.prepared) delete racer.failure
          delete racer.loops
        }
        if (options.profile) {
          for (const racer of able) {
            const threads = await runApart(racer, workload, root, (prepared) => prepared.profile)
            say(`${formatProfiles(`${workload.name}: ${workload.what}`, threads ?? [])}\n`)
          }
          await rm(source, { recursive: true })
          continue
        }
        const result = await runWorkload(workload, able, root, options.warmUps, options.runs)
        results.push(result)
        say(`${formatResult(result)}\n`)
      }
      await rm(source, { recursive: true })
    }
    const charts: Chart[] = options.scale ? scaleCharts(results) : []
    const verdicts = judge(results)
    for (const verdict of verdicts) say(verdictLine(verdict))
    if (options.html !== undefined) await writeFile(options.html, htmlReport(results, charts, verdicts, { ...machine(), quick: options.quick }))
    if (options.json) {
      const summaries = results.map((result) => ({
        ...result,
        rows: result.rows.map((row) => (row.runs.length > 0 ? { ...row, median: summarize(result, row) } : row)),
      }))
      console.log(JSON.stringify({ machine: machine(), quick: options.quick, results: summaries, verdicts }, null, 2))
    }
  } finally {
    await cleanUp()
  }
}

await main()
