import type { TransferRow, TransferStore } from '../journal/ports.ts'
import { compareTreeOrder } from '../util/tree-order.ts'
import { Page } from './page.ts'

export interface EarlierEntry {
  readonly page: Page
  readonly position: number
}

/**
 * The pages of an earlier transfer, looked through in step with those of one like it: both are in the order of the scan, so
 * one page at a time is enough. What stands out of order there (added when it was continued) is not found.
 */
export class EarlierPages {
  readonly row: TransferRow
  readonly #store: TransferStore
  readonly #ranks: ReadonlyMap<string, number>
  #page: Page | undefined
  #position = 0
  #number = 0

  constructor(store: TransferStore, row: TransferRow) {
    this.row = row
    this.#store = store
    this.#ranks = new Map(row.roots.map((name, rank) => [name, rank]))
  }

  /** What each entry of a page of transfer `id` was then, by position. Pages are asked for in order. */
  alike(id: string, page: Page): (position: number) => EarlierEntry | undefined {
    const same = this.#sameBytes(id, page)
    if (same) return (position) => ({ page: same, position })
    const found = page.entries.map(({ path }) => this.#find(path))
    return (position) => found[position]
  }

  /** Most often nothing has changed: then the page is the same to the byte, and need not be taken apart. */
  #sameBytes(id: string, page: Page): Page | undefined {
    const [before, now] = [this.#store.page(this.row.id, page.number), this.#store.page(id, page.number)]
    if (!before || !now || !Buffer.from(before.entries).equals(now.entries)) return undefined
    this.#page = undefined
    this.#position = 0
    this.#number = page.number + 1
    return Page.fromRow(before, page)
  }

  #find(path: string): EarlierEntry | undefined {
    for (;;) {
      const page = this.#current()
      const entry = page?.entries[this.#position]
      if (!page || !entry) return undefined
      if (entry.path === path) return { page, position: this.#position++ }
      if (this.#compare(entry.path, path) > 0) return undefined
      this.#position += 1
    }
  }

  #current(): Page | undefined {
    while (!this.#page || this.#position >= this.#page.entries.length) {
      const row = this.#store.page(this.row.id, this.#number)
      if (!row) return undefined
      this.#page = Page.fromRow(row)
      this.#number += 1
      this.#position = 0
    }
    return this.#page
  }

  #compare(one: string, other: string): number {
    return this.#rank(one) - this.#rank(other) || compareTreeOrder(one, other)
  }

  #rank(path: string): number {
    const end = path.indexOf('/')
    return this.#ranks.get(end < 0 ? path : path.slice(0, end)) ?? this.#ranks.size
  }
}
