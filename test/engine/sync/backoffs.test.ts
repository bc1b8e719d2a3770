import { expect, test } from 'vitest'
import { Backoffs } from '../../../electron/engine/sync/backoffs.ts'
import { FakeClock } from '../../support/fake-clock.ts'

test('each failure waits twice as long as the one before, up to the most that was asked for', async () => {
  const clock = new FakeClock()
  const over: number[] = []
  const backoffs = new Backoffs(clock, () => over.push(clock.monotonic()))
  for (const [tries, waitMs] of [[1, 5_000], [2, 10_000], [3, 15_000], [4, 15_000]] as const) {
    over.length = 0
    expect(backoffs.fail('full', 5_000, 15_000)).toBe(tries)
    await clock.advance(waitMs - 1)
    expect(backoffs.holds('full')).toBe(true)
    expect(over).toEqual([])
    await clock.advance(1)
    expect(backoffs.holds('full')).toBe(false)
    expect(over).toHaveLength(1)
  }
  backoffs.close()
})

test('what went well begins from the start', () => {
  const backoffs = new Backoffs(new FakeClock(), () => undefined)
  backoffs.fail('a')
  backoffs.fail('a')
  backoffs.clear('a')
  expect(backoffs.holds('a')).toBe(false)
  expect(backoffs.fail('a')).toBe(1)
  backoffs.close()
})
