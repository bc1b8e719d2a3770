import type { DeviceId, DevicePolicy } from '../../../shared/model/device.ts'
import type { ReceivedState } from '../../../shared/model/received.ts'
import type { Settings } from '../../../shared/model/settings.ts'
import type { ConflictPolicy, Direction, TransferCounters, TransferId, TransferState } from '../../../shared/model/transfer.ts'
import type { SyncStore } from './sync-ports.ts'

export interface DeviceRow {
  readonly id: DeviceId
  readonly publicKey: Uint8Array
  /** As the user named it; absent: as it names itself (`peerName`). */
  readonly name?: string
  readonly peerName: string
  readonly trust: 'paired' | 'pinned'
  readonly policy: DevicePolicy
  readonly addresses: readonly { readonly host: string; readonly port: number; readonly lastSeenMs: number }[]
  readonly pairedAtMs?: number
  readonly lastSeenMs?: number
  readonly receivedBytes: number
}

export interface TransferRow {
  readonly id: TransferId
  readonly direction: Direction
  readonly deviceId: DeviceId
  readonly deviceName: string
  readonly state: TransferState
  readonly roots: readonly string[]
  readonly folder: string
  /** Digest over the canonical sources; finds "the same send again". Empty for receives. */
  readonly sourcesKey: string
  /** Sends: canonical absolute paths. Receives: empty. */
  readonly sources: readonly string[]
  /** Sends: what was typed, to dial again without discovery. */
  readonly target?: { readonly host: string; readonly port: number }
  readonly onConflict?: ConflictPolicy
  /** Receives: wire name of a top folder → the name it got here, where that differs (a file was in the way). */
  readonly renamedRoots?: Readonly<Record<string, string>>
  /** Of settled files. */
  readonly bytes: number
  /** As progress was last shown, parts of files included: it does not fall back because of a restart. */
  readonly shownBytes?: number
  readonly totalBytes: number
  readonly files: number
  readonly totalFiles: number
  /** Folders count as entries but not as files. */
  readonly totalEntries: number
  readonly counters: TransferCounters
  readonly order: number
  readonly createdAtMs: number
  readonly finishedAtMs?: number
  readonly activeMs: number
}

/**
 * Up to PAGE_ENTRIES manifest entries of one transfer. A row a page instead of a row a file keeps the journal's cost per
 * file near zero and memory flat; `states` and `digests` are flat arrays, what is rare per file is in `details`.
 */
export interface PageRow {
  readonly transferId: TransferId
  readonly page: number
  /** CBOR, opaque to the journal: the transfer's own page form. */
  readonly entries: Uint8Array
  /** One byte an entry (transfer/page.ts). */
  readonly states: Uint8Array
  /** 32 bytes an entry; zero while unknown. */
  readonly digests: Uint8Array
  /** CBOR map of entry → rare facts; empty when there are none. */
  readonly details: Uint8Array
}

export interface TransferStore {
  insert(row: TransferRow): void
  update(id: TransferId, patch: Partial<Omit<TransferRow, 'id'>>): void
  /** Not flushed (see `quickTransaction`): for what a power cut may take back. */
  quickUpdate(id: TransferId, patch: Partial<Omit<TransferRow, 'id'>>): void
  get(id: TransferId): TransferRow | undefined
  /** Newest first when ended, in queue order otherwise. */
  list(filter: { direction?: Direction; ended?: boolean; deviceId?: DeviceId; offset: number; limit: number }): {
    total: number
    items: TransferRow[]
  }
  /** The newest transfer of these sources to this device that has not ended. */
  findUnfinished(sourcesKey: string, deviceId: DeviceId): TransferRow | undefined
  /** The newest other transfer of the same device, direction, folder, roots and sources that came to its end. */
  findFinishedLike(row: TransferRow): TransferRow | undefined
  /** Whether anything was ever received into this folder. */
  wasReceivedInto(folder: string): boolean
  remove(id: TransferId): void
  maxOrder(): number

  putPage(page: PageRow): void
  page(id: TransferId, page: number): PageRow | undefined
  pageCount(id: TransferId): number
  updatePage(id: TransferId, page: number, patch: Pick<PageRow, 'states' | 'digests' | 'details'>): void

  /**
   * What a receive knows of its files in place, a page: opaque to the journal (transfer/seals.ts). Derived: without it, files
   * are read again.
   */
  putSeals(id: TransferId, page: number, seals: Uint8Array): void
  seals(id: TransferId, page: number): Uint8Array | undefined
  dropSeals(id: TransferId): void

  /** Appends digests of durable blocks, contiguous from block 0, of one attempt at one file. */
  appendBlocks(id: TransferId, file: number, attempt: number, firstBlock: number, digests: Uint8Array): void
  /** All of them, concatenated; the durable offset is blocks × BLOCK_BYTES (or the size). */
  blocks(id: TransferId, file: number, attempt: number): Uint8Array
  /** Without `file`: of the whole transfer. */
  dropBlocks(id: TransferId, file?: number): void
}

export interface DeviceStore {
  put(row: DeviceRow): void
  get(id: DeviceId): DeviceRow | undefined
  list(): DeviceRow[]
  remove(id: DeviceId): void
  addReceivedBytes(id: DeviceId, bytes: number): void
}

/**
 * Where received files come from: one transfer; without `transferId`, one plain TCP sender (who has a name alone), or other
 * programs in one folder (who have none).
 */
export interface ReceivedSource {
  readonly transferId?: TransferId
  /** Absolute. */
  readonly folder: string
  readonly deviceId?: DeviceId
  readonly deviceName?: string
}

/** What a file on disk was when it was last looked at. */
export interface SeenFile {
  readonly inode: number
  readonly size: number
  readonly mtimeMs: number
}

export interface NewReceived {
  /** Of `source()`. */
  readonly sourceId: number
  /** Slash-separated, relative to the source's folder. */
  readonly path: string
  readonly size: number
  readonly digest?: Uint8Array
  readonly receivedAtMs: number
  readonly seen?: SeenFile
}

export interface ReceivedRow extends NewReceived, ReceivedSource {
  readonly id: number
  readonly state: ReceivedState
  /** Where it is now, when not at `path`. */
  readonly nowPath?: string
  /** Its content is not what arrived any more. */
  readonly altered: boolean
}

/** Put there by another program: nothing arrived, so there is nothing to remember when it goes. */
export function isForeign({ transferId, deviceName }: Pick<ReceivedSource, 'transferId' | 'deviceName'>): boolean {
  return transferId === undefined && deviceName === undefined
}

export interface ReceivedPatch {
  readonly state?: ReceivedState
  /** Null: at `path`. */
  readonly nowPath?: string | null
  readonly altered?: boolean
  readonly seen?: SeenFile
  /** Another program's file only: nothing arrived, so there is nothing to remember. */
  readonly path?: string
  readonly size?: number
}

/**
 * What has arrived, newest first by id. An index over the transfers' pages that may lag behind them, never ahead: a
 * source is `indexed` when all of it is here. "At a path" means now, whatever the path was on arrival.
 */
export interface ReceivedStore {
  /** Gets or makes it. A plain TCP sender's is always made: it lasts as long as its caller remembers it. */
  source(source: ReceivedSource): number
  setIndexed(sourceId: number): void
  /** Receives whose pages may hold files that are not here, oldest first. */
  unindexed(): TransferId[]
  /** Returns the new ones; what is known (source and path) stays as it is. What was at the same place before is gone from there. */
  add(rows: readonly NewReceived[]): ReceivedRow[]
  update(id: number, patch: ReceivedPatch): void
  remove(id: number): void
  get(id: number): ReceivedRow | undefined
  total(): number
  page(offset: number, limit: number): ReceivedRow[]
  /** Up to `limit` rows with an id below `before`, newest first: for going through all of them in slices. */
  slice(before: number, limit: number, folder?: string): ReceivedRow[]
  /** Newest first; also deleted ones that were there last. */
  at(folder: string, path: string): ReceivedRow[]
  /** Below that folder, in no order, with an id above `after`. */
  below(folder: string, path: string, after: number, limit: number): ReceivedRow[]
  /** Newest first, of any folder. */
  byInode(inode: number): ReceivedRow[]
  /** Keeps the newest `keep` files of other programs. */
  trimForeign(keep: number): void
}

export interface SettingsStore {
  get(): Partial<Settings>
  set(patch: Partial<Settings>): void
}

/** Everything durable. Synchronous: it lives on the engine's thread. A commit is on disk when it returns (synchronous=FULL). */
export interface Journal {
  readonly transfers: TransferStore
  readonly devices: DeviceStore
  readonly settings: SettingsStore
  readonly received: ReceivedStore
  readonly sync: SyncStore
  /** One atomic, durable commit. Nested calls join the outer one. */
  transaction<T>(work: () => T): T
  /** One atomic commit that a power cut may undo, though never a later one without it: for what can be derived again. Costs no flush. */
  quickTransaction<T>(work: () => T): T
  close(): void
}
