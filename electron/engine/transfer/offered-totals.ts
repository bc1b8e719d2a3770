import type { ManifestEntry } from '../protocol/messages.ts'

/** Counts what manifest pages list, so that a sender lists no more than it has offered. */
export class OfferedTotals {
  #entries = 0
  #bytes = 0

  reset(): void {
    this.#entries = 0
    this.#bytes = 0
  }

  see(entries: readonly ManifestEntry[]): void {
    this.#entries += entries.length
    for (const entry of entries) this.#bytes += entry.size
  }

  exceeds(offered: { readonly totalEntries: number; readonly totalBytes: number }): boolean {
    return this.#entries > offered.totalEntries || this.#bytes > offered.totalBytes
  }
}
