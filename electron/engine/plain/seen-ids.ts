interface Seen {
  readonly digest: string
  /** Rejected: it never became safe. */
  readonly settled: Promise<unknown>
}

/**
 * The ids that have arrived, so that repeats are dropped. Bounded: the newest `capacity` ids, counting a repeat as new; older
 * ones are forgotten. Belongs to one inbox, not to a connection, because a repeat mostly comes over the next one.
 *
 * A repeat is the same id with the same content. An id that comes again with other content is another message, from a
 * script that counts from 1 each time it runs: taking it for a repeat would confirm what was never kept.
 */
export class SeenIds {
  readonly #capacity: number
  readonly #seen = new Map<bigint, Seen>()

  constructor(capacity = 65_536) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#seen.size
  }

  /**
   * Does `work` unless this message came before: then settles with `'repeat'` once the first one is safe, and takes over
   * when that failed.
   */
  async once<T>(id: bigint, digest: string, work: () => Promise<T>): Promise<T | 'repeat'> {
    for (;;) {
      const known = this.#seen.get(id)
      if (!known || known.digest !== digest) break
      if (await known.settled.then(() => true, () => false)) {
        this.#remember(id, known)
        return 'repeat'
      }
      if (this.#seen.get(id) === known) this.#seen.delete(id)
    }
    const settled = work()
    this.#remember(id, { digest, settled })
    return await settled
  }

  #remember(id: bigint, message: Seen): void {
    this.#seen.delete(id)
    this.#seen.set(id, message)
    const oldest = this.#seen.keys().next()
    if (this.#seen.size > this.#capacity && !oldest.done) this.#seen.delete(oldest.value)
  }
}
