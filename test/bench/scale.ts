import type { Chart } from './charts.ts'
import { summarize, type Result, type Summary } from './report.ts'
import { largeWorkload, smallWorkload, type Workload } from './workloads.ts'

const FILES = [1000, 3000, 10_000, 30_000, 100_000, 300_000]
const BYTES = [2 ** 20, 2 ** 24, 2 ** 28, 2 ** 30, 2 ** 32, 2 ** 34]

/** The same work in ever larger portions: what one file and one byte cost should stay the same, and memory too. */
export const SCALE_WORKLOADS: readonly ((root: string) => Workload)[] = [
  ...FILES.map((files) => (root: string) => smallWorkload(`files-${files}`, root, files)),
  ...BYTES.map((bytes) => (root: string) => largeWorkload(`bytes-${bytes}`, root, bytes)),
]

export function scaleCharts(results: readonly Result[]): Chart[] {
  const measured = results.flatMap((result) => {
    const row = result.rows.find((other) => other.runs.length > 0)
    return row ? [{ workload: result.workload, summary: summarize(result, row) }] : []
  })
  const byFiles = measured.filter(({ workload }) => workload.files > 1)
  const byBytes = measured.filter(({ workload }) => workload.files === 1)
  const line = (of: typeof measured, name: string, x: 'files' | 'bytes', y: (summary: Summary, count: number) => number) => ({
    name,
    points: of.map(({ workload, summary }) => [workload[x], y(summary, workload[x])] as const),
  })
  return [
    {
      title: 'What one file of 4 KiB costs',
      xTitle: 'files',
      yTitle: 'µs a file',
      lines: [
        line(byFiles, 'elapsed', 'files', (summary, files) => (summary.seconds * 1e6) / files),
        line(byFiles, 'CPU, both sides', 'files', (summary, files) => (summary.cpuSeconds * 1e6) / files),
      ],
    },
    {
      title: 'What one byte of a large file costs',
      xTitle: 'bytes',
      yTitle: 'ns a byte',
      // Below this it is the start of the programs that is measured.
      lines: [
        line(byBytes.filter(({ workload }) => workload.bytes >= 2 ** 28), 'elapsed', 'bytes', (summary, bytes) => (summary.seconds * 1e9) / bytes),
        line(byBytes.filter(({ workload }) => workload.bytes >= 2 ** 28), 'CPU, both sides', 'bytes', (summary, bytes) => (summary.cpuSeconds * 1e9) / bytes),
      ],
    },
    { title: 'Memory of the larger process, by files', xTitle: 'files', yTitle: 'MB', lines: [line(byFiles, 'peak', 'files', (summary) => summary.peakRssBytes / 1e6)] },
    { title: 'Memory of the larger process, by bytes', xTitle: 'bytes', yTitle: 'MB', lines: [line(byBytes, 'peak', 'bytes', (summary) => summary.peakRssBytes / 1e6)] },
  ].filter((chart) => chart.lines.some((one) => one.points.length > 0))
}
