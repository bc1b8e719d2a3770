import type { HoldfastError } from '../../../shared/errors.ts'
import { BLOCK_BYTES } from '../protocol/limits.ts'
import { blake3, fileDigest } from '../util/digest.ts'
import type { Applier, Wanted } from './applier.ts'
import type { Backoffs } from './backoffs.ts'
import { digestKey, sameBytes } from './content.ts'
import type { Entry } from './entry.ts'
import type { FolderContext } from './folder-context.ts'
import { LeavingFiles } from './leaving-files.ts'
import { isFree, sourcesHere } from './planner.ts'
import type { Work } from './survey.ts'
import { blockCount, blockLength, isLong, placeStaged, stageSmall, type Staged, type StageIds } from './staging.ts'

const PAGE = 256
const GROUP_FILES = 128
const GROUP_BYTES = 8 * 1024 * 1024

/** All of a plan that needs no other device: in an order in which nothing is taken away that something else needs. */
export class LocalWork {
  readonly #context: FolderContext
  readonly #applier: Applier
  readonly #backoffs: Backoffs
  readonly #ids: StageIds

  constructor(context: FolderContext, applier: Applier, backoffs: Backoffs, ids: StageIds) {
    this.#context = context
    this.#applier = applier
    this.#backoffs = backoffs
    this.#ids = ids
  }

  /** `isWhole`: nothing more was told meanwhile. Else what is to be deleted may be what another name wants, and the reverse. */
  async run(work: Work, isWhole: boolean): Promise<void> {
    for (let at = 0; at < work.records.length; at += PAGE) {
      await this.#applier.apply(work.records.slice(at, at + PAGE).map((path) => ({ path, accepts: ({ step }) => step.kind === 'record' })))
    }
    await this.#each(work.simple, ({ step }) => step.kind === 'attributes' || step.kind === 'make-folder')
    const moved = await this.#moves(work.sources)
    if (!isWhole) return
    await this.#copies(work.sources)
    if (!work.more) this.#tryAgain([...work.moved].filter((path) => !moved.has(path)))
    await this.#each(work.deletions.filter((path) => !work.moved.has(path)), ({ step }) => step.kind === 'delete')
    // From the bottom up, so that each is empty when its turn comes.
    await this.#each([...work.folders].reverse(), ({ step }) => step.kind === 'remove-folder')
  }

  /** Files that were to move and have not: nobody has counted them as deleted, so they stay until all is counted anew. */
  #tryAgain(paths: readonly string[]): void {
    for (const path of paths) {
      const planned = this.#applier.plan(path)
      if (planned && planned !== 'failed' && planned.step.kind === 'delete' && !this.#backoffs.holds(path)) this.#backoffs.fail(path)
    }
  }

  async #each(paths: readonly string[], accepts: Wanted['accepts']): Promise<void> {
    for (const page of this.#pages(paths)) await this.#applier.apply(page.map((path) => ({ path, accepts })))
  }

  /** A file whose content leaves another name here takes it along instead of being sent again. Returns the names that were left. */
  async #moves(paths: readonly string[]): Promise<ReadonlySet<string>> {
    const leaving = new LeavingFiles(this.#context, (path) => this.#applier.plan(path))
    const moved = new Set<string>()
    for (const page of this.#pages(paths)) {
      const sources = new Map<string, string>()
      const outcomes = await this.#applier.apply(page.map((path) => ({
        path,
        accepts: isFree,
        content: ({ target }) => {
          const found = leaving.take(target)
          if (found) sources.set(path, found.source.path)
          return found && { kind: 'move', ...found }
        },
      })))
      page.forEach((path, at) => {
        const source = sources.get(path)
        if (source !== undefined && outcomes[at] === 'done') moved.add(source)
      })
    }
    return moved
  }

  async #copies(paths: readonly string[]): Promise<void> {
    for (const page of this.#pages(paths)) {
      let group: Entry[] = []
      const flush = async () => {
        const entries = group
        group = []
        await this.#copyGroup(entries)
      }
      for (const path of page) {
        this.#context.signal.throwIfAborted()
        const planned = this.#applier.plan(path)
        if (!planned || planned === 'failed' || planned.step.kind !== 'get') continue
        const { target } = planned
        if (isLong(target)) {
          const staged = await this.#copyLong(target)
          if (staged) await placeStaged(this.#context, this.#applier, [staged])
          continue
        }
        group.push(target)
        if (group.length >= GROUP_FILES || group.reduce((sum, { size }) => sum + size, 0) >= GROUP_BYTES) await flush()
      }
      await flush()
    }
  }

  /** Of files of the same content one is read. */
  async #copyGroup(targets: readonly Entry[]): Promise<void> {
    const contents = new Map<string, Promise<Uint8Array | undefined>>()
    for (const target of targets) {
      const key = digestKey(target)
      if (!contents.has(key)) contents.set(key, this.#contentHere(target))
    }
    const small = await Promise.all(targets.map(async (target) => ({ target, bytes: await contents.get(digestKey(target)) })))
    const files = small.flatMap(({ target, bytes }) => (bytes?.length === target.size ? [{ id: this.#ids.next(), target, bytes }] : []))
    const staged = await stageSmall(this.#context, files, (target, error) => this.#failed(target, error))
    if (staged.length > 0) await placeStaged(this.#context, this.#applier, staged)
  }

  /** An empty file is here always. */
  async #contentHere(target: Entry): Promise<Uint8Array | undefined> {
    if (target.size === 0) {
      const empty = new Uint8Array(0)
      return sameBytes(blake3(empty), target.digest) ? empty : undefined
    }
    for (const source of sourcesHere(this.#context, target)) {
      const content = await this.#context.disk.read(source.path, source.stamp, 0, target.size)
      if (content && sameBytes(blake3(content), target.digest)) return content
      this.#context.lookAgain([source.path])
    }
    return undefined
  }

  async #copyLong(target: Entry): Promise<Staged | undefined> {
    const { disk } = this.#context
    for (const source of sourcesHere(this.#context, target)) {
      const id = this.#ids.next()
      const [error] = await disk.stage([{ id, mtimeMs: target.mtimeMs, executable: target.executable }])
      if (error) {
        this.#failed(target, error)
        return undefined
      }
      const digests: Uint8Array[] = []
      for (let block = 0; block < blockCount(target.size); block += 1) {
        this.#context.signal.throwIfAborted()
        const offset = block * BLOCK_BYTES
        const copied = await disk.copyBlock(id, offset, blockLength(target.size, block), { path: source.path, stamp: source.stamp, offset })
        if (!copied) break
        digests.push(blake3(copied))
      }
      if (digests.length === blockCount(target.size) && sameBytes(fileDigest(target.size, Buffer.concat(digests)), target.digest)) return { id, target }
      await disk.unstage([id])
      this.#context.lookAgain([source.path])
    }
    return undefined
  }

  #failed(target: Entry, error: HoldfastError): void {
    this.#backoffs.fail(target.path)
    if (error.code === 'DISK_FULL') this.#context.trouble(error)
    else this.#context.problem(target.path, error)
  }

  /** Without what went wrong a short while ago. */
  *#pages(paths: readonly string[]): Generator<readonly string[], void, undefined> {
    for (let at = 0; at < paths.length; at += PAGE) {
      this.#context.signal.throwIfAborted()
      const page = paths.slice(at, at + PAGE).filter((path) => !this.#backoffs.holds(path))
      if (page.length > 0) yield page
    }
  }
}
