import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ScanItem } from '../../../electron/engine/folder/ports.ts'
import { ENTRY } from '../../../electron/engine/transfer/entry-state.ts'
import { Ledger } from '../../../electron/engine/transfer/ledger.ts'
import type { PageEntry } from '../../../electron/engine/transfer/page.ts'
import { Rescan } from '../../../electron/engine/transfer/rescan.ts'
import { fileEntry, makeBench, type Bench } from './fixtures.ts'

let bench: Bench
let ledger: Ledger
beforeEach(() => {
  bench = makeBench()
  ledger = new Ledger(bench.deps, bench.record(), 'delivered')
})
afterEach(() => bench.close())

function rescan(found: readonly PageEntry[], roots = ['tree']): string[] {
  const appended: PageEntry[] = []
  const scan = new Rescan(ledger, roots, (entry) => appended.push(entry))
  for (const { source = '', stamp, ...entry } of found) if (stamp) scan.push({ kind: 'entry', entry, source, stamp } satisfies ScanItem)
  scan.end()
  return appended.map((entry) => entry.path)
}

function states(): number[] {
  const all: number[] = []
  for (let number = 0; number < ledger.pages.count; number += 1) all.push(...(ledger.pages.peek(number)?.states ?? []))
  return all
}

test('an unchanged tree appends nothing and skips nothing', () => {
  const tree = ['tree/a', 'tree/a.txt', 'tree/a/x', 'tree/b'].sort().map((path) => fileEntry(path))
  const inOrder = [fileEntry('tree/a'), fileEntry('tree/a/x'), fileEntry('tree/a.txt'), fileEntry('tree/b')]
  ledger.pages.add(inOrder)
  expect(rescan(inOrder)).toEqual([])
  expect(states()).toEqual([0, 0, 0, 0])
  expect(tree).toHaveLength(4)
})

test('new files are appended, removed ones are left out, changed ones come anew', () => {
  const page = ledger.pages.add([fileEntry('tree/a'), fileEntry('tree/c'), fileEntry('tree/d'), fileEntry('tree/e')])
  ledger.pages.keep(page)
  ledger.settle(page, 3, ENTRY.delivered, Buffer.alloc(32, 1))
  ledger.save()
  const appended = rescan([fileEntry('tree/a', 10, 2), fileEntry('tree/b'), fileEntry('tree/d'), fileEntry('tree/e', 11)])
  expect(appended).toEqual(['tree/a', 'tree/b', 'tree/e'])
  expect(states()).toEqual([ENTRY.skipped, ENTRY.skipped, ENTRY.waiting, ENTRY.delivered])
})

test('what an earlier look appended is known the next time', () => {
  ledger.pages.add([fileEntry('tree/b'), fileEntry('tree/c')])
  ledger.pages.add([fileEntry('tree/a')])
  expect(rescan([fileEntry('tree/a'), fileEntry('tree/b'), fileEntry('tree/c')])).toEqual([])
  expect(states()).toEqual([0, 0, 0])
})

test('several sources keep their order, whatever their names', () => {
  ledger.pages.add([fileEntry('zebra/1'), fileEntry('apple/1')])
  expect(rescan([fileEntry('zebra/1'), fileEntry('zebra/2'), fileEntry('apple/1')], ['zebra', 'apple'])).toEqual(['zebra/2'])
})

test('names are compared by their bytes, as the scan orders them', () => {
  // U+FFFD sorts before U+1F600 in bytes and after it in UTF-16 units.
  const inOrder = [fileEntry('tree/\uFFFD'), fileEntry('tree/\u{1F600}')]
  ledger.pages.add(inOrder)
  expect(rescan(inOrder)).toEqual([])
})
