import { lstatSync } from 'node:fs'
import { keepsChangeTimes } from '../folder/change-times.ts'
import { RACY_MS } from '../folder/seal.ts'
import { sameStamp, stampOfPath } from '../folder/stamps.ts'
import type { TransferRow } from '../journal/ports.ts'
import { DIGEST_BYTES } from '../protocol/limits.ts'
import type { TransferDeps } from './deps.ts'
import { EarlierPages } from './earlier-pages.ts'
import { isConfirmed } from './entry-state.ts'
import type { Page } from './page.ts'

/** What was seen so long ago is looked at again before its content is said to be known: somebody may have been asked meanwhile. */
const FRESH_MS = 1_000

/**
 * What a sender knows of its files without reading them: digests of the last finished transfer of these sources to this very
 * device (which a receiver told: it is believed about its own files, towards itself), where the stamp is still the one with
 * which the content was read. Pages are asked for in order.
 */
export class KnownSources {
  readonly #earlier: EarlierPages | undefined
  readonly #id: string
  readonly #isFresh: () => boolean

  /** `scannedAtMs`: since when the stamps of `row` were taken; monotonic. */
  constructor({ clock, journal: { transfers } }: Pick<TransferDeps, 'clock' | 'journal'>, row: TransferRow, scannedAtMs: number) {
    const earlier = row.sources.every(keepsChangeTimes) ? transfers.findFinishedLike(row) : undefined
    this.#earlier = earlier && new EarlierPages(transfers, earlier)
    this.#id = row.id
    this.#isFresh = () => clock.monotonic() - scannedAtMs < FRESH_MS
  }

  /** A digest an entry, joined, zeros where it is not known; undefined when none is. */
  digests(page: Page): Uint8Array | undefined {
    if (!this.#earlier) return undefined
    const fresh = this.#isFresh()
    // Content was read after that transfer had begun.
    const safeMs = this.#earlier.row.createdAtMs - RACY_MS
    let digests: Buffer | undefined
    const earlier = this.#earlier.alike(this.#id, page)
    page.entries.forEach(({ kind, source, stamp }, position) => {
      const found = earlier(position)
      if (!found || kind !== 'file' || source === undefined || !stamp) return
      const before = found.page.entries[found.position]
      if (!before?.stamp || before.source !== source || !sameStamp(before.stamp, stamp)) return
      if (stamp.mtimeMs >= safeMs || stamp.ctimeMs >= safeMs || !isConfirmed(found.page.state(found.position))) return
      if (!fresh && !isAsStamped(source, stamp)) return
      digests ??= Buffer.alloc(page.entries.length * DIGEST_BYTES)
      digests.set(found.page.digest(found.position), position * DIGEST_BYTES)
    })
    return digests
  }
}

function isAsStamped(source: string, stamp: Parameters<typeof sameStamp>[0]): boolean {
  try {
    const now = lstatSync(source, { throwIfNoEntry: false })
    return now?.isFile() === true && sameStamp(stampOfPath(source, now), stamp)
  } catch {
    // Whatever it is, reading the file will tell.
    return false
  }
}
