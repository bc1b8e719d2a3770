import type { ManifestEntry } from '../protocol/messages.ts'
import { ENTRY } from './entry-state.ts'
import type { Page } from './page.ts'
import type { PageStore } from './page-store.ts'

/** More are read from the journal once more. */
const MAX_KEPT = 10_000

/** Folders that a transfer has made, to be given their times at its end: of pages that came in this run, without reading them again. */
export class MadeFolders {
  readonly #kept = new Map<number, readonly ManifestEntry[]>()
  #count = 0

  note(page: Page): void {
    const folders = madeIn(page)
    this.#count += folders.length
    if (this.#count <= MAX_KEPT) this.#kept.set(page.number, folders)
  }

  of(pages: PageStore, number: number): readonly ManifestEntry[] {
    const kept = this.#kept.get(number)
    if (kept) return kept
    const page = pages.peek(number)
    return page ? madeIn(page) : []
  }
}

function madeIn(page: Page): readonly ManifestEntry[] {
  return page.entries.filter((entry, position) => entry.kind === 'folder' && page.state(position) === ENTRY.folder)
}
