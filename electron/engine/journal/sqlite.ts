import SqliteDatabase from 'better-sqlite3'
import { HoldfastError } from '../../../shared/errors.ts'

export type SqlValue = string | number | Uint8Array | null
export type SqlRow = Record<string, SqlValue>

export interface SqlStatement {
  /** Returns how many rows it changed. */
  run(...values: SqlValue[]): number
  get(...values: SqlValue[]): SqlRow | undefined
  all(...values: SqlValue[]): SqlRow[]
}

/** A database file whose failures are HoldfastErrors. Statements are prepared once and kept. */
export class Sqlite {
  readonly file: string
  #database: SqliteDatabase.Database
  #statements = new Map<string, SqlStatement>()

  constructor(file: string) {
    this.file = file
    try {
      this.#database = new SqliteDatabase(file, { timeout: 0 })
    } catch (error) {
      throw journalError(error, file)
    }
  }

  statement(sql: string): SqlStatement {
    const known = this.#statements.get(sql)
    if (known) return known
    const prepared = this.#guard(() => this.#database.prepare<SqlValue[], SqlRow>(sql))
    const statement: SqlStatement = {
      run: (...values) => this.#guard(() => prepared.run(...values).changes),
      get: (...values) => this.#guard(() => prepared.get(...values)),
      all: (...values) => this.#guard(() => prepared.all(...values)),
    }
    this.#statements.set(sql, statement)
    return statement
  }

  /**
   * A query that ends in a limit of the caller's choice, of which there are few. Bound as a parameter, the limit would make
   * SQLite prepare the statement anew each time, for it may change the plan: five times the cost of a look-up.
   */
  limited(sql: string): (limit: number) => SqlStatement {
    return (limit) => this.statement(`${sql} LIMIT ${Math.max(0, Math.floor(limit))}`)
  }

  execute(sql: string): void {
    this.#guard(() => this.#database.exec(sql))
  }

  pragma(source: string): unknown {
    return this.#guard(() => this.#database.pragma(source, { simple: true }))
  }

  /** One durable commit; nested calls join the outer one. What throws is rolled back. */
  transaction<T>(work: () => T): T {
    if (this.#database.inTransaction) return work()
    this.execute('BEGIN IMMEDIATE')
    let result: T
    try {
      result = work()
      if (result instanceof Promise) throw new TypeError('a journal transaction is synchronous')
      this.execute('COMMIT')
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#database.inTransaction) this.execute('ROLLBACK')
      throw error
    }
    return result
  }

  /**
   * As `transaction`, but not flushed: in WAL mode the file stays whole, commits are lost only from the end, and the next
   * durable one carries this one along (sqlite.org/pragma.html#pragma_synchronous).
   */
  quickTransaction<T>(work: () => T): T {
    if (this.#database.inTransaction) return work()
    this.pragma('synchronous = NORMAL')
    try {
      return this.transaction(work)
    } finally {
      this.pragma('synchronous = FULL')
    }
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw journalError(error, this.file)
    }
  }
}

/** SQLite's result codes (sqlite.org/rescode.html) in our terms; anything else is a bug and passes unchanged. */
export function journalError(error: unknown, file: string): unknown {
  if (!(error instanceof SqliteDatabase.SqliteError)) {
    if (error instanceof TypeError && /directory does not exist/.test(error.message)) {
      return new HoldfastError('HOME_UNUSABLE', `The folder of ${file} does not exist.`, { cause: error })
    }
    return error
  }
  const code = error.code
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return corruptJournal(file, error.message, error)
  if (code === 'SQLITE_FULL') {
    return new HoldfastError('DISK_FULL', `The disk that holds ${file} is full. Free some space.`, { cause: error })
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new HoldfastError('ENGINE_ALREADY_RUNNING', `Another program is using ${file}. Close it, or use another --home.`, { cause: error })
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new HoldfastError('DISK_ERROR', `The disk that holds ${file} reports an error (${error.message}).`, { cause: error })
  }
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY') || code === 'SQLITE_PERM') {
    return new HoldfastError(
      'HOME_UNUSABLE',
      `${file} cannot be opened for writing (${error.message}). Check its permissions, or use another --home.`,
      { cause: error },
    )
  }
  return error
}

export function corruptJournal(file: string, problem: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'JOURNAL_CORRUPT',
    `The journal ${file} is damaged (${problem}). It was NOT deleted. Move it (and ${file}-wal, ${file}-shm beside it) aside ` +
      'to start with an empty one: devices must then be paired again and unfinished transfers sent again.',
    { cause, details: { file } },
  )
}
