import type { FolderId } from '../../../shared/model/folder.ts'
import type { Sqlite } from './sqlite.ts'

/** What a folder's row counts, so that nobody has to count entries. */
export interface Counters {
  sequence: number
  files: number
  bytes: number
  changed_here: number
  conflicts: number
  open: number
  problems: number
}

export interface CounterStore {
  /** All zero for a folder that is not there. */
  get(id: FolderId): Readonly<Counters>
  /**
   * Runs the work, which is given the folder's number and adds to the counters, as one commit. `durable`: it survives a power
   * cut. Throws for a folder that is not there.
   */
  counting<T>(id: FolderId, durable: boolean, work: (folder: number, counters: Counters) => T): T
}

const NONE: Readonly<Counters> = { sequence: 0, files: 0, bytes: 0, changed_here: 0, conflicts: 0, open: 0, problems: 0 }
const NAMES = Object.keys(NONE) as (keyof Counters)[]

export function createCounterStore(database: Sqlite): CounterStore {
  const get = database.statement(`SELECT number, ${NAMES.join(', ')} FROM sync_folders WHERE id = ?`)
  const set = database.statement(`UPDATE sync_folders SET ${NAMES.map((name) => `${name} = ?`).join(', ')} WHERE number = ?`)

  const read = (id: FolderId): (Counters & { readonly number: number }) | undefined => {
    const row = get.get(id)
    return row && { ...NONE, ...(row as unknown as Counters), number: Number(row['number']) }
  }

  return {
    get: (id) => read(id) ?? NONE,
    counting(id, durable, work) {
      const counted = () => {
        const found = read(id)
        if (!found) throw new Error(`there is no shared folder ${id}`)
        const { number, ...counters } = found
        const before = { ...counters }
        const result = work(number, counters)
        if (NAMES.some((name) => counters[name] !== before[name])) set.run(...NAMES.map((name) => counters[name]), number)
        return result
      }
      return durable ? database.transaction(counted) : database.quickTransaction(counted)
    },
  }
}
