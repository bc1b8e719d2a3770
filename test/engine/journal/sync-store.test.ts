import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openJournal } from '../../../electron/engine/journal/journal.ts'
import { Sqlite } from '../../../electron/engine/journal/sqlite.ts'
import { fileEntry, folderRow, memberRow, syncStoreSuite } from '../../support/sync/store-suite.ts'

describe('the shared folders in the journal', () => {
  syncStoreSuite(() => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-sync-store-'))
    let journal = openJournal(join(folder, 'journal.sqlite'))
    return {
      store: journal.sync,
      reopen: () => {
        journal.close()
        journal = openJournal(join(folder, 'journal.sqlite'))
        return journal.sync
      },
      dispose: () => {
        journal.close()
        rmSync(folder, { recursive: true })
      },
    }
  })
})

describe('the tables of shared folders', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-sync-store-'))
    file = join(folder, 'journal.sqlite')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const ID = 'a'.repeat(32)

  test('answer every question from an index', () => {
    const journal = openJournal(file)
    const asked: string[] = []
    const original = Sqlite.prototype.statement
    Sqlite.prototype.statement = function (sql) {
      asked.push(sql)
      return original.call(this, sql)
    }
    try {
      openJournal(file).close()
    } finally {
      Sqlite.prototype.statement = original
    }
    const database = new Sqlite(file)
    const questions = asked.filter((sql) => /sync_(local|remote|open|blocks|problems|activity)/.test(sql) && /^(SELECT|DELETE|UPDATE)/.test(sql))
    expect(questions.length).toBeGreaterThan(15)
    for (const sql of questions) {
      const values = (sql.match(/\?/g) ?? []).map(() => 1)
      const plan = database.statement(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
      const steps = plan.map((step) => String(step['detail']))
      // All of a folder is looked at only to remove it.
      const wide = sql.startsWith('DELETE') ? /\bSCAN sync_|TEMP B-TREE/ : /\bSCAN sync_|TEMP B-TREE|SEARCH sync_(local|remote) USING PRIMARY KEY \(folder=\?\)$/
      expect(steps.filter((step) => wide.test(step)), `${sql}\n${steps.join('\n')}`).toEqual([])
    }
    database.close()
    journal.close()
  })

  test('a damaged row is said to be one', () => {
    let journal = openJournal(file)
    journal.sync.putFolder(folderRow(ID, { members: [memberRow('X')] }))
    journal.sync.putLocal(ID, [fileEntry('a')])
    journal.close()
    for (const column of ['kind = 9', "version = 'A'", "version = 'A:x'", 'modified_by = 5', "size = 'x'", "digest = 'x'"]) {
      const database = new Sqlite(file)
      database.execute('SAVEPOINT before')
      database.execute(`CREATE TABLE kept AS SELECT * FROM sync_local; UPDATE sync_local SET ${column}`)
      database.execute('RELEASE before')
      database.close()
      journal = openJournal(file)
      expect(() => journal.sync.local(ID, 'a'), column).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }))
      journal.close()
      const repair = new Sqlite(file)
      repair.execute('DELETE FROM sync_local; INSERT INTO sync_local SELECT * FROM kept; DROP TABLE kept')
      repair.close()
    }
  })
})
