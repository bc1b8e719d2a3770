import type { Contender } from './contender.ts'
import type { Measured } from './measure.ts'
import type { ThreadProbe } from './probe.ts'
import type { Workload } from './workloads.ts'

export interface Row {
  readonly contender: Pick<Contender, 'name' | 'encryption' | 'durability'>
  readonly runs: readonly Measured[]
  /** Of one further run. */
  readonly loops?: readonly ThreadProbe[]
  /** Why there are no runs. */
  readonly failure?: string
}

export interface Result {
  readonly workload: Pick<Workload, 'name' | 'what' | 'files' | 'bytes'>
  readonly rows: readonly Row[]
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

export interface Summary {
  /** Its seconds over those of the first row that ran: above 1, the first is faster. */
  readonly ratio: number
  readonly seconds: number
  readonly megabytesPerSecond: number
  readonly filesPerSecond: number
  readonly cpuSeconds: number
  readonly peakRssBytes: number
}

/** Medians; the ratio is against the first row that has runs. */
export function summarize(result: Result, row: Row): Summary {
  const secondsOf = (of: Row) => median(of.runs.map((run) => run.seconds))
  const reference = result.rows.find((other) => other.runs.length > 0) ?? row
  const seconds = secondsOf(row)
  return {
    ratio: seconds / secondsOf(reference),
    seconds,
    megabytesPerSecond: result.workload.bytes / 1e6 / seconds,
    filesPerSecond: result.workload.files / seconds,
    cpuSeconds: median(row.runs.map((run) => run.cpuSeconds)),
    peakRssBytes: Math.max(...row.runs.map((run) => run.peakRssBytes)),
  }
}

/** The table for people. */
export function formatResult(result: Result): string {
  const { workload } = result
  const reference = result.rows.find((row) => row.runs.length > 0)?.contender.name ?? 'nobody'
  const header = [`× ${reference}`, '', 'seconds', 'MB/s', 'files/s', 'CPU s', 'peak MB', 'encryption', 'when it says done']
  const lines = result.rows
    .filter((row) => row.runs.length > 0)
    .map((row) => {
      const summary = summarize(result, row)
      return [
        summary.ratio.toFixed(2),
        row.contender.name,
        summary.seconds.toFixed(2),
        summary.megabytesPerSecond.toFixed(0),
        summary.filesPerSecond.toFixed(workload.files === 1 ? 2 : 0),
        summary.cpuSeconds.toFixed(2),
        (summary.peakRssBytes / 1e6).toFixed(0),
        row.contender.encryption,
        row.contender.durability,
      ]
    })
  const table = [header, ...lines]
  const widths = header.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)))
  const isText = (column: number) => column === 1 || column >= 7
  const formatted = table.map((cells) =>
    cells.map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd(),
  )
  const failures = result.rows.filter((row) => row.failure).map((row) => `not run: ${row.contender.name}: ${row.failure ?? ''}`)
  const loops = result.rows.flatMap((row) =>
    (row.loops ?? []).map(
      (loop) => `event loop, ms p50 / p99 / max: ${row.contender.name} ${loop.command}, ${loop.thread}: ${[loop.p50, loop.p99, loop.max].map((ms) => ms.toFixed(1)).join(' / ')}`,
    ),
  )
  return [`${workload.name}: ${workload.what}`, ...formatted, ...loops, ...failures].join('\n')
}
