import type { Settings } from '../../../shared/model/settings.ts'
import type { SettingsStore } from './ports.ts'
import { corruptJournal, type Sqlite } from './sqlite.ts'

/** Keeps what was set, a row a setting; defaults and checks are the reader's. */
export function createSettingsStore(database: Sqlite): SettingsStore {
  const all = database.statement('SELECT key, value FROM settings')
  const put = database.statement(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  return {
    get() {
      try {
        return Object.fromEntries(all.all().map((row) => [row['key'], JSON.parse(String(row['value']))])) as Partial<Settings>
      } catch (error) {
        if (error instanceof SyntaxError) throw corruptJournal(database.file, 'settings are unreadable', error)
        throw error
      }
    },
    set(patch) {
      database.transaction(() => {
        for (const [key, value] of Object.entries(patch)) if (value !== undefined) put.run(key, JSON.stringify(value))
      })
    },
  }
}
