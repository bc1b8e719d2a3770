import { summarize, type Result, type Summary } from './report.ts'

export interface Verdict {
  readonly target: string
  readonly found: string
  readonly met: boolean
}

/** A bound on the quotient of two rows' seconds, or on a row's memory. */
interface SpeedTarget {
  readonly workload: string
  readonly who: string
  readonly than: string
  /** `than` must take at least this many times as long as `who`. */
  readonly atLeast: number
  /** Of another workload than `workload`. */
  readonly thanOf?: string
}

const SPEED: readonly SpeedTarget[] = [
  { workload: 'L', who: 'holdfast', than: 'scp', atLeast: 1.5 },
  { workload: 'L', who: 'holdfast', than: 'rsync-ssh', atLeast: 1.5 },
  { workload: 'L', who: 'holdfast', than: 'rsyncd', atLeast: 0.55 },
  { workload: 'L', who: 'holdfast', than: 'syncthing', atLeast: 2 },
  { workload: 'S', who: 'holdfast', than: 'rsync-ssh', atLeast: 1.3 },
  { workload: 'S', who: 'holdfast', than: 'scp', atLeast: 10 },
  { workload: 'S', who: 'holdfast', than: 'rsyncd', atLeast: 0.7 },
  { workload: 'S', who: 'holdfast', than: 'syncthing', atLeast: 5 },
  { workload: 'S', who: 'holdfast', than: 'holdfast-unflushed', atLeast: 0.8 },
  { workload: 'S', who: 'holdfast', than: 'rsyncd-fsync', atLeast: 3 },
  { workload: 'S', who: 'holdfast-running', than: 'rsyncd', atLeast: 1.1 },
  { workload: 'S', who: 'holdfast-running', than: 'rsync-ssh', atLeast: 2.2 },
  { workload: 'M', who: 'holdfast', than: 'rsync-ssh', atLeast: 1.4 },
  { workload: 'M', who: 'holdfast', than: 'syncthing', atLeast: 1.3 },
  { workload: 'M', who: 'holdfast-running', than: 'rsyncd', atLeast: 0.7 },
  { workload: 'M', who: 'holdfast-running', than: 'rsync-ssh', atLeast: 2 },
  { workload: 'S-again', who: 'holdfast-running', than: 'holdfast-running', thanOf: 'S', atLeast: 5 },
  { workload: 'L-resumed', who: 'holdfast', than: 'holdfast', thanOf: 'L', atLeast: 1 / 0.6 },
]

const MAX_RSS_BYTES = 150e6
const MAX_LOOP_P99_MS = 5

/** What the project promises of its speed, judged by what was measured in this run. What was not run is left out. */
export function judge(results: readonly Result[]): Verdict[] {
  const find = (workload: string, name: string): Summary | undefined => {
    const result = results.find((other) => other.workload.name === workload)
    const row = result?.rows.find((other) => other.contender.name === name && other.runs.length > 0)
    return result && row ? summarize(result, row) : undefined
  }
  const speed = SPEED.flatMap(({ workload, who, than, thanOf, atLeast }): Verdict[] => {
    const [ours, theirs] = [find(workload, who), find(thanOf ?? workload, than)]
    if (!ours || !theirs) return []
    const quotient = theirs.seconds / ours.seconds
    const beside = thanOf === undefined ? than : `${than} for ${thanOf}`
    return [{ target: `${workload}: ${who} at least ${atLeast.toFixed(2)} times as fast as ${beside}`, found: quotient.toFixed(2), met: quotient >= atLeast }]
  })
  const rows = results.flatMap((result) => result.rows.filter((row) => row.contender.name.startsWith('holdfast') && row.runs.length > 0).map((row) => ({ result, row })))
  const memory = rows.map(({ result, row }): Verdict => {
    const { peakRssBytes } = summarize(result, row)
    return { target: `${result.workload.name}: ${row.contender.name} under 150 MB`, found: `${(peakRssBytes / 1e6).toFixed(0)} MB`, met: peakRssBytes < MAX_RSS_BYTES }
  })
  const loops = rows.flatMap(({ result, row }) =>
    (row.loops ?? [])
      .filter(({ thread }) => thread === 'main')
      .map((loop): Verdict => ({
        target: `${result.workload.name}: main thread of ${loop.command} late by under 5 ms (p99)`,
        found: `${loop.p99.toFixed(1)} ms`,
        met: loop.p99 < MAX_LOOP_P99_MS,
      })),
  )
  return [...speed, ...memory, ...loops]
}
