import type { HoldfastError } from '../../../shared/errors.ts'
import type { Applier, Outcome } from './applier.ts'
import type { Entry } from './entry.ts'
import { sizeOf, type Job } from './fetch-job.ts'
import type { FolderContext } from './folder-context.ts'
import { placeStaged, stageSmall, type Staged, type StageIds } from './staging.ts'

const GROUP_FILES = 256
const GROUP_BYTES = 8 * 1024 * 1024
/** How long the first of a group of files waits for others. */
const GROUP_MS = 40

export interface PlacerPorts {
  cannotStage(target: Entry, error: HoldfastError): void
  /** These need no place in the queue any more, whatever became of them. */
  placed(jobs: readonly Job[], outcomes: ReadonlyMap<Job, Outcome>): void
}

/** Puts what has come in place: in groups, for a flush costs the same for one file and for hundreds. */
export class Placer {
  readonly #context: FolderContext
  readonly #applier: Applier
  readonly #ids: StageIds
  readonly #ports: PlacerPorts
  #ready: Job[] = []
  #placing = false
  #cancelGroup: (() => void) | undefined

  constructor(context: FolderContext, applier: Applier, ids: StageIds, ports: PlacerPorts) {
    this.#context = context
    this.#applier = applier
    this.#ids = ids
    this.#ports = ports
  }

  add(job: Job): void {
    this.#ready.push(job)
    if (job.long || this.#ready.length >= GROUP_FILES || sizeOf(this.#ready) >= GROUP_BYTES) this.#place()
    else this.#cancelGroup ??= this.#context.clock.after(GROUP_MS, () => this.#place())
  }

  stop(): void {
    this.#ready = []
    this.#cancelGroup?.()
    this.#cancelGroup = undefined
  }

  #place(): void {
    this.#cancelGroup?.()
    this.#cancelGroup = undefined
    if (this.#placing || this.#ready.length === 0 || this.#context.signal.aborted) return
    this.#placing = true
    const jobs = this.#ready.splice(0, GROUP_FILES)
    this.#group(jobs)
      .catch((error: unknown) => {
        this.#context.trouble(error)
        return new Map<Job, Outcome>()
      })
      .then((outcomes) => {
        this.#placing = false
        this.#ports.placed(jobs, outcomes)
        this.#place()
      })
      .catch((error: unknown) => this.#context.trouble(error))
  }

  async #group(jobs: readonly Job[]): Promise<ReadonlyMap<Job, Outcome>> {
    const small = jobs.flatMap(({ bytes, target }) => (bytes ? [{ id: this.#ids.next(), target, bytes }] : []))
    const staged: Staged[] = [...(await stageSmall(this.#context, small, (target, error) => this.#ports.cannotStage(target, error)))]
    for (const { long, target } of jobs) if (long) staged.push({ id: long.id, target })
    if (staged.length === 0) return new Map()
    const outcomes = await placeStaged(this.#context, this.#applier, staged)
    const byPath = new Map(jobs.map((job) => [job.target.path, job]))
    return new Map(staged.flatMap(({ target }, at) => {
      const job = byPath.get(target.path)
      const outcome = outcomes[at]
      return job && outcome ? [[job, outcome] as const] : []
    }))
  }
}
