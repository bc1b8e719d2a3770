import { afterEach, beforeEach, expect, test } from 'vitest'
import { EarlierPages } from '../../../electron/engine/transfer/earlier-pages.ts'
import { EntryBits } from '../../../electron/engine/transfer/entry-bits.ts'
import type { PageEntry } from '../../../electron/engine/transfer/page.ts'
import { PageStore } from '../../../electron/engine/transfer/page-store.ts'
import { fileEntry, makeBench, transferRow, type Bench } from './fixtures.ts'

const BEFORE = 'bb'.repeat(16)
const NOW = 'aa'.repeat(16)

let bench: Bench
beforeEach(() => {
  bench = makeBench()
})
afterEach(() => bench.close())

/** For each path of the pages now, where it was before: `page.position`. */
function alike(before: readonly (readonly PageEntry[])[], now: readonly (readonly PageEntry[])[], roots = ['tree']): string[] {
  const { transfers } = bench.journal
  for (const id of [BEFORE, NOW]) transfers.insert(transferRow({ id, roots }))
  const earlier = new PageStore(transfers, BEFORE)
  for (const entries of before) earlier.add([...entries])
  const pages = new EarlierPages(transfers, transferRow({ id: BEFORE, roots }))
  const store = new PageStore(transfers, NOW)
  return now.flatMap((entries) => {
    const find = pages.alike(NOW, store.add([...entries]))
    return entries.map(({ path }, position) => {
      const found = find(position)
      if (found) expect(found.page.entries[found.position]?.path).toBe(path)
      return found ? `${found.page.number}.${found.position}` : '-'
    })
  })
}

const paths = (...names: string[]) => names.map((name) => fileEntry(name))

test('pages that are the same are found whole', () => {
  const pages = [paths('tree/a', 'tree/b'), paths('tree/c')]
  expect(alike(pages, pages)).toEqual(['0.0', '0.1', '1.0'])
})

test('what came between or went away shifts the rest, also over the pages’ ends', () => {
  const before = [paths('tree/a', 'tree/c'), paths('tree/d', 'tree/f'), paths('tree/g')]
  expect(alike(before, [paths('tree/a', 'tree/b'), paths('tree/c', 'tree/d'), paths('tree/e', 'tree/g')])).toEqual(['0.0', '-', '0.1', '1.0', '-', '2.0'])
})

test('one page that differs does not hide those after it', () => {
  const before = [paths('tree/a', 'tree/b'), paths('tree/c', 'tree/d'), paths('tree/e')]
  expect(alike(before, [paths('tree/a', 'tree/b'), [fileEntry('tree/c'), fileEntry('tree/d', 11)], paths('tree/e')])).toEqual(['0.0', '0.1', '1.0', '1.1', '2.0'])
})

test('several sources keep their order, whatever their names', () => {
  expect(alike([paths('zebra/1', 'apple/1')], [paths('zebra/0', 'zebra/1', 'apple/1')], ['zebra', 'apple'])).toEqual(['-', '0.0', '0.1'])
})

test('bits name the entries they were set for', () => {
  const bits = EntryBits.of(20)
  for (const position of [0, 7, 8, 19]) bits.set(position)
  expect([...bits.bytes]).toEqual([0x81, 0x01, 0x08])
  expect(new EntryBits(bits.bytes).positions()).toEqual([0, 7, 8, 19])
})
