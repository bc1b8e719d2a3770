import { availableParallelism } from 'node:os'
import { HoldfastError } from '../../../shared/errors.ts'
import { packJob, unpackResult } from './lane-codec.ts'
import type { JobKind, JobOf, ResultOf } from './lane-jobs.ts'
import { LaneThread } from './lane-thread.ts'
import type { Lanes, ReceivePlace } from './ports.ts'
import { laneOf } from './sync-lane.ts'

export interface WorkerLanesOptions {
  readonly readLanes?: number
  readonly writeLanes?: number
  /** The threads' entry; tests put their own here. */
  readonly entry?: URL
}

/**
 * Lanes as worker threads. Packs of one transfer may be written by several lanes at once; every other job of a transfer
 * waits for the packs given before it and is done by the one lane of its receive folder, so that names are decided in order.
 */
export class WorkerLanes implements Lanes {
  readonly #readers: readonly LaneThread[]
  readonly #writers: readonly LaneThread[]
  /** Packs under way, by transfer. */
  #packs = new Map<string, Set<Promise<unknown>>>()
  #closed = false

  constructor(options: WorkerLanesOptions = {}) {
    const lane = () => new LaneThread(options.entry)
    this.#readers = Array.from({ length: options.readLanes ?? 1 }, lane)
    this.#writers = Array.from({ length: options.writeLanes ?? (availableParallelism() > 2 ? 2 : 1) }, lane)
  }

  warm: Lanes['warm'] = (kind) => {
    for (const lane of kind === 'read' ? this.#readers : this.#writers) lane.start()
  }

  readPack: Lanes['readPack'] = (job) => this.#run(leastBusy(this.#readers), 'readPack', job)
  digestFile: Lanes['digestFile'] = (job) => this.#run(leastBusy(this.#readers), 'digestFile', job)

  writePack: Lanes['writePack'] = (job) => {
    const key = transferKey(job.place)
    const result = this.#run(leastBusy(this.#writers), 'writePack', job)
    const packs = this.#packs.get(key) ?? new Set()
    this.#packs.set(key, packs)
    const settled = result.then(nothing, nothing).then(() => {
      packs.delete(settled)
      if (packs.size === 0 && this.#packs.get(key) === packs) this.#packs.delete(key)
    })
    packs.add(settled)
    return result
  }

  preparePage: Lanes['preparePage'] = (job) => this.#run(this.#home(job.place), 'preparePage', job)
  flush: Lanes['flush'] = (job) => this.#afterPacks('flush', job, job.place)
  finish: Lanes['finish'] = (job) => this.#afterPacks('finish', job, job.place)
  unstage: Lanes['unstage'] = (job) => this.#afterPacks('unstage', job, job.place)
  finishFolders: Lanes['finishFolders'] = (job) => this.#afterPacks('finishFolders', job, job.place)
  clean: Lanes['clean'] = (place) => this.#afterPacks('clean', place, place)

  sync: Lanes['sync'] = (request) => {
    const lane = laneOf(request.kind)
    return this.#run(lane === 'read' ? leastBusy(this.#readers) : pinned(lane === 'walk' ? this.#readers : this.#writers, request.job.place.root), 'sync', request)
  }

  /** Jobs under way are finished; later ones are refused. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#packs.values()].flatMap((packs) => [...packs]))
    await Promise.all([...this.#readers, ...this.#writers].map((lane) => lane.close()))
  }

  async #afterPacks<K extends JobKind>(kind: K, job: JobOf<K>, place: ReceivePlace): Promise<ResultOf<K>> {
    const packs = this.#packs.get(transferKey(place))
    // One write lane keeps the order by itself.
    if (packs && this.#writers.length > 1) await Promise.all(packs)
    return this.#run(this.#home(place), kind, job)
  }

  #run<K extends JobKind>(lane: LaneThread, kind: K, job: JobOf<K>): Promise<ResultOf<K>> {
    if (this.#closed) return Promise.reject(new HoldfastError('ENGINE_NOT_RUNNING', 'The engine is stopping; the work goes on when it runs again.'))
    return lane.run(kind, packJob(kind, job)).then((wire) => unpackResult(kind, wire, job))
  }

  #home(place: ReceivePlace): LaneThread {
    return pinned(this.#writers, place.root)
  }
}

/** Always the same one for a folder. */
function pinned(lanes: readonly LaneThread[], root: string): LaneThread {
  let sum = 0
  for (const character of root) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003
  return lanes[sum % lanes.length] as LaneThread
}

function leastBusy(lanes: readonly LaneThread[]): LaneThread {
  return lanes.reduce((best, lane) => (lane.pending < best.pending ? lane : best))
}

function transferKey(place: ReceivePlace): string {
  return `${place.transferId} ${place.root}`
}

function nothing(): void {}
