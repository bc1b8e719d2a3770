import { BLOCK_BYTES, PACK_FILE_BYTES, PACK_MAX_ENTRIES, PACK_TARGET_BYTES } from '../protocol/limits.ts'
import type { Page } from './page.ts'
import type { SourceReader } from './source-reader.ts'

/** An entry to be sent from `offset` on; with `expected`, only blocks whose digest differs. */
interface FileJob {
  readonly page: Page
  readonly position: number
  offset: number
  /** Exclusive. */
  readonly end: number
  readonly expected?: Buffer
  reader?: SourceReader
}

export interface PackFile {
  readonly page: Page
  readonly position: number
  /** The receiver has a file of this size: only needed when the digest differs. */
  readonly expected?: Buffer
}

/** What becomes one bulk message (or, when there is nothing to send, none). */
export type SendTask =
  | { readonly kind: 'pack'; readonly compare: boolean; readonly files: readonly PackFile[] }
  | {
      readonly kind: 'block'
      readonly page: Page
      readonly position: number
      readonly attempt: number
      readonly offset: number
      readonly length: number
      readonly expected?: Buffer
      /** Of this file's run of blocks: its reader is closed after it. */
      readonly last: boolean
      readonly reader: SourceReader
    }

/** What the receiver wants and has not been sent, in order. Bounded by the pages that may be open. */
export class SendWork {
  readonly #openReader: (page: Page, position: number) => SourceReader
  #jobs: FileJob[] = []
  #first = 0
  #returned: SendTask[] = []

  constructor(openReader: (page: Page, position: number) => SourceReader) {
    this.#openReader = openReader
  }

  get empty(): boolean {
    return this.#returned.length === 0 && this.#first === this.#jobs.length
  }

  addFile(page: Page, position: number, offset = 0, expected?: Buffer): void {
    const end = page.entries[position]?.size ?? 0
    this.#jobs.push({ page, position, offset, end, ...(expected ? { expected } : {}) })
  }

  addBlock(page: Page, position: number, offset: number): void {
    const size = page.entries[position]?.size ?? 0
    if (offset < size) this.#jobs.push({ page, position, offset, end: Math.min(size, offset + BLOCK_BYTES) })
    else if (size === 0) this.addFile(page, position)
  }

  /** Takes tasks back that were not sent, in their order; they come first again. */
  putBack(tasks: readonly SendTask[]): void {
    this.#returned.unshift(...tasks)
  }

  /** Forgets what is waiting for one entry: it starts over or has ended. */
  drop(page: Page, position: number): void {
    const others = (one: { page: Page; position: number }) => one.page !== page || one.position !== position
    for (const job of this.#jobs.slice(this.#first)) if (!others(job)) void job.reader?.abandon()
    this.#jobs = this.#jobs.slice(this.#first).filter(others)
    this.#first = 0
    this.#returned = this.#returned.flatMap((task): SendTask[] => {
      if (task.kind === 'block') return others(task) ? [task] : []
      const files = task.files.filter(others)
      return files.length > 0 ? [{ ...task, files }] : []
    })
  }

  clear(): void {
    for (const job of this.#jobs.slice(this.#first)) void job.reader?.close()
    for (const task of this.#returned) if (task.kind === 'block') void task.reader.close()
    this.#jobs = []
    this.#first = 0
    this.#returned = []
  }

  next(): SendTask | undefined {
    const returned = this.#returned.shift()
    if (returned) return returned
    const job = this.#jobs[this.#first]
    if (!job) return undefined
    return isSmall(job) ? this.#nextPack(job) : this.#nextBlock(job)
  }

  #nextBlock(job: FileJob): SendTask {
    job.reader ??= this.#openReader(job.page, job.position)
    const { page, position, offset, expected, reader } = job
    const length = Math.min(BLOCK_BYTES, job.end - offset)
    job.offset += length
    const last = job.offset >= job.end
    if (last) this.#shift()
    const attempt = page.attempt(position)
    return { kind: 'block', page, position, attempt, offset, length, last, reader, ...(expected ? { expected } : {}) }
  }

  #nextPack(firstJob: FileJob): SendTask {
    const compare = firstJob.expected !== undefined
    const files: PackFile[] = []
    let bytes = 0
    for (;;) {
      const job = this.#jobs[this.#first]
      if (!job || !isSmall(job) || (job.expected !== undefined) !== compare) break
      if (files.length >= PACK_MAX_ENTRIES || (files.length > 0 && bytes + job.end > PACK_TARGET_BYTES)) break
      files.push({ page: job.page, position: job.position, ...(job.expected ? { expected: job.expected } : {}) })
      bytes += job.end
      this.#shift()
    }
    return { kind: 'pack', compare, files }
  }

  #shift(): void {
    this.#first += 1
    if (this.#first > 1024) {
      this.#jobs = this.#jobs.slice(this.#first)
      this.#first = 0
    }
  }
}

function isSmall(job: FileJob): boolean {
  return job.end <= PACK_FILE_BYTES && job.offset === 0
}
