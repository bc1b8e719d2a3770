/** Where messages become files: a receive folder in the product. Everything rejects with a HoldfastError of the disk. */
export interface Arrivals {
  /**
   * To be called once, when the address is bound. `key` names this inbox among all that may ever use this place at the same
   * time: what a run with the same key left unfinished is removed.
   */
  open(key: string): Promise<void>
  /** Begins a file nobody can see yet. */
  create(): Promise<Arrival>
  /** Drops everything unfinished. */
  close(): Promise<void>
}

/** One unfinished file. Calls must not overlap. It ends with `place` or `discard`; a `discard` after `place` does nothing. */
export interface Arrival {
  readonly bytes: number
  /** The slices must stay as they are until this settles. */
  write(slices: readonly Uint8Array[]): Promise<void>
  /** Everything has been written: the content's digest in hex. */
  digest(): string
  /** For the echo: opened before `place`, read after it. */
  reader(): Promise<ArrivalReader>
  /** Flushes it and gives it its final name; settles when it would survive a power cut. `path`: slash-separated. */
  place(path: string): Promise<Placed>
  discard(): Promise<void>
}

export interface ArrivalReader {
  slices(): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export interface Placed {
  /** As finally named, slash-separated, relative to the folder. */
  readonly path: string
  /** The same content was there under that name already; nothing was added. */
  readonly identical: boolean
}
