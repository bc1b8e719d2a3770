import type { Amount, PlanCounts, PlanItem } from '../../../shared/model/folder.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { sleep } from '../util/clock.ts'
import { blake3 } from '../util/digest.ts'
import { sameContent } from './content.ts'
import type { FolderContext } from './folder-context.ts'
import type { Tally } from './guard.ts'
import { LeavingFiles } from './leaving-files.ts'
import { isFree, planPath, sourcesHere, type Planned } from './planner.ts'
import { versionText } from './version.ts'

const PAGE = 256
/** Paths between two breaths. */
const PORTION = 2_048
/** Deletions and replacements that are told apart by name; more of them are only counted. */
const MAX_NAMED = 200_000
const MAX_WORK = 100_000

/** Open paths by what is to be done about them here, without asking others, in tree order. */
export interface Work {
  /** Only the index learns. */
  readonly records: readonly string[]
  /** Attributes, folders to make. */
  readonly simple: readonly string[]
  /** Files to get whose content is here already. */
  readonly sources: readonly string[]
  readonly deletions: readonly string[]
  readonly folders: readonly string[]
  /** Of the deletions those whose files are to move: they are no deletions when they don't. */
  readonly moved: ReadonlySet<string>
  /** There is more of it than is named here. */
  readonly more: boolean
}

/** All that is to be done, counted. */
export interface Survey {
  readonly work: Work
  readonly counts: PlanCounts
  /** Of what nobody has approved. */
  readonly tally: Tally
  /** Names exactly these deletions and replacements; empty when there are none. */
  readonly token: string
  readonly keys: ReadonlySet<string>
  /** Whether this replacement is among what was counted. */
  hasSeen(planned: Planned): boolean
  /** What each device has of it. */
  readonly toGet: ReadonlyMap<DeviceId, Amount>
  readonly paths: number
}

/** Goes over all open paths without doing anything; those that turn out to be settled are closed, unless `look` only. */
export async function survey(
  context: FolderContext,
  options: {
    readonly approved: ReadonlySet<string>
    readonly look?: (item: PlanItem, planned: Planned) => void
    readonly failed?: (path: string, error: unknown) => void
    /** So much so far. */
    readonly progress?: (counts: PlanCounts) => void
  },
): Promise<Survey> {
  const counter = new Counter(context, options.approved)
  const { store, id, clock, signal } = context
  let after: string | undefined
  let portion = 0
  for (;;) {
    const page = store.open(id, after, PAGE)
    const settled: string[] = []
    for (const path of page) {
      try {
        const planned = planPath(context, path)
        if (!planned) settled.push(path)
        else {
          const item = counter.add(planned)
          if (item) options.look?.(item, planned)
        }
      } catch (error) {
        options.failed?.(path, error)
      }
    }
    if (!options.look && settled.length > 0) context.settled(settled)
    after = page.at(-1)
    if (page.length < PAGE) return counter.result()
    portion += page.length
    if (portion >= PORTION) {
      portion = 0
      options.progress?.(counter.counts)
      await sleep(clock, 0, signal)
    }
  }
}

/** Of a counted deletion or replacement: the same while it is the same. */
export function planKey({ path, target, step }: Planned): string {
  return blake3(`${step.kind}\n${path}\n${versionText(target.version)}`).toString('base64', 0, 12)
}

/** Keeps nothing else of a survey. */
function hasSeenOf(keys: ReadonlySet<string>): Survey['hasSeen'] {
  return (planned) => keys.has(planKey(planned))
}

class Counter {
  readonly #context: FolderContext
  readonly #approved: ReadonlySet<string>
  readonly #counts = { get: 0, replace: 0, delete: 0, rename: 0, conflict: 0, bytes: 0 }
  readonly #deletions = new Map<string, string>()
  readonly #replacements = new Map<string, string>()
  /** Files that move instead of being deleted. */
  readonly #moved = new Set<string>()
  readonly #leaving: LeavingFiles
  readonly #toGet = new Map<DeviceId, { files: number; bytes: number }>()
  #unnamed = { deletions: 0, replacements: 0 }
  readonly #work = { records: [] as string[], simple: [] as string[], sources: [] as string[], deletions: [] as string[], folders: [] as string[], more: false }
  #paths = 0

  constructor(context: FolderContext, approved: ReadonlySet<string>) {
    this.#context = context
    this.#approved = approved
    this.#leaving = new LeavingFiles(context, (path) => this.#plan(path))
  }

  add(planned: Planned): PlanItem | undefined {
    const { path, target, step, keep } = planned
    const author = this.#context.deviceName(target.modifiedBy)
    const item = (action: PlanItem['action'], otherPath?: string): PlanItem => ({
      action, path, size: target.size, deviceName: author, ...(otherPath === undefined ? {} : { otherPath }),
    })
    this.#paths += 1
    switch (step.kind) {
      case 'record':
        this.#do('records', path)
        return undefined
      case 'attributes':
        this.#do('simple', path)
        return item('attributes')
      case 'remove-folder':
        this.#do('folders', path)
        return item('remove-folder')
      case 'make-folder':
        this.#do('simple', path)
        if (step.stamp && keep) this.#counts.conflict += 1
        else if (step.stamp) this.#delete(planned)
        return item('make-folder')
      case 'delete':
        this.#do('deletions', path)
        this.#delete(planned)
        return { ...item('delete'), size: planned.local?.size ?? 0 }
      case 'get':
        return this.#get(planned, item)
    }
  }

  get counts(): PlanCounts {
    return { ...this.#counts, delete: this.#deletions.size + this.#unnamed.deletions, rename: this.#moved.size }
  }

  result(): Survey {
    const keys = new Set([...this.#deletions.values(), ...this.#replacements.values()])
    const open = (of: ReadonlyMap<string, string>) => [...of.values()].filter((key) => !this.#approved.has(key)).length
    return {
      work: { ...this.#work, moved: this.#moved },
      counts: this.counts,
      tally: {
        deletions: open(this.#deletions) + this.#unnamed.deletions,
        replacements: open(this.#replacements) + this.#unnamed.replacements,
      },
      token: this.#token(keys),
      keys,
      hasSeen: hasSeenOf(keys),
      toGet: this.#toGet,
      paths: this.#paths,
    }
  }

  #token(keys: ReadonlySet<string>): string {
    const { deletions, replacements } = this.#unnamed
    return keys.size === 0 ? '' : blake3([...keys].sort().join('\n'), ` ${deletions} ${replacements}`).toString('hex', 0, 16)
  }

  #do(kind: Exclude<keyof Work, 'more' | 'moved'>, path: string): void {
    const { [kind]: paths } = this.#work
    if (paths.length < MAX_WORK) paths.push(path)
    else this.#work.more = true
  }

  #delete(planned: Planned): void {
    if (this.#moved.has(planned.path)) return
    if (this.#deletions.size < MAX_NAMED) this.#deletions.set(planned.path, planKey(planned))
    else this.#unnamed.deletions += 1
  }

  #get(planned: Planned, item: (action: PlanItem['action'], otherPath?: string) => PlanItem): PlanItem {
    const { target, keep, step, path } = planned
    const sources = sourcesHere(this.#context, target)
    const isHere = sources.length > 0 || target.size === 0
    if (isHere) this.#do('sources', path)
    const from = isHere && isFree(planned) && this.#moved.size < MAX_NAMED ? this.#leaving.take(target)?.source : undefined
    if (from) {
      this.#moved.add(from.path)
      this.#deletions.delete(from.path)
      return item('rename', from.path)
    }
    if (!isHere) this.#travels(planned)
    if (keep) {
      this.#counts.conflict += 1
      return item('conflict')
    }
    if (step.kind !== 'get' || !step.stamp) {
      this.#counts.get += 1
      return item('get')
    }
    this.#counts.replace += 1
    if (this.#replacements.size < MAX_NAMED) this.#replacements.set(path, planKey(planned))
    else this.#unnamed.replacements += 1
    return item('replace')
  }

  #plan(path: string): Planned | undefined {
    try {
      return planPath(this.#context, path)
    } catch {
      return undefined
    }
  }

  #travels({ target, remotes }: Planned): void {
    this.#counts.bytes += target.size
    for (const remote of remotes) {
      if (!sameContent(remote, target)) continue
      const amount = this.#toGet.get(remote.deviceId) ?? { files: 0, bytes: 0 }
      this.#toGet.set(remote.deviceId, { files: amount.files + 1, bytes: amount.bytes + target.size })
    }
  }
}
