import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openJournal } from '../../../electron/engine/journal/journal.ts'
import { migrate, MIGRATIONS } from '../../../electron/engine/journal/migrations.ts'
import { Sqlite } from '../../../electron/engine/journal/sqlite.ts'
import { deviceRow, transferRow } from './fixtures.ts'
import { journalSuite } from './store-suites.ts'

describe('the SQLite journal', () => {
  journalSuite(() => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-journal-'))
    const file = join(folder, 'home', 'journal.sqlite')
    let journal = openJournal(file)
    return {
      journal,
      reopen: () => {
        journal.close()
        journal = openJournal(file)
        return journal
      },
      dispose: () => {
        journal.close()
        rmSync(folder, { recursive: true })
      },
    }
  })
})

describe('the journal file', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-journal-'))
    file = join(folder, 'journal.sqlite')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is written ahead, flushed at each commit, and for its owner alone', () => {
    const journal = openJournal(file)
    const database = new Sqlite(file)
    expect(database.pragma('journal_mode')).toBe('wal')
    expect(database.pragma('user_version')).toBe(MIGRATIONS.length)
    database.close()
    if (process.platform !== 'win32') {
      for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600)
    }
    journal.close()
  })

  test('of a newer schema is left alone', () => {
    openJournal(file).close()
    const database = new Sqlite(file)
    database.pragma(`user_version = ${MIGRATIONS.length + 1}`)
    database.close()
    expect(() => openJournal(file)).toThrow(expect.objectContaining({ code: 'JOURNAL_NEWER' }))
  })

  test('is migrated from each version, all or nothing', () => {
    const steps = ['CREATE TABLE one (a)', 'CREATE TABLE two (a)', 'nonsense']
    const database = new Sqlite(file)
    migrate(database, steps.slice(0, 1))
    expect(() => migrate(database, steps)).toThrow()
    expect(database.pragma('user_version')).toBe(1)
    expect(() => database.statement('SELECT * FROM two')).toThrow()
    migrate(database, steps.slice(0, 2))
    expect(database.statement('SELECT * FROM two').all()).toEqual([])
    database.close()
  })

  test.each([
    ['no database at all', () => writeFileSync(file, 'this is a text file, and a long one at that. '.repeat(50))],
    ['damaged in the middle', () => {
      const bytes = readFileSync(file)
      bytes.fill(0x5a, 4096, bytes.length)
      writeFileSync(file, bytes)
    }],
    ['cut off', () => truncateSync(file, 5000)],
  ])('that is %s is reported and kept', (_what, damage) => {
    const journal = openJournal(file)
    journal.devices.put(deviceRow({ id: 'A' }))
    journal.close()
    damage()
    const before = readFileSync(file)
    expect(() => openJournal(file)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CORRUPT', message: expect.stringMatching(/NOT deleted.*aside/s) }),
    )
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test.skipIf(process.platform === 'win32')('in a place that is no folder: HOME_UNUSABLE', () => {
    writeFileSync(join(folder, 'plain'), '')
    expect(() => openJournal(join(folder, 'plain', 'journal.sqlite'))).toThrow(expect.objectContaining({ code: 'HOME_UNUSABLE' }))
  })

  test('survives a kill in the middle of transactions with every reported commit, and no half one', async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('crash-child.ts', import.meta.url)), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let reported = -1
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line !== '') reported = Number(line)
      if (reported >= 20) child.kill('SIGKILL')
    })
    await once(child, 'close')
    expect(reported).toBeGreaterThanOrEqual(20)

    const journal = openJournal(file)
    const blocks = journal.transfers.blocks('crash', 0, 0).length / 32
    const row = journal.transfers.get('crash')
    expect(blocks).toBeGreaterThanOrEqual(reported + 1)
    expect(row).toEqual(transferRow({ id: 'crash', bytes: blocks, files: blocks }))
    journal.transfers.appendBlocks('crash', 0, 0, blocks, Buffer.alloc(32))
    journal.close()
  })
})
