import type { Journal } from '../journal/ports.ts'
import type { Arrived } from './arrivals.ts'

/** A message of a plain inbox that is in place and on disk. */
export interface PlainArrival {
  /** As finally named; slash-separated, relative to the inbox's folder. */
  readonly path: string
  readonly bytes: number
  /** BLAKE3, hex. */
  readonly digest: string
  /** The sender's address. */
  readonly from: string
}

/** Senders that are remembered; one that comes again after so many others is listed as another of the same name. */
const MAX_SENDERS = 256

/** What one run of a plain inbox receives, on its way into the index: from senders whom nobody has verified. */
export class PlainArrivals {
  readonly #folder: string
  readonly #journal: Journal
  readonly #arrived: (message: Omit<Arrived, 'inPages' | 'receivedAtMs'>) => void
  /** Sources of the index, by address. Of this run alone: within one run no name comes twice, within a source none may. */
  readonly #sources = new Map<string, number>()

  constructor(folder: string, journal: Journal, arrived: (message: Omit<Arrived, 'inPages' | 'receivedAtMs'>) => void) {
    this.#folder = folder
    this.#journal = journal
    this.#arrived = arrived
  }

  add({ path, bytes, digest, from }: PlainArrival): void {
    this.#arrived({ sourceId: this.#sourceOf(from), folder: this.#folder, path, size: bytes, digest: Buffer.from(digest, 'hex') })
  }

  #sourceOf(from: string): number {
    const known = this.#sources.get(from)
    if (known !== undefined) return known
    const { received } = this.#journal
    const made = this.#journal.quickTransaction(() => received.source({ folder: this.#folder, deviceName: `Plain TCP ${from}` }))
    const [oldest] = this.#sources.keys()
    if (this.#sources.size >= MAX_SENDERS && oldest !== undefined) this.#sources.delete(oldest)
    this.#sources.set(from, made)
    return made
  }
}
