import type { Writable } from 'node:stream'
import type { TextSink } from './io.ts'
import { SpillFile } from './spill-file.ts'

/** What may wait in memory for a slow reader; more waits on disk. */
const MEMORY_BYTES = 1024 * 1024
const CHUNK_BYTES = 64 * 1024

/** A process's output stream: TTY, pipe or file. */
type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/**
 * Text to a stream whose reader may be slow, or stop reading: the writer goes on, memory stays bounded, nothing is lost
 * and the order is kept. When the reader has gone away (EPIPE), what is written is dropped: delivering files matters more
 * than telling about it.
 */
export class StreamSink implements TextSink {
  readonly #stream: OutputStream
  readonly #openSpill: () => SpillFile
  #memory: Buffer[] = []
  #memoryBytes = 0
  #spill: SpillFile | undefined
  #stalled = false
  #broken = false
  #flushed: (() => void)[] = []

  constructor(stream: OutputStream, openSpill: () => SpillFile = () => new SpillFile()) {
    this.#stream = stream
    this.#openSpill = openSpill
    stream.on('error', () => this.#break())
    stream.on('close', () => this.#break())
    stream.on('drain', () => {
      this.#stalled = false
      this.#pump()
    })
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  write(text: string): void {
    if (this.#broken || text === '') return
    if (!this.#stalled) return this.#give(Buffer.from(text))
    const bytes = Buffer.from(text)
    if (this.#spill || this.#memoryBytes + bytes.length > MEMORY_BYTES) return this.#putAside(bytes)
    this.#memory.push(bytes)
    this.#memoryBytes += bytes.length
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#broken) return resolve()
      this.#flushed.push(resolve)
      this.#pump()
    })
  }

  #give(bytes: Buffer): void {
    if (!this.#stream.write(bytes)) this.#stalled = true
  }

  #putAside(bytes: Buffer): void {
    try {
      this.#spill ??= this.#openSpill()
      this.#spill.append(bytes)
    } catch {
      // No room on disk either: better to use memory than to lose lines. They stay behind what was put aside before.
      if (this.#spill && this.#spill.length > 0) this.#readBack()
      this.#memory.push(bytes)
      this.#memoryBytes += bytes.length
    }
  }

  #readBack(): void {
    const spill = this.#spill as SpillFile
    while (spill.length > 0) {
      const bytes = spill.take(CHUNK_BYTES)
      this.#memory.push(bytes)
      this.#memoryBytes += bytes.length
    }
    this.#dropSpill()
  }

  /** What is in memory is older than what is on disk. */
  #pump(): void {
    while (!this.#stalled && !this.#broken) {
      const bytes = this.#memory.shift()
      if (bytes) {
        this.#memoryBytes -= bytes.length
        this.#give(bytes)
      } else if (this.#spill && this.#spill.length > 0) {
        this.#give(this.#spill.take(CHUNK_BYTES))
      } else {
        this.#dropSpill()
        const flushed = this.#flushed
        this.#flushed = []
        if (flushed.length > 0) this.#stream.write('', () => flushed.forEach((done) => done()))
        return
      }
    }
  }

  #dropSpill(): void {
    this.#spill?.close()
    this.#spill = undefined
  }

  #break(): void {
    this.#broken = true
    this.#memory = []
    this.#dropSpill()
    for (const done of this.#flushed) done()
    this.#flushed = []
  }
}
