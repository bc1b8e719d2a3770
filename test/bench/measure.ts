import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { readProcessUse } from '../support/rss.ts'

export interface Measured {
  readonly seconds: number
  /** User and system time of both sides. */
  readonly cpuSeconds: number
  /** The most that any one process of either side had resident. */
  readonly peakRssBytes: number
}

/** What looking costs is taken from those who use both cores: seldom, for VmHWM remembers the peak. */
const SAMPLE_MS = 250
const TICKS_PER_SECOND = 100

/** CPU time of our own children that have ended and been reaped: cutime and cstime of proc(5). */
async function reapedCpuSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}

/** Of all its threads: a child belongs to the one that started it. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')))
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

async function descendants(pid: number): Promise<number[]> {
  const children = await childrenOf(pid)
  return [...children, ...(await Promise.all(children.map(descendants))).flat()]
}

async function liveCpuSeconds(pids: readonly number[]): Promise<number> {
  const uses = await Promise.all(pids.map(readProcessUse))
  return uses.reduce((sum, use) => sum + (use?.cpuSeconds ?? 0), 0)
}

/** A daemon learns what its children used when it has reaped them, a moment after the client has gone. */
async function reaped(pids: readonly number[], lasting: ReadonlySet<number>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await Promise.all(pids.map(childrenOf))).every((children) => children.every((pid) => lasting.has(pid)))) return
    await delay(20)
  }
}

/**
 * Runs `act` and says what it took. Its CPU time is that of the processes it started and waited for, and what `servers`
 * (and the children they reaped) used meanwhile. Start-up of servers is not in it, that of clients is. `forks` (default
 * true): the servers work in children that end.
 */
export async function measure(servers: readonly number[], act: () => Promise<void>, options: { readonly forks?: boolean } = {}): Promise<Measured> {
  let peakRssBytes = 0
  // Daemons of others that wait for their turn are none of this run's.
  const before = new Set(await descendants(process.pid))
  const sample = async () => {
    const started = (await descendants(process.pid)).filter((pid) => !before.has(pid))
    const ours = [...new Set([...servers, ...(await Promise.all(servers.map(descendants))).flat(), ...started])]
    for (const use of await Promise.all(ours.map(readProcessUse))) peakRssBytes = Math.max(peakRssBytes, use?.peakRssBytes ?? 0)
  }
  // Some daemons run as the child of a supervisor.
  const all = [...servers, ...(await Promise.all(servers.map(descendants))).flat()]
  const [reapedBefore, liveBefore] = [await reapedCpuSeconds(), await liveCpuSeconds(all)]
  let sampling = Promise.resolve()
  const timer = setInterval(() => void (sampling = sampling.then(sample)), SAMPLE_MS)
  const startedMs = performance.now()
  try {
    await act()
  } finally {
    clearInterval(timer)
  }
  const seconds = (performance.now() - startedMs) / 1000
  await sampling.then(sample)
  if (options.forks !== false) await reaped(servers, before)
  const cpuSeconds = (await reapedCpuSeconds()) - reapedBefore + (await liveCpuSeconds(all)) - liveBefore
  return { seconds, cpuSeconds, peakRssBytes }
}
