import type { TransferStore } from '../journal/ports.ts'
import type { TransferId } from '../../../shared/model/transfer.ts'
import { Page, type PageEntry, type SkippedSource } from './page.ts'

/** The pages of one transfer: those under way in memory, the rest in the journal. */
export class PageStore {
  readonly #store: TransferStore
  readonly #id: TransferId
  #open = new Map<number, Page>()
  /** Settled and saved, of those that were in memory. */
  #settled = new Set<number>()
  /** Just made, and soon needed. */
  #ready = new Map<number, Page>()
  #count: number

  constructor(store: TransferStore, id: TransferId) {
    this.#store = store
    this.#id = id
    this.#count = store.pageCount(id)
  }

  get count(): number {
    return this.#count
  }

  /** Pages that are not settled and in memory. */
  get open(): ReadonlyMap<number, Page> {
    return this.#open
  }

  /** Writes a new page. Call inside a transaction. */
  add(entries: PageEntry[], skipped: readonly SkippedSource[] = []): Page {
    const page = new Page(this.#count, entries, skipped)
    this.#store.putPage(page.toRow(this.#id))
    this.#count += 1
    return page
  }

  /** Keeps a new page for the one `get` that is soon to come. */
  makeReady(page: Page): void {
    this.#ready.set(page.number, page)
  }

  forgetReady(): void {
    this.#ready.clear()
  }

  isSettled(number: number): boolean {
    return this.#settled.has(number) || (this.peek(number)?.settled ?? false)
  }

  /** From memory, or read and kept until `release`. */
  get(number: number): Page | undefined {
    const open = this.#open.get(number)
    if (open) return open
    const page = this.#ready.get(number) ?? this.peek(number)
    this.#ready.delete(number)
    if (page) this.#open.set(number, page)
    return page
  }

  keep(page: Page): void {
    this.#open.set(page.number, page)
  }

  /** Reads without keeping. */
  peek(number: number): Page | undefined {
    const open = this.#open.get(number)
    if (open) return open
    const row = this.#store.page(this.#id, number)
    return row && Page.fromRow(row)
  }

  /** Writes what changed. Call inside a transaction. */
  save(): void {
    for (const page of this.#open.values()) this.saveOne(page)
  }

  saveOne(page: Page): void {
    if (!page.dirty) return
    this.#store.updatePage(this.#id, page.number, page.toPatch())
    page.dirty = false
  }

  /** Writes the page with its entries: a source changed. */
  rewrite(page: Page): void {
    this.#store.putPage(page.toRow(this.#id))
    page.dirty = false
  }

  /** Forgets a page that was only looked into. It must be saved. */
  release(number: number): void {
    this.#open.delete(number)
  }

  /** Forgets settled pages that are saved. */
  releaseSettled(): void {
    for (const [number, page] of this.#open) {
      if (!page.settled || page.dirty) continue
      this.#open.delete(number)
      this.#settled.add(number)
    }
  }

  releaseAll(): void {
    this.#open.clear()
    this.#ready.clear()
  }
}
