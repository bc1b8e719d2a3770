import type { ErrorData } from '../errors.ts'
import type { Address, Device, DeviceId, DevicePolicy, Pairing } from '../model/device.ts'
import type {
  ConflictChoice, ConflictPreview, FolderId, FolderMode, FolderOffer, PlanCounts, PlanItem, SyncActivity, SyncConflict, SyncFolder,
  SyncProblem, TrashItem,
} from '../model/folder.ts'
import type { ReceivedFile } from '../model/received.ts'
import type { Settings } from '../model/settings.ts'
import type {
  ConflictAnswer,
  Direction,
  FileEvent,
  Request,
  Transfer,
  TransferFile,
  TransferId,
} from '../model/transfer.ts'

/** Where to send: an address typed by hand, or a device by id or by its (paired) name. */
export type SendTarget =
  | { readonly kind: 'address'; readonly host: string; readonly port: number }
  | { readonly kind: 'device'; readonly device: string }

/** Which keys an unpaired target may have. Without it only paired and pinned devices are sent to. */
export type SendTrust = { readonly kind: 'device-id'; readonly deviceId: DeviceId } | { readonly kind: 'first-use' }

export interface Page<T> {
  readonly total: number
  readonly offset: number
  readonly items: readonly T[]
}

interface PageArgs {
  readonly offset: number
  /** At most 500. */
  readonly limit: number
}

/** The plain TCP inbox, while it listens. */
export interface PlainStatus {
  /** As bound. */
  readonly address: Address
  /** The newest connection that went wrong; what it brought before is safe. `from`: the sender's address, where there is one. */
  readonly lastError?: { readonly from: string | null; readonly atMs: number; readonly error: ErrorData }
}

export interface EngineStatus {
  readonly deviceId: DeviceId
  readonly name: string
  readonly version: string
  readonly home: string
  /** The process that runs the engine. */
  readonly pid: number
  readonly listening: Address | null
  /** Absent: it does not listen. */
  readonly plain?: PlainStatus
  readonly receiveFolder: string
  readonly freeBytes: number | null
  readonly activeTransfers: number
  readonly waitingTransfers: number
  readonly requests: number
  /** Something that needs the user, e.g. the receive folder is missing. */
  readonly problems: readonly ErrorData[]
}

/** Every command an engine answers: the whole face of it. A reply is `{ok, value}` or `{ok, error}`; nothing throws across. */
export interface Commands {
  'engine:status': { args: Record<string, never>; reply: EngineStatus }
  'settings:get': { args: Record<string, never>; reply: Settings }
  'settings:set': { args: Partial<Settings>; reply: Settings }

  'device:list': { args: Record<string, never>; reply: readonly Device[] }
  'device:rename': { args: { deviceId: DeviceId; name: string }; reply: Device }
  'device:set-policy': { args: { deviceId: DeviceId; policy: DevicePolicy }; reply: Device }
  /** Unpairs and unpins. Running transfers with it are cancelled. */
  'device:forget': { args: { device: string }; reply: null }

  'pairing:start': { args: { target: SendTarget }; reply: Pairing }
  'pairing:answer': { args: { pairingId: string; accept: boolean }; reply: null }
  'pairing:list': { args: Record<string, never>; reply: readonly Pairing[] }

  /** One transfer per target. The same unfinished send (sources, device) is continued, and its id returned again. */
  'transfer:send': {
    args: { paths: readonly string[]; targets: readonly SendTarget[]; trust?: SendTrust }
    reply: { transferIds: readonly TransferId[] }
  }
  'transfer:list': { args: PageArgs & { direction?: Direction; ended?: boolean }; reply: Page<Transfer> }
  'transfer:get': { args: { transferId: TransferId }; reply: Transfer }
  'transfer:files': {
    args: PageArgs & { transferId: TransferId; only?: 'failed' | 'skipped' | 'unfinished' }
    reply: Page<TransferFile>
  }
  'transfer:pause': { args: { transferId: TransferId }; reply: null }
  'transfer:resume': { args: { transferId: TransferId }; reply: null }
  'transfer:cancel': { args: { transferId: TransferId }; reply: null }
  /** Tries failed files, or an ended and incomplete send, once more. */
  'transfer:retry': { args: { transferId: TransferId }; reply: null }
  /**
   * Leaves one file of a send out, by its index, as long as it has not arrived: the rest is delivered, and both sides count
   * it as skipped.
   */
  'transfer:skip-file': { args: { transferId: TransferId; file: number }; reply: null }
  /** Puts it before another in its device's queue; without `before`, last. */
  'transfer:move': { args: { transferId: TransferId; before?: TransferId }; reply: null }

  'request:list': { args: Record<string, never>; reply: readonly Request[] }
  /** For a conflict, accepting means `answer` (default `replace`). `always` also sets the device's policy (paired ones only). */
  'request:accept': {
    args: { requestId: string; always?: boolean; answer?: ConflictAnswer; forAll?: boolean; folder?: string }
    reply: null
  }
  /** For a conflict: keeps what is here. */
  'request:refuse': { args: { requestId: string; forAll?: boolean }; reply: null }

  /** Ended transfers, newest first. */
  'history:list': { args: PageArgs; reply: Page<Transfer> }

  /** Newest first. `search` matches names, paths and devices, in any case. */
  'received:list': { args: PageArgs & { search?: string }; reply: Page<ReceivedFile> }
  /** Looks where it is now before it answers. `path`: absolute, null when it is gone; for the application, never for a window. */
  /** Of a plain inbox beside the engine: what it has put into `folder` (absolute). `run`: one for as long as it is open. */
  'received:plain': {
    args: { run: string; folder: string; arrivals: readonly { path: string; bytes: number; digest: string; from: string }[] }
    reply: null
  }
  'received:get': { args: { id: string }; reply: { file: ReceivedFile; path: string | null } }

  'sync:list': { args: Record<string, never>; reply: readonly SyncFolder[] }
  'sync:offers': { args: Record<string, never>; reply: readonly FolderOffer[] }
  /** Shares a folder of this device with paired devices (by id or name): each is offered it. The folder must exist. */
  'sync:add': { args: { path: string; devices: readonly string[]; mode: FolderMode; name?: string }; reply: SyncFolder }
  /** Takes an offered folder; `path` is made if need be. What is in it already stays, and is merged. */
  'sync:accept': { args: { folderId: FolderId; path: string; mode: FolderMode }; reply: SyncFolder }
  'sync:refuse': { args: { folderId: FolderId }; reply: null }
  'sync:share': { args: { folderId: FolderId; device: string }; reply: SyncFolder }
  'sync:unshare': { args: { folderId: FolderId; device: string }; reply: SyncFolder }
  /** `trashLimitBytes` 0: a tenth of the volume. */
  'sync:set': { args: { folderId: FolderId; name?: string; mode?: FolderMode; paused?: boolean; trashLimitBytes?: number }; reply: SyncFolder }
  /** No more kept in sync here; the files stay. */
  'sync:remove': { args: { folderId: FolderId }; reply: null }
  /** Looks at every file anew; resolves when that is done. */
  'sync:scan': { args: { folderId: FolderId }; reply: SyncFolder }
  /** What would be done here now, without doing it. */
  'sync:plan': { args: PageArgs & { folderId: FolderId }; reply: Page<PlanItem> & { counts: PlanCounts } }
  /** To a folder that is `asking`: does it, or keeps what is here and makes that count everywhere. */
  'sync:answer': { args: { folderId: FolderId; token: string; answer: 'apply' | 'keep-mine' }; reply: null }
  'sync:problems': { args: PageArgs & { folderId: FolderId }; reply: Page<SyncProblem> }
  /** Newest first; the last 1,000 are kept. */
  'sync:activity': { args: PageArgs & { folderId: FolderId }; reply: Page<SyncActivity> }
  'sync:conflicts': { args: PageArgs & { folderId: FolderId }; reply: Page<SyncConflict> }
  'sync:preview': { args: { folderId: FolderId; copyPath: string }; reply: ConflictPreview }
  'sync:resolve': { args: { folderId: FolderId; copyPath: string; keep: ConflictChoice }; reply: null }
  /** Newest first. `search` matches paths, in any case. */
  'sync:trash': { args: PageArgs & { folderId: FolderId; search?: string }; reply: Page<TrashItem> }
  /** Puts it back where it was; under a name of its own where something else is by now. */
  'sync:restore': { args: { folderId: FolderId; trashId: string }; reply: { path: string } }
  'sync:empty-trash': { args: { folderId: FolderId }; reply: null }
  /** The text of `.holdfastignore`. */
  'sync:ignore-get': { args: { folderId: FolderId }; reply: { text: string } }
  'sync:ignore-set': { args: { folderId: FolderId; text: string }; reply: null }
}

export type CommandName = keyof Commands
export type CommandArgs<C extends CommandName> = Commands[C]['args']
export type CommandReply<C extends CommandName> = Commands[C]['reply']

export interface FileFacts {
  readonly transferId: TransferId
  readonly deviceId: DeviceId
  readonly direction: Direction
  readonly items: readonly FileEvent[]
}

/** Facts that have happened, as whole small snapshots, each at most 10 a second per subject. */
export interface Events {
  'engine:listening': { host: string; port: number; deviceId: DeviceId; name: string }
  'engine:problem': ErrorData
  'settings:changed': Settings
  'device:changed': Device
  'device:removed': { deviceId: DeviceId }
  'pairing:changed': Pairing
  'transfer:changed': Transfer
  /** `continuedAs`: it was found to be the same send as an unfinished one, which goes on in its place. */
  'transfer:removed': { transferId: TransferId; continuedAs?: TransferId }
  /** Per-file facts in order and complete, batched; for scripts. Not sent to windows. */
  'transfer:files': FileFacts
  /** The same, of files that failed or were left out though they are not there: for people. */
  'transfer:left-out': FileFacts
  /** A connection was made. */
  'link:connected': { deviceId: DeviceId; address: Address }
  /** A connection was lost or could not be made, and is tried again. */
  'link:retry': {
    deviceId: DeviceId | null
    transferIds: readonly TransferId[]
    reason: ErrorData
    attempt: number
    waitMs: number
  }
  'request:changed': Request
  'request:removed': { requestId: string }
  /** `file` null: more than one changed; ask for the pages that are shown. */
  'received:changed': { total: number; file: ReceivedFile | null }
  /** State, amounts or members changed. */
  'sync:changed': SyncFolder
  'sync:removed': { folderId: FolderId }
  'sync:offered': FolderOffer
  'sync:offer-removed': { folderId: FolderId }
  /** What happened, in order and complete; for scripts. Not sent to windows. */
  'sync:files': { folderId: FolderId; items: readonly SyncActivity[] }
}

export type EventName = keyof Events

export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorData }

/**
 * How anybody talks to an engine: the engine itself, a worker's port, the local socket, Electron's IPC and the page's
 * WebSocket all have this shape.
 */
export interface EngineClient {
  /** Rejects with a HoldfastError. */
  call<C extends CommandName>(command: C, args: CommandArgs<C>): Promise<CommandReply<C>>
  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void
  /** Settles when the other end is gone; for an engine in this thread, when it has closed. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** What travels on every message channel (worker port, local socket, WebSocket). */
export type ClientMessage = { id: number; command: CommandName; args: unknown }
export type ServerMessage =
  | { id: number; reply: Reply<unknown> }
  | { event: EventName; payload: unknown }
