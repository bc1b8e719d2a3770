import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bytes in, bytes out, in order, kept on disk. The file has no use after this process; `close` removes it. */
export class SpillFile {
  readonly #folder: string
  readonly #file: number
  #read = 0
  #written = 0

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'holdfast-output-'))
    this.#file = openSync(join(this.#folder, 'lines'), 'wx+', 0o600)
  }

  get length(): number {
    return this.#written - this.#read
  }

  append(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at, bytes.length - at, this.#written + at)
    this.#written += bytes.length
  }

  /** Up to `count` of the oldest bytes. */
  take(count: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.min(count, this.length))
    const got = readSync(this.#file, bytes, 0, bytes.length, this.#read)
    this.#read += got
    if (this.#read === this.#written) {
      ftruncateSync(this.#file, 0)
      this.#read = this.#written = 0
    }
    return bytes.subarray(0, got)
  }

  close(): void {
    closeSync(this.#file)
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
