/** One after the other: what looks at the disk and then writes the index must not be overtaken by what changes both. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Settles when everything taken so far has ended. */
  async idle(): Promise<void> {
    await this.#last
  }
}
