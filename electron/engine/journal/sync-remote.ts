import type { DeviceId } from '../../../shared/model/device.ts'
import type { Amount, FolderId } from '../../../shared/model/folder.ts'
import { treeKey } from '../util/tree-order.ts'
import { corruptJournal, type Sqlite, type SqlRow } from './sqlite.ts'
import type { Counters, CounterStore } from './sync-counters.ts'
import type { Opener } from './sync-lists.ts'
import type { SyncStore } from './sync-ports.ts'
import { ENTRY_COLUMNS, entryOf, entryValues, numberOf, textOf } from './sync-rows.ts'
import type { SamenessChanges } from './sync-sameness.ts'

type RemoteStore = Pick<SyncStore, 'remote' | 'putRemote' | 'dropRemote' | 'remoteHas' | 'lackedBy'>

const FOLDER = '(SELECT number FROM sync_folders WHERE id = ?)'
const MEMBER = `(SELECT number FROM sync_members WHERE folder = ${FOLDER} AND device_id = ?)`

/** What other devices have told of theirs. `opened` marks a path open. */
export function createRemoteStore(
  database: Sqlite,
  counters: CounterStore,
  opened: Opener,
  sameness: () => SamenessChanges,
): RemoteStore {
  // A join of so few rows takes three times as long.
  const all = database.statement(
    `SELECT *, (SELECT device_id FROM sync_members WHERE number = member) AS device_id FROM sync_remote WHERE folder = ${FOLDER} AND key = ?`,
  )
  const one = database.statement(
    `SELECT * FROM sync_remote WHERE folder = ${FOLDER} AND key = ? AND member = ${MEMBER} AND kind = 1`,
  )
  const member = database.statement(`SELECT ${MEMBER} AS number`)
  const held = database.statement('UPDATE sync_members SET held_epoch = ?, held_sequence = ? WHERE number = ?')
  const before = database.statement('SELECT digest FROM sync_remote WHERE folder = ? AND key = ? AND member = ?')
  const here = database.statement('SELECT size, digest FROM sync_local WHERE folder = ? AND key = ? AND kind = 1')
  const nothingSame = database.statement('UPDATE sync_members SET same_files = 0, same_bytes = 0 WHERE number = ?')
  const lacked = database.statement(
    `SELECT files - same_files AS files, bytes - same_bytes AS bytes FROM sync_members
     JOIN sync_folders ON sync_folders.number = folder WHERE folder = ${FOLDER} AND device_id = ?`,
  )
  const updates = ENTRY_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')
  const put = database.statement(
    `INSERT INTO sync_remote (folder, key, member, ${ENTRY_COLUMNS.join(', ')}) VALUES (?, ?, ?${', ?'.repeat(ENTRY_COLUMNS.length)})
     ON CONFLICT (folder, key, member) DO UPDATE SET ${updates}`,
  )
  const openAll = database.statement(
    'INSERT OR IGNORE INTO sync_open (folder, key) SELECT folder, key FROM sync_remote WHERE folder = ? AND member = ?',
  )
  const drop = database.statement('DELETE FROM sync_remote WHERE folder = ? AND member = ?')

  const memberOf = (id: FolderId, deviceId: DeviceId): number | undefined => {
    const number = member.get(id, deviceId)?.['number']
    return typeof number === 'number' ? number : undefined
  }

  const deviceOf = (row: SqlRow): DeviceId => {
    if (row['device_id'] === null) throw corruptJournal(database.file, 'an entry is of no member')
    return textOf(row, 'device_id', database.file)
  }

  return {
    remote: (id, path) =>
      // Sorted here: SQLite takes four times as long when asked to, though the rows come in this order.
      all
        .all(id, treeKey(path))
        .sort((a, b) => Number(a['member']) - Number(b['member']))
        .map((row) => ({ ...entryOf(row, database.file), deviceId: deviceOf(row) })),

    putRemote(id, deviceId, entries, { epoch, sequence }) {
      counters.counting(id, false, (folder, counts) => {
        const number = memberOf(id, deviceId)
        if (number === undefined) throw new Error(`${deviceId} is no member of the shared folder ${id}`)
        const same = sameness()
        for (const entry of entries) {
          const key = treeKey(entry.path)
          const ours = here.get(folder, key)
          if (ours?.['digest'] instanceof Uint8Array) {
            const content = { digest: ours['digest'], size: numberOf(ours, 'size', database.file) }
            const was = before.get(folder, key, number)?.['digest']
            same.changed(number, { here: content, there: was }, { here: content, there: entry.kind === 'file' ? entry.digest : null })
          }
          put.run(folder, key, number, ...entryValues(entry))
          counts.open += opened(folder, key)
        }
        same.save()
        held.run(epoch, sequence, number)
      })
    },

    dropRemote(id, deviceId) {
      counters.counting(id, false, (folder, counts) => {
        const number = memberOf(id, deviceId)
        if (number === undefined) return
        counts.open += openAll.run(folder, number)
        drop.run(folder, number)
        nothingSame.run(number)
        held.run(null, null, number)
      })
    },

    remoteHas(id, deviceId, path) {
      const row = one.get(id, treeKey(path), id, deviceId)
      return row && entryOf(row, database.file)
    },

    lackedBy(id, deviceId) {
      const row = lacked.get(id, deviceId)
      return row ? { files: numberOf(row, 'files', database.file), bytes: numberOf(row, 'bytes', database.file) } : contentOf(counters.get(id))
    },
  }
}

function contentOf({ files, bytes }: Readonly<Counters>): Amount {
  return { files, bytes }
}
