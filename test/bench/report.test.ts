import { expect, test } from 'vitest'
import { formatResult, median, summarize, type Result } from './report.ts'

const run = (seconds: number) => ({ seconds, cpuSeconds: seconds * 2, peakRssBytes: seconds * 1e6 })
const contender = (name: string) => ({ name, encryption: 'none', durability: 'nothing flushed' })

const result: Result = {
  workload: { name: 'S', what: 'ten files', files: 10, bytes: 20e6 },
  rows: [
    { contender: contender('absent'), runs: [], failure: 'not installed: try harder' },
    { contender: contender('first'), runs: [run(2), run(1), run(9)] },
    { contender: contender('second'), runs: [run(4), run(4), run(4)] },
  ],
}

test('median of odd and even counts', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

test('medians against the first that ran; the peak is the highest of all runs', () => {
  const [, first, second] = result.rows
  expect(summarize(result, first!)).toEqual({
    ratio: 1,
    seconds: 2,
    megabytesPerSecond: 10,
    filesPerSecond: 5,
    cpuSeconds: 4,
    peakRssBytes: 9e6,
  })
  expect(summarize(result, second!).ratio).toBe(2)
  const text = formatResult(result)
  expect(text).toContain('× first')
  expect(text).toContain('not run: absent: not installed: try harder')
})
