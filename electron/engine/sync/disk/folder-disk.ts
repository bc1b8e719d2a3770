import { HoldfastError, type ErrorData } from '../../../../shared/errors.ts'
import type { FolderId } from '../../../../shared/model/folder.ts'
import { freeSpace } from '../../folder/free-space.ts'
import { IgnoreRules, NO_RULES } from '../../folder/ignore-rules.ts'
import { foldsNames, formProblem, NameTwins } from '../../folder/name-twins.ts'
import { shownName } from '../../folder/names.ts'
import { HOST_TARGET } from '../../folder/path-gate.ts'
import type { Lanes } from '../../folder/ports.ts'
import { InsideFolders } from '../../folder/resolve-inside.ts'
import { nameRefused } from '../../folder/sync-errors.ts'
import { unpackItems } from '../../folder/sync-items.ts'
import type { SyncJobKind, SyncJobOf, SyncResultOf } from '../../folder/sync-jobs.ts'
import { runSync } from '../../folder/sync-lane.ts'
import type { SyncFacts } from '../../folder/sync-marker.ts'
import { gateShared, type SyncPlace } from '../../folder/sync-place.ts'
import type { VolumeTraits } from '../../folder/volume-probe.ts'
import type { Clock } from '../../util/clock.ts'
import type { Stamp } from '../entry.ts'
import type { DiskAction, DiskItem, DiskResult, HashResult, Listing, StageFile, SyncDisk } from '../ports.ts'
import { FolderTrash } from './folder-trash.ts'
import { Together } from './together.ts'

export interface FolderDiskOptions {
  /** Absolute. */
  readonly root: string
  readonly folderId: FolderId
  readonly lanes: Pick<Lanes, 'sync'>
  readonly clock: Clock
  /** What tests decide themselves. */
  readonly traits?: VolumeTraits
}

/** As long as nothing is known of the volume. */
const PLAIN: VolumeTraits = { foldsCase: false, foldsUnicode: false, hardLinks: true, windowsNames: HOST_TARGET.windowsNames }
const MAX_STATS_AT_ONCE = 1024
/** Walks of all folders: lanes know them by number and root. */
let walks = 0

/** A shared folder on a real disk. All work on it is done by lanes; here is only what must be answered at once. */
export class FolderDisk implements SyncDisk {
  readonly trash: FolderTrash
  readonly #place: SyncPlace
  readonly #lanes: Pick<Lanes, 'sync'>
  readonly #clock: Clock
  readonly #stats: Together<string, DiskItem | undefined>
  #opened: Promise<SyncFacts> | undefined
  #facts: SyncFacts | undefined
  #rules = NO_RULES
  /** Staged since the last flush, with the time of long files, whose blocks are written after they have got it. */
  #unflushed = new Set<number>()
  #mtimes = new Map<number, number>()

  constructor({ root, folderId, lanes, clock, traits }: FolderDiskOptions) {
    this.#place = { root, folderId, ...(traits ? { traits } : {}) }
    this.#lanes = lanes
    this.#clock = clock
    this.trash = new FolderTrash(this.#place, (kind, job) => this.#run(kind, job), clock)
    this.#stats = new Together(MAX_STATS_AT_ONCE, (paths) => this.#run('stat', { place: this.#place, paths, keepsExecutable: this.keepsExecutable }))
  }

  get keepsExecutable(): boolean {
    return this.#facts?.keepsExecutable ?? process.platform !== 'win32'
  }

  async adopt(): Promise<void> {
    await runSync(this.#lanes, 'adopt', { place: this.#place })
    await this.#open()
  }

  async release(): Promise<void> {
    await runSync(this.#lanes, 'release', { place: this.#place })
    this.#opened = undefined
  }

  check(): Promise<void> {
    return this.#run('check', { place: this.#place })
  }

  async *list(under?: string, signal?: AbortSignal): AsyncGenerator<Listing, void, undefined> {
    signal?.throwIfAborted()
    await this.#open()
    const job = { place: this.#place, walk: (walks += 1), keepsExecutable: this.keepsExecutable, ...(under === undefined ? {} : { under }) }
    let ended = false
    try {
      for (let step: 'start' | 'next' = 'start'; !ended; step = 'next') {
        const { items, problems, done, ignoreText } = await runSync(this.#lanes, 'list', { ...job, step })
        ended = done
        if (ignoreText !== undefined) this.#ruleBy(ignoreText)
        signal?.throwIfAborted()
        if (items.numbers.length > 0 || problems.length > 0) yield { items: unpackItems(items), problems: problems.map(({ path, error }) => ({ path, error: HoldfastError.from(error) })) }
      }
    } finally {
      if (!ended) await runSync(this.#lanes, 'list', { ...job, step: 'end' }).catch(() => undefined)
    }
  }

  stat(path: string): Promise<DiskItem | undefined> {
    return this.#stats.ask(path)
  }

  ignores(path: string, kind: 'file' | 'folder'): boolean {
    return gateShared(path, this.#traits).ok && this.#rules.ignores(path, kind)
  }

  async hash(paths: readonly string[]): Promise<readonly HashResult[]> {
    const results = await this.#run('hash', { place: this.#place, paths, keepsExecutable: this.keepsExecutable })
    return results.map((result) => (result.kind === 'failed' ? { kind: 'failed', error: HoldfastError.from(result.error) } : result))
  }

  read(path: string, stamp: Stamp, offset: number, length: number): Promise<Uint8Array | undefined> {
    return this.#run('read', { place: this.#place, path, stamp, offset, length })
  }

  nameProblem(path: string): HoldfastError | undefined {
    const traits = this.#traits
    const gated = gateShared(path, traits)
    if (!gated.ok) return HoldfastError.from(nameRefused(path, gated.reason))
    const form = formProblem(path, traits)
    if (form !== undefined) return HoldfastError.from(nameRefused(path, form))
    if (!foldsNames(traits)) return undefined
    try {
      const twin = new NameTwins(new InsideFolders(this.#place.root), traits).of(gated.segments)
      return twin === undefined ? undefined : HoldfastError.from(nameRefused(path, `is the same as ${shownName(twin)} for this volume, which is there already`))
    } catch {
      // It can't be looked at now; whoever applies it looks again.
      return undefined
    }
  }

  async freeBytes(): Promise<number> {
    await this.check()
    return (await freeSpace(this.#place.root)).freeBytes
  }

  async stage(files: readonly StageFile[]): Promise<readonly (HoldfastError | undefined)[]> {
    const problems = await this.#run('stage', { place: this.#place, files })
    files.forEach(({ id, mtimeMs, bytes }, index) => {
      if (problems[index]) return
      this.#unflushed.add(id)
      if (bytes) this.#mtimes.delete(id)
      else this.#mtimes.set(id, mtimeMs)
    })
    return problems.map(fromData)
  }

  async writeBlock(id: number, offset: number, bytes: Uint8Array): Promise<void> {
    this.#unflushed.add(id)
    await this.#run('write', { place: this.#place, id, offset, bytes })
  }

  async copyBlock(id: number, offset: number, length: number, from: { path: string; stamp: Stamp; offset: number }): Promise<Uint8Array | undefined> {
    this.#unflushed.add(id)
    return await this.#run('copy', { place: this.#place, id, offset, length, from })
  }

  async flush(): Promise<void> {
    const ids = [...this.#unflushed]
    this.#unflushed.clear()
    const files = ids.map((id) => {
      const mtimeMs = this.#mtimes.get(id)
      return mtimeMs === undefined ? { id } : { id, mtimeMs }
    })
    try {
      await this.#run('flush', { place: this.#place, files })
    } catch (error) {
      for (const id of ids) this.#unflushed.add(id)
      throw error
    }
  }

  async apply(actions: readonly DiskAction[]): Promise<readonly DiskResult[]> {
    const refused = await this.#withoutRoom(actions)
    if (refused.size === 0) return await this.#apply(actions)
    const results = await this.#apply(actions.filter((action) => !refused.has(action)))
    let next = 0
    return actions.map((action) => {
      const error = refused.get(action)
      return error ? { kind: 'failed', error } : (results[next++] as DiskResult)
    })
  }

  /** What would go to a trash that is full. */
  async #withoutRoom(actions: readonly DiskAction[]): Promise<ReadonlyMap<DiskAction, HoldfastError>> {
    const refused = new Map<DiskAction, HoldfastError>()
    let comingBytes = 0
    for (const action of actions) {
      const bytes = trashedBytes(action)
      if (bytes === undefined) continue
      const error = await this.trash.problem(action.path, bytes, comingBytes)
      if (error) refused.set(action, error)
      else comingBytes += bytes
    }
    return refused
  }

  async #apply(actions: readonly DiskAction[]): Promise<readonly DiskResult[]> {
    const ids = actions.flatMap((action) => (action.kind === 'place' ? [action.id] : []))
    const mtimes = Object.fromEntries(ids.flatMap((id) => (this.#mtimes.has(id) ? [[id, this.#mtimes.get(id) as number]] : [])))
    const { outcomes, trashed } = await this.#run('apply', { place: this.#place, actions, mtimes, nowMs: this.#clock.now() })
    this.trash.grew(trashed)
    actions.forEach((action, index) => {
      if (action.kind === 'place' && outcomes[index]?.kind === 'done') this.#forget(action.id)
    })
    return outcomes.map((outcome): DiskResult => {
      if (outcome.kind === 'changed') return outcome
      if (outcome.kind === 'failed') return { kind: 'failed', error: HoldfastError.from(outcome.error) }
      const { trashed: _, ...rest } = outcome
      return rest
    })
  }

  staged(): Promise<readonly number[]> {
    return this.#run('staged', { place: this.#place })
  }

  hashStaged(id: number): Promise<Uint8Array | undefined> {
    return this.#run('hashStaged', { place: this.#place, id })
  }

  async unstage(ids?: readonly number[]): Promise<void> {
    for (const id of ids ?? [...this.#unflushed, ...this.#mtimes.keys()]) this.#forget(id)
    await this.#run('unstage', { place: this.#place, ...(ids ? { ids } : {}) })
  }

  readIgnoreFile(): Promise<string> {
    return this.#run('readIgnore', { place: this.#place })
  }

  /** Also in the place of one that can't be read, which holds up everything else. */
  async writeIgnoreFile(text: string): Promise<void> {
    await runSync(this.#lanes, 'writeIgnore', { place: this.#place, text })
    this.#ruleBy(text)
  }

  get #traits(): VolumeTraits {
    return this.#facts?.traits ?? this.#place.traits ?? PLAIN
  }

  #ruleBy(text: string): void {
    if (text !== this.#facts?.ignoreText || this.#rules === NO_RULES) this.#rules = new IgnoreRules(text)
    if (this.#facts) this.#facts = { ...this.#facts, ignoreText: text }
  }

  #forget(id: number): void {
    this.#unflushed.delete(id)
    this.#mtimes.delete(id)
  }

  /** What an interrupted run left is put in order before anything else; again until it was possible. */
  async #open(): Promise<void> {
    this.#opened ??= runSync(this.#lanes, 'open', { place: this.#place }).then(
      (facts) => {
        this.#facts = facts
        this.#rules = new IgnoreRules(facts.ignoreText)
        return facts
      },
      (error: unknown) => {
        this.#opened = undefined
        throw error
      },
    )
    await this.#opened
  }

  async #run<K extends SyncJobKind>(kind: K, job: SyncJobOf<K>): Promise<SyncResultOf<K>> {
    if (!this.#facts) await this.#open()
    return await runSync(this.#lanes, kind, job)
  }
}

/** Undefined: nothing goes to the trash. */
export function trashedBytes(action: DiskAction): number | undefined {
  if (action.kind === 'trash') return action.expected.size
  return action.kind === 'place' && action.expected !== 'nothing' && action.keepAs === undefined ? action.expected.size : undefined
}

function fromData(error: ErrorData | undefined): HoldfastError | undefined {
  return error && HoldfastError.from(error)
}
