import type { DeviceId } from '../../../shared/model/device.ts'
import type { Amount, FolderId, FolderMode, SyncActivity, SyncProblem } from '../../../shared/model/folder.ts'

/**
 * Who has edited a file how often: a version vector (Parker et al. 1983, as in Syncthing's BEP). Device tags ascend, no
 * tag twice, counters from 1. One version covers another when each of its counters is at least as large; two that do not
 * cover each other are concurrent.
 */
export type Version = readonly (readonly [tag: DeviceTag, counter: number])[]

/** The first 26 characters of a device id without its dashes (130 bits): what names a device in a version. */
export type DeviceTag = string

/** One name in a shared folder, as one device knows it and tells it to others. A deletion is an entry too: it has a version. */
export interface Entry {
  /** Slash-separated, relative to the folder, as on the wire. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'deleted'
  readonly version: Version
  /** Bytes; 0 unless a file. */
  readonly size: number
  /** Whole ms since the epoch. Of a deletion: when it was noticed. Of a folder: not compared, never set. */
  readonly mtimeMs: number
  readonly executable: boolean
  /** A file's digest as `holdfast digest` has it (32 bytes); empty unless a file. */
  readonly digest: Uint8Array
  /** Who made the latest edit in `version`. */
  readonly modifiedBy: DeviceTag
}

/** What a file on disk was when its digest was taken: a difference in any of these means it must be read again. */
export interface Stamp {
  readonly size: number
  /** With its fraction, as the file system gives it. */
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly inode: number
}

/** An entry of this device, with what only it knows. */
export interface LocalEntry extends Entry {
  /** Ascends over all entries of the folder here; a changed entry gets the next. Peers ask for what is above what they have. */
  readonly sequence: number
  /**
   * Files only; absent while the file is known but not on disk as recorded. With `changedHere`: of the file that is there
   * instead, if one is; the entry is then whatever others know of this name, or a deletion without version if nobody does.
   */
  readonly stamp?: Stamp
  /** `receive-only`: what is on disk differs from this entry and is told to nobody. */
  readonly changedHere?: boolean
}

export interface FolderRow {
  readonly id: FolderId
  readonly name: string
  /** Absolute. */
  readonly path: string
  readonly mode: FolderMode
  readonly paused: boolean
  readonly createdAtMs: number
  readonly lastScanMs?: number
  /** Of the trash; absent or 0: a tenth of its volume. */
  readonly trashLimitBytes?: number
  /** 16 hex characters, made anew when the index here begins anew: sequences of another epoch mean nothing. */
  readonly epoch: string
  readonly members: readonly MemberRow[]
}
export interface MemberRow {
  readonly deviceId: DeviceId
  readonly state: 'invited' | 'member' | 'refused'
  /** Of its index: what is held here. */
  readonly held?: { readonly epoch: string; readonly sequence: number }
  /** Of our index: what it has said it holds. */
  readonly told?: { readonly epoch: string; readonly sequence: number }
  readonly lastInSyncMs?: number
}

export interface RemoteEntry extends Entry {
  readonly deviceId: DeviceId
}

/**
 * The index, of many hundred thousand entries: on disk, in pages, never in memory as a whole. Synchronous. Every write
 * that changes what an entry is also marks its path as `open`: to be looked at by the reconciler.
 */
export interface SyncStore {
  /** Durable when it returns. `putLocal` by itself is too: a sequence that others were told must never be given again. */
  transaction<T>(work: () => T): T

  folders(): FolderRow[]
  /** A new one, or all of a known one's row; members that are not named are removed. */
  putFolder(row: FolderRow): void
  patchFolder(id: FolderId, patch: Partial<Omit<FolderRow, 'id' | 'members'>>): void
  /** A new one, or all of a known one's row. */
  putMember(id: FolderId, member: MemberRow): void
  /** With its entries here, whose paths are opened. */
  removeMember(id: FolderId, deviceId: DeviceId): void
  removeFolder(id: FolderId): void

  local(id: FolderId, path: string): LocalEntry | undefined
  /** Gives each entry the next sequence and marks its path open. */
  putLocal(id: FolderId, entries: readonly Omit<LocalEntry, 'sequence'>[]): void
  /**
   * Sets `stamp` and `changedHere` as given, absent ones too: nothing that others need to know, so no new sequence, and the
   * path is not opened. A path without an entry is passed over.
   */
  restamp(id: FolderId, entries: readonly { path: string; stamp?: Stamp; changedHere?: boolean }[]): void
  /** By sequence, for telling others. */
  localAfter(id: FolderId, sequence: number, limit: number): LocalEntry[]
  lastSequence(id: FolderId): number
  /** In tree order, for comparing with a listing; `under` limits it to what is below that folder (itself included). */
  localInOrder(id: FolderId, after: string | undefined, limit: number, under?: string): LocalEntry[]
  /** Live files of this content, at most `limit`. */
  localByDigest(id: FolderId, digest: Uint8Array, limit: number): LocalEntry[]
  /** The names of those of them that are open, in tree order, after `after`. */
  openByDigest(id: FolderId, digest: Uint8Array, after: string | undefined, limit: number): string[]
  /** Whether a live entry is below this folder. */
  hasLiveBelow(id: FolderId, path: string): boolean

  remote(id: FolderId, path: string): RemoteEntry[]
  /** Of a member. `held`: what is held of that device's index after these. */
  putRemote(id: FolderId, deviceId: DeviceId, entries: readonly Entry[], held: { epoch: string; sequence: number }): void
  /** Its index begins anew: forgets its entries and marks their paths open. */
  dropRemote(id: FolderId, deviceId: DeviceId): void
  /** Live files of this content which that device has (to know whom to ask). */
  remoteHas(id: FolderId, deviceId: DeviceId, path: string): Entry | undefined

  /** Live files here of which that member has told no entry of the same content. */
  lackedBy(id: FolderId, deviceId: DeviceId): Amount

  /** Paths to be looked at by the reconciler, in tree order. */
  open(id: FolderId, after: string | undefined, limit: number): string[]
  openCount(id: FolderId): number
  /** Opens every path that is known, here or of a member: mode or ignore rules have changed. */
  openAll(id: FolderId): void
  markOpen(id: FolderId, paths: readonly string[]): void
  close(id: FolderId, paths: readonly string[]): void

  /** Digests of 1 MiB blocks of files here, by their file digest; dropped when no live local entry has it. */
  putBlocks(id: FolderId, digest: Uint8Array, blocks: Uint8Array): void
  blocks(id: FolderId, digest: Uint8Array): Uint8Array | undefined

  content(id: FolderId): Amount
  changedHere(id: FolderId): number
  /** Live files whose names say that they are conflict copies (util/conflict-name.ts), in tree order. */
  conflictCopies(id: FolderId, offset: number, limit: number): { total: number; items: LocalEntry[] }
  /** One a path. While its code stays the same, so does `sinceMs`. */
  putProblem(id: FolderId, problem: SyncProblem): void
  clearProblem(id: FolderId, path: string): void
  /** In order of their paths. */
  problems(id: FolderId, offset: number, limit: number): { total: number; items: SyncProblem[] }
  /** The last one is the newest; keeps the newest 1,000. */
  addActivity(id: FolderId, items: readonly SyncActivity[]): void
  /** Newest first. */
  activity(id: FolderId, offset: number, limit: number): { total: number; items: SyncActivity[] }
}
