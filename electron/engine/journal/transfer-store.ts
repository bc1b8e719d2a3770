import { ENDED } from '../../../shared/model/transfer.ts'
import { createPageStore } from './page-store.ts'
import type { TransferRow, TransferStore } from './ports.ts'
import { fromSql, toSql, type Columns } from './columns.ts'
import type { Sqlite, SqlValue } from './sqlite.ts'

const COLUMNS: Columns<TransferRow> = {
  id: { name: 'id', kind: 'text' },
  direction: { name: 'direction', kind: 'text' },
  deviceId: { name: 'device_id', kind: 'text' },
  deviceName: { name: 'device_name', kind: 'text' },
  state: { name: 'state', kind: 'json' },
  roots: { name: 'roots', kind: 'json' },
  folder: { name: 'folder', kind: 'text' },
  sourcesKey: { name: 'sources_key', kind: 'text' },
  sources: { name: 'sources', kind: 'json' },
  target: { name: 'target', kind: 'json', optional: true },
  onConflict: { name: 'on_conflict', kind: 'text', optional: true },
  renamedRoots: { name: 'renamed_roots', kind: 'json', optional: true },
  bytes: { name: 'bytes', kind: 'number' },
  shownBytes: { name: 'shown_bytes', kind: 'number', optional: true },
  totalBytes: { name: 'total_bytes', kind: 'number' },
  files: { name: 'files', kind: 'number' },
  totalFiles: { name: 'total_files', kind: 'number' },
  totalEntries: { name: 'total_entries', kind: 'number' },
  counters: { name: 'counters', kind: 'json' },
  order: { name: 'queue_order', kind: 'number' },
  createdAtMs: { name: 'created_at_ms', kind: 'number' },
  finishedAtMs: { name: 'finished_at_ms', kind: 'number', optional: true },
  activeMs: { name: 'active_ms', kind: 'number' },
}
const KEYS = Object.keys(COLUMNS) as (keyof TransferRow)[]

const QUEUE = 'queue_order, created_at_ms, id'
const HISTORY = 'finished_at_ms DESC, created_at_ms DESC, id'

/** A transfer that leaves an ended state (a retry) loses `finishedAtMs`, which no patch could express. */
export function createTransferStore(database: Sqlite): TransferStore {
  const names = KEYS.map((key) => COLUMNS[key].name)
  const insert = database.statement(
    `INSERT INTO transfers (${names.join(', ')}, ended) VALUES (${names.map(() => '?').join(', ')}, ?)`,
  )
  const get = database.statement('SELECT * FROM transfers WHERE id = ?')
  const unfinished = database.statement(
    `SELECT * FROM transfers WHERE ended = 0 AND sources_key = ? AND device_id = ? AND direction = 'send'
     ORDER BY created_at_ms DESC, queue_order DESC LIMIT 1`,
  )
  const finishedLike = database.statement(
    `SELECT * FROM transfers WHERE ended = 1 AND direction = ? AND device_id = ? AND folder = ? AND roots = ? AND sources_key = ? AND id <> ?
     AND json_extract(state, '$.kind') = 'finished' ORDER BY created_at_ms DESC LIMIT 1`,
  )
  const remove = database.statement('DELETE FROM transfers WHERE id = ?')
  const receivedInto = database.statement(`SELECT 1 FROM transfers WHERE direction = 'receive' AND folder = ? LIMIT 1`)
  const maxOrder = database.statement('SELECT max(queue_order) AS highest FROM transfers')

  const store: TransferStore = {
    insert(row) {
      insert.run(...KEYS.map((key) => toSql(COLUMNS[key], row[key])), ENDED.has(row.state.kind) ? 1 : 0)
    },

    update(id, patch) {
      const given = KEYS.filter((key) => key !== 'id' && patch[key as keyof typeof patch] !== undefined)
      if (given.length === 0) return
      const assignments = given.map((key) => `${COLUMNS[key].name} = ?`)
      const values: SqlValue[] = given.map((key) => toSql(COLUMNS[key], patch[key as keyof typeof patch]))
      if (patch.state) {
        const ended = ENDED.has(patch.state.kind)
        assignments.push(ended ? 'ended = 1' : 'ended = 0')
        if (!ended && patch.finishedAtMs === undefined) assignments.push('finished_at_ms = NULL')
      }
      database.statement(`UPDATE transfers SET ${assignments.join(', ')} WHERE id = ?`).run(...values, id)
    },

    quickUpdate: (id, patch) => database.quickTransaction(() => store.update(id, patch)),

    get(id) {
      const row = get.get(id)
      return row && fromSql(COLUMNS, row, database.file)
    },

    list(filter) {
      const { direction, ended, deviceId, offset, limit } = filter
      if (ended === undefined) {
        // Each by the index of its own order, instead of all of them sorted for the sake of a page.
        const live = store.list({ ...filter, ended: false })
        const past = store.list({ ...filter, ended: true, offset: Math.max(0, offset - live.total), limit: limit - live.items.length })
        return { total: live.total + past.total, items: [...live.items, ...past.items] }
      }
      const conditions: string[] = []
      const values: SqlValue[] = []
      conditions.push(ended ? 'ended = 1' : 'ended = 0')
      if (direction !== undefined) {
        conditions.push('direction = ?')
        values.push(direction)
      }
      if (deviceId !== undefined) {
        conditions.push('device_id = ?')
        values.push(deviceId)
      }
      const where = `WHERE ${conditions.join(' AND ')}`
      const order = ended ? HISTORY : QUEUE
      const total = database.statement(`SELECT count(*) AS total FROM transfers ${where}`).get(...values)
      const rows = database
        .statement(`SELECT * FROM transfers ${where} ORDER BY ${order} LIMIT ? OFFSET ?`)
        .all(...values, limit, offset)
      return { total: Number(total?.['total'] ?? 0), items: rows.map((row) => fromSql(COLUMNS, row, database.file)) }
    },

    findUnfinished(sourcesKey, deviceId) {
      const row = unfinished.get(sourcesKey, deviceId)
      return row && fromSql(COLUMNS, row, database.file)
    },

    findFinishedLike({ direction, deviceId, folder, roots, sourcesKey, id }) {
      const row = finishedLike.get(direction, deviceId, folder, toSql(COLUMNS.roots, roots), sourcesKey, id)
      return row && fromSql(COLUMNS, row, database.file)
    },

    wasReceivedInto: (folder) => receivedInto.get(folder) !== undefined,

    remove(id) {
      remove.run(id)
    },

    maxOrder: () => Number(maxOrder.get()?.['highest'] ?? 0),

    ...createPageStore(database),
  }
  return store
}
