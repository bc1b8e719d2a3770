import { HoldfastError, toErrorData, type ErrorData } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { Amount, FolderId, FolderMode, PlanCounts, PlanItem, SyncActivity } from '../../../shared/model/folder.ts'
import type { Clock } from '../util/clock.ts'
import { Timers } from '../util/timers.ts'
import { Applier } from './applier.ts'
import { Backoffs } from './backoffs.ts'
import { deviceTag, type DeviceTag } from './entry.ts'
import { Fetcher } from './fetcher.ts'
import type { FolderContext } from './folder-context.ts'
import type { FolderPorts } from './folder-ports.ts'
import { mustAsk } from './guard.ts'
import { keepMine } from './keep-mine.ts'
import { LocalWork } from './local-work.ts'
import { Looker } from './looker.ts'
import type { Planned } from './planner.ts'
import { Outstanding } from './outstanding.ts'
import { Passes } from './passes.ts'
import type { FolderRow, MemberRow, SyncDisk, SyncStore, SyncWatcher } from './ports.ts'
import { Problems } from './problems.ts'
import { RecentChanges } from './recent-changes.ts'
import { StageIds } from './staging.ts'
import { planKey, survey, type Survey } from './survey.ts'
import { Turns } from './turns.ts'

/** Passes in a row in which others were telling more; the next one does not wait for the rest. */
const MAX_TORN = 5
const RESCAN_MS = 60 * 60_000
const MISSING_RETRY_MS = 5_000
const TROUBLE_RETRY_MS = 30_000

/** One shared folder here: looks at the disk, decides, and does what is to be done. */
export class FolderSync implements FolderContext {
  readonly id: FolderId
  readonly tag: DeviceTag
  readonly clock: Clock
  readonly store: SyncStore
  readonly disk: SyncDisk
  readonly turns = new Turns()
  /** How far the index went when this run began. */
  readonly startSequence: number
  readonly #ports: FolderPorts
  readonly #abort = new AbortController()
  readonly #looker: Looker
  readonly #backoffs: Backoffs
  readonly #applier: Applier
  readonly #work: LocalWork
  readonly #fetcher: Fetcher
  readonly #recent: RecentChanges
  readonly #approved = new Set<string>()
  readonly #problems: Problems
  readonly #passes: Passes
  readonly #timers: Timers<'rescan' | 'missing' | 'trouble'>
  #row: FolderRow
  #watcher: SyncWatcher | undefined
  #hasScanned = false
  /** How often others have told of something. */
  #told = 0
  #torn = 0
  #missing: ErrorData | undefined
  #waiting: ErrorData | undefined
  #asking: { readonly token: string; readonly counts: PlanCounts } | undefined
  #survey: Survey | undefined
  readonly #outstanding = new Outstanding()

  constructor(row: FolderRow, ports: FolderPorts) {
    this.id = row.id
    this.tag = deviceTag(ports.self.id)
    this.clock = ports.clock
    this.store = ports.store
    this.disk = ports.openDisk(row.id, row.path)
    this.disk.trash.setLimit(row.trashLimitBytes || undefined)
    this.#ports = ports
    this.#row = row
    this.startSequence = this.store.lastSequence(row.id)
    this.#timers = new Timers(ports.clock)
    const ids = new StageIds()
    this.#backoffs = new Backoffs(ports.clock, () => this.wake())
    this.#recent = new RecentChanges(ports.clock)
    this.#problems = new Problems(this)
    this.#applier = new Applier(this, this.#backoffs, (planned, tally) => {
      if (!this.#approved.delete(planKey(planned))) this.#recent.add(planned, tally, planned.local?.modifiedBy === this.tag)
    })
    this.#work = new LocalWork(this, this.#applier, this.#backoffs, ids)
    this.#fetcher = new Fetcher(this, this.#applier, this.#backoffs, ids, () => ports.requests(this.#row))
    this.#passes = new Passes({
      clock: ports.clock,
      isActive: () => this.#isActive,
      isBusy: () => this.#fetcher.busy,
      pass: () => this.#pass(),
    })
    this.#looker = new Looker(this, {
      isActive: () => this.#isActive,
      isClear: () => !this.#missing && !this.#waiting,
      scanning: () => this.#problems.scanning(),
      scanned: () => this.#scanned(),
      calm: () => ports.looked(this.id),
    })
  }

  get row(): FolderRow {
    return this.#row
  }
  get mode(): FolderMode {
    return this.#row.mode
  }
  get signal(): AbortSignal {
    return this.#abort.signal
  }
  get left(): Amount {
    return this.#outstanding.left
  }
  get toGet(): Survey['toGet'] {
    // What was found in the last pass may have come since.
    return this.#survey && this.store.openCount(this.id) > 0 ? this.#survey.toGet : new Map()
  }
  get receivedBytes(): number {
    return this.#fetcher.receivedBytes
  }
  get activities() {
    return {
      paused: this.#row.paused,
      missing: this.#missing,
      asking: this.#asking,
      scanning: this.#looker.progress,
      waiting: this.#waiting,
      writing: this.#looker.writing,
      left: this.#outstanding.left,
      busy: this.#fetcher.busy || this.#outstanding.isInHand,
    }
  }
  /** There may be more on disk than the index knows, and soon it will. */
  get isLooking(): boolean {
    if (!this.#isActive || this.#missing || this.#waiting) return false
    return !this.#hasScanned || this.#looker.progress !== undefined || this.#looker.writing > 0
  }
  /** For tests: nothing is being done or waits to be looked at. */
  get idle(): boolean {
    return this.#looker.idle && this.#passes.idle && !this.#fetcher.busy
  }

  start(): void {
    if (this.#ports.how === 'none') return
    this.#watcher = this.#ports.openWatcher(this.#row.path, {
      changed: (paths) => {
        if (this.#isActive) this.#looker.add(paths)
      },
      unsure: () => this.#looker.everything(),
      problem: (problem) => (problem ? this.trouble(problem) : this.#retryMissing()),
      // Of the folder as a whole, and no reason to stop.
      late: (problem) => (problem ? this.problem('', problem) : this.solved('')),
    })
    this.#watcher.start().catch((error: unknown) => this.trouble(error))
    this.turns.take(() => this.#fetcher.begin()).catch((error: unknown) => this.trouble(error))
    this.#looker.everything()
  }

  async close(): Promise<void> {
    this.#abort.abort()
    this.#timers.close()
    this.#passes.close()
    this.#backoffs.close()
    this.#fetcher.close()
    this.#problems.close()
    await Promise.allSettled([this.#watcher?.close(), this.#looker.close(), this.#passes.running])
    await this.turns.idle()
  }

  // — commands —

  patch(patch: Partial<Omit<FolderRow, 'id' | 'members'>>): void {
    const before = this.#row
    this.#row = { ...before, ...patch }
    this.store.transaction(() => {
      this.store.patchFolder(this.id, patch)
      if (this.#row.mode !== before.mode) this.store.openAll(this.id)
    })
    this.disk.trash.setLimit(this.#row.trashLimitBytes || undefined)
    if (this.#row.paused && !before.paused) {
      this.#fetcher.stop()
      this.#looker.forget()
    } else if (this.#row.mode !== before.mode || (before.paused && !this.#row.paused)) this.#looker.everything()
    this.wake()
    this.changed()
  }

  putMember(member: MemberRow): void {
    const others = this.#row.members.filter(({ deviceId }) => deviceId !== member.deviceId)
    this.#row = { ...this.#row, members: [...others, member] }
    this.store.putMember(this.id, member)
  }

  removeMember(deviceId: DeviceId): void {
    this.#row = { ...this.#row, members: this.#row.members.filter((member) => member.deviceId !== deviceId) }
    this.store.removeMember(this.id, deviceId)
    this.heard()
  }

  /** Looks at every file anew. */
  async scan(): Promise<void> {
    if (this.#row.paused) throw new HoldfastError('USAGE_INVALID', 'The folder is paused: resume it first.')
    // Whoever keeps the folder in sync looks at everything when it begins.
    if (this.#ports.how === 'none') return
    await this.#looker.whole()
  }

  async plan(look: (item: PlanItem, planned: Planned) => void): Promise<Survey> {
    return await survey(this, { approved: this.#approved, look })
  }

  async answer(token: string, answer: 'apply' | 'keep-mine'): Promise<void> {
    const paths: string[] = []
    const now = await survey(this, { approved: this.#approved, look: (_, planned) => void paths.push(planned.path) })
    if (now.token !== token) throw new HoldfastError('SYNC_ASKING', 'What would be done has changed meanwhile: look at it again.')
    if (answer === 'apply') for (const key of now.keys) this.#approved.add(key)
    else await this.#keepMine(paths, now.keys)
    this.#asking = undefined
    this.wake()
    this.changed()
  }

  /** Also what was taken away before so much came together that it asks. */
  async #keepMine(paths: readonly string[], keys: ReadonlySet<string>): Promise<void> {
    const back = await this.turns.take(() => keepMine(this, paths, keys, this.#recent.taken))
    this.#recent.clear()
    this.happened(back.map((path) => ({ atMs: this.clock.now(), kind: 'restored', path })))
    await this.lookAt(back)
  }

  /** There may be more room in the trash: what waits for it need not wait longer. */
  trashChanged(): void {
    this.#backoffs.clear()
    this.wake()
  }

  /** Looks there at once; for what was changed here on somebody's behalf. */
  async lookAt(paths: readonly string[]): Promise<void> {
    await this.#looker.at(paths)
  }

  // — what the parts say —

  deviceName(tag: DeviceTag): string {
    if (tag === this.tag) return this.#ports.self.name
    const member = this.#row.members.find(({ deviceId }) => deviceTag(deviceId) === tag)
    return (member && this.#ports.nameOf(member.deviceId)) ?? tag.slice(0, 7)
  }

  recorded(ignoreFile: boolean): void {
    this.#ports.tell(this.id)
    this.changed()
    if (ignoreFile) this.#looker.everything()
  }

  /** Other devices have told of something. */
  heard(): void {
    this.#told += 1
    this.wake()
  }

  wake(): void {
    this.#passes.wake()
  }

  /** A device has room for requests. */
  pump(): void {
    if (this.#mayChange) this.#fetcher.pump()
  }

  lookAgain(paths: readonly string[]): void {
    if (this.#isActive) this.#looker.add(paths)
  }

  happened(items: readonly SyncActivity[]): void {
    if (items.length === 0) return
    this.#outstanding.happened(items)
    this.store.addActivity(this.id, items)
    this.#ports.happened(this.id, items)
    this.changed()
  }

  problem(path: string, error: HoldfastError, from: 'look' | 'plan' = 'plan'): void {
    this.#problems.put(path, error, from)
  }

  solved(path: string): void {
    this.#problems.solved(path)
  }

  settled(paths: readonly string[]): void {
    this.store.close(this.id, paths)
    for (const path of paths) this.#problems.settled(path)
  }

  trouble(error: unknown): void {
    if (this.signal.aborted) return
    this.#fetcher.stop()
    const data = toErrorData(error)
    const wasClear = !this.#missing && !this.#waiting
    if (data.code === 'FOLDER_MISSING') {
      this.#missing = data
      this.#looker.reject(error)
      this.#timers.set('missing', MISSING_RETRY_MS, () => this.#retryMissing())
    } else {
      this.#waiting = data
      this.#timers.set('trouble', TROUBLE_RETRY_MS, () => {
        this.#waiting = undefined
        this.#looker.look()
        this.wake()
        this.changed()
      })
    }
    // It looks no more for now.
    if (wasClear) this.#ports.looked(this.id)
    this.changed()
  }

  changed(): void {
    this.#ports.changed(this.id)
  }

  // — looking at the disk —

  get #isActive(): boolean {
    return !this.signal.aborted && !this.#row.paused && this.#ports.how !== 'none'
  }
  get #mayChange(): boolean {
    return this.#isActive && this.#hasScanned && !this.#missing && !this.#waiting && !this.#asking && this.#ports.how === 'keep'
  }

  #scanned(): void {
    this.#missing = undefined
    this.#hasScanned = true
    this.#backoffs.clear()
    this.#row = { ...this.#row, lastScanMs: this.clock.now() }
    this.store.patchFolder(this.id, { lastScanMs: this.clock.now() })
    this.#problems.scanned()
    this.#timers.set('rescan', RESCAN_MS * (0.85 + 0.3 * this.#ports.random.unit()), () => this.#looker.everything())
    this.#ports.looked(this.id)
    this.wake()
    this.changed()
  }

  #retryMissing(): void {
    if (!this.#missing || this.signal.aborted) return
    this.disk.check().then(
      () => {
        if (this.signal.aborted) return
        this.#missing = undefined
        this.#looker.everything()
        this.changed()
      },
      (error: unknown) => this.trouble(error),
    )
  }

  // — doing what is to be done —

  #pass(): Promise<void> | undefined {
    if (!this.#isActive || !this.#hasScanned || this.#missing || this.#waiting) return undefined
    return this.#passOnce().catch((error: unknown) => this.trouble(error)).finally(() => {
      this.#outstanding.done()
      this.changed()
    })
  }

  async #passOnce(): Promise<void> {
    const startMs = this.clock.monotonic()
    const told = this.#told
    const found = await survey(this, {
      approved: this.#approved,
      failed: (path, error) => this.#applier.refused(path, error),
      progress: (counts) => {
        this.#outstanding.counted(counts, true)
        this.changed()
      },
    })
    this.#passes.looked(startMs)
    this.#survey = found
    this.#outstanding.counted(found.counts)
    this.changed()
    const asks = mustAsk(found.tally, this.#recent.tally, this.store.content(this.id).files)
    // What came while it looked may be the new name of what seems to be deleted only: then it looks once more before that.
    this.#torn = this.#told === told ? 0 : this.#torn + 1
    const isWhole = this.#torn === 0 || this.#torn > MAX_TORN
    if (this.#torn > 0) this.wake()
    if (!isWhole && asks) return
    this.#asking = asks ? { token: found.token, counts: found.counts } : undefined
    if (asks) this.#fetcher.stop()
    if (!this.#mayChange) return
    await this.#work.run(found.work, isWhole)
    if (found.work.more) this.wake()
    if (this.store.openCount(this.id) > 0) {
      if (this.#mayChange) this.#fetcher.restart((planned) => found.hasSeen(planned))
    } else await this.#fetcher.tidy()
    if (found.work.deletions.length > 0) this.#problems.retryNames()
  }
}
