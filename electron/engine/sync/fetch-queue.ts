import { digestKey } from './content.ts'
import type { Job } from './fetch-job.ts'

const MAX_SMALL_FILES = 4_096
const MAX_SMALL_BYTES = 32 * 1024 * 1024
const MAX_LONG = 2
/** Long files that wait for room by name; more of them are looked for again. */
const MAX_WAITING = 4_096

/** The files that are being got, within bounds: whatever has no room is left out, and looked for again when there is. */
export class FetchQueue {
  readonly #jobs = new Map<string, Job>()
  readonly #digests = new Set<string>()
  #smallBytes = 0
  #longs = 0
  #replacedBytes = 0
  #twins = false
  #longsWaiting: string[] = []
  #moreLongs = false

  get size(): number {
    return this.#jobs.size
  }
  get hasRoom(): boolean {
    return this.#jobs.size < MAX_SMALL_FILES && this.#smallBytes < MAX_SMALL_BYTES
  }
  /** Long files were left out which nobody remembers, and there is room for one now. */
  get mustLookForLongs(): boolean {
    return this.#moreLongs && this.#longsWaiting.length === 0 && this.#longs < MAX_LONG
  }
  /** A long file was left out, and there is room for it now. */
  get hasLong(): boolean {
    return this.#longsWaiting.length > 0 && this.#longs < MAX_LONG
  }
  /** Bytes of files here that go to the trash when those that are under way have come. */
  get replacedBytes(): number {
    return this.#replacedBytes
  }

  get(path: string): Job | undefined {
    return this.#jobs.get(path)
  }
  values(): IterableIterator<Job> {
    return this.#jobs.values()
  }
  has(job: Job): boolean {
    return this.#jobs.get(job.target.path) === job
  }

  /** Few long files at a time; and of equal files only one is sent. */
  accepts({ long, target }: Job): boolean {
    if (long && this.#longs >= MAX_LONG) {
      if (this.#longsWaiting.length < MAX_WAITING) this.#longsWaiting.push(target.path)
      else this.#moreLongs = true
      return false
    }
    if (!this.#digests.has(digestKey(target))) return true
    this.#twins = true
    return false
  }

  add(job: Job): void {
    this.#jobs.set(job.target.path, job)
    this.#digests.add(digestKey(job.target))
    this.#replacedBytes += job.replacedBytes
    if (job.long) this.#longs += 1
    else this.#smallBytes += job.target.size
  }

  drop(job: Job): void {
    if (!this.has(job)) return
    this.#jobs.delete(job.target.path)
    this.#digests.delete(digestKey(job.target))
    this.#replacedBytes -= job.replacedBytes
    if (job.long) this.#longs -= 1
    else this.#smallBytes -= job.target.size
  }

  clear(): void {
    this.#jobs.clear()
    this.#digests.clear()
    this.#smallBytes = 0
    this.#longs = 0
    this.#replacedBytes = 0
  }

  /** The next of those that were left out, if there is room for it; asked once. */
  takeLong(): string | undefined {
    return this.hasLong ? this.#longsWaiting.shift() : undefined
  }

  /** Everything is looked at anew: nothing is left out yet. */
  forgetSkipped(): void {
    this.#longsWaiting = []
    this.#moreLongs = false
  }

  /** Whether some were left out because the same content was on its way; asked once. */
  takeTwins(): boolean {
    const twins = this.#twins
    this.#twins = false
    return twins
  }
}
