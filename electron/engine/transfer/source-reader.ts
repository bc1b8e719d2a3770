import { HoldfastError } from '../../../shared/errors.ts'
import type { SourceStamp } from '../folder/ports.ts'
import { SourceFile } from '../folder/source-file.ts'

/** A source file that is opened when its first block is read and closed after the last, whatever happens between. */
export class SourceReader {
  readonly source: string
  readonly stamp: SourceStamp
  #file: Promise<SourceFile> | undefined
  #closed = false
  #abandoned = false

  constructor(source: string, stamp: SourceStamp) {
    this.source = source
    this.stamp = stamp
  }

  /** What is still read of it does not count any more. */
  get abandoned(): boolean {
    return this.#abandoned
  }

  /** Opens it. Throws HoldfastError FILE_VANISHED, FILE_UNREADABLE. */
  file(): Promise<SourceFile> {
    if (this.#abandoned) return Promise.reject(new HoldfastError('FILE_CHANGING', 'the file starts over'))
    if (this.#closed) this.#file = undefined
    this.#closed = false
    this.#file ??= SourceFile.open(this.source, this.stamp)
    return this.#file
  }

  /** Closes it for good: reads that are still to come fail. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    await this.close()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const file = await this.#file?.catch(() => undefined)
    // Nothing was written to it: whatever this says, the file is as it was.
    await file?.close().catch(() => undefined)
  }
}
