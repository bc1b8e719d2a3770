/**
 * Holdfast against what people use today, on loopback, whole processes, medians of interleaved runs. Linux only.
 *
 *   npm run bench -- [--only L,S,M,holdfast,cp,…] [--runs N] [--warm-up N] [--quick] [--json] [--dir DIR]
 *   npm run bench -- --only plain,nc        plain TCP: `eof` and `length32` beside netcat
 *
 * `--json` prints everything that was measured on stdout, and the tables on stderr. Nothing else is left behind.
 */
import { mkdtempSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { compareTrees } from '../support/compare-trees.ts'
import type { Contender, PreparedContender } from './contender.ts'
import { holdfast } from './holdfast-contender.ts'
import type { Measured } from './measure.ts'
import { netcat, plainEof, plainLength32 } from './message-contenders.ts'
import { copy, rsyncDaemon, tarNetcat } from './plain-contenders.ts'
import { runProgram } from './programs.ts'
import { formatResult, summarize, type Result, type Row } from './report.ts'
import { rsyncSsh, scp } from './ssh-contenders.ts'
import { makeWorkload, WORKLOAD_NAMES, type Workload, type WorkloadName } from './workloads.ts'

const CONTENDERS: readonly Contender[] = [holdfast, copy, rsyncDaemon, rsyncSsh, scp, tarNetcat, plainEof, plainLength32, netcat]

/** Workloads that are one file. */
const ONE_FILE: ReadonlySet<string> = new Set<WorkloadName>(['L'])

interface Racer {
  readonly contender: Contender
  readonly prepared?: PreparedContender
  failure?: string
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      runs: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      dir: { type: 'string', default: tmpdir() },
    },
  })
  const only = values.only.split(',').filter(Boolean)
  const known = [...WORKLOAD_NAMES, ...CONTENDERS.map((contender) => contender.name)] as readonly string[]
  const names = (name: string, wanted: string) => name === wanted || name.startsWith(`${wanted}-`)
  for (const wanted of only) if (!known.some((name) => names(name, wanted))) throw new Error(`--only knows ${known.join(', ')}, not ${wanted}`)
  const chosen = <T>(all: readonly T[], nameOf: (item: T) => string) => {
    const some = all.filter((item) => only.some((wanted) => names(nameOf(item), wanted)))
    return some.length > 0 ? some : all
  }
  return {
    workloads: chosen(WORKLOAD_NAMES, (name) => name),
    contenders: chosen(CONTENDERS, (contender) => contender.name),
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

/** Every run gets a folder that never was: after mass deletion a file system is slow for a while. */
let targets = 0

async function race(racer: Racer, workload: Workload, root: string, verify: boolean): Promise<Measured | null> {
  if (!racer.prepared || racer.failure) return null
  const target = join(root, `target-${++targets}`)
  await mkdir(target)
  // Nobody pays for what another one left unwritten.
  await runProgram('sync', ['-f', root])
  try {
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
    if (workload.files === 1) await rm(target, { recursive: true })
  }
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
  process.stderr.write('\n')
  const rows = racers.map((racer): Row => {
    const { name, encryption, durability } = racer.contender
    return {
      contender: { name, encryption, durability },
      runs: measured.get(racer) ?? [],
      ...(racer.failure ? { failure: racer.failure } : {}),
    }
  })
  return { workload, rows }
}

function machine(): object {
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
    for (const name of options.workloads) {
      const able = racers.filter(({ contender }) => ONE_FILE.has(name) || !contender.oneFile)
      if (able.length === 0) continue
      const source = join(root, `source-${name}`)
      await mkdir(source)
      const workload = makeWorkload(name, source, options.quick)
      const result = await runWorkload(workload, able, root, options.warmUps, options.runs)
      results.push(result)
      say(`${formatResult(result)}\n`)
    }
    if (options.json) {
      const summaries = results.map((result) => ({
        ...result,
        rows: result.rows.map((row) => (row.runs.length > 0 ? { ...row, median: summarize(result, row) } : row)),
      }))
      console.log(JSON.stringify({ machine: machine(), quick: options.quick, results: summaries }, null, 2))
    }
  } finally {
    await cleanUp()
  }
}

await main()
