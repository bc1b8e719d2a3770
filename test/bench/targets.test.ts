import { expect, test } from 'vitest'
import { chartSvg } from './charts.ts'
import { htmlReport } from './html-report.ts'
import type { Result } from './report.ts'
import { judge } from './targets.ts'

const row = (name: string, seconds: number, peakRssBytes = 100e6) => ({
  contender: { name, encryption: 'none', durability: 'nothing flushed' },
  runs: [{ seconds, cpuSeconds: seconds, peakRssBytes }],
})
const result = (name: string, rows: Result['rows']): Result => ({ workload: { name, what: 'ten <files>', files: 10, bytes: 20e6 }, rows })

test('a target is met or missed by the quotient of the two, and left out when one of them did not run', () => {
  const verdicts = judge([result('S', [row('holdfast', 1), row('rsync-ssh', 1.4), row('scp', 9)])])
  expect(verdicts.map(({ target, found, met }) => [target, found, met])).toEqual([
    ['S: holdfast at least 1.30 times as fast as rsync-ssh', '1.40', true],
    ['S: holdfast at least 10.00 times as fast as scp', '9.00', false],
    ['S: holdfast under 150 MB', '100 MB', true],
  ])
})

test('a second send is judged by the first', () => {
  const verdicts = judge([result('S', [row('holdfast-running', 1)]), result('S-again', [row('holdfast-running', 0.1, 200e6)])])
  expect(verdicts.map(({ found, met }) => [found, met])).toEqual([['10.00', true], ['100 MB', true], ['200 MB', false]])
})

test('the main thread is judged, others are only shown', () => {
  const loops = (['main', 'worker'] as const).map((thread) => ({ command: 'send', thread, p50: 1, p99: 9, max: 20 }))
  const verdicts = judge([result('M', [{ ...row('holdfast', 1), loops }])])
  expect(verdicts.filter(({ target }) => target.includes('late')).map(({ found, met }) => [found, met])).toEqual([['9.0 ms', false]])
})

test('the report is one page, with names as text and a chart', () => {
  const chart = { title: 'a & b', xTitle: 'files', yTitle: 's', lines: [{ name: 'one', points: [[1000, 1], [10_000, 2]] as const }] }
  const html = htmlReport([result('S', [row('holdfast', 1)])], [chart], [], { cpu: '<x>' })
  expect(html).toContain('ten &lt;files&gt;')
  expect(html).toContain('cpu &lt;x&gt;')
  expect(html).toContain('a &amp; b')
  expect(chartSvg(chart).match(/<circle/g)).toHaveLength(2)
  expect(chartSvg({ ...chart, lines: [] })).toBe('')
})
