import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where one thread's time went. */
export interface ThreadProfile {
  /** As V8 names the isolate's profile: process, thread. */
  readonly name: string
  readonly busyMs: number
  /** By self time, the most expensive first. */
  readonly costs: readonly { readonly what: string; readonly ms: number }[]
}

/** The part of a `.cpuprofile` (Chrome DevTools Protocol, `Profiler.Profile`) that is read here. Times in µs. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number } }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const USUAL_EXIT = fileURLToPath(new URL('./usual-exit.mjs', import.meta.url))
const SHOWN = 12
/** What V8 calls the time in which nothing ran. */
const IDLE = new Set(['(idle)', '(program)', '(root)'])

/** Runs `act` with an environment that makes Node processes and their threads write CPU profiles; the busiest threads first. */
export async function profileThreads(act: (environment: Readonly<Record<string, string>>) => Promise<void>): Promise<ThreadProfile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-profile-'))
  try {
    await act({ NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder} --import=${USUAL_EXIT}` })
    return readdirSync(folder)
      .filter((name) => name.endsWith('.cpuprofile'))
      .map((name) => summarizeProfile(name.replace(/^CPU\.\d+\.\d+\./, '').replace('.cpuprofile', ''), JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile))
      .sort((a, b) => b.busyMs - a.busyMs)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function summarizeProfile(name: string, profile: CpuProfile): ThreadProfile {
  const named = new Map(
    profile.nodes.map(({ id, callFrame }) => {
      const where = callFrame.url === '' ? '' : ` ${basename(callFrame.url)}:${callFrame.lineNumber + 1}`
      return [id, `${callFrame.functionName || '(anonymous)'}${where}`] as const
    }),
  )
  const costs = new Map<string, number>()
  profile.samples.forEach((id, index) => {
    const what = named.get(id) ?? '(unknown)'
    if (!IDLE.has(what)) costs.set(what, (costs.get(what) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000)
  })
  const sorted = [...costs].map(([what, ms]) => ({ what, ms })).sort((a, b) => b.ms - a.ms)
  return { name, busyMs: sorted.reduce((sum, { ms }) => sum + ms, 0), costs: sorted.slice(0, SHOWN) }
}

export function formatProfiles(title: string, threads: readonly ThreadProfile[]): string {
  const lines = threads.filter(({ busyMs }) => busyMs >= 10).flatMap(({ name, busyMs, costs }) => [
    `  thread ${name}: busy for ${busyMs.toFixed(0)} ms`,
    ...costs.map(({ what, ms }) => `    ${ms.toFixed(1).padStart(8)} ms  ${what}`),
  ])
  return [title, ...lines].join('\n')
}
