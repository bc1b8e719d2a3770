import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileEvent, TransferState } from '../../../shared/model/transfer.ts'
import { InlineLanes } from '../../../electron/engine/folder/inline-lanes.ts'
import { openJournal } from '../../../electron/engine/journal/journal.ts'
import type { Journal, TransferRow } from '../../../electron/engine/journal/ports.ts'
import type { TransferDeps } from '../../../electron/engine/transfer/deps.ts'
import type { PageEntry } from '../../../electron/engine/transfer/page.ts'
import { SourceScans } from '../../../electron/engine/folder/source-scans.ts'
import { RateLimit } from '../../../electron/engine/transfer/rate-limit.ts'
import { TransferRecord } from '../../../electron/engine/transfer/record.ts'
import { Seals } from '../../../electron/engine/transfer/seals.ts'
import { BytePool } from '../../../electron/engine/util/byte-pool.ts'
import { BULK_BUFFER_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { FakeClock } from '../../support/fake-clock.ts'

export interface Bench {
  readonly clock: FakeClock
  readonly journal: Journal
  readonly deps: TransferDeps
  readonly facts: FileEvent[]
  readonly folder: string
  record(row?: Partial<TransferRow>): TransferRecord
  close(): void
}

/** A journal on disk, a clock that stands still, and everything a transfer works with. */
export function makeBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-transfer-'))
  const clock = new FakeClock()
  const journal = openJournal(join(folder, 'journal.db'))
  const facts: FileEvent[] = []
  const deps: TransferDeps = {
    clock,
    journal,
    lanes: new InlineLanes(),
    seals: new Seals(journal),
    outgoing: new BytePool(BULK_BUFFER_BYTES, 4),
    scans: new SourceScans(clock),
    sendLimit: new RateLimit(clock, () => 0),
    deviceRate: () => 0,
    receiveRate: () => 0,
    trouble: (error) => {
      throw error
    },
    fileEvents: (_record, items) => facts.push(...items),
  }
  return {
    clock,
    journal,
    deps,
    facts,
    folder,
    record(row = {}) {
      const whole = transferRow(row)
      journal.transfers.insert(whole)
      return new TransferRecord(journal.transfers, clock, whole, () => undefined)
    },
    close() {
      journal.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function transferRow(over: Partial<TransferRow> = {}): TransferRow {
  const state: TransferState = { kind: 'queued' }
  return {
    id: '00112233445566778899aabbccddeeff',
    direction: 'send',
    deviceId: 'AAAA',
    deviceName: 'Attic',
    state,
    roots: ['tree'],
    folder: '/from',
    sourcesKey: 'key',
    sources: ['/from/tree'],
    bytes: 0,
    totalBytes: 0,
    files: 0,
    totalFiles: 0,
    totalEntries: 0,
    counters: { retries: 0, duplicates: 0, resentBlocks: 0, resumedBytes: 0, skipped: 0, failed: 0 },
    order: 1,
    createdAtMs: 0,
    activeMs: 0,
    ...over,
  }
}

export function fileEntry(path: string, size = 10, inode = 1): PageEntry {
  return { kind: 'file', path, size, mtimeMs: 1000, executable: false, source: `/from/${path}`, stamp: { size, mtimeMs: 1000, ctimeMs: 1000, inode } }
}
