import type { FolderId } from '../../../shared/model/folder.ts'
import { fromSql, toSql, type Column, type Columns } from './columns.ts'
import type { Sqlite, SqlRow, SqlValue } from './sqlite.ts'
import type { FolderRow, MemberRow, SyncStore } from './sync-ports.ts'

type FolderStore = Pick<SyncStore, 'folders' | 'putFolder' | 'patchFolder' | 'putMember' | 'removeMember' | 'removeFolder'>

type FlatFolder = Omit<FolderRow, 'members' | 'paused'> & { readonly paused: number }
interface FlatMember extends Pick<MemberRow, 'deviceId' | 'state' | 'lastInSyncMs'> {
  readonly heldEpoch?: string
  readonly heldSequence?: number
  readonly toldEpoch?: string
  readonly toldSequence?: number
}

const FOLDER_COLUMNS: Columns<FlatFolder> = {
  id: { name: 'id', kind: 'text' },
  name: { name: 'name', kind: 'text' },
  path: { name: 'path', kind: 'text' },
  mode: { name: 'mode', kind: 'text' },
  paused: { name: 'paused', kind: 'number' },
  createdAtMs: { name: 'created_at_ms', kind: 'number' },
  lastScanMs: { name: 'last_scan_ms', kind: 'number', optional: true },
  trashLimitBytes: { name: 'trash_limit_bytes', kind: 'number', optional: true },
  epoch: { name: 'epoch', kind: 'text' },
}
const MEMBER_COLUMNS: Columns<FlatMember> = {
  deviceId: { name: 'device_id', kind: 'text' },
  state: { name: 'state', kind: 'text' },
  heldEpoch: { name: 'held_epoch', kind: 'text', optional: true },
  heldSequence: { name: 'held_sequence', kind: 'number', optional: true },
  toldEpoch: { name: 'told_epoch', kind: 'text', optional: true },
  toldSequence: { name: 'told_sequence', kind: 'number', optional: true },
  lastInSyncMs: { name: 'last_in_sync_ms', kind: 'number', optional: true },
}

/** Tables whose rows belong to a folder by its number and to nothing else. */
const PARTS = ['sync_local', 'sync_remote', 'sync_open', 'sync_blocks', 'sync_problems', 'sync_activity']

/** `dropRemote` forgets a member's entries and opens their paths. */
export function createFolderStore(database: Sqlite, dropRemote: SyncStore['dropRemote']): FolderStore {
  const list = database.statement('SELECT * FROM sync_folders ORDER BY number')
  const members = database.statement('SELECT * FROM sync_members WHERE folder = ? ORDER BY number')
  const numberOf = database.statement('SELECT number FROM sync_folders WHERE id = ?')
  const put = database.statement(upsert('sync_folders', FOLDER_COLUMNS, [], 'id'))
  const putMember = database.statement(upsert('sync_members', MEMBER_COLUMNS, ['folder'], 'folder, device_id'))
  const removeMember = database.statement('DELETE FROM sync_members WHERE folder = ? AND device_id = ?')
  const removeFolder = database.statement('DELETE FROM sync_folders WHERE number = ?')
  const removeParts = PARTS.map((table) => database.statement(`DELETE FROM ${table} WHERE folder = ?`))

  const known = (id: FolderId): number => {
    const row = numberOf.get(id)
    if (!row) throw new Error(`there is no shared folder ${id}`)
    return Number(row['number'])
  }

  const store: FolderStore = {
    folders: () =>
      list.all().map((row): FolderRow => {
        const { paused, ...flat } = fromSql(FOLDER_COLUMNS, row, database.file)
        const found = members.all(Number(row['number'])).map((member) => memberOf(member, database.file))
        return { ...flat, paused: paused === 1, members: found }
      }),

    putFolder(row) {
      database.transaction(() => {
        put.run(...valuesOf(FOLDER_COLUMNS, { ...row, paused: row.paused ? 1 : 0 }))
        const named = new Set(row.members.map((member) => member.deviceId))
        for (const member of members.all(known(row.id))) {
          const deviceId = String(member['device_id'])
          if (!named.has(deviceId)) store.removeMember(row.id, deviceId)
        }
        for (const member of row.members) store.putMember(row.id, member)
      })
    },

    patchFolder(id, patch) {
      const assignments: string[] = []
      const values: SqlValue[] = []
      for (const [key, column] of Object.entries<Column>(FOLDER_COLUMNS)) {
        if (key === 'id' || !Object.hasOwn(patch, key)) continue
        const value = patch[key as keyof typeof patch]
        assignments.push(`${column.name} = ?`)
        values.push(toSql(column, typeof value === 'boolean' ? Number(value) : value))
      }
      if (assignments.length === 0) return
      database.statement(`UPDATE sync_folders SET ${assignments.join(', ')} WHERE id = ?`).run(...values, id)
    },

    putMember(id, { deviceId, state, held, told, lastInSyncMs }) {
      const flat = { deviceId, state, heldEpoch: held?.epoch, heldSequence: held?.sequence, toldEpoch: told?.epoch, toldSequence: told?.sequence, lastInSyncMs }
      // What is lost of it at a power cut is told, or asked for, once more.
      database.quickTransaction(() => putMember.run(...valuesOf(MEMBER_COLUMNS, flat), known(id)))
    },

    removeMember(id, deviceId) {
      database.transaction(() => {
        dropRemote(id, deviceId)
        removeMember.run(known(id), deviceId)
      })
    },

    removeFolder(id) {
      database.transaction(() => {
        const number = numberOf.get(id)?.['number']
        if (typeof number !== 'number') return
        for (const statement of removeParts) statement.run(number)
        removeFolder.run(number)
      })
    },
  }
  return store
}

function memberOf(row: SqlRow, file: string): MemberRow {
  const { deviceId, state, heldEpoch, heldSequence, toldEpoch, toldSequence, lastInSyncMs } = fromSql(MEMBER_COLUMNS, row, file)
  return {
    deviceId,
    state,
    ...(heldEpoch !== undefined && heldSequence !== undefined ? { held: { epoch: heldEpoch, sequence: heldSequence } } : {}),
    ...(toldEpoch !== undefined && toldSequence !== undefined ? { told: { epoch: toldEpoch, sequence: toldSequence } } : {}),
    ...(lastInSyncMs !== undefined ? { lastInSyncMs } : {}),
  }
}

function valuesOf<Row>(columns: Columns<Row>, row: { readonly [Key in keyof Required<Row>]?: unknown }): SqlValue[] {
  return Object.entries<Column>(columns).map(([key, column]) => toSql(column, row[key as keyof Row]))
}

function upsert<Row>(table: string, columns: Columns<Row>, further: readonly string[], conflict: string): string {
  const names = [...Object.values<Column>(columns).map((column) => column.name), ...further]
  const places = names.map(() => '?').join(', ')
  const updates = names.map((name) => `${name} = excluded.${name}`).join(', ')
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places}) ON CONFLICT (${conflict}) DO UPDATE SET ${updates}`
}
