import { DIGEST_BYTES } from '../protocol/limits.ts'
import type { PageRow, TransferStore } from './ports.ts'
import { fromSql, type Columns } from './columns.ts'
import type { Sqlite } from './sqlite.ts'

type PageStore = Pick<
  TransferStore,
  'putPage' | 'page' | 'pageCount' | 'updatePage' | 'putSeals' | 'seals' | 'dropSeals' | 'appendBlocks' | 'blocks' | 'dropBlocks'
>

const PAGE_COLUMNS: Columns<PageRow> = {
  transferId: { name: 'transfer_id', kind: 'text' },
  page: { name: 'page', kind: 'number' },
  entries: { name: 'entries', kind: 'blob' },
  states: { name: 'states', kind: 'blob' },
  digests: { name: 'digests', kind: 'blob' },
  details: { name: 'details', kind: 'blob' },
}

/** Manifest pages and the digests of durable blocks. Both go with their transfer. */
export function createPageStore(database: Sqlite): PageStore {
  const putEntries = database.statement(
    `INSERT INTO pages (transfer_id, page, entries) VALUES (?, ?, ?)
     ON CONFLICT (transfer_id, page) DO UPDATE SET entries = excluded.entries`,
  )
  const putProgress = database.statement(
    `INSERT INTO page_progress (transfer_id, page, states, digests, details) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (transfer_id, page) DO UPDATE
     SET states = excluded.states, digests = excluded.digests, details = excluded.details`,
  )
  const page = database.statement(
    'SELECT * FROM pages JOIN page_progress USING (transfer_id, page) WHERE transfer_id = ? AND page = ?',
  )
  const pageCount = database.statement('SELECT count(*) AS total FROM pages WHERE transfer_id = ?')
  const updatePage = database.statement(
    'UPDATE page_progress SET states = ?, digests = ?, details = ? WHERE transfer_id = ? AND page = ?',
  )

  const putSeals = database.statement(
    `INSERT INTO page_seals (transfer_id, page, seals) VALUES (?, ?, ?)
     ON CONFLICT (transfer_id, page) DO UPDATE SET seals = excluded.seals`,
  )
  const seals = database.statement('SELECT seals FROM page_seals WHERE transfer_id = ? AND page = ?')
  const dropSeals = database.statement('DELETE FROM page_seals WHERE transfer_id = ?')

  const lastBlocks = database.statement(
    `SELECT first_block, length(digests) AS bytes FROM blocks WHERE transfer_id = ? AND file = ? AND attempt = ?
     ORDER BY first_block DESC LIMIT 1`,
  )
  const append = database.statement(
    'INSERT INTO blocks (transfer_id, file, attempt, first_block, digests) VALUES (?, ?, ?, ?, ?)',
  )
  const blocks = database.statement(
    'SELECT digests FROM blocks WHERE transfer_id = ? AND file = ? AND attempt = ? ORDER BY first_block',
  )
  const dropFile = database.statement('DELETE FROM blocks WHERE transfer_id = ? AND file = ?')
  const dropAll = database.statement('DELETE FROM blocks WHERE transfer_id = ?')

  return {
    putPage(row) {
      database.transaction(() => {
        putEntries.run(row.transferId, row.page, row.entries)
        putProgress.run(row.transferId, row.page, row.states, row.digests, row.details)
      })
    },

    page(id, number) {
      const row = page.get(id, number)
      return row && fromSql(PAGE_COLUMNS, row, database.file)
    },

    pageCount: (id) => Number(pageCount.get(id)?.['total'] ?? 0),

    updatePage(id, number, patch) {
      if (updatePage.run(patch.states, patch.digests, patch.details, id, number) === 0) {
        throw new Error(`there is no page ${number} of transfer ${id}`)
      }
    },

    putSeals(id, number, bytes) {
      putSeals.run(id, number, bytes)
    },

    seals(id, number) {
      const bytes = seals.get(id, number)?.['seals']
      return bytes instanceof Uint8Array ? bytes : undefined
    },

    dropSeals(id) {
      dropSeals.run(id)
    },

    appendBlocks(id, file, attempt, firstBlock, digests) {
      if (digests.length % DIGEST_BYTES !== 0) throw new RangeError('block digests have 32 bytes each')
      if (digests.length === 0) return
      database.transaction(() => {
        const last = lastBlocks.get(id, file, attempt)
        const next = last ? Number(last['first_block']) + Number(last['bytes']) / DIGEST_BYTES : 0
        if (firstBlock !== next) throw new RangeError(`block ${firstBlock} is not contiguous: ${next} comes next`)
        append.run(id, file, attempt, firstBlock, digests)
      })
    },

    blocks(id, file, attempt) {
      return Buffer.concat(blocks.all(id, file, attempt).map((row) => row['digests'] as Uint8Array))
    },

    dropBlocks(id, file) {
      if (file === undefined) dropAll.run(id)
      else dropFile.run(id, file)
    },
  }
}
