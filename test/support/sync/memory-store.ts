import type { Amount, SyncActivity, SyncProblem } from '../../../shared/model/folder.ts'
import type { Entry, LocalEntry } from '../../../electron/engine/sync/entry.ts'
import type { FolderRow, MemberRow, RemoteEntry, SyncStore } from '../../../electron/engine/sync/ports.ts'
import { isConflictCopy } from '../../../electron/engine/util/conflict-name.ts'
import { compareTreeOrder } from '../../../electron/engine/util/tree-order.ts'

const BLOCK_BYTES = 1024 * 1024
const KEPT_ACTIVITY = 1_000

interface Folder {
  row: FolderRow
  sequence: number
  readonly local: Map<string, LocalEntry>
  readonly remote: Map<string, Map<string, Entry>>
  readonly open: Set<string>
  readonly blocks: Map<string, Uint8Array>
  readonly problems: Map<string, SyncProblem>
  activity: SyncActivity[]
}

/** The index in memory: what SQLite does, for the simulation. What throws in a transaction leaves nothing behind. */
export class MemoryStore implements SyncStore {
  readonly #folders = new Map<string, Folder>()
  #undo: (() => void)[] | undefined

  transaction<T>(work: () => T): T {
    if (this.#undo) return work()
    this.#undo = []
    try {
      return work()
    } catch (error) {
      for (const undo of this.#undo.reverse()) undo()
      throw error
    } finally {
      this.#undo = undefined
    }
  }

  /** A backup: what is returned puts it back. */
  snapshot(): () => void {
    const copy = structuredClone([...this.#folders])
    return () => {
      this.#folders.clear()
      for (const [id, folder] of copy) this.#folders.set(id, folder)
    }
  }

  folders(): FolderRow[] {
    return [...this.#folders.values()].map(({ row }) => row)
  }
  putFolder(row: FolderRow): void {
    const known = this.#folders.get(row.id)
    if (known) {
      const before = known.row
      known.row = row
      this.#undoBy(() => (known.row = before))
      for (const { deviceId } of before.members) if (!row.members.some((member) => member.deviceId === deviceId)) this.#drop(known, deviceId)
    } else {
      this.#set(this.#folders, row.id, { row, sequence: 0, local: new Map(), remote: new Map(), open: new Set<string>(), blocks: new Map(), problems: new Map(), activity: [] })
    }
  }
  patchFolder(id: string, patch: Partial<Omit<FolderRow, 'id' | 'members'>>): void {
    const folder = this.#folders.get(id)
    if (folder) this.#row(folder, { ...folder.row, ...patch })
  }
  putMember(id: string, member: MemberRow): void {
    const folder = this.#folders.get(id)
    if (!folder) return
    const at = folder.row.members.findIndex(({ deviceId }) => deviceId === member.deviceId)
    const members = [...folder.row.members]
    if (at < 0) members.push(member)
    else members[at] = member
    this.#row(folder, { ...folder.row, members })
  }
  removeMember(id: string, deviceId: string): void {
    const folder = this.#folders.get(id)
    if (!folder) return
    this.#drop(folder, deviceId)
    this.#row(folder, { ...folder.row, members: folder.row.members.filter((member) => member.deviceId !== deviceId) })
  }
  removeFolder(id: string): void {
    this.#delete(this.#folders, id)
  }

  local(id: string, path: string): LocalEntry | undefined {
    return this.#folders.get(id)?.local.get(path)
  }
  putLocal(id: string, entries: readonly Omit<LocalEntry, 'sequence'>[]): void {
    const folder = this.#need(id)
    const lost: Uint8Array[] = []
    for (const entry of entries) {
      const { path, kind, version, size, mtimeMs, executable, digest, modifiedBy, stamp, changedHere } = entry
      const before = folder.sequence
      folder.sequence += 1
      this.#undoBy(() => (folder.sequence = before))
      const old = folder.local.get(path)
      this.#set(folder.local, path, {
        path, kind, version, size, mtimeMs, executable, digest: new Uint8Array(digest), modifiedBy, sequence: folder.sequence,
        ...(stamp ? { stamp } : {}), ...(changedHere ? { changedHere } : {}),
      })
      this.#open(folder, path)
      if (old && old.size > BLOCK_BYTES) lost.push(old.digest)
    }
    for (const gone of lost) if (this.localByDigest(id, gone, 1).length === 0) this.#delete(folder.blocks, key(gone))
  }
  restamp(id: string, entries: readonly { path: string; stamp?: LocalEntry['stamp']; changedHere?: boolean }[]): void {
    const folder = this.#need(id)
    for (const { path, stamp, changedHere } of entries) {
      const entry = folder.local.get(path)
      if (!entry) continue
      const { stamp: _, changedHere: __, ...rest } = entry
      this.#set(folder.local, path, { ...rest, ...(stamp ? { stamp } : {}), ...(changedHere ? { changedHere } : {}) })
    }
  }
  localAfter(id: string, sequence: number, limit: number): LocalEntry[] {
    return this.#locals(id).filter((entry) => entry.sequence > sequence).sort((a, b) => a.sequence - b.sequence).slice(0, limit)
  }
  lastSequence(id: string): number {
    return this.#folders.get(id)?.sequence ?? 0
  }
  localInOrder(id: string, after: string | undefined, limit: number, under?: string): LocalEntry[] {
    const inside = this.#locals(id).filter(({ path }) => {
      return (after === undefined || compareTreeOrder(path, after) > 0) && (under === undefined || under === '' || path === under || path.startsWith(`${under}/`))
    })
    return inside.sort((a, b) => compareTreeOrder(a.path, b.path)).slice(0, limit)
  }
  localByDigest(id: string, digest: Uint8Array, limit: number): LocalEntry[] {
    if (digest.length === 0) return []
    const found: LocalEntry[] = []
    for (const entry of this.#folders.get(id)?.local.values() ?? []) {
      if (entry.kind === 'file' && Buffer.compare(entry.digest, digest) === 0 && found.push(entry) === limit) break
    }
    return found
  }
  openByDigest(id: string, digest: Uint8Array, after: string | undefined, limit: number): string[] {
    const open = this.#folders.get(id)?.open
    const paths = this.localByDigest(id, digest, Infinity).map(({ path }) => path).filter((path) => open?.has(path) && (after === undefined || compareTreeOrder(path, after) > 0))
    return paths.sort(compareTreeOrder).slice(0, limit)
  }
  hasLiveBelow(id: string, path: string): boolean {
    return this.#locals(id).some((entry) => entry.kind !== 'deleted' && (path === '' || entry.path.startsWith(`${path}/`)))
  }

  remote(id: string, path: string): RemoteEntry[] {
    const folder = this.#folders.get(id)
    return (folder?.row.members ?? []).flatMap(({ deviceId }) => {
      const entry = folder?.remote.get(deviceId)?.get(path)
      return entry ? [{ ...entry, deviceId }] : []
    })
  }
  putRemote(id: string, deviceId: string, entries: readonly Entry[], held: { epoch: string; sequence: number }): void {
    const folder = this.#need(id)
    const member = folder.row.members.find((one) => one.deviceId === deviceId)
    if (!member) throw new Error(`${deviceId} is no member of the shared folder ${id}`)
    if (!folder.remote.has(deviceId)) this.#set(folder.remote, deviceId, new Map())
    const theirs = folder.remote.get(deviceId)!
    for (const { path, kind, version, size, mtimeMs, executable, digest, modifiedBy } of entries) {
      this.#set(theirs, path, { path, kind, version, size, mtimeMs, executable, digest: new Uint8Array(digest), modifiedBy })
      this.#open(folder, path)
    }
    this.putMember(id, { ...member, held })
  }
  dropRemote(id: string, deviceId: string): void {
    const folder = this.#folders.get(id)
    if (folder) this.#drop(folder, deviceId)
  }
  remoteHas(id: string, deviceId: string, path: string): Entry | undefined {
    const entry = this.#folders.get(id)?.remote.get(deviceId)?.get(path)
    return entry?.kind === 'file' ? entry : undefined
  }
  lackedBy(id: string, deviceId: string): Amount {
    const theirs = this.#folders.get(id)?.remote.get(deviceId)
    const lacking = this.#locals(id).filter((entry) => {
      const other = theirs?.get(entry.path)
      return entry.kind === 'file' && !(other?.kind === 'file' && Buffer.compare(other.digest, entry.digest) === 0)
    })
    return { files: lacking.length, bytes: lacking.reduce((sum, { size }) => sum + size, 0) }
  }

  open(id: string, after: string | undefined, limit: number): string[] {
    const open = [...(this.#folders.get(id)?.open ?? [])].sort(compareTreeOrder)
    return open.filter((path) => after === undefined || compareTreeOrder(path, after) > 0).slice(0, limit)
  }
  openCount(id: string): number {
    return this.#folders.get(id)?.open.size ?? 0
  }
  openAll(id: string): void {
    const folder = this.#need(id)
    for (const path of folder.local.keys()) this.#open(folder, path)
    for (const theirs of folder.remote.values()) for (const path of theirs.keys()) this.#open(folder, path)
  }
  markOpen(id: string, paths: readonly string[]): void {
    const folder = this.#need(id)
    for (const path of paths) this.#open(folder, path)
  }
  close(id: string, paths: readonly string[]): void {
    const folder = this.#need(id)
    for (const path of paths) if (folder.open.delete(path)) this.#undoBy(() => folder.open.add(path))
  }

  putBlocks(id: string, digest: Uint8Array, blocks: Uint8Array): void {
    this.#set(this.#need(id).blocks, key(digest), new Uint8Array(blocks))
  }
  blocks(id: string, digest: Uint8Array): Uint8Array | undefined {
    return this.#folders.get(id)?.blocks.get(key(digest))
  }

  content(id: string): Amount {
    const files = this.#locals(id).filter(({ kind }) => kind === 'file')
    return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
  }
  changedHere(id: string): number {
    return this.#locals(id).filter(({ changedHere }) => changedHere).length
  }
  conflictCopies(id: string, offset: number, limit: number): { total: number; items: LocalEntry[] } {
    const items = this.#locals(id).filter(({ kind, path }) => kind === 'file' && isConflictCopy(path)).sort((a, b) => compareTreeOrder(a.path, b.path))
    return { total: items.length, items: items.slice(offset, offset + limit) }
  }
  putProblem(id: string, problem: SyncProblem): void {
    const folder = this.#need(id)
    const known = folder.problems.get(problem.path)
    this.#set(folder.problems, problem.path, known?.error.code === problem.error.code ? { ...problem, sinceMs: known.sinceMs } : problem)
  }
  clearProblem(id: string, path: string): void {
    this.#delete(this.#need(id).problems, path)
  }
  problems(id: string, offset: number, limit: number): { total: number; items: SyncProblem[] } {
    const all = [...(this.#folders.get(id)?.problems.values() ?? [])].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
    return { total: all.length, items: all.slice(offset, offset + limit) }
  }
  addActivity(id: string, items: readonly SyncActivity[]): void {
    const folder = this.#need(id)
    const before = folder.activity
    folder.activity = [...before, ...items].slice(-KEPT_ACTIVITY)
    this.#undoBy(() => (folder.activity = before))
  }
  activity(id: string, offset: number, limit: number): { total: number; items: SyncActivity[] } {
    const all = [...(this.#folders.get(id)?.activity ?? [])].reverse()
    return { total: all.length, items: all.slice(offset, offset + limit) }
  }

  #locals(id: string): LocalEntry[] {
    return [...(this.#folders.get(id)?.local.values() ?? [])]
  }
  #need(id: string): Folder {
    const folder = this.#folders.get(id)
    if (!folder) throw new Error(`there is no shared folder ${id}`)
    return folder
  }
  #row(folder: Folder, row: FolderRow): void {
    const before = folder.row
    folder.row = row
    this.#undoBy(() => (folder.row = before))
  }
  #drop(folder: Folder, deviceId: string): void {
    for (const path of folder.remote.get(deviceId)?.keys() ?? []) this.#open(folder, path)
    this.#delete(folder.remote, deviceId)
    const member = folder.row.members.find((one) => one.deviceId === deviceId)
    if (!member) return
    const { held: _, ...rest } = member
    this.#row(folder, { ...folder.row, members: folder.row.members.map((one) => (one === member ? rest : one)) })
  }
  #open(folder: Folder, path: string): void {
    if (folder.open.has(path)) return
    folder.open.add(path)
    this.#undoBy(() => folder.open.delete(path))
  }
  #set<K, V>(map: Map<K, V>, at: K, value: V): void {
    const before = map.get(at)
    map.set(at, value)
    this.#undoBy(() => (before === undefined ? map.delete(at) : map.set(at, before)))
  }
  #delete<K, V>(map: Map<K, V>, at: K): void {
    const before = map.get(at)
    if (before !== undefined && map.delete(at)) this.#undoBy(() => map.set(at, before))
  }
  #undoBy(undo: () => unknown): void {
    this.#undo?.push(undo)
  }
}

function key(digest: Uint8Array): string {
  return Buffer.from(digest).toString('hex')
}
