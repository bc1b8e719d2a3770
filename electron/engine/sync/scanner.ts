import { HoldfastError } from '../../../shared/errors.ts'
import { shownName } from '../folder/names.ts'
import { compareTreeOrder } from '../util/tree-order.ts'
import type { LocalEntry } from './entry.ts'
import { isAtOrBelow, parentOf, type FolderContext } from './folder-context.ts'
import { movedFrom } from './moved-from.ts'
import { notice, sameStamp, type Found } from './notice.ts'
import type { DiskItem, HashResult } from './ports.ts'
import { record } from './record.ts'

const BATCH_FILES = 128
const BATCH_BYTES = 64 * 1024 * 1024
const MISSING_BATCH = 256
const INDEX_PAGE = 512
/** A file touched so short a while ago may be written to again within the grain of its time stamp. */
const QUIET_MS = 100

export interface ScanProgress {
  readonly files: number
  readonly bytes: number
}
export interface ScanPorts {
  /** Written to while it was looked at: look once more when it is quiet. */
  changing(path: string): void
  calm(path: string): void
  progress(progress: ScanProgress): void
}

/** One look: what it has found so far that the index must learn. */
interface Look {
  /** There is something that could have been moved. */
  readonly hadFiles: boolean
  files: DiskItem[]
  fileBytes: number
  /** Where a folder of the index has become a file: after what was in it is known to be gone. */
  readonly swapped: DiskItem[]
  readonly missing: string[]
  readonly unreadable: string[]
  seenFiles: number
  seenBytes: number
}

/**
 * Compares the disk with the index. Reads only files whose stamp differs. What is missing is recorded last and from the
 * bottom up: whoever hears of a folder's end has heard of the end of all in it, and of where its files have gone. A file
 * that has moved is recorded under both names at once.
 */
export class Scanner {
  readonly #context: FolderContext
  readonly #ports: ScanPorts

  constructor(context: FolderContext, ports: ScanPorts) {
    this.#context = context
    this.#ports = ports
  }

  async all(signal: AbortSignal): Promise<void> {
    const look = this.#newLook()
    await this.#below('', look, signal)
    await this.#finish(look, signal)
  }

  /** At these paths and, where they are folders, below them. */
  async at(paths: readonly string[], signal: AbortSignal): Promise<void> {
    const look = this.#newLook()
    const all = this.#withNewParents(paths)
    let covered: string | undefined
    for (const path of all) {
      signal.throwIfAborted()
      if (covered !== undefined && isAtOrBelow(path, covered)) continue
      // One by one: an answer that has waited for what was done about others is of another time than the index.
      if (await this.#at(path, await this.#context.disk.stat(path), look, signal)) covered = path
    }
    await this.#finish(look, signal)
  }

  /** Whether all below has been looked at too. */
  async #at(path: string, item: DiskItem | undefined, look: Look, signal: AbortSignal): Promise<boolean> {
    const { disk, id, store } = this.#context
    if (item?.leftOut) {
      if (disk.ignores(item.path, item.kind === 'folder' ? 'folder' : 'file')) return false
      look.unreadable.push(item.path)
      this.#context.problem(item.path, HoldfastError.from(item.leftOut), 'look')
    } else if (!item) {
      this.#context.solved(path)
      // Ends also when the path is of another form than the index knows (a watcher's business): nothing is found then.
      this.#missingAtOrBelow(path, look)
    } else if (!disk.ignores(path, item.kind === 'folder' ? 'folder' : 'file')) {
      const local = store.local(id, path)
      await this.#found(item, local, look, signal)
      if (item.kind === 'folder') {
        this.#context.solved(path)
        await this.#below(path, look, signal)
        return true
      }
      if (local?.kind === 'folder') this.#missingAtOrBelow(path, look)
    }
    return false
  }

  /** Merges a listing with the index, both in tree order. */
  async #below(under: string, look: Look, signal: AbortSignal): Promise<void> {
    const index = this.#index(under)
    let next = index.next().value
    const passOver = () => {
      if (next && next.kind !== 'deleted') look.missing.push(next.path)
      else if (next?.changedHere && next.stamp) look.missing.push(next.path)
      next = index.next().value
    }
    for await (const { items, problems } of this.#context.disk.list(under === '' ? undefined : under, signal)) {
      signal.throwIfAborted()
      for (const problem of problems) {
        look.unreadable.push(problem.path)
        this.#context.problem(problem.path, problem.error, 'look')
      }
      for (const item of items) {
        if (item.path === under) continue
        while (next && compareTreeOrder(next.path, item.path) < 0) passOver()
        const local = next?.path === item.path ? next : undefined
        if (local) next = index.next().value
        await this.#found(item, local, look, signal)
      }
      this.#ports.progress({ files: look.seenFiles, bytes: look.seenBytes })
    }
    while (next) passOver()
  }

  *#index(under: string): Generator<LocalEntry, undefined, undefined> {
    const { store, id } = this.#context
    let after: string | undefined
    for (;;) {
      const page = store.localInOrder(id, after, INDEX_PAGE, under === '' ? undefined : under)
      for (const entry of page) if (entry.path !== under) yield entry
      after = page.at(-1)?.path
      if (page.length < INDEX_PAGE) return undefined
    }
  }

  async #found(item: DiskItem, local: LocalEntry | undefined, look: Look, signal: AbortSignal): Promise<void> {
    const { mode } = this.#context
    switch (item.kind) {
      case 'folder':
        if (local?.kind !== 'folder' || local.changedHere) await this.#folder(item)
        return
      case 'file': {
        look.seenFiles += 1
        look.seenBytes += item.stamp.size
        const settled = local?.changedHere ? mode === 'receive-only' : local?.kind === 'file'
        if (settled && local?.stamp && sameStamp(local.stamp, item.stamp)) return
        if (local?.kind === 'folder' && !local.changedHere) look.swapped.push(item)
        else await this.#read(item, look, signal)
        return
      }
      case 'other':
        look.unreadable.push(item.path)
        this.#context.problem(item.path, new HoldfastError('FILE_NOT_REGULAR', `${shownName(item.path)} is a link or a device, which is not kept in sync.`), 'look')
    }
  }

  async #folder({ path }: DiskItem): Promise<void> {
    await this.#context.turns.take(async () => {
      const now = await this.#context.disk.stat(path)
      if (now?.kind === 'folder' && !now.leftOut) this.#notice([{ path, found: { kind: 'folder' } }])
    })
  }

  async #read(item: DiskItem, look: Look, signal: AbortSignal): Promise<void> {
    const ageMs = this.#context.clock.now() - item.stamp.ctimeMs
    if (ageMs >= 0 && ageMs < QUIET_MS) return this.#ports.changing(item.path)
    look.files.push(item)
    look.fileBytes += item.stamp.size
    if (look.files.length >= BATCH_FILES || look.fileBytes >= BATCH_BYTES) await this.#hash(look, signal)
  }

  async #hash(look: Look, signal: AbortSignal): Promise<void> {
    const items = look.files
    look.files = []
    look.fileBytes = 0
    if (items.length === 0) return
    const { disk, turns } = this.#context
    const results = await disk.hash(items.map(({ path }) => path))
    signal.throwIfAborted()
    await turns.take(async () => {
      const now = await Promise.all(items.map(({ path }) => disk.stat(path)))
      signal.throwIfAborted()
      const found = items.flatMap(({ path }, at) => {
        const result = this.#result(path, results[at], now[at])
        return result ? [{ path, ...result }] : []
      })
      const origins = look.hadFiles ? await movedFrom(this.#context, found) : new Map<string, string>()
      signal.throwIfAborted()
      this.#notice(found.flatMap((one) => {
        const origin = origins.get(one.path)
        return origin === undefined ? [one] : [one, { path: origin, found: { kind: 'nothing' as const } }]
      }))
      for (const origin of origins.values()) this.#context.solved(origin)
    })
  }

  /** Undefined: nothing is known for sure now. */
  #result(path: string, result: HashResult | undefined, now: DiskItem | undefined): { found: Found; digest: Uint8Array; blocks: Uint8Array } | undefined {
    switch (result?.kind) {
      case 'hashed':
        if (now?.kind !== 'file' || !sameStamp(now.stamp, result.stamp)) break
        this.#ports.calm(path)
        this.#context.solved(path)
        return { found: { kind: 'file', stamp: result.stamp, executable: result.executable, digest: result.digest }, digest: result.digest, blocks: result.blocks }
      case 'failed':
        this.#context.problem(path, result.error, 'look')
        return undefined
      case 'changing':
      case 'gone':
      case undefined:
    }
    this.#ports.changing(path)
    return undefined
  }

  #notice(seen: readonly { path: string; found: Found; digest?: Uint8Array; blocks?: Uint8Array }[]): void {
    const { store, id, tag, mode, clock, disk } = this.#context
    const how = { mode, tag, nowMs: clock.now(), keepsExecutable: disk.keepsExecutable }
    const entries: Omit<LocalEntry, 'sequence'>[] = []
    const stamps: { path: string; changedHere?: boolean }[] = []
    for (const { path, found } of seen) {
      const noticed = notice(path, store.local(id, path), store.remote(id, path), found, how)
      if (noticed.kind === 'record') entries.push(noticed.entry)
      if (noticed.kind === 'restamp') {
        const { kind: _, ...rest } = noticed
        stamps.push({ path, ...rest })
      }
    }
    record(this.#context, entries, () => {
      if (stamps.length > 0) store.restamp(id, stamps)
      for (const { digest, blocks } of seen) if (digest && blocks && blocks.length > 0) store.putBlocks(id, digest, blocks)
    })
  }

  async #finish(look: Look, signal: AbortSignal): Promise<void> {
    await this.#hash(look, signal)
    const missing = look.missing.filter((path) => !look.unreadable.some((folder) => isAtOrBelow(path, folder))).sort(compareTreeOrder).reverse()
    for (let at = 0; at < missing.length; at += MISSING_BATCH) {
      signal.throwIfAborted()
      await this.#missing(missing.slice(at, at + MISSING_BATCH))
    }
    for (const item of look.swapped.reverse()) await this.#read(item, look, signal)
    await this.#hash(look, signal)
  }

  /** Each is looked at once more, in turn with whatever else changes the folder. */
  async #missing(paths: readonly string[]): Promise<void> {
    const { disk, store, id, turns } = this.#context
    await turns.take(async () => {
      // Not those that were found elsewhere meanwhile.
      const known = paths.flatMap((path) => {
        const local = store.local(id, path)
        return local && (local.kind !== 'deleted' || local.changedHere) ? [local] : []
      })
      if (known.length === 0) return
      const now = await Promise.all(known.map(({ path }) => disk.stat(path)))
      // The marker is still there: the folder was not taken away meanwhile.
      await disk.check()
      const gone = known.filter(({ path, kind }, at) => !now[at] && !disk.ignores(path, kind === 'folder' ? 'folder' : 'file'))
      this.#notice(gone.map(({ path }) => ({ path, found: { kind: 'nothing' } })))
      for (const { path } of gone) this.#context.solved(path)
    })
  }

  #newLook(): Look {
    const { store, id } = this.#context
    return { hadFiles: store.content(id).files > 0, files: [], fileBytes: 0, swapped: [], missing: [], unreadable: [], seenFiles: 0, seenBytes: 0 }
  }

  #missingAtOrBelow(path: string, look: Look): void {
    const { store, id } = this.#context
    const local = store.local(id, path)
    if (local && (local.kind !== 'deleted' || local.changedHere)) look.missing.push(path)
    for (const entry of this.#index(path)) if (entry.kind !== 'deleted' || entry.changedHere) look.missing.push(entry.path)
  }

  /** In tree order, with the folders above that the index does not have yet: whoever told of the file may not have told of them. */
  #withNewParents(paths: readonly string[]): readonly string[] {
    const { store, id } = this.#context
    const all = new Set(paths)
    const known = new Set<string>()
    for (const path of paths) {
      for (let parent = parentOf(path); parent !== '' && !all.has(parent) && !known.has(parent); parent = parentOf(parent)) {
        if (store.local(id, parent)?.kind === 'folder') {
          known.add(parent)
          break
        }
        all.add(parent)
      }
    }
    return [...all].filter((path) => path !== '').sort(compareTreeOrder)
  }
}
