import type { ScanItem } from '../folder/ports.ts'
import { PAGE_ENTRIES, PAGE_PATH_BYTES } from '../protocol/limits.ts'
import type { PageEntry, SkippedSource } from './page.ts'

export interface ManifestTotals {
  files: number
  entries: number
  bytes: number
  skipped: number
  /** Among `files`: what should have been sent and can't. */
  failed: number
}

/** Cuts a scan into manifest pages. */
export class ManifestBuilder {
  readonly totals: ManifestTotals = { files: 0, entries: 0, bytes: 0, skipped: 0, failed: 0 }
  readonly #add: (entries: PageEntry[], skipped: SkippedSource[]) => void
  #entries: PageEntry[] = []
  #skipped: SkippedSource[] = []
  #pathBytes = 0

  constructor(add: (entries: PageEntry[], skipped: SkippedSource[]) => void) {
    this.#add = add
  }

  push(item: ScanItem): void {
    if (item.kind === 'skipped') {
      const { path, reason, failure } = item
      this.#skipped.push({ path, reason, ...(failure ? { code: failure } : {}) })
      if (failure) {
        this.totals.failed += 1
        this.totals.files += 1
      } else this.totals.skipped += 1
      this.#pathBytes += item.path.length
    } else {
      this.add({ ...item.entry, source: item.source, stamp: item.stamp })
    }
    this.#flushFull()
  }

  add(entry: PageEntry): void {
    this.#entries.push(entry)
    this.totals.entries += 1
    if (entry.kind === 'file') this.totals.files += 1
    this.totals.bytes += entry.size
    this.#pathBytes += Buffer.byteLength(entry.path)
    this.#flushFull()
  }

  #flushFull(): void {
    if (this.#entries.length + this.#skipped.length >= PAGE_ENTRIES || this.#pathBytes >= PAGE_PATH_BYTES) this.flush()
  }

  flush(): void {
    if (this.#entries.length + this.#skipped.length === 0) return
    this.#add(this.#entries, this.#skipped)
    this.#entries = []
    this.#skipped = []
    this.#pathBytes = 0
  }
}
