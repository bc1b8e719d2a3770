import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { HoldfastError } from '../../../shared/errors.ts'
import { makeFolders } from '../util/make-folders.ts'

export interface HomeLock {
  release(): void
}

/**
 * Takes the home for one engine, or returns undefined while another process (or another part of this one) has it.
 *
 * The lock is an open EXCLUSIVE transaction of SQLite on `engine.lock`, an empty file: the operating system drops it when
 * the process dies in whatever way, so there is no stale lock and no pid to guess about. Nothing else may open this file:
 * on POSIX, closing any other descriptor of it would drop the lock (sqlite.org/howtocorrupt.html, 2.2).
 */
export function tryLockHome(home: string): HomeLock | undefined {
  const file = join(home, 'engine.lock')
  let database: SqliteDatabase.Database | undefined
  try {
    makeFolders(home, 0o700)
    database = new SqliteDatabase(file, { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if (error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    const reason = error instanceof Error ? error.message : String(error)
    throw new HoldfastError(
      'HOME_UNUSABLE',
      `The home ${home} cannot be used (engine.lock: ${reason}). Check its permissions, or use another --home.`,
      { cause: error },
    )
  }
  let held: SqliteDatabase.Database | undefined = database
  return {
    release() {
      held?.close()
      held = undefined
    },
  }
}

/** As tryLockHome, but throws ENGINE_ALREADY_RUNNING. */
export function lockHome(home: string): HomeLock {
  const lock = tryLockHome(home)
  if (lock) return lock
  throw new HoldfastError(
    'ENGINE_ALREADY_RUNNING',
    `Holdfast is running already for ${home}. Stop it first, or use another --home.`,
    { details: { home } },
  )
}
