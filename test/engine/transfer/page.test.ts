import { afterEach, beforeEach, expect, test } from 'vitest'
import { ENTRY } from '../../../electron/engine/transfer/entry-state.ts'
import { listFiles } from '../../../electron/engine/transfer/file-list.ts'
import { Ledger } from '../../../electron/engine/transfer/ledger.ts'
import { Page } from '../../../electron/engine/transfer/page.ts'
import { TransferRecord } from '../../../electron/engine/transfer/record.ts'
import { fileEntry, makeBench, type Bench } from './fixtures.ts'

let bench: Bench
beforeEach(() => {
  bench = makeBench()
})
afterEach(() => bench.close())

test('a page comes back from the journal as it was', () => {
  const page = new Page(3, [fileEntry('a'), { kind: 'folder', path: 'ü/é', size: 0, mtimeMs: -5, executable: false }], [{ path: 'pipe', reason: 'a FIFO' }])
  page.setState(0, ENTRY.delivered, Buffer.alloc(32, 7))
  page.detail(0).finalPath = 'a (2)'
  const again = Page.fromRow(page.toRow('00112233445566778899aabbccddeeff'))
  expect(again.entries).toEqual(page.entries)
  expect(again.skipped).toEqual(page.skipped)
  expect([...again.states]).toEqual([ENTRY.delivered, ENTRY.waiting, ENTRY.skipped])
  expect(again.digest(0)).toEqual(Buffer.alloc(32, 7))
  expect(again.details.get(0)).toEqual({ finalPath: 'a (2)' })
  expect(again.unsettled).toBe(1)
})

test('what was settled once stays so, is counted once and announced after it is in the journal', () => {
  const record = bench.record({ totalFiles: 3, totalBytes: 30 })
  const ledger = new Ledger(bench.deps, record, 'delivered')
  const page = ledger.pages.add([fileEntry('a'), fileEntry('b'), fileEntry('c')])
  ledger.pages.keep(page)
  ledger.settle(page, 0, ENTRY.delivered, Buffer.alloc(32, 1))
  ledger.settle(page, 0, ENTRY.failed, undefined, { code: 'DISK_ERROR', reason: 'late' })
  ledger.settle(page, 1, ENTRY.identical, Buffer.alloc(32, 2))
  expect(bench.facts).toEqual([])
  ledger.save()
  expect(bench.facts.map((fact) => [fact.kind, fact.path])).toEqual([['delivered', 'a'], ['skipped', 'b']])
  expect(bench.journal.transfers.get(record.id)).toMatchObject({ files: 2, bytes: 20, counters: { failed: 0, skipped: 1 } })
  ledger.settle(page, 2, ENTRY.failed, undefined, { code: 'FILE_UNREADABLE', reason: 'no' })
  ledger.save()
  expect(ledger.pages.open.size).toBe(0)
  expect(record.snapshot()).toMatchObject({ files: 3, bytes: 30, counters: { failed: 1, unsentBytes: 10 } })
})

test('progress shown never runs backwards', () => {
  const record = bench.record({ totalBytes: 100 })
  const ledger = new Ledger(bench.deps, record, 'received')
  ledger.setUnderWay(1, 60)
  expect(record.snapshot().bytes).toBe(60)
  ledger.forgetUnderWay()
  ledger.setUnderWay(1, 20)
  expect(record.snapshot().bytes).toBe(60)
  ledger.setUnderWay(1, 80)
  expect(record.snapshot().bytes).toBe(80)
})

test('the file list is paged, filtered and knows what is under way', () => {
  const record = bench.record()
  const ledger = new Ledger(bench.deps, record, 'delivered')
  for (let number = 0; number < 3; number += 1) ledger.pages.add(Array.from({ length: 4 }, (_, i) => fileEntry(`${number}-${i}`)))
  const page = ledger.pages.get(1)
  if (!page) throw new Error('no page')
  ledger.settle(page, 2, ENTRY.failed, undefined, { code: 'FILE_UNREADABLE', reason: 'locked' })
  ledger.setUnderWay(page.fileNumber(0), 5)
  const list = (offset: number, limit: number, only?: 'failed' | 'unfinished') => listFiles(bench.journal.transfers, record.id, ledger, offset, limit, only)
  expect(list(3, 4)).toMatchObject({ total: 12, offset: 3 })
  expect(list(3, 4).items.map((file) => file.path)).toEqual(['0-3', '1-0', '1-1', '1-2'])
  expect(list(4, 1).items[0]).toMatchObject({ path: '1-0', state: 'active', bytes: 5 })
  expect(list(0, 10, 'failed').items).toMatchObject([{ path: '1-2', state: 'failed', reason: 'locked' }])
  expect(list(0, 0, 'unfinished').total).toBe(11)
})

test('progress shown does not fall back because of a restart', () => {
  const record = bench.record({ totalBytes: 100 })
  const ledger = new Ledger(bench.deps, record, 'received')
  ledger.setUnderWay(1, 60)
  ledger.save()
  const row = bench.journal.transfers.get(record.id)
  if (!row) throw new Error('no row')
  expect(row).toMatchObject({ bytes: 0, shownBytes: 60 })
  const again = new TransferRecord(bench.journal.transfers, bench.clock, row, () => undefined)
  expect(again.snapshot().bytes).toBe(60)
  again.setUnderWay(20)
  expect(again.snapshot().bytes).toBe(60)
})
