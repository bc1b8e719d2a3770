import type { DeviceRow, DeviceStore } from './ports.ts'
import { fromSql, toSql, type Columns } from './columns.ts'
import type { Sqlite } from './sqlite.ts'

const COLUMNS: Columns<DeviceRow> = {
  id: { name: 'id', kind: 'text' },
  publicKey: { name: 'public_key', kind: 'blob' },
  name: { name: 'name', kind: 'text', optional: true },
  peerName: { name: 'peer_name', kind: 'text' },
  trust: { name: 'trust', kind: 'text' },
  policy: { name: 'policy', kind: 'json' },
  addresses: { name: 'addresses', kind: 'json' },
  pairedAtMs: { name: 'paired_at_ms', kind: 'number', optional: true },
  lastSeenMs: { name: 'last_seen_ms', kind: 'number', optional: true },
  receivedBytes: { name: 'received_bytes', kind: 'number' },
}

export function createDeviceStore(database: Sqlite): DeviceStore {
  const keys = Object.keys(COLUMNS) as (keyof DeviceRow)[]
  const names = keys.map((key) => COLUMNS[key].name)
  const put = database.statement(
    `INSERT INTO devices (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
     ON CONFLICT (id) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  )
  const get = database.statement('SELECT * FROM devices WHERE id = ?')
  const list = database.statement('SELECT * FROM devices ORDER BY id')
  const remove = database.statement('DELETE FROM devices WHERE id = ?')
  const add = database.statement('UPDATE devices SET received_bytes = received_bytes + ? WHERE id = ?')

  return {
    put(row) {
      put.run(...keys.map((key) => toSql(COLUMNS[key], row[key])))
    },
    get(id) {
      const row = get.get(id)
      return row && fromSql(COLUMNS, row, database.file)
    },
    list: () => list.all().map((row) => fromSql(COLUMNS, row, database.file)),
    remove(id) {
      remove.run(id)
    },
    addReceivedBytes(id, bytes) {
      add.run(bytes, id)
    },
  }
}
