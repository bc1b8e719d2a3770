import { HoldfastError, toErrorData } from '../../../shared/errors.ts'
import type { SyncActivity } from '../../../shared/model/folder.ts'
import type { Backoffs } from './backoffs.ts'
import { changeFor, type Change, type Content } from './change.ts'
import type { Entry, LocalEntry } from './entry.ts'
import { parentOf, type FolderContext } from './folder-context.ts'
import type { Tally } from './guard.ts'
import { planPath, type Planned } from './planner.ts'
import type { DiskResult } from './ports.ts'
import { record } from './record.ts'
import { bumpVersion } from './version.ts'

/** Something to be applied; what it is in particular is decided when its turn has come. */
export interface Wanted {
  readonly path: string
  /** Only if it is still of this sort. */
  accepts(planned: Planned): boolean
  content?(planned: Planned): Content | undefined
}
export type Outcome = 'done' | 'settled' | 'other' | 'blocked' | 'failed'

const INDEX_PAGE = 256
const REVIVE_AFTER = 2

/** Carries out plans: the disk first, then the index. A crash between the two looks like an edit that others know already. */
export class Applier {
  readonly #context: FolderContext
  readonly #backoffs: Backoffs
  readonly #counted: (planned: Planned, tally: Tally) => void

  /** `counted`: so much was taken away, for the guard. */
  constructor(context: FolderContext, backoffs: Backoffs, counted: (planned: Planned, tally: Tally) => void) {
    this.#context = context
    this.#backoffs = backoffs
    this.#counted = counted
  }

  /** In the order given, in one turn. */
  async apply(wanted: readonly Wanted[]): Promise<readonly Outcome[]> {
    return this.#context.turns.take(async () => {
      this.#context.signal.throwIfAborted()
      const outcomes: Outcome[] = wanted.map(() => 'other')
      const jobs: Job[] = []
      const made = new Set<string>()
      const closed: string[] = []
      wanted.forEach((one, at) => {
        const planned = this.plan(one.path)
        if (planned === 'failed') outcomes[at] = 'failed'
        else if (!planned) {
          closed.push(one.path)
          outcomes[at] = 'settled'
        } else if (one.accepts(planned)) {
          const content = one.content?.(planned)
          if (planned.step.kind === 'get' && !content) return
          if ((planned.step.kind === 'get' || planned.step.kind === 'make-folder') && !this.#hasParents(one.path, made, jobs)) {
            outcomes[at] = 'blocked'
            return
          }
          const change = changeFor(this.#context, planned, content)
          if (!change) return
          if (planned.step.kind === 'make-folder') made.add(one.path)
          jobs.push({ at, change })
        }
      })
      this.#context.settled(closed)
      if (jobs.length > 0) await this.#carryOut(jobs, outcomes)
      return outcomes
    })
  }

  /** A path that can't be here is said to be a problem, and closed. */
  plan(path: string): Planned | undefined | 'failed' {
    try {
      return planPath(this.#context, path)
    } catch (error) {
      this.refused(path, error)
      return 'failed'
    }
  }

  refused(path: string, error: unknown): void {
    this.#context.problem(path, asHoldfastError(error))
    this.#context.store.close(this.#context.id, [path])
  }

  async #carryOut(jobs: readonly Job[], outcomes: Outcome[]): Promise<void> {
    const all = jobs.flatMap(({ change }) => change.actions)
    const results = all.length > 0 ? await this.#context.disk.apply(all) : []
    const entries: Omit<LocalEntry, 'sequence'>[] = []
    const activity: SyncActivity[] = []
    const failed: [Change, readonly DiskResult[]][] = []
    let next = 0
    for (const { at, change } of jobs) {
      const own = results.slice(next, next + change.actions.length)
      next += own.length
      if (own.every((result) => result.kind === 'done')) {
        const { entries: now, activity: fact } = change.done(own)
        entries.push(...now)
        if (fact) activity.push(fact)
        const tally = tallyOf(change.planned, fact)
        if (tally) this.#counted(change.planned, tally)
        this.#backoffs.clear(change.planned.path)
      } else failed.push([change, own])
      if (at !== undefined) outcomes[at] = failed.at(-1)?.[0] === change ? 'failed' : 'done'
    }
    for (const [change, own] of failed) {
      const revived = await this.#failed(change, own)
      if (revived) entries.push(revived)
    }
    record(this.#context, entries)
    for (const { path } of entries) this.#context.solved(path)
    this.#context.happened(activity)
  }

  async #failed({ planned, actions }: Change, results: readonly DiskResult[]): Promise<Omit<LocalEntry, 'sequence'> | undefined> {
    const { path } = planned
    const error = results.find((result) => result.kind === 'failed')?.error
    const tries = this.#backoffs.fail(path)
    if (error) {
      if (['DISK_FULL', 'FOLDER_MISSING', 'FOLDER_READ_ONLY'].includes(error.code)) this.#context.trouble(error)
      else this.#context.problem(path, error)
      return undefined
    }
    this.#context.lookAgain(actions.flatMap((action) => [action.path, ...('from' in action ? [action.from] : []), ...('keepAs' in action ? [action.keepAs] : [])]))
    const parent = parentOf(path)
    if (parent !== '' && !(await this.#context.disk.stat(parent))) this.#context.lookAgain([parent])
    const folderFirst = actions[0]?.kind === 'remove-folder' && results[0]?.kind === 'changed'
    if (!folderFirst || (await this.#context.disk.stat(path))?.kind !== 'folder') return undefined
    return this.#staysAlive(path, tries) ? this.#revived(planned) : undefined
  }

  /** A folder that can't go because of something in it which nobody has deleted: a file that others don't know yet, or an ignored one. */
  #staysAlive(path: string, tries: number): boolean {
    const { store, id } = this.#context
    if (!store.hasLiveBelow(id, path)) return tries >= REVIVE_AFTER
    let after: string | undefined
    for (;;) {
      const page = store.localInOrder(id, after, INDEX_PAGE, path)
      for (const entry of page) {
        if (entry.path === path || (entry.kind === 'deleted' && !entry.changedHere)) continue
        const planned = this.plan(entry.path)
        if (planned === undefined || planned === 'failed' || planned.target.kind !== 'deleted') return true
      }
      after = page.at(-1)?.path
      if (page.length < INDEX_PAGE) return false
    }
  }

  /** Concurrent to what the others did with it, and a folder wins: a file of that name stays with them as a conflict copy. */
  #revived({ local, target, remotes }: Planned): Omit<LocalEntry, 'sequence'> | undefined {
    if (!local) return undefined
    const { tag, mode } = this.#context
    if (mode === 'receive-only') return target.kind === 'deleted' ? { ...target, changedHere: true } : undefined
    const { sequence: _, ...entry } = local
    return { ...entry, version: bumpVersion(local.version, tag, remotes.map((remote) => remote.version)), modifiedBy: tag }
  }

  /**
   * Whether what should be at `path` has a folder to be in. One that is deleted comes back: somebody has put something
   * into it who did not know. `made`: the folders that this turn makes; more of them may be added.
   */
  #hasParents(path: string, made: Set<string>, jobs: Job[]): boolean {
    const parent = parentOf(path)
    if (parent === '' || made.has(parent)) return true
    const { store, id } = this.#context
    const local = store.local(id, parent)
    if (local?.kind === 'folder' && !local.changedHere) return true
    const planned = local?.kind === 'folder' ? this.#backInPlace(local) : this.#folderAgain(parent, local)
    const change = planned && this.#hasParents(parent, made, jobs) ? changeFor(this.#context, planned) : undefined
    if (!change) return false
    made.add(parent)
    jobs.push({ change })
    return true
  }

  /** Removed here in a receive-only folder, or a file in its place, which stays beside it. */
  #backInPlace(local: LocalEntry): Planned {
    const { sequence: _, stamp, changedHere: __, ...target } = local
    return { path: local.path, local, remotes: [], target, keep: stamp !== undefined, step: { kind: 'make-folder', ...(stamp ? { stamp } : {}) } }
  }

  #folderAgain(path: string, local: LocalEntry | undefined): Planned | undefined {
    const { store, id, tag, mode, disk } = this.#context
    if (mode === 'receive-only' || local?.kind === 'file' || local?.changedHere || disk.nameProblem(path)) return undefined
    const planned = this.plan(path)
    if (planned === 'failed' || planned?.target.kind === 'file') return undefined
    const remotes = store.remote(id, path)
    const version = bumpVersion(local?.version ?? [], tag, remotes.map((entry) => entry.version))
    const target: Entry = { path, kind: 'folder', version, size: 0, mtimeMs: 0, executable: false, digest: new Uint8Array(0), modifiedBy: tag }
    return { path, local, remotes, target, keep: false, step: { kind: 'make-folder' } }
  }
}

/** What one turn does: one of what is wanted, or a folder that it needs. */
interface Job {
  readonly at?: number
  readonly change: Change
}

function tallyOf({ step, local }: Planned, activity: SyncActivity | undefined): Tally | undefined {
  if (activity?.kind !== 'deleted' && (activity?.kind !== 'replaced' || !local)) return undefined
  return activity.kind === 'replaced' && step.kind === 'get' ? { deletions: 0, replacements: 1 } : { deletions: 1, replacements: 0 }
}

function asHoldfastError(error: unknown): HoldfastError {
  return error instanceof HoldfastError ? error : HoldfastError.from(toErrorData(error))
}
