import { Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../shared/errors.ts'
import { collectEarly } from '../util/early-collection.ts'
import type { JobKind } from './lane-jobs.ts'
import type { LaneMessage, LaneReply } from './lane-messages.ts'

/** Beside the module as source, beside the bundle as built: all entries are in one folder there. */
export const LANE_WORKER = new URL(import.meta.url.endsWith('.ts') ? './lane-worker.ts' : './lane-worker.js', import.meta.url)

/** A lane's garbage is small and short-lived: V8's default of 48 MiB a thread for it would only cost memory. */
const YOUNG_MB = 8
/**
 * A job is a page or a batch, but one folder may have a million names, and a thread that meets its bound ends. Without a
 * bound V8 collects what has aged only when there are hundreds of megabytes.
 */
const OLD_MB = 256

/** How long a thread without work may take to end by itself, keeping what it keeps, before it is ended. */
const END_MS = 2_000

interface PendingJob {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: HoldfastError) => void
}

/** One lane: a thread that is started when first needed, replaced when it dies, and keeps nobody's process alive when idle. */
export class LaneThread {
  readonly #entry: URL
  #worker: Worker | undefined
  #pending = new Map<number, PendingJob>()
  #nextId = 1
  #idle: (() => void)[] = []

  constructor(entry: URL = LANE_WORKER) {
    this.#entry = entry
  }

  get pending(): number {
    return this.#pending.size
  }

  start(): void {
    this.#worker ??= this.#spawn()
  }

  /** Rejects with what the job threw, or ENGINE_INTERNAL when the thread died over it. */
  run(kind: JobKind, job: unknown): Promise<unknown> {
    const worker = (this.#worker ??= this.#spawn())
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      worker.ref()
      try {
        worker.postMessage({ id, kind, job } satisfies LaneMessage)
      } catch (error) {
        this.#settle(id)
        reject(new HoldfastError('ENGINE_INTERNAL', 'A job could not be handed to its thread.', { cause: error }))
      }
    })
  }

  /** Waits for the jobs under way, then ends the thread. */
  async close(): Promise<void> {
    if (this.#pending.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    const worker = this.#worker
    this.#worker = undefined
    if (worker) await ended(worker)
  }

  #spawn(): Worker {
    // Also where there is no engine: with other flags V8 would refuse the code that lanes keep.
    collectEarly()
    const worker = new Worker(this.#entry, { name: 'holdfast-lane', resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB } })
    let cause: unknown
    worker.on('message', (reply: LaneReply) => {
      const job = this.#settle(reply.id)
      if (reply.ok) job?.resolve(reply.value)
      else job?.reject(HoldfastError.from(reply.error))
    })
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => this.#died(worker, cause))
    worker.unref()
    return worker
  }

  #settle(id: number): PendingJob | undefined {
    const job = this.#pending.get(id)
    this.#pending.delete(id)
    if (this.#pending.size === 0) {
      this.#worker?.unref()
      for (const resolve of this.#idle.splice(0)) resolve()
    }
    return job
  }

  #died(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id)?.reject(new HoldfastError('ENGINE_INTERNAL', 'A thread for disk work ended unexpectedly; its work is done again.', { cause }))
    }
  }
}

async function ended(worker: Worker): Promise<void> {
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const timer = setTimeout(() => void worker.terminate(), END_MS)
  worker.ref()
  worker.postMessage('end' satisfies LaneMessage)
  await gone
  clearTimeout(timer)
}
