import { corruptJournal, type SqlRow, type SqlValue } from './sqlite.ts'

/** How one property of a row is kept. Optional ones are NULL while absent. */
export interface Column {
  readonly name: string
  readonly kind: 'text' | 'number' | 'json' | 'blob'
  readonly optional?: true
}

export type Columns<Row> = { readonly [Key in keyof Required<Row>]: Column }

export function toSql(column: Column, value: unknown): SqlValue {
  if (value === undefined) return null
  return column.kind === 'json' ? JSON.stringify(value) : (value as SqlValue)
}

/** The journal is our own file, but a damaged one may hold anything that SQLite can store: types are checked. */
export function fromSql<Row>(columns: Columns<Row>, row: SqlRow, file: string): Row {
  const result: Record<string, unknown> = {}
  for (const [key, column] of Object.entries<Column>(columns)) {
    const value = row[column.name]
    if (value === null && column.optional) continue
    result[key] = decode(column, value, file)
  }
  return result as Row
}

function decode(column: Column, value: SqlValue | undefined, file: string): unknown {
  if (column.kind === 'number' && typeof value === 'number') return value
  if (column.kind === 'text' && typeof value === 'string') return value
  if (column.kind === 'blob' && value instanceof Uint8Array) return value
  if (column.kind === 'json' && typeof value === 'string') {
    try {
      return JSON.parse(value) as unknown
    } catch (error) {
      throw corruptJournal(file, `${column.name} is unreadable`, error)
    }
  }
  throw corruptJournal(file, `${column.name} is unreadable`)
}
