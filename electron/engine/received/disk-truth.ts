import { join, relative, sep } from 'node:path'
import { setImmediate as immediate } from 'node:timers/promises'
import type { FolderChanges } from '../folder/receive-watcher.ts'
import { isForeign, type Journal, type ReceivedPatch, type ReceivedRow } from '../journal/ports.ts'
import { sleep, type Clock } from '../util/clock.ts'
import type { Arrivals } from './arrivals.ts'
import { isGone, lookAt, patchAfterLook, placeOf, sameSeen, type Look } from './look.ts'
import { SecondLook } from './second-look.ts'
import { isEngines, walkFiles } from './walk.ts'

const SLICE_ROWS = 200
/** New names that nobody knows yet; more at once are another program unpacking something, and not listed. */
const MAX_UNKNOWN = 50_000
const MAX_WALKED = 100_000
/** Files of other programs in the list; the oldest go first. */
const MAX_FOREIGN = 10_000
/** A file may be seen before its delivery is announced: who else put it there is asked this much after the last delivery. */
const DECIDE_AFTER_MS = 1_000
/** While files pour in. */
const BUSY_DECISIONS = 500
const BUSY_PAUSE_MS = 100

export interface DiskTruthPorts {
  readonly clock: Clock
  readonly journal: Journal
  readonly arrivals: Arrivals
  /** `undefined`: one went from the list. */
  changed(row: ReceivedRow | undefined): void
  /** Watches that folder anew: see `ReceiveWatcher`. Undefined: there is no gap to close, or nobody watches. */
  renew(folder: string): Promise<void> | undefined
  /** False: the whole folder is missing, which says nothing about the files in it. */
  isThere(folder: string): boolean
  /** Another, deeper folder that is watched itself: its files are not this one's. */
  belongsElsewhere(folder: string, path: string): boolean
}

/**
 * Keeps the index true to the disk: one thing after the other, so that what was seen first is recorded first. Files are
 * recognised by inode, size and time, wherever they went within their folder, and whatever order the system tells it in.
 */
export class DiskTruth {
  readonly #ports: DiskTruthPorts
  readonly #unknown = new Map<string, Set<string>>()
  /** Folders with files that are newly missing there: they may have another name. */
  readonly #missingIn = new Set<string>()
  readonly #secondLook: SecondLook
  #working: Promise<void> = Promise.resolve()
  #cancelDecide: (() => void) | undefined
  #closed = false

  constructor(ports: DiskTruthPorts) {
    this.#ports = ports
    this.#secondLook = new SecondLook({
      clock: ports.clock,
      busy: () => ports.arrivals.busy,
      renew: (folder) => ports.renew(folder),
      look: (folder, paths) => this.#then(() => this.#lookAtPaths(folder, paths)),
      lookWhichAreLeft: async (folder, paths) => {
        let left: readonly string[] = []
        await this.#then(async () => {
          await this.#lookAtPaths(folder, paths)
          left = paths.filter((path) => !this.#isKnownGone(folder, path))
        })
        return left
      },
      lookInside: (folder, path) => this.#then(() => this.#lookInside(folder, path)),
      lookSince: (folder, sinceMs) => this.#then(() => this.#lookSince(folder, sinceMs)),
    })
  }

  /** What the watcher of a folder saw. */
  apply(folder: string, { created, updated, deleted }: FolderChanges): void {
    this.#secondLook.told(folder, created)
    this.#secondLook.told(folder, updated)
    this.#secondLook.deleted(folder, deleted)
    this.#note(folder, created)
    for (const path of deleted) this.#unknown.get(folder)?.delete(path)
    void this.#then(async () => {
      await this.#ports.arrivals.added()
      // What waits for the index is looked at on its way into it.
      await this.#lookAtPaths(folder, updated.filter((path) => !this.#ports.arrivals.expects(folder, path)))
      for (let at = 0; at < deleted.length; at += SLICE_ROWS) {
        const slice = deleted.slice(at, at + SLICE_ROWS)
        await this.#look(slice.flatMap((path) => this.#at(folder, path)))
        for (const path of slice) await this.#below(folder, path)
      }
    })
    this.#decideSoon()
  }

  /** A delivery was announced: what was seen there is no other program's. `watched`: the watcher should tell of it, too. */
  arrived(folder: string, paths: readonly string[], watched: boolean): void {
    const unknown = this.#unknown.get(folder)
    if (unknown) for (const path of paths) unknown.delete(path)
    if (watched) this.#secondLook.delivered(folder, paths)
  }

  /** Nothing waits to be indexed any more, so the rest can be told apart. */
  decide(): void {
    void this.#then(() => this.#decide())
  }

  /** Looks at these, in the background. */
  check(rows: readonly ReceivedRow[]): Promise<void> {
    // As they are by then: what was asked for may have been recognised elsewhere since.
    return this.#then(() => this.#look(rows.flatMap(({ id }) => this.#ports.journal.received.get(id) ?? [])))
  }

  /** Looks at everything received into a folder: what happened while nobody watched. */
  reconcile(folder: string): void {
    void this.#then(() => this.#lookSince(folder, -Infinity))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#secondLook.close()
    this.#cancelDecide?.()
    await this.#working
  }

  #note(folder: string, created: readonly string[]): void {
    if (created.length === 0) return
    const unknown = this.#unknown.get(folder) ?? new Set()
    this.#unknown.set(folder, unknown)
    for (const path of created) {
      if (unknown.size >= MAX_UNKNOWN) return
      if (!this.#ports.arrivals.expects(folder, path) && !path.split('/').some(isEngines)) unknown.add(path)
    }
  }

  #at(folder: string, path: string): ReceivedRow[] {
    return this.#ports.journal.received.at(folder, path)
  }

  async #lookAtPaths(folder: string, paths: readonly string[]): Promise<void> {
    for (let at = 0; at < paths.length; at += SLICE_ROWS) await this.#look(paths.slice(at, at + SLICE_ROWS).flatMap((path) => this.#at(folder, path)))
  }

  #isKnownGone(folder: string, path: string): boolean {
    const rows = this.#at(folder, path)
    return rows.length > 0 && rows.every(isGone)
  }

  /** At what is in the index, newest first, and at the names of the folder when something is newly missing. */
  async #lookSince(folder: string, sinceMs: number): Promise<void> {
    for (let before = Number.MAX_SAFE_INTEGER; ; ) {
      const rows = this.#ports.journal.received.slice(before, SLICE_ROWS, folder)
      const last = rows.at(-1)
      if (!last || this.#closed) break
      before = last.id
      if (this.#ports.arrivals.busy) await sleep(this.#ports.clock, BUSY_PAUSE_MS)
      await this.#look(rows.filter((row) => !isGone(row)))
      if (last.receivedAtMs < sinceMs) break
    }
    if (!this.#missingIn.delete(folder)) return
    for await (const path of walkFiles(folder, '', MAX_WALKED)) {
      if (this.#closed) return
      if (this.#at(folder, path).some((row) => !isGone(row))) continue
      const found = await lookAt(folder, path)
      if (found.kind === 'file') await this.#recognise(folder, path, found.look)
    }
  }

  /** At what is in the index below a folder, and at the names that are not. */
  async #lookInside(folder: string, path: string): Promise<void> {
    await this.#below(folder, path)
    for await (const file of walkFiles(folder, path, MAX_WALKED)) {
      if (this.#closed) return
      if (!this.#at(folder, file).some((row) => !isGone(row))) this.#note(folder, [file])
    }
    this.#decideSoon()
  }

  async #below(folder: string, path: string): Promise<void> {
    for (let after = 0; ; ) {
      const rows = this.#ports.journal.received.below(folder, path, after, SLICE_ROWS)
      const last = rows.at(-1)
      if (!last || this.#closed) return
      after = last.id
      await this.#look(rows)
    }
  }

  async #look(rows: readonly ReceivedRow[]): Promise<void> {
    for (let at = 0; at < rows.length && !this.#closed; at += SLICE_ROWS) {
      const slice = rows.slice(at, at + SLICE_ROWS)
      const found = await Promise.all(slice.map((row) => lookAt(row.folder, placeOf(row))))
      const there = await this.#whichAreThere(slice)
      this.#ports.journal.quickTransaction(() => {
        slice.forEach((row, i) => {
          const patch = found[i] && patchAfterLook(row, found[i])
          if (!patch || (patch.state === 'deleted' && !there.has(row.folder))) return
          if (patch.state === 'deleted') this.#missingIn.add(row.folder)
          if (patch.state === 'deleted' && isForeign(row)) this.#remove(row)
          else this.#patch(row, patch)
        })
      })
      await immediate()
    }
  }

  async #whichAreThere(rows: readonly ReceivedRow[]): Promise<Set<string>> {
    const there = new Set<string>()
    for (const folder of new Set(rows.map((row) => row.folder))) {
      if (this.#ports.isThere(folder) && (await lookAt(folder, '')).kind === 'folder') there.add(folder)
    }
    return there
  }

  #patch(row: ReceivedRow, patch: ReceivedPatch): void {
    this.#ports.journal.received.update(row.id, patch)
    const now = this.#ports.journal.received.get(row.id)
    if (now) this.#ports.changed(now)
  }

  #remove(row: ReceivedRow): void {
    this.#ports.journal.received.remove(row.id)
    this.#ports.changed(undefined)
  }

  #decideSoon(): void {
    if (this.#closed || !this.#anyUnknown()) return
    const { idle, busy, hurried } = this.#ports.arrivals
    if (idle && !busy && !hurried) return this.decide()
    this.#cancelDecide ??= this.#ports.clock.after(DECIDE_AFTER_MS, () => {
      this.#cancelDecide = undefined
      void this.#then(() => this.#decide())
    })
  }

  #anyUnknown(): boolean {
    for (const unknown of this.#unknown.values()) if (unknown.size > 0) return true
    return false
  }

  /** Tells what every new name is: delivered, renamed, or put there by another program. */
  async #decide(): Promise<void> {
    for (const [folder, unknown] of this.#unknown) {
      let count = 0
      for (const path of [...unknown]) {
        if (this.#closed) return
        if (this.#ports.arrivals.hurried) break
        count += 1
        if (count % SLICE_ROWS === 0) await immediate()
        if (this.#ports.arrivals.busy && count > BUSY_DECISIONS) break
        if (!unknown.delete(path)) continue
        if (await this.#decideOne(folder, path)) unknown.add(path)
      }
    }
    this.#decideSoon()
  }

  async #decideOne(folder: string, path: string): Promise<boolean> {
    const { arrivals } = this.#ports
    if (arrivals.expects(folder, path) || this.#ports.belongsElsewhere(folder, path)) return false
    const live = this.#at(folder, path).filter((row) => !isGone(row))
    if (live.length > 0) {
      await this.#look(live)
      return false
    }
    const found = await lookAt(folder, path)
    if (found.kind === 'folder') {
      this.#secondLook.ownFolderMade(folder)
      return await this.#decideFolder(folder, path)
    }
    if (found.kind !== 'file' || (await this.#recognise(folder, path, found.look))) return false
    if (!arrivals.idle || arrivals.busy) return true
    this.#foreign(folder, path, found.look)
    return false
  }

  /** A folder that came with files in it: one that was renamed, or another program's. One that has deliveries is ours. */
  async #decideFolder(folder: string, path: string): Promise<boolean> {
    const { journal, arrivals } = this.#ports
    if (!arrivals.idle || arrivals.busy) return true
    if (journal.received.below(folder, path, 0, 1).some((row) => !isGone(row))) return false
    this.#secondLook.folderMade(folder, path)
    for await (const file of walkFiles(folder, path, MAX_WALKED)) {
      if (this.#closed) return false
      await this.#decideOne(folder, file)
    }
    return false
  }

  /** Whether it is a file of the index that has another name now, or one that came back. */
  async #recognise(folder: string, path: string, { seen }: Look): Promise<boolean> {
    const { journal } = this.#ports
    for (const row of journal.received.byInode(seen.inode)) {
      if (!row.seen || !sameSeen(row.seen, seen)) continue
      if (!isGone(row) && (await lookAt(row.folder, placeOf(row))).kind === 'file') continue
      if (row.folder !== folder) {
        if (isForeign(row)) continue
        this.#patch(row, { state: 'moved', nowPath: relative(row.folder, join(folder, ...path.split('/'))).split(sep).join('/'), seen })
      } else if (isForeign(row)) this.#patch(row, { path, state: 'here', seen })
      else if (path === row.path) this.#patch(row, { state: row.altered ? 'changed' : 'here', nowPath: null, seen })
      else this.#patch(row, { state: 'renamed', nowPath: path, seen })
      return true
    }
    return false
  }

  #foreign(folder: string, path: string, { seen }: Look): void {
    const { journal, clock } = this.#ports
    const added = journal.quickTransaction(() => {
      const sourceId = journal.received.source({ folder })
      const rows = journal.received.add([{ sourceId, path, size: seen.size, receivedAtMs: clock.now(), seen }])
      journal.received.trimForeign(MAX_FOREIGN)
      return rows
    })
    for (const row of added) this.#ports.changed(row)
  }

  #then(work: () => Promise<unknown>): Promise<void> {
    const next = this.#working.then(async () => {
      if (!this.#closed) await work()
    })
    // What the disk refuses is not there; a journal that fails says so to whoever writes next.
    this.#working = next.catch(() => undefined)
    return this.#working
  }
}
