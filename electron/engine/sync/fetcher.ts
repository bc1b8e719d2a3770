import { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { shownName } from '../folder/names.ts'
import { BLOCK_BYTES, MAX_GET_BLOCKS, MAX_GET_BYTES, MAX_GET_ITEMS, MAX_LIST_BYTES } from '../protocol/limits.ts'
import type { SyncGetItem, SyncMissing } from '../protocol/messages.ts'
import { getItemBytes } from '../protocol/sync-items.ts'
import { blake3 } from '../util/digest.ts'
import type { Applier, Outcome } from './applier.ts'
import { Backoffs } from './backoffs.ts'
import { sameBytes, sameContent } from './content.ts'
import type { Entry } from './entry.ts'
import { keyOf, sourceAt, whyNot, type Job } from './fetch-job.ts'
import { FetchQueue } from './fetch-queue.ts'
import { parentOf, type FolderContext } from './folder-context.ts'
import { LongFetch } from './long-fetch.ts'
import { sourcesHere, type Planned } from './planner.ts'
import { Placer } from './placer.ts'
import type { Answers, Requests } from './requests.ts'
import { isLong, isLongId, type StageIds } from './staging.ts'

const PAGE = 256
/** Left free on the volume. */
const SPARE_BYTES = 16 * 1024 * 1024
/** Nobody tells when there is room again; looking costs little. */
const NO_SPACE_MS = 5_000
const MAX_NO_SPACE_MS = 15_000
const SAY_AFTER = 3

/** Gets content from other devices: what a folder's open paths want, within bounds, from whoever has it. */
export class Fetcher {
  readonly #context: FolderContext
  readonly #applier: Applier
  readonly #pathBackoffs: Backoffs
  readonly #peers: () => readonly Requests[]
  /** Of one device and one path. */
  readonly #backoffs: Backoffs
  readonly #queue = new FetchQueue()
  readonly #cancels = new Set<() => void>()
  /** Long files that are staged in part. */
  readonly #begun = new Set<number>()
  #cursor: string | undefined
  #exhausted = true
  /** Changes when everything is looked at anew. */
  #round = 0
  #filling = false
  #mayReplace: (planned: Planned) => boolean = () => false
  /** Something may be staged that nobody knows of. */
  #stopped = false
  readonly #placer: Placer
  /** All that has come and verified. */
  receivedBytes = 0

  constructor(context: FolderContext, applier: Applier, backoffs: Backoffs, ids: StageIds, peers: () => readonly Requests[]) {
    this.#context = context
    this.#applier = applier
    this.#pathBackoffs = backoffs
    this.#peers = peers
    this.#placer = new Placer(context, applier, ids, {
      cannotStage: (target, error) => this.#cannotStage(target, error),
      placed: (jobs, outcomes) => this.#placed(jobs, outcomes),
    })
    this.#backoffs = new Backoffs(context.clock, () => context.wake())
  }

  get busy(): boolean {
    return this.#queue.size > 0
  }

  /** What an earlier run has staged of long files is kept; the rest goes. */
  async begin(): Promise<void> {
    const staged = await this.#context.disk.staged()
    const short = staged.filter((id) => !isLongId(id))
    for (const id of staged) if (isLongId(id)) this.#begun.add(id)
    if (short.length > 0) await this.#context.disk.unstage(short)
  }

  /** Looks at all that is open anew. `mayReplace`: the guard has seen this; what takes nothing's place it need not see. */
  restart(mayReplace: (planned: Planned) => boolean): void {
    this.#mayReplace = mayReplace
    this.#begin()
    for (const job of this.#queue.values()) {
      const fresh = this.#jobFor(job.target.path)
      if (fresh && sameContent(fresh.target, job.target)) job.sources = fresh.sources
      else if (job.state === 'waiting') this.#queue.drop(job)
    }
    this.pump()
  }

  /** A device has room for requests, or something that was in the way is gone. */
  pump(): void {
    if (this.#context.signal.aborted) return
    if (this.#queue.mustLookForLongs) this.#begin()
    if ((!this.#exhausted || this.#queue.hasLong) && !this.#filling) {
      this.#filling = true
      this.#fill().then(
        (isCurrent) => {
          this.#filling = false
          if (isCurrent) this.#ask()
          else this.pump()
        },
        (error: unknown) => {
          this.#filling = false
          this.#context.trouble(error)
        },
      )
    } else this.#ask()
  }

  /** Lets go of everything; what is staged of long files stays. */
  stop(): void {
    for (const cancel of [...this.#cancels]) cancel()
    this.#cancels.clear()
    this.#queue.clear()
    this.#placer.stop()
    this.#stopped = true
    this.#exhausted = true
    this.#round += 1
    this.#queue.forgetSkipped()
    this.#mayReplace = () => false
    this.#backoffs.clear()
  }

  close(): void {
    this.stop()
    this.#backoffs.close()
  }

  /** Nothing is open any more: what is staged belongs to nothing. */
  async tidy(): Promise<void> {
    if ((this.#begun.size === 0 && !this.#stopped) || this.#queue.size > 0) return
    this.#stopped = false
    this.#begun.clear()
    await this.#context.disk.unstage()
  }

  #begin(): void {
    this.#round += 1
    this.#cursor = undefined
    this.#exhausted = false
    this.#queue.forgetSkipped()
  }

  /** Returns false when everything was to be looked at anew meanwhile. */
  async #fill(): Promise<boolean> {
    const { disk, signal } = this.#context
    const round = this.#round
    let free: number | undefined
    for (const path of this.#paths()) {
      const job = this.#queue.get(path) ? undefined : this.#jobFor(path)
      if (!job || !this.#queue.accepts(job)) continue
      free ??= await disk.freeBytes()
      const problem = await this.#noRoom(job, free)
      if (signal.aborted || this.#round !== round) return false
      if (problem) {
        this.#pathBackoffs.fail(path, NO_SPACE_MS, MAX_NO_SPACE_MS)
        this.#context.problem(path, problem)
        continue
      }
      free -= job.target.size
      this.#queue.add(job)
    }
    return this.#round === round
  }

  /** While there is room: long files that found none before, then whatever has not been looked at. */
  *#paths(): Generator<string, void, undefined> {
    const { store, id } = this.#context
    for (let path = this.#queue.takeLong(); path !== undefined; path = this.#queue.takeLong()) yield path
    while (!this.#exhausted && this.#queue.hasRoom) {
      const page = store.open(id, this.#cursor, PAGE)
      for (const path of page) {
        if (!this.#queue.hasRoom) return
        this.#cursor = path
        yield path
      }
      if (page.length < PAGE) this.#exhausted = true
    }
  }

  /** On the volume, or in the trash for what it replaces: then it need not be sent. */
  async #noRoom({ target: { path, size }, replacedBytes }: Job, freeBytes: number): Promise<HoldfastError | undefined> {
    if (size + SPARE_BYTES > freeBytes) return new HoldfastError('DISK_FULL', `There is no room for ${shownName(path)}.`, { details: { neededBytes: size, freeBytes } })
    return replacedBytes > 0 ? await this.#context.disk.trash.problem(path, replacedBytes, this.#queue.replacedBytes) : undefined
  }

  #jobFor(path: string): Job | undefined {
    if (this.#pathBackoffs.holds(path)) return undefined
    const planned = this.#applier.plan(path)
    if (!planned || planned === 'failed' || planned.step.kind !== 'get') return undefined
    const { target, remotes } = planned
    const above = this.#context.store.local(this.#context.id, parentOf(path))
    if (target.size === 0 || above?.kind === 'file' || sourcesHere(this.#context, target).length > 0) return undefined
    const sources = remotes.filter((remote) => sameContent(remote, target) && this.#isAskable(remote.deviceId, path))
    if (sources.length === 0) return undefined
    const replaced = planned.keep ? undefined : planned.step.stamp
    if (replaced && !this.#mayReplace(planned)) return undefined
    const replacedBytes = replaced?.size ?? 0
    return { target, sources, long: isLong(target) ? new LongFetch(this.#context, target) : undefined, replacedBytes, state: 'waiting' }
  }

  #isAskable(deviceId: DeviceId, path: string): boolean {
    return this.#peers().some((peer) => peer.deviceId === deviceId) && !this.#backoffs.holds(keyOf(deviceId, path))
  }

  #ask(): void {
    for (const peer of this.#peers()) {
      while (peer.free > 0 && (this.#askDigests(peer) || this.#askSmall(peer) || this.#askBlocks(peer)));
    }
    // Whatever nobody can be asked for any more gives its place to others.
    for (const job of this.#queue.values()) if (job.state === 'waiting' && job.sources.length === 0) this.#drop(job)
  }

  #askDigests(peer: Requests): boolean {
    const { store, id } = this.#context
    for (const job of this.#queue.values()) {
      const { long, target } = job
      const source = sourceAt(job, peer.deviceId)
      if (!long || job.state !== 'waiting' || !long.needsDigests || !source) continue
      const known = store.blocks(id, target.digest)
      if (known && long.takeBlocks(known)) {
        this.#prepare(job, long)
        continue
      }
      job.state = 'asked'
      let wrong = false
      this.#request(job, (answers) => peer.digests(id, target.path, source.version, answers), {
        piece: () => undefined,
        digests: (firstBlock, digests, last) => {
          wrong ||= !long.addDigests(firstBlock, digests, last)
        },
        end: (missing, lost) => {
          job.state = 'waiting'
          if (!wrong && !long.needsDigests) return this.#prepare(job, long)
          long.dropDigests()
          this.#unserved(job, peer, lost ? 'lost' : wrong ? 'wrong' : (missing[0]?.reason ?? 'wrong'))
        },
      })
      return true
    }
    return false
  }

  #prepare(job: Job, long: LongFetch): void {
    const { store, id } = this.#context
    job.state = 'preparing'
    const staged = this.#begun.has(long.id)
    this.#begun.add(long.id)
    long.prepare(staged, store.local(id, job.target.path)).then(
      (error) => {
        if (!this.#queue.has(job)) return
        job.state = 'waiting'
        if (error) this.#cannotStage(job.target, error)
        else if (long.complete) this.#arrived(job)
        this.pump()
      },
      (error: unknown) => this.#context.trouble(error),
    )
  }

  #askBlocks(peer: Requests): boolean {
    for (const job of this.#queue.values()) {
      const { long } = job
      const source = sourceAt(job, peer.deviceId)
      if (!long?.ready || job.state !== 'waiting' || !source) continue
      const run = long.takeRun(Math.max(1, Math.min(MAX_GET_BLOCKS, Math.floor(peer.allowance / BLOCK_BYTES))))
      if (!run) continue
      const { path } = job.target
      let wrong = false
      this.#request(job, (answers) => peer.get(this.#context.id, [{ path, version: source.version, ...run }], run.count * BLOCK_BYTES, answers), {
        piece: (_, block, bytes) => {
          wrong ||= !long.isBlock(block, bytes)
          if (wrong) return undefined
          this.receivedBytes += bytes.length
          return long.write(block, bytes).then(
            () => {
              if (long.complete && this.#queue.has(job)) this.#arrived(job)
            },
            (error: unknown) => this.#context.trouble(error),
          )
        },
        end: (missing, lost) => {
          if (missing.length === 0 && !lost && !wrong) return
          long.giveBack(run.firstBlock, run.count)
          this.#unserved(job, peer, lost ? 'lost' : wrong ? 'wrong' : (missing[0]?.reason ?? 'gone'))
        },
      })
      return true
    }
    return false
  }

  #askSmall(peer: Requests): boolean {
    const jobs: Job[] = []
    const items: SyncGetItem[] = []
    const most = Math.min(MAX_GET_BYTES, peer.allowance)
    let bytes = 0
    let listBytes = 0
    for (const job of this.#queue.values()) {
      const source = sourceAt(job, peer.deviceId)
      if (job.long || job.state !== 'waiting' || !source) continue
      const item: SyncGetItem = { path: job.target.path, version: source.version, firstBlock: 0, count: 1 }
      listBytes += getItemBytes(item)
      if (items.length > 0 && (listBytes > MAX_LIST_BYTES || bytes + job.target.size > most)) break
      bytes += job.target.size
      jobs.push(job)
      items.push(item)
      if (items.length === MAX_GET_ITEMS) break
    }
    if (items.length === 0) return false
    for (const job of jobs) job.state = 'asked'
    this.#request(undefined, (answers) => peer.get(this.#context.id, items, bytes, answers), {
      piece: (item, _, bytes) => {
        const job = jobs[item]
        if (job?.state !== 'asked') return
        if (bytes.length !== job.target.size || !sameBytes(blake3(bytes), job.target.digest)) {
          job.state = 'waiting'
          return this.#unserved(job, peer, 'wrong')
        }
        this.receivedBytes += bytes.length
        job.bytes = Uint8Array.prototype.slice.call(bytes)
        this.#arrived(job)
      },
      end: (missing, lost) => {
        const reasons = new Map(missing.map(({ item, reason }) => [item, reason]))
        jobs.forEach((job, at) => {
          if (job.state !== 'asked') return
          job.state = 'waiting'
          this.#unserved(job, peer, lost ? 'lost' : (reasons.get(at) ?? 'gone'))
        })
      },
    })
    return true
  }

  #request(job: Job | undefined, send: (answers: Answers) => () => void, answers: Answers): void {
    const isCurrent = () => this.#cancels.has(cancel) && (!job || this.#queue.has(job))
    const cancel = send({
      piece: (item, block, bytes) => (isCurrent() ? answers.piece(item, block, bytes) : undefined),
      digests: (firstBlock, digests, last) => (isCurrent() ? answers.digests?.(firstBlock, digests, last) : undefined),
      end: (missing, lost) => {
        const current = isCurrent()
        this.#cancels.delete(cancel)
        if (current) answers.end(missing, lost)
        if (!lost) this.pump()
      },
    })
    this.#cancels.add(cancel)
  }

  /** This device did not give it: others are asked, and this one later. */
  #unserved(job: Job, peer: Requests, reason: SyncMissing | 'wrong' | 'lost'): void {
    const { path } = job.target
    const at = job.sources.findIndex((source) => source.deviceId === peer.deviceId)
    if (at >= 0) job.sources.splice(at, 1)
    if (reason !== 'lost') {
      const tries = this.#backoffs.fail(keyOf(peer.deviceId, path), reason === 'wrong' || reason === 'denied' ? 10_000 : 1_000)
      if (reason === 'wrong' || tries >= SAY_AFTER) this.#context.problem(path, whyNot(path, reason))
    }
    if (job.sources.length === 0 && job.state === 'waiting') this.#drop(job)
  }

  #arrived(job: Job): void {
    if (job.state === 'here') return
    job.state = 'here'
    this.#placer.add(job)
  }

  #placed(jobs: readonly Job[], outcomes: ReadonlyMap<Job, Outcome>): void {
    const { store, id } = this.#context
    for (const job of jobs) this.#queue.drop(job)
    for (const [{ long, target }, outcome] of outcomes) {
      if (long && outcome !== 'failed' && outcome !== 'blocked') this.#begun.delete(long.id)
      if (long && outcome === 'done') store.putBlocks(id, target.digest, long.blocks)
      if (outcome === 'blocked') this.#pathBackoffs.fail(target.path)
    }
    // What was left for them, because the content is the same or was another by the time it came, can go on.
    if (this.#queue.takeTwins() || this.#queue.size === 0 || [...outcomes.values()].includes('other')) this.#context.wake()
    this.pump()
  }

  #drop(job: Job): void {
    this.#queue.drop(job)
    // What is open and was not begun need not wait for a pass that was put off for the sake of what is coming.
    if (this.#queue.size === 0) this.#context.wake()
  }

  #cannotStage(target: Entry, error: HoldfastError): void {
    const job = this.#queue.get(target.path)
    if (job) this.#drop(job)
    this.#pathBackoffs.fail(target.path, NO_SPACE_MS, MAX_NO_SPACE_MS)
    if (error.code === 'DISK_FULL') this.#context.trouble(error)
    else this.#context.problem(target.path, error)
  }
}
