import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { createDeviceStore } from './device-store.ts'
import { migrate } from './migrations.ts'
import type { Journal } from './ports.ts'
import { createReceivedStore } from './received-store.ts'
import { createSettingsStore } from './settings-store.ts'
import { corruptJournal, Sqlite } from './sqlite.ts'
import { createSyncStore } from './sync-store.ts'
import { createTransferStore } from './transfer-store.ts'

/**
 * Up to this size the whole file is checked when it is opened (5 ms); damage in a larger one shows when it is met. After an
 * end that was not orderly more is worth it (0.1 s).
 */
const CHECKED_BYTES = 4 * 1024 * 1024
const CHECKED_AFTER_CRASH_BYTES = 64 * 1024 * 1024

/**
 * Opens or creates the journal, with its folder. The caller holds the home's lock. Throws JOURNAL_CORRUPT (the file is
 * left as it is), JOURNAL_NEWER, HOME_UNUSABLE, DISK_FULL.
 */
export function openJournal(file: string): Journal {
  createPrivately(file)
  // SQLite removes it when it closes a database.
  const orderly = !existsSync(`${file}-wal`)
  const database = new Sqlite(file)
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    // KiB; by default it is four times that, for an index nobody reads in bulk.
    database.pragma('cache_size = -4000')
    // Pages of 4 KiB; a checkpoint holds up the engine's thread, and writes what changes all the time once for each.
    database.pragma('wal_autocheckpoint = 4000')
    if (statSync(file).size <= (orderly ? CHECKED_BYTES : CHECKED_AFTER_CRASH_BYTES)) {
      const problem = database.pragma('quick_check(1)')
      if (problem !== 'ok') throw corruptJournal(file, String(problem))
    }
    migrate(database)
    return {
      transfers: createTransferStore(database),
      devices: createDeviceStore(database),
      settings: createSettingsStore(database),
      received: createReceivedStore(database),
      sync: createSyncStore(database),
      transaction: (work) => database.transaction(work),
      quickTransaction: (work) => database.quickTransaction(work),
      close: () => database.close(),
    }
  } catch (error) {
    database.close()
    throw error
  }
}

/** It names people's files: for the owner's eyes only. SQLite gives `-wal` and `-shm` the same mode. */
function createPrivately(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `${file} cannot be written (${reason}). Check its permissions, or use another --home.`
    throw new HoldfastError('HOME_UNUSABLE', message, { cause: error })
  }
}
