import type { DeviceId, DevicePolicy } from '../../../shared/model/device.ts'
import type { Settings } from '../../../shared/model/settings.ts'
import type { ConflictPolicy, Direction, TransferCounters, TransferId, TransferState } from '../../../shared/model/transfer.ts'

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
  readonly bytes: number
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
  get(id: TransferId): TransferRow | undefined
  /** Newest first when ended, in queue order otherwise. */
  list(filter: { direction?: Direction; ended?: boolean; deviceId?: DeviceId; offset: number; limit: number }): {
    total: number
    items: TransferRow[]
  }
  /** The newest transfer of these sources to this device that has not ended. */
  findUnfinished(sourcesKey: string, deviceId: DeviceId): TransferRow | undefined
  remove(id: TransferId): void
  maxOrder(): number

  putPage(page: PageRow): void
  page(id: TransferId, page: number): PageRow | undefined
  pageCount(id: TransferId): number
  updatePage(id: TransferId, page: number, patch: Pick<PageRow, 'states' | 'digests' | 'details'>): void

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

export interface SettingsStore {
  get(): Partial<Settings>
  set(patch: Partial<Settings>): void
}

/** Everything durable. Synchronous: it lives on the engine's thread. A commit is on disk when it returns (synchronous=FULL). */
export interface Journal {
  readonly transfers: TransferStore
  readonly devices: DeviceStore
  readonly settings: SettingsStore
  /** One atomic, durable commit. Nested calls join the outer one. */
  transaction<T>(work: () => T): T
  close(): void
}
