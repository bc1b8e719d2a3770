import type { ScanItem, SourceStamp } from '../folder/ports.ts'
import { ENTRY, isConfirmed, isSettled } from './entry-state.ts'
import type { Ledger } from './ledger.ts'
import type { Page, PageEntry } from './page.ts'

type ScannedEntry = ScanItem & { readonly kind: 'entry' }

/**
 * Compares an unfinished send with its sources as they are now (DESIGN.md section 3, "the same send again"): what has not
 * changed goes on, what has starts over, what is new or has to be sent once more is appended.
 *
 * Both are in the order of the scan, so this is a merge of two streams; memory does not depend on how many files there are.
 * Entries that an earlier rescan appended stand after all others, out of order: their paths are kept in a map.
 */
export class Rescan {
  readonly #ledger: Ledger
  readonly #ranks: ReadonlyMap<string, number>
  readonly #append: (entry: PageEntry) => void
  readonly #old: Iterator<{ page: Page; position: number }>
  readonly #appended = new Map<string, { page: Page; position: number }>()
  #head: IteratorResult<{ page: Page; position: number }>

  /** `rootNames`: first segments in the order of the sources. `append`: adds an entry to new pages. */
  constructor(ledger: Ledger, rootNames: readonly string[], append: (entry: PageEntry) => void) {
    this.#ledger = ledger
    this.#ranks = new Map(rootNames.map((name, rank) => [name, rank]))
    this.#append = append
    this.#old = this.#all(this.#findAppended())
    this.#head = this.#old.next()
  }

  push(item: ScannedEntry): void {
    while (!this.#head.done) {
      const { page, position } = this.#head.value
      const order = this.#compare(page.entries[position]?.path ?? '', item.entry.path)
      if (order > 0) break
      this.#head = this.#old.next()
      if (order === 0) return this.#same(page, position, item)
      this.#gone(page, position)
    }
    const before = this.#appended.get(item.entry.path)
    if (before) this.#same(before.page, before.position, item)
    else this.#append({ ...item.entry, source: item.source, stamp: item.stamp })
  }

  /** The scan is over: what is left of the old list is not there any more. */
  end(): void {
    while (!this.#head.done) {
      this.#gone(this.#head.value.page, this.#head.value.position)
      this.#head = this.#old.next()
    }
  }

  #same(page: Page, position: number, item: ScannedEntry): void {
    const entry = page.entries[position]
    if (!entry || entry.kind !== item.entry.kind) return this.#append({ ...item.entry, source: item.source, stamp: item.stamp })
    const state = page.state(position)
    const changed = entry.kind === 'file' && !(entry.stamp && sameStamp(entry.stamp, item.stamp))
    if (isSettled(state)) {
      if (changed || !isConfirmed(state)) this.#append({ ...item.entry, source: item.source, stamp: item.stamp })
      return
    }
    if (!changed) return
    // The receiver may have finished the old content already, so it can't simply start over under the same number.
    this.#supersede(page, position, 'it has changed and follows anew')
    this.#append({ ...item.entry, source: item.source, stamp: item.stamp })
  }

  #gone(page: Page, position: number): void {
    if (!isSettled(page.state(position))) this.#supersede(page, position, 'it is not there any more')
  }

  #supersede(page: Page, position: number, reason: string): void {
    page.detail(position).reason = reason
    this.#ledger.settle(page, position, ENTRY.skipped)
    this.#ledger.pages.saveOne(page)
  }

  /** Finds out how far the list is in order, and keeps what stands behind. */
  #findAppended(): number {
    let last: string | undefined
    let ordered = 0
    for (const { page, position } of this.#all(Number.POSITIVE_INFINITY)) {
      const path = page.entries[position]?.path ?? ''
      if (this.#appended.size > 0 || (last !== undefined && this.#compare(last, path) >= 0)) {
        // Met again below when some of it is in order: both must see the same page.
        this.#ledger.pages.keep(page)
        this.#appended.set(path, { page, position })
      } else ordered += 1
      last = path
    }
    return ordered
  }

  *#all(most: number): Generator<{ page: Page; position: number }> {
    const { pages } = this.#ledger
    let left = most
    for (let number = 0; number < pages.count; number += 1) {
      const page = pages.peek(number)
      for (let position = 0; page && position < page.entries.length; position += 1, left -= 1) {
        if (left <= 0) return
        yield { page, position }
      }
    }
  }

  /** The order of the scan: sources as given, then names in order of their bytes, a folder before its content. */
  #compare(one: string, other: string): number {
    if (one === other) return 0
    const a = one.split('/')
    const b = other.split('/')
    const ranks = this.#rank(a[0]) - this.#rank(b[0])
    if (ranks !== 0) return ranks
    for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
      const order = Buffer.compare(Buffer.from(a[i] ?? ''), Buffer.from(b[i] ?? ''))
      if (order !== 0) return order
    }
    return a.length - b.length
  }

  #rank(name: string | undefined): number {
    return this.#ranks.get(name ?? '') ?? this.#ranks.size
  }
}

function sameStamp(one: SourceStamp, other: SourceStamp): boolean {
  return one.size === other.size && one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs && one.inode === other.inode
}
