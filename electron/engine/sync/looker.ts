import { HoldfastError } from '../../../shared/errors.ts'
import type { FolderContext } from './folder-context.ts'
import { LookQueue } from './look-queue.ts'
import { Scanner, type ScanProgress } from './scanner.ts'

const SAY_CHANGING_AFTER = 4

export interface LookerPorts {
  /** Not closed and not paused. */
  isActive(): boolean
  /** Nothing holds up all of the folder. */
  isClear(): boolean
  /** Everything is looked at, and then was. */
  scanning(): void
  scanned(): void
  /** Nothing is being written any more of what was when it was looked at. */
  calm(): void
}

/** Keeps the index true to the disk: looks at everything when asked, else at what the watcher says, one look at a time. */
export class Looker {
  readonly #context: FolderContext
  readonly #ports: LookerPorts
  readonly #queue: LookQueue
  readonly #scanner: Scanner
  #asked = false
  #waiters: { resolve(): void; reject(error: unknown): void }[] = []
  #looking: Promise<void> | undefined
  #progress: ScanProgress | undefined
  /** Were being written when they were looked at, and are looked at again soon. */
  readonly #writing = new Set<string>()
  #wasWriting = false

  constructor(context: FolderContext, ports: LookerPorts) {
    this.#context = context
    this.#ports = ports
    this.#queue = new LookQueue(context.clock, () => this.look())
    this.#scanner = new Scanner(context, {
      changing: (path) => this.#changing(path),
      calm: (path) => {
        this.#queue.calm(path)
        this.#writing.delete(path)
      },
      progress: (progress) => {
        if (!this.#progress) return
        this.#progress = progress
        context.changed()
      },
    })
  }

  /** Of a look at everything, while it lasts. */
  get progress(): ScanProgress | undefined {
    return this.#progress
  }
  /** How many files the index may not know as they are, for they were being written when they were looked at. */
  get writing(): number {
    return this.#writing.size
  }
  get idle(): boolean {
    return !this.#looking && !this.#asked && this.#queue.empty
  }

  add(paths: readonly string[]): void {
    if (paths.includes('')) this.everything()
    else this.#queue.add(paths)
  }

  everything(): void {
    this.#asked = true
    this.look()
  }

  /** Resolves when everything was looked at. */
  async whole(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.everything()
    })
  }

  /** At once; for what was changed here on somebody's behalf. */
  async at(paths: readonly string[]): Promise<void> {
    await this.#scanner.at(paths, this.#context.signal)
  }

  look(): void {
    if (this.#looking || !this.#ports.isActive()) return
    this.#looking = this.#untilDone()
      .catch((error: unknown) => {
        // What was to be looked at is not known any more.
        this.#asked = true
        this.reject(error)
        this.#context.trouble(error)
      })
      .finally(() => {
        this.#looking = undefined
        this.#progress = undefined
        this.#context.changed()
        if (this.#wasWriting && this.#writing.size === 0) this.#ports.calm()
        this.#wasWriting = this.#writing.size > 0
        if (this.#ports.isActive() && this.#ports.isClear() && (this.#asked || this.#queue.hasDue)) this.look()
      })
  }

  /** Those who wait for a whole look. */
  reject(error: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error)
  }

  /** Paused: what happens meanwhile is found by a look at everything. */
  forget(): void {
    this.#queue.clear()
    this.#writing.clear()
  }

  async close(): Promise<void> {
    this.#queue.close()
    this.reject(new HoldfastError('ENGINE_NOT_RUNNING', 'The folder is no more kept in sync here.'))
    await this.#looking
  }

  async #untilDone(): Promise<void> {
    for (;;) {
      if (!this.#ports.isActive()) return
      if (this.#asked) await this.#all()
      const due = this.#queue.take()
      if (due === 'everything') this.#asked = true
      else if (due.length > 0) {
        await this.#scanner.at(due, this.#context.signal)
        this.#looked()
      } else if (!this.#asked) return
    }
  }

  async #all(): Promise<void> {
    const { disk, clock, signal } = this.#context
    this.#asked = false
    this.#queue.clear()
    this.#progress = { files: 0, bytes: 0 }
    this.#ports.scanning()
    const waiters = this.#waiters.splice(0)
    try {
      await disk.check()
      await disk.trash.expire(clock.now())
      await this.#scanner.all(signal)
    } catch (error) {
      this.#waiters.push(...waiters)
      throw error
    }
    this.#progress = undefined
    this.#looked()
    for (const { resolve } of waiters) resolve()
    this.#ports.scanned()
  }

  /** What was being written and waits for no other look is gone, or is a file no more. */
  #looked(): void {
    for (const path of this.#writing) {
      if (this.#queue.has(path)) continue
      this.#writing.delete(path)
      this.#queue.calm(path)
    }
  }

  #changing(path: string): void {
    if (this.#queue.retry(path) < SAY_CHANGING_AFTER) {
      this.#writing.add(path)
      this.#wasWriting = true
      return
    }
    // From now on it is a problem, and nothing to wait for.
    this.#writing.delete(path)
    this.#context.problem(path, new HoldfastError('FILE_CHANGING', 'This file is written to all the time. It is told to others when it is quiet.'), 'look')
  }
}
