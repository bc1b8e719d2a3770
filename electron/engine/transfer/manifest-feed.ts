import { HoldfastError } from '../../../shared/errors.ts'
import { MAX_OPEN_PAGES } from '../protocol/limits.ts'
import type { Manifest } from '../protocol/messages.ts'
import type { KnownSources } from './known-sources.ts'
import type { Ledger } from './ledger.ts'
import { manifestOf } from './page.ts'

/** Pages that travel before the receiver has said what it wants of them: enough for a long way, few enough that files soon follow. */
const MAX_UNANSWERED_PAGES = 6

/** Gives the receiver a transfer's manifest page by page, as it answers and as memory allows. */
export class ManifestFeed {
  readonly #id: Uint8Array
  readonly #ledger: Ledger
  #known: KnownSources | undefined
  #next = 0
  #unanswered = new Set<number>()

  constructor(id: Uint8Array, ledger: Ledger) {
    this.#id = id
    this.#ledger = ledger
  }

  /** The receiver has the pages before `first`. */
  begin(first: number, known: KnownSources): void {
    this.#next = first
    this.#known = known
    this.#unanswered.clear()
  }

  has(page: number): boolean {
    return page < this.#next
  }

  answered(page: number): void {
    this.#unanswered.delete(page)
  }

  /** Returns what ends the transfer: JOURNAL_CORRUPT. */
  feed(send: (message: Manifest) => void): HoldfastError | undefined {
    const { pages } = this.#ledger
    while (this.#next < pages.count && this.#unanswered.size < MAX_UNANSWERED_PAGES && this.#ledger.openPages() < MAX_OPEN_PAGES) {
      const page = pages.get(this.#next)
      if (!page) return new HoldfastError('JOURNAL_CORRUPT', 'a page of this transfer is missing in the journal; send it again')
      this.#next += 1
      this.#unanswered.add(page.number)
      page.claims = this.#known?.digests(page)
      send(manifestOf(this.#id, page))
    }
    return undefined
  }
}
