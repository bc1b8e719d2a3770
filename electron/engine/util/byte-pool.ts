/**
 * A buffer on loan. Its memory is shared, so lanes (worker threads) work in it without copying.
 * `bytes` has the pool's full capacity; `length` is how much of it counts.
 */
export interface PooledBuffer {
  readonly bytes: Buffer
  readonly shared: SharedArrayBuffer
  length: number
  /** Gives it back; the second call is a bug and throws. */
  release(): void
}

/**
 * A fixed number of equal buffers, made when first needed and then used again: memory is bounded by count × capacity,
 * whatever peers do. `acquire` returns undefined when all are on loan; `onFree` tells when to try again.
 */
export class BytePool {
  readonly capacity: number
  readonly count: number
  #free: SharedArrayBuffer[] = []
  #made = 0
  #loaned = 0
  #waiting: (() => void)[] = []

  constructor(capacity: number, count: number) {
    this.capacity = capacity
    this.count = count
  }

  get loaned(): number {
    return this.#loaned
  }

  get available(): number {
    return this.count - this.#loaned
  }

  /** Somebody waits for a buffer. */
  get starved(): boolean {
    return this.#waiting.length > 0
  }

  acquire(): PooledBuffer | undefined {
    let shared = this.#free.pop()
    if (!shared) {
      if (this.#made === this.count) return undefined
      this.#made += 1
      shared = new SharedArrayBuffer(this.capacity)
    }
    this.#loaned += 1
    return this.#lend(shared)
  }

  /** Calls back once, when a buffer has been given back (another taker may have been faster). */
  onFree(callback: () => void): () => void {
    this.#waiting.push(callback)
    return () => {
      const at = this.#waiting.indexOf(callback)
      if (at >= 0) this.#waiting.splice(at, 1)
    }
  }

  /** Waits for a free buffer. Rejects when the signal aborts. */
  async take(signal?: AbortSignal): Promise<PooledBuffer> {
    for (;;) {
      signal?.throwIfAborted()
      const buffer = this.acquire()
      if (buffer) return buffer
      await new Promise<void>((resolve) => {
        const done = () => {
          cancel()
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const cancel = this.onFree(done)
        signal?.addEventListener('abort', done, { once: true })
      })
    }
  }

  #lend(shared: SharedArrayBuffer): PooledBuffer {
    let released = false
    return {
      bytes: Buffer.from(shared),
      shared,
      length: 0,
      release: () => {
        if (released) throw new Error('a pooled buffer was released twice')
        released = true
        this.#loaned -= 1
        this.#free.push(shared)
        this.#waiting.shift()?.()
      },
    }
  }
}
