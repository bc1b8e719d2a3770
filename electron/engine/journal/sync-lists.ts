import type { ErrorData } from '../../../shared/errors.ts'
import type { SyncActivity } from '../../../shared/model/folder.ts'
import { pathOfKey, treeKey } from '../util/tree-order.ts'
import { corruptJournal, type Sqlite } from './sqlite.ts'
import type { CounterStore } from './sync-counters.ts'
import type { SyncStore } from './sync-ports.ts'
import { numberOf, textOf } from './sync-rows.ts'

type OpenStore = Pick<SyncStore, 'open' | 'openCount' | 'openAll' | 'markOpen' | 'close'>
type NewsStore = Pick<SyncStore, 'putProblem' | 'clearProblem' | 'problems' | 'addActivity' | 'activity'>

const FOLDER = '(SELECT number FROM sync_folders WHERE id = ?)'
const KEPT_ACTIVITY = 1_000

/** Marks a path open, by its key. Returns how many (1 or 0) were not open before. */
export type Opener = (folder: number, key: string) => number

export function createOpener(database: Sqlite): Opener {
  const mark = database.statement('INSERT OR IGNORE INTO sync_open (folder, key) VALUES (?, ?)')
  return (folder, key) => mark.run(folder, key)
}

export function createOpenStore(database: Sqlite, counters: CounterStore, opened: Opener): OpenStore {
  const list = database.limited(`SELECT key FROM sync_open WHERE folder = ${FOLDER} AND key > ? ORDER BY key`)
  const first = database.limited(`SELECT key FROM sync_open WHERE folder = ${FOLDER} ORDER BY key`)
  const openAll = database.statement(
    `INSERT OR IGNORE INTO sync_open (folder, key)
     SELECT folder, key FROM sync_local WHERE folder = ? UNION ALL SELECT folder, key FROM sync_remote WHERE folder = ?`,
  )
  const close = database.statement('DELETE FROM sync_open WHERE folder = ? AND key = ?')

  return {
    open: (id, after, limit) =>
      (after === undefined ? first(limit).all(id) : list(limit).all(id, treeKey(after))).map((row) => pathOfKey(textOf(row, 'key', database.file))),
    openCount: (id) => counters.get(id).open,
    openAll(id) {
      counters.counting(id, false, (folder, counts) => {
        counts.open += openAll.run(folder, folder)
      })
    },
    markOpen(id, paths) {
      counters.counting(id, false, (folder, counts) => {
        for (const path of paths) counts.open += opened(folder, treeKey(path))
      })
    },
    close(id, paths) {
      counters.counting(id, false, (folder, counts) => {
        for (const path of paths) counts.open -= close.run(folder, treeKey(path))
      })
    },
  }
}

/** What is told to people: problems and what has happened. */
export function createNewsStore(database: Sqlite, counters: CounterStore): NewsStore {
  const known = database.statement('SELECT 1 FROM sync_problems WHERE folder = ? AND path = ?')
  const put = database.statement(
    `INSERT INTO sync_problems (folder, path, error, code, since_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (folder, path) DO UPDATE SET error = excluded.error, code = excluded.code,
       since_ms = CASE WHEN code = excluded.code THEN since_ms ELSE excluded.since_ms END`,
  )
  const clear = database.statement('DELETE FROM sync_problems WHERE folder = ? AND path = ?')
  const problems = database.statement(`SELECT * FROM sync_problems WHERE folder = ${FOLDER} ORDER BY path LIMIT ? OFFSET ?`)
  const add = database.statement('INSERT INTO sync_activity (folder, item) VALUES (?, ?)')
  const trim = database.statement(
    `DELETE FROM sync_activity WHERE folder = ? AND number <=
       (SELECT number FROM sync_activity WHERE folder = ? ORDER BY number DESC LIMIT 1 OFFSET ${KEPT_ACTIVITY})`,
  )
  const count = database.statement(`SELECT count(*) AS total FROM sync_activity WHERE folder = ${FOLDER}`)
  const activity = database.statement(`SELECT item FROM sync_activity WHERE folder = ${FOLDER} ORDER BY number DESC LIMIT ? OFFSET ?`)

  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw corruptJournal(database.file, 'a list of a shared folder is unreadable', error)
    }
  }

  return {
    putProblem(id, { path, error, sinceMs }) {
      counters.counting(id, false, (folder, counts) => {
        if (!known.get(folder, path)) counts.problems += 1
        put.run(folder, path, JSON.stringify(error), error.code, sinceMs)
      })
    },
    clearProblem(id, path) {
      counters.counting(id, false, (folder, counts) => {
        counts.problems -= clear.run(folder, path)
      })
    },
    problems: (id, offset, limit) => ({
      total: counters.get(id).problems,
      items: problems.all(id, limit, offset).map((row) => ({
        path: textOf(row, 'path', database.file),
        error: parse(textOf(row, 'error', database.file)) as ErrorData,
        sinceMs: numberOf(row, 'since_ms', database.file),
      })),
    }),
    addActivity(id, items) {
      counters.counting(id, false, (folder) => {
        for (const item of items.slice(-KEPT_ACTIVITY)) add.run(folder, JSON.stringify(item))
        trim.run(folder, folder)
      })
    },
    activity: (id, offset, limit) => ({
      total: Number(count.get(id)?.['total'] ?? 0),
      items: activity.all(id, limit, offset).map((row) => parse(textOf(row, 'item', database.file)) as SyncActivity),
    }),
  }
}
