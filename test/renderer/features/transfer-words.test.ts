import { expect, test } from 'vitest'
import { troublesOf } from '../../../renderer/features/transfers/transfer-words.ts'
import { fakeTransfer } from '../../support/fake-engine.ts'

const NONE = { retries: 0, duplicates: 0, resentBlocks: 0, resumedBytes: 0, skipped: 0, failed: 0 }

test.each([
  [{ skipped: 3 }, ['3 skipped']],
  [{ skipped: 3, identical: 3 }, ['3 already there']],
  [{ skipped: 5, identical: 3 }, ['2 skipped', '3 already there']],
  [{}, []],
])('%j is %j', (counters, words) => {
  expect(troublesOf(fakeTransfer({ counters: { ...NONE, ...counters } }))).toEqual(words)
})
