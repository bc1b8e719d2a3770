import { expect, test } from 'vitest'
import type { Source } from '../../../shared/ipc/app-contract.ts'
import { keepSameSources } from '../../../renderer/store/same-sources.ts'

const source = (sourceId: string, change: Partial<Source> = {}): Source => ({ sourceId, name: sourceId, kind: 'folder', ...change })

test('what did not change stays the object it was, whatever its place', () => {
  const before = [source('a'), source('b', { size: 1 }), source('c')]
  const kept = keepSameSources(before, [source('c'), source('b', { size: 2 }), source('a'), source('d')])
  expect(kept).toEqual([source('c'), source('b', { size: 2 }), source('a'), source('d')])
  expect([kept[0] === before[2], kept[1] === before[1], kept[2] === before[0]]).toEqual([true, false, true])
})

test.each([{ size: 3 }, { files: 3 }, { uploadedBytes: 3 }, { error: { code: 'FILE_VANISHED', message: 'x' } }] satisfies Partial<Source>[])('%j is a change', (change) => {
  const before = source('a')
  expect(keepSameSources([before], [source('a', change)])).toEqual([source('a', change)])
})
