import { BLOCK_BYTES } from '../protocol/limits.ts'
import { isConflictCopy } from '../util/conflict-name.ts'
import { keysBelow, pathOfKey, treeKey } from '../util/tree-order.ts'
import type { Sqlite, SqlRow } from './sqlite.ts'
import type { CounterStore, Counters } from './sync-counters.ts'
import type { LocalEntry, SyncStore } from './sync-ports.ts'
import type { Opener } from './sync-lists.ts'
import { ENTRY_COLUMNS, entryValues, KIND_NUMBERS, localEntryOf, plainBytes, stampValues, textOf } from './sync-rows.ts'
import type { Content, SamenessChanges } from './sync-sameness.ts'

type LocalStore = Pick<
  SyncStore,
  | 'local' | 'putLocal' | 'restamp' | 'localAfter' | 'lastSequence' | 'localInOrder' | 'localByDigest' | 'openByDigest' | 'hasLiveBelow'
  | 'putBlocks' | 'blocks' | 'content' | 'changedHere' | 'conflictCopies'
>

const FOLDER = '(SELECT number FROM sync_folders WHERE id = ?)'
const COLUMNS = [
  'folder', 'key', ...ENTRY_COLUMNS, 'sequence', 'stamp_size', 'stamp_mtime_ms', 'stamp_ctime_ms', 'stamp_inode', 'changed_here', 'conflict',
]
/** Longer files have blocks that may be kept. */
const hasBlocks = (size: number) => size > BLOCK_BYTES

/** This device's own entries, and the blocks of its long files. `opened` marks a path open. */
export function createLocalStore(
  database: Sqlite,
  counters: CounterStore,
  opened: Opener,
  sameness: () => SamenessChanges,
): LocalStore {
  const get = database.statement(`SELECT * FROM sync_local WHERE folder = ${FOLDER} AND key = ?`)
  const before = database.statement('SELECT kind, size, digest, changed_here, conflict FROM sync_local WHERE folder = ? AND key = ?')
  const theirs = database.statement('SELECT member, digest FROM sync_remote WHERE folder = ? AND key = ?')
  const put = database.statement(
    `INSERT INTO sync_local (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
     ON CONFLICT (folder, key) DO UPDATE SET ${COLUMNS.slice(2).map((name) => `${name} = excluded.${name}`).join(', ')}`,
  )
  const restamp = database.statement(
    `UPDATE sync_local SET stamp_size = ?, stamp_mtime_ms = ?, stamp_ctime_ms = ?, stamp_inode = ?, changed_here = ?
     WHERE folder = ? AND key = ?`,
  )
  const after = database.limited(`SELECT * FROM sync_local WHERE folder = ${FOLDER} AND sequence > ? ORDER BY sequence`)
  const inOrder = database.limited(`SELECT * FROM sync_local WHERE folder = ${FOLDER} AND key >= ? AND key < ? ORDER BY key`)
  const byDigest = database.limited(
    `SELECT * FROM sync_local INDEXED BY sync_local_digest WHERE folder = ${FOLDER} AND substr(digest, 1, 8) = substr(?, 1, 8) AND digest = ?`,
  )
  const openOfDigest = database.limited(
    `SELECT key FROM sync_local INDEXED BY sync_local_digest
     WHERE folder = ${FOLDER} AND substr(digest, 1, 8) = substr(?, 1, 8) AND key > ? AND digest = ?
       AND EXISTS (SELECT 1 FROM sync_open WHERE sync_open.folder = sync_local.folder AND sync_open.key = sync_local.key)
     ORDER BY key`,
  )
  const anyOfDigest = database.statement(
    'SELECT 1 FROM sync_local INDEXED BY sync_local_digest WHERE folder = ? AND substr(digest, 1, 8) = substr(?, 1, 8) AND digest = ? LIMIT 1',
  )
  const liveBelow = database.statement(
    `SELECT 1 FROM sync_local WHERE folder = ${FOLDER} AND key >= ? AND key < ? AND kind <> 0 LIMIT 1`,
  )
  const conflicts = database.statement(
    `SELECT * FROM sync_local INDEXED BY sync_local_conflicts WHERE folder = ${FOLDER} AND conflict = 1 ORDER BY key LIMIT ? OFFSET ?`,
  )
  const putBlocks = database.statement('INSERT OR REPLACE INTO sync_blocks (folder, digest, blocks) VALUES (?, ?, ?)')
  const blocks = database.statement(`SELECT blocks FROM sync_blocks WHERE folder = ${FOLDER} AND digest = ?`)
  const dropBlocks = database.statement('DELETE FROM sync_blocks WHERE folder = ? AND digest = ?')

  const entriesOf = (rows: readonly SqlRow[]) => rows.map((row) => localEntryOf(row, database.file))

  /** Returns the content that was there and may be nowhere else now. */
  const putOne = (folder: number, counts: Counters, same: SamenessChanges, entry: Omit<LocalEntry, 'sequence'>): Uint8Array | undefined => {
    const key = treeKey(entry.path)
    const old = before.get(folder, key)
    const [was, is] = [old && contentOf(old), entry.kind === 'file' ? entry : undefined]
    for (const { member, digest: there } of theirs.all(folder, key)) same.changed(Number(member), { here: was, there }, { here: is, there })
    const conflict = entry.kind === 'file' && isConflictCopy(entry.path)
    if (old) {
      if (old['kind'] === KIND_NUMBERS.file) {
        counts.files -= 1
        counts.bytes -= Number(old['size'])
      }
      counts.changed_here -= Number(old['changed_here'])
      counts.conflicts -= Number(old['conflict'])
    }
    if (entry.kind === 'file') {
      counts.files += 1
      counts.bytes += entry.size
    }
    if (entry.changedHere) counts.changed_here += 1
    if (conflict) counts.conflicts += 1
    counts.sequence += 1
    put.run(folder, key, ...entryValues(entry), counts.sequence, ...stampValues(entry.stamp), entry.changedHere ? 1 : 0, conflict ? 1 : 0)
    counts.open += opened(folder, key)
    return was && hasBlocks(was.size) && Buffer.compare(was.digest, entry.digest) !== 0 ? was.digest : undefined
  }

  return {
    local(id, path) {
      const row = get.get(id, treeKey(path))
      return row && localEntryOf(row, database.file)
    },

    putLocal(id, entries) {
      counters.counting(id, true, (folder, counts) => {
        const same = sameness()
        const lost = entries.map((entry) => putOne(folder, counts, same, entry)).filter((digest) => digest !== undefined)
        same.save()
        for (const digest of lost) if (!anyOfDigest.get(folder, digest, digest)) dropBlocks.run(folder, digest)
      })
    },

    restamp(id, entries) {
      counters.counting(id, false, (folder, counts) => {
        for (const { path, stamp, changedHere } of entries) {
          const key = treeKey(path)
          const old = before.get(folder, key)
          if (!old) continue
          counts.changed_here += (changedHere ? 1 : 0) - Number(old['changed_here'])
          restamp.run(...stampValues(stamp), changedHere ? 1 : 0, folder, key)
        }
      })
    },

    localAfter: (id, sequence, limit) => entriesOf(after(limit).all(id, sequence)),
    lastSequence: (id) => counters.get(id).sequence,

    localInOrder(id, afterPath, limit, under) {
      const to = under === undefined || under === '' ? keysBelow('').to : keysBelow(under).to
      // The least text above another is that one and a zero.
      const from = afterPath === undefined ? treeKey(under ?? '') : `${treeKey(afterPath)}\0`
      return entriesOf(inOrder(limit).all(id, from, to))
    },

    localByDigest: (id, digest, limit) => (digest.length === 0 ? [] : entriesOf(byDigest(limit).all(id, digest, digest))),

    openByDigest(id, digest, afterPath, limit) {
      if (digest.length === 0) return []
      return openOfDigest(limit).all(id, digest, afterPath === undefined ? '' : treeKey(afterPath), digest).map((row) => pathOfKey(textOf(row, 'key', database.file)))
    },

    hasLiveBelow(id, path) {
      const { from, to } = keysBelow(path)
      return liveBelow.get(id, from, to) !== undefined
    },

    putBlocks(id, digest, value) {
      counters.counting(id, false, (folder) => putBlocks.run(folder, digest, value))
    },
    blocks(id, digest) {
      const found = blocks.get(id, digest)?.['blocks']
      return found instanceof Uint8Array ? plainBytes(found) : undefined
    },

    content(id) {
      const { files, bytes } = counters.get(id)
      return { files, bytes }
    },
    changedHere: (id) => counters.get(id).changed_here,
    conflictCopies: (id, offset, limit) => ({ total: counters.get(id).conflicts, items: entriesOf(conflicts.all(id, limit, offset)) }),
  }
}

function contentOf(row: SqlRow): Content | undefined {
  const digest = row['digest']
  return row['kind'] === KIND_NUMBERS.file && digest instanceof Uint8Array ? { digest, size: Number(row['size']) } : undefined
}
