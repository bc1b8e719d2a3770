import type { SourceStamp } from '../folder/ports.ts'
import { packStamps, STAMP_NUMBERS, stampAt } from '../folder/stamps.ts'
import type { Journal, TransferRow } from '../journal/ports.ts'
import { EarlierPages } from './earlier-pages.ts'
import { isConfirmed } from './entry-state.ts'
import { pageOf, type Page } from './page.ts'

/** A file in place whose content is known as long as it looks like this. */
export interface SealedFile {
  readonly seal: SourceStamp
  readonly digest: Buffer
}

export interface NewSeal {
  /** Its number in the transfer. */
  readonly file: number
  readonly seal: SourceStamp
}

/**
 * What receives know of their files in place (folder/seal.ts), so that the same things coming again need not be read. Only
 * the newest of several transfers alike keeps it.
 */
export class Seals {
  readonly #journal: Journal
  #working: Promise<unknown> = Promise.resolve()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** `work` puts the last seals of a transfer that has ended: whoever opens them from now on waits for it. */
  async last(row: TransferRow, work: Promise<unknown>): Promise<void> {
    const done = work.then(() => this.#forgetBefore(row))
    this.#working = Promise.allSettled([this.#working, done])
    await done
  }

  /** Derived, and written in an idle moment: losing them costs no more than reading the files. */
  put(transferId: string, seals: readonly NewSeal[]): void {
    const pages = new Map<number, NewSeal[]>()
    for (const seal of seals) {
      const { page } = pageOf(seal.file)
      const some = pages.get(page)
      if (some) some.push(seal)
      else pages.set(page, [seal])
    }
    const store = this.#journal.transfers
    this.#journal.quickTransaction(() => {
      for (const [number, some] of pages) {
        const stamps = unpack(store.seals(transferId, number))
        for (const { file, seal } of some) stamps[pageOf(file).position] = seal
        store.putSeals(transferId, number, pack(stamps))
      }
    })
  }

  /** What was known at the end of the last transfer like this one, which knows it from now on. */
  async open(row: TransferRow): Promise<KnownFiles | undefined> {
    await this.#working
    const earlier = this.#journal.transfers.findFinishedLike(row)
    return earlier && new KnownFiles(this.#journal, row.id, earlier)
  }

  /** What the one before it knew, it knows itself. */
  #forgetBefore(row: TransferRow): void {
    const earlier = row.state.kind === 'finished' ? this.#journal.transfers.findFinishedLike(row) : undefined
    if (earlier) this.#journal.quickTransaction(() => this.#journal.transfers.dropSeals(earlier.id))
  }
}

/** Files of an earlier transfer, by the pages of the new one, which must be asked for in order. */
export class KnownFiles {
  readonly #journal: Journal
  readonly #id: string
  readonly #earlier: EarlierPages
  #stamps: { readonly page: number; readonly numbers: Float64Array } | undefined

  constructor(journal: Journal, id: string, earlier: TransferRow) {
    this.#journal = journal
    this.#id = id
    this.#earlier = new EarlierPages(journal.transfers, earlier)
  }

  /** By position. */
  of(page: Page): ReadonlyMap<number, SealedFile> {
    const known = new Map<number, SealedFile>()
    const earlier = this.#earlier.alike(this.#id, page)
    page.entries.forEach(({ kind }, position) => {
      const found = earlier(position)
      if (!found || kind !== 'file' || !isConfirmed(found.page.state(found.position))) return
      if (found.page.details.get(found.position)?.finalPath !== undefined) return
      const seal = stampAt(this.#numbers(found.page.number), found.position)
      if (seal) known.set(position, { seal, digest: found.page.digest(found.position) })
    })
    return known
  }

  #numbers(page: number): Float64Array {
    if (this.#stamps?.page !== page) this.#stamps = { page, numbers: numbersOf(this.#journal.transfers.seals(this.#earlier.row.id, page)) }
    return this.#stamps.numbers
  }
}

function pack(stamps: readonly (SourceStamp | undefined)[]): Uint8Array {
  const { buffer } = packStamps(Array.from(stamps))
  return new Uint8Array(buffer)
}

function unpack(bytes: Uint8Array | undefined): (SourceStamp | undefined)[] {
  const numbers = numbersOf(bytes)
  return Array.from({ length: numbers.length / STAMP_NUMBERS }, (_, i) => stampAt(numbers, i))
}

/** A blob of SQLite may begin anywhere in memory. */
function numbersOf(bytes: Uint8Array | undefined): Float64Array {
  if (!bytes || bytes.length % (STAMP_NUMBERS * 8) !== 0) return new Float64Array(0)
  return new Float64Array(Uint8Array.from(bytes).buffer)
}
