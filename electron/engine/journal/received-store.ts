import type { TransferId } from '../../../shared/model/transfer.ts'
import { fromSql, type Columns } from './columns.ts'
import { isForeign, type NewReceived, type ReceivedRow, type ReceivedSource, type ReceivedStore, type SeenFile } from './ports.ts'
import type { Sqlite, SqlRow, SqlValue } from './sqlite.ts'

type FlatRow = Omit<ReceivedRow, 'seen' | 'altered'> & {
  readonly altered: number
  readonly inode?: number
  readonly seenSize?: number
  readonly seenMtimeMs?: number
}

const SOURCE_COLUMNS: Columns<ReceivedSource> = {
  transferId: { name: 'transfer_id', kind: 'text', optional: true },
  folder: { name: 'folder', kind: 'text' },
  deviceId: { name: 'device_id', kind: 'text', optional: true },
  deviceName: { name: 'device_name', kind: 'text', optional: true },
}

const COLUMNS: Columns<FlatRow> = {
  id: { name: 'id', kind: 'number' },
  sourceId: { name: 'source_id', kind: 'number' },
  ...SOURCE_COLUMNS,
  path: { name: 'path', kind: 'text' },
  nowPath: { name: 'now_path', kind: 'text', optional: true },
  size: { name: 'size', kind: 'number' },
  digest: { name: 'digest', kind: 'blob', optional: true },
  receivedAtMs: { name: 'received_at_ms', kind: 'number' },
  state: { name: 'state', kind: 'text' },
  altered: { name: 'altered', kind: 'number' },
  inode: { name: 'inode', kind: 'number', optional: true },
  seenSize: { name: 'seen_size', kind: 'number', optional: true },
  seenMtimeMs: { name: 'seen_mtime_ms', kind: 'number', optional: true },
}

const ROWS = `SELECT received.*, transfer_id, folder, device_id, device_name
  FROM received JOIN received_sources ON received_sources.id = source_id`

/** As `isForeign`. */
const FOREIGN = 'transfer_id IS NULL AND device_name IS NULL'

/** The index of what has arrived. Paths are compared byte for byte. */
export function createReceivedStore(database: Sqlite): ReceivedStore {
  const findSource = database.statement('SELECT id FROM received_sources WHERE transfer_id = ?')
  const findForeign = database.statement(`SELECT id FROM received_sources WHERE ${FOREIGN} AND folder = ?`)
  const insertSource = database.statement(
    'INSERT INTO received_sources (transfer_id, folder, device_id, device_name, indexed) VALUES (?, ?, ?, ?, 0) RETURNING id',
  )
  const getSource = database.statement('SELECT * FROM received_sources WHERE id = ?')
  const setIndexed = database.statement('UPDATE received_sources SET indexed = 1 WHERE id = ?')
  const unindexed = database.statement(
    `SELECT transfers.id FROM transfers LEFT JOIN received_sources ON transfer_id = transfers.id
     WHERE direction = 'receive' AND coalesce(indexed, 0) = 0 ORDER BY created_at_ms`,
  )
  const insert = database.statement(
    `INSERT INTO received (source_id, path, size, digest, received_at_ms, state, altered, inode, seen_size, seen_mtime_ms)
     VALUES (?, ?, ?, ?, ?, 'here', ?, ?, ?, ?) ON CONFLICT (path, source_id) DO NOTHING RETURNING id`,
  )
  const removeReceived = database.statement('DELETE FROM received WHERE id = ?')
  const anyElse = database.statement(
    'SELECT id FROM received WHERE path = ? AND id <> ? UNION ALL SELECT id FROM received WHERE now_path = ? LIMIT 1',
  )
  const markDeleted = database.statement("UPDATE received SET state = 'deleted' WHERE id = ?")
  const get = database.statement(`${ROWS} WHERE received.id = ?`)
  const count = database.statement('SELECT count(*) AS total FROM received')
  // The rows that are passed over are counted by id alone.
  const page = database.statement(
    `${ROWS} WHERE received.id IN (SELECT id FROM received ORDER BY id DESC LIMIT ? OFFSET ?) ORDER BY received.id DESC`,
  )
  const slice = database.statement(`${ROWS} WHERE received.id < ? ORDER BY received.id DESC LIMIT ?`)
  const sliceOfFolder = database.statement(
    `${ROWS} WHERE received.id < ? AND +folder = ? ORDER BY received.id DESC LIMIT ?`,
  )
  const atPath = database.statement(`${ROWS} WHERE path = ? AND now_path IS NULL AND +folder = ?`)
  const atNowPath = database.statement(`${ROWS} WHERE now_path = ? AND +folder = ?`)
  const belowPath = database.statement(
    `${ROWS} WHERE path > ? AND path < ? AND now_path IS NULL AND +folder = ? AND received.id > ? ORDER BY received.id LIMIT ?`,
  )
  const belowNowPath = database.statement(
    `${ROWS} WHERE now_path > ? AND now_path < ? AND +folder = ? AND received.id > ? ORDER BY received.id LIMIT ?`,
  )
  const byInode = database.statement(`${ROWS} WHERE inode = ? ORDER BY received.id DESC`)
  const foreignCount = database.statement(
    `SELECT count(*) AS total FROM received WHERE source_id IN (SELECT id FROM received_sources WHERE ${FOREIGN})`,
  )
  const removeForeign = database.statement(
    `DELETE FROM received WHERE id IN (
       SELECT id FROM received WHERE source_id IN (SELECT id FROM received_sources WHERE ${FOREIGN}) ORDER BY id LIMIT ?)`,
  )

  /** The last one: files of one transfer come together. */
  let last: { readonly id: number; readonly facts: ReceivedSource } | undefined
  const sourceOf = (id: number): ReceivedSource => {
    const row = last?.id === id ? undefined : getSource.get(id)
    if (row) last = { id, facts: fromSql(SOURCE_COLUMNS, row, database.file) }
    if (last?.id !== id) throw new Error(`there is no source ${id} of received files`)
    return last.facts
  }

  let known: number | undefined
  const total = () => (known ??= Number(count.get()?.['total'] ?? 0))
  const rowsOf = (rows: readonly SqlRow[]) => rows.map((row) => unflatten(fromSql(COLUMNS, row, database.file)))
  const at = (folder: string, path: string) =>
    rowsOf([...atPath.all(path, folder), ...atNowPath.all(path, folder)]).sort((a, b) => b.id - a.id)

  const addOne = (row: NewReceived): ReceivedRow | undefined => {
    const { seen } = row
    const altered = seen !== undefined && seen.size !== row.size
    const added = insert.get(
      row.sourceId, row.path, row.size, row.digest ?? null, row.receivedAtMs, altered ? 1 : 0, ...seenValues(seen),
    )
    if (!added) return undefined
    if (known !== undefined) known += 1
    const found: ReceivedRow = { ...row, ...sourceOf(row.sourceId), id: Number(added['id']), state: 'here', altered }
    if (anyElse.get(row.path, found.id, row.path)) leaveTo(found)
    return found
  }

  /** What was at the same place before is gone from there. */
  const leaveTo = ({ id, folder, path }: ReceivedRow) => {
    for (const before of at(folder, path)) {
      if (before.id === id) continue
      if (isForeign(before)) store.remove(before.id)
      else markDeleted.run(before.id)
    }
  }

  const store: ReceivedStore = {
    source(source: ReceivedSource) {
      const { transferId, folder, deviceId, deviceName } = source
      const found = transferId !== undefined ? findSource.get(transferId) : isForeign(source) ? findForeign.get(folder) : undefined
      if (!found) last = undefined
      return Number((found ?? insertSource.get(transferId ?? null, folder, deviceId ?? null, deviceName ?? null))?.['id'])
    },
    setIndexed(sourceId) {
      setIndexed.run(sourceId)
    },
    unindexed: () => unindexed.all().map((row) => row['id'] as TransferId),
    add: (rows) => database.quickTransaction(() => rows.map(addOne).filter((row) => row !== undefined)),
    update(id, patch) {
      const assignments: string[] = []
      const values: SqlValue[] = []
      const set = (names: readonly string[], ...given: SqlValue[]) => {
        assignments.push(...names.map((name) => `${name} = ?`))
        values.push(...given)
      }
      if (patch.state !== undefined) set(['state'], patch.state)
      if (patch.nowPath !== undefined) set(['now_path'], patch.nowPath)
      if (patch.altered !== undefined) set(['altered'], patch.altered ? 1 : 0)
      if (patch.seen !== undefined) set(['inode', 'seen_size', 'seen_mtime_ms'], ...seenValues(patch.seen))
      if (patch.path !== undefined) set(['path'], patch.path)
      if (patch.size !== undefined) set(['size'], patch.size)
      if (assignments.length > 0) database.statement(`UPDATE received SET ${assignments.join(', ')} WHERE id = ?`).run(...values, id)
    },
    remove(id) {
      const removed = removeReceived.run(id)
      if (known !== undefined) known -= removed
    },
    get: (id) => {
      const row = get.get(id)
      return row && rowsOf([row])[0]
    },
    total,
    page: (offset, limit) => rowsOf(page.all(limit, offset)),
    slice: (before, limit, folder) => rowsOf(folder === undefined ? slice.all(before, limit) : sliceOfFolder.all(before, folder, limit)),
    at,
    below(folder, path, after, limit) {
      // '0' is the character after '/'.
      const range = path === '' ? ['', '\u{10ffff}'] : [`${path}/`, `${path}0`]
      const rows = [
        ...belowPath.all(range[0] as string, range[1] as string, folder, after, limit),
        ...belowNowPath.all(range[0] as string, range[1] as string, folder, after, limit),
      ]
      return rowsOf(rows).sort((a, b) => a.id - b.id).slice(0, limit)
    },
    byInode: (inode) => rowsOf(byInode.all(inode)),
    trimForeign(keep) {
      const over = Number(foreignCount.get()?.['total'] ?? 0) - keep
      if (over <= 0) return
      const removed = removeForeign.run(over)
      if (known !== undefined) known -= removed
    },
  }
  return store
}

function seenValues(seen: SeenFile | undefined): [SqlValue, SqlValue, SqlValue] {
  return seen ? [seen.inode, seen.size, seen.mtimeMs] : [null, null, null]
}

function unflatten({ altered, inode, seenSize, seenMtimeMs, ...row }: FlatRow): ReceivedRow {
  const looked = inode !== undefined && seenSize !== undefined && seenMtimeMs !== undefined
  return { ...row, altered: altered === 1, ...(looked ? { seen: { inode, size: seenSize, mtimeMs: seenMtimeMs } } : {}) }
}
