import { describe, expect, test } from 'vitest'
import { mustAsk } from '../../../electron/engine/sync/guard.ts'

const none = { deletions: 0, replacements: 0 }
const asks = (deletions: number, replacements: number, files: number, recent = none) => mustAsk({ deletions, replacements }, recent, files)

describe('a plan asks first', () => {
  test('when it deletes more than half, but not for one or two', () => {
    expect([asks(51, 0, 100), asks(50, 0, 100), asks(2, 0, 2), asks(3, 0, 3), asks(0, 0, 0)]).toEqual([true, false, false, true, false])
  })
  test('when it deletes or replaces more than half, but not for ten', () => {
    expect([asks(0, 51, 100), asks(0, 50, 100), asks(1, 9, 10), asks(1, 10, 12)]).toEqual([true, false, false, true])
  })
  test('when it is more than a thousand', () => {
    expect([asks(1_001, 0, 100_000), asks(1_000, 0, 100_000), asks(500, 501, 100_000)]).toEqual([true, false, true])
  })
  test('however small the portions are', () => {
    expect(asks(10, 0, 60, { deletions: 40, replacements: 0 })).toBe(false)
    expect(asks(11, 0, 60, { deletions: 40, replacements: 0 })).toBe(true)
    expect(asks(0, 0, 60, { deletions: 400, replacements: 0 })).toBe(false)
    expect(asks(0, 1, 90_000, { deletions: 600, replacements: 400 })).toBe(true)
  })
})
