import type { Sqlite, SqlValue } from './sqlite.ts'

/** A file's content at a path here; undefined: no live file. */
export interface Content {
  readonly digest: Uint8Array
  readonly size: number
}

/**
 * Counts, for each member, the live files here of which it has told the same content: what it lacks is then known without
 * comparing two indexes. Collects the changes of one commit; `save` writes them.
 */
export class SamenessChanges {
  readonly #add: (member: number, files: number, bytes: number) => void
  #changes = new Map<number, { files: number; bytes: number }>()

  constructor(add: (member: number, files: number, bytes: number) => void) {
    this.#add = add
  }

  changed(member: number, before: { here: Content | undefined; there: SqlValue | undefined }, after: typeof before): void {
    this.#count(member, before.here, before.there, -1)
    this.#count(member, after.here, after.there, 1)
  }

  save(): void {
    for (const [member, { files, bytes }] of this.#changes) if (files !== 0 || bytes !== 0) this.#add(member, files, bytes)
  }

  #count(member: number, here: Content | undefined, there: SqlValue | undefined, sign: 1 | -1): void {
    if (!here || !(there instanceof Uint8Array) || Buffer.compare(here.digest, there) !== 0) return
    const change = this.#changes.get(member) ?? { files: 0, bytes: 0 }
    this.#changes.set(member, change)
    change.files += sign
    change.bytes += sign * here.size
  }
}

export function createSameness(database: Sqlite): () => SamenessChanges {
  const add = database.statement('UPDATE sync_members SET same_files = same_files + ?, same_bytes = same_bytes + ? WHERE number = ?')
  return () => new SamenessChanges((member, files, bytes) => add.run(files, bytes, member))
}
