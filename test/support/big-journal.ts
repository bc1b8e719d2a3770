import { lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENTRY } from '../../electron/engine/transfer/entry-state.ts'
import { Page, type PageEntry } from '../../electron/engine/transfer/page.ts'
import { ReceiveFolder } from '../../electron/engine/folder/receive-folder.ts'
import { openJournal } from '../../electron/engine/journal/journal.ts'
import type { TransferRow } from '../../electron/engine/journal/ports.ts'
import { stampOfPath } from '../../electron/engine/folder/stamps.ts'

const AT_ONCE = 1_000
const FILES_IN_FOLDER = 500
const FILE = 'a file that arrived\n'
const DEVICES = ['AAAA', 'BBBB', 'CCCC', 'DDDD'].map((group) => Array.from({ length: 13 }, () => group).join('-'))
const STARTED_MS = 1_700_000_000_000

/**
 * A home as after years of use: `transfers` finished ones, half of them received, of two files each, with pages, receipts and the
 * Received list; `receiveFolder` holds what arrived. Returns the journal's file.
 */
export function makeBigJournal(home: string, receiveFolder: string, transfers: number): string {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  ReceiveFolder.open(receiveFolder, { create: true })
  const file = join(home, 'journal.db')
  const journal = openJournal(file)
  try {
    journal.settings.set({ receiveFolder })
    for (let from = 0; from < transfers; from += AT_ONCE) {
      journal.quickTransaction(() => {
        for (let index = from; index < Math.min(transfers, from + AT_ONCE); index += 1) {
          const row = rowOf(index, receiveFolder)
          journal.transfers.insert(row)
          const names = [0, 1].map((which) => nameOf(index, which))
          journal.transfers.putPage(pageOf(names, row.direction === 'send').toRow(row.id))
          if (row.direction === 'receive') indexReceived(journal, row, names)
        }
      })
    }
  } finally {
    journal.close()
  }
  return file
}

function indexReceived(journal: ReturnType<typeof openJournal>, row: TransferRow, names: readonly string[]): void {
  const { id, folder, deviceId, deviceName, finishedAtMs = 0 } = row
  const sourceId = journal.received.source({ transferId: id, folder, deviceId, deviceName })
  const rows = names.map((path) => ({ sourceId, folder, path, size: FILE.length, digest: Buffer.alloc(32, 7), receivedAtMs: finishedAtMs, seen: arrive(join(folder, path)) }))
  journal.received.add(rows)
  journal.received.setIndexed(sourceId)
}

function arrive(path: string): { size: number; mtimeMs: number; inode: number } {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, FILE)
  utimesSync(path, STARTED_MS / 1000, STARTED_MS / 1000)
  const { size, mtimeMs, inode } = stampOfPath(path, lstatSync(path))
  return { size, mtimeMs, inode }
}

function nameOf(transfer: number, which: number): string {
  return `Arrived ${Math.floor(transfer / FILES_IN_FOLDER)}/Report ${transfer} part ${which}.txt`
}

function pageOf(names: readonly string[], sent: boolean): Page {
  const entries = names.map((path): PageEntry => ({
    kind: 'file', path, size: FILE.length, mtimeMs: STARTED_MS, executable: false,
    ...(sent ? { source: `/home/somebody/${path}`, stamp: { size: FILE.length, mtimeMs: STARTED_MS, ctimeMs: STARTED_MS, inode: 1 } } : {}),
  }))
  const page = new Page(0, entries)
  names.forEach((_name, position) => page.setState(position, ENTRY.delivered, Buffer.alloc(32, 7)))
  return page
}

function rowOf(index: number, receiveFolder: string): TransferRow {
  const sent = index % 2 === 0
  const name = nameOf(index, 0).split('/')[0] ?? ''
  return {
    id: index.toString(16).padStart(32, '0'),
    direction: sent ? 'send' : 'receive',
    deviceId: DEVICES[index % DEVICES.length] ?? '',
    deviceName: `Device ${index % DEVICES.length}`,
    state: { kind: 'finished', complete: true },
    roots: [name],
    folder: sent ? '/home/somebody' : receiveFolder,
    sourcesKey: sent ? index.toString(16).padStart(64, '0') : '',
    sources: sent ? [`/home/somebody/${name}`] : [],
    bytes: FILE.length * 2,
    totalBytes: FILE.length * 2,
    files: 2,
    totalFiles: 2,
    totalEntries: 2,
    counters: { retries: 0, duplicates: 0, resentBlocks: 0, resumedBytes: 0, skipped: 0, failed: 0 },
    order: index + 1,
    createdAtMs: STARTED_MS + index * 1000,
    finishedAtMs: STARTED_MS + index * 1000 + 500,
    activeMs: 500,
  }
}
