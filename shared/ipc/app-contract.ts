import type { ErrorData } from '../errors.ts'
import type { AcceptPolicy, DeviceId } from '../model/device.ts'
import type { FolderId, FolderMode, SyncFolder } from '../model/folder.ts'
import type { ReceivedFile } from '../model/received.ts'
import type { Settings } from '../model/settings.ts'
import type { ConflictAnswer, TransferId } from '../model/transfer.ts'
import type { CommandName, Commands, EngineStatus, Events, Page, Reply, SendTarget, SendTrust } from './contract.ts'

export type { ReceivedFile, ReceivedState } from '../model/received.ts'

/**
 * What a window or a page speaks: the engine's commands that people use, and the application's own. A path never goes
 * from the renderer to the application, except one typed on the page of `serve`; it names sources, received files and
 * folders by ids that the application gave out. Paths that come back are for showing only.
 */

/** Something put on the tray to be sent. */
export interface Source {
  readonly sourceId: string
  /** Hostile text: a file name. */
  readonly name: string
  readonly kind: 'file' | 'folder' | 'text' | 'image'
  /** Absent while a folder is counted. */
  readonly size?: number
  /** Number of files; absent for one file and while a folder is counted. */
  readonly files?: number
  /** The page only: how much of an upload has come. */
  readonly uploadedBytes?: number
  /** Why it cannot be sent (vanished, not readable). It is left out of a send. */
  readonly error?: ErrorData
}

export interface AppInfo {
  readonly kind: 'electron' | 'page'
  readonly platform: 'linux' | 'darwin' | 'win32' | 'other'
  readonly version: string
  /** False on a page without a desktop session: "Open" and "Show in folder" are left out. */
  readonly canOpen: boolean
  readonly canStartAtLogin: boolean
  readonly canNotify: boolean
  /** False on the page: a folder is typed, not chosen. */
  readonly canChoose: boolean
}

/** Folders are named by id; `path` and `freeBytes` are for showing. */
export interface FolderChoice {
  readonly folderId: string
  readonly path: string
  readonly freeBytes: number | null
}

/** A device's policy as the renderer sets it: every field whole, the folder by id. */
export interface PolicyChange {
  readonly accept: AcceptPolicy
  /** Null: the receive folder. Absent: as it is. */
  readonly folderId?: string | null
  readonly quotaBytes?: number
  readonly maxBytesPerSecond?: number
}

/** The plain TCP inbox as a window sets it: every field whole, the folder by id. */
export type PlainChange = Omit<Settings['plain'], 'folder'> & {
  /** Null: the receive folder. Absent: as it is. */
  readonly folderId?: string | null
}

/** Settings a window may change. Folders are named by id. */
export type SettingsChange = Partial<Omit<Settings, 'receiveFolder' | 'plain'>> & {
  readonly receiveFolderId?: string
  readonly plain?: PlainChange
}

type Nothing = Record<string, never>

/** The engine's commands that pass through unchanged. */
export type PassedCommandName =
  | 'engine:status'
  | 'settings:get'
  | 'device:list'
  | 'device:rename'
  | 'device:forget'
  | 'pairing:start'
  | 'pairing:answer'
  | 'pairing:list'
  | 'transfer:list'
  | 'transfer:get'
  | 'transfer:files'
  | 'transfer:pause'
  | 'transfer:resume'
  | 'transfer:cancel'
  | 'transfer:retry'
  | 'transfer:skip-file'
  | 'transfer:move'
  | 'request:list'
  | 'request:refuse'
  | Exclude<Extract<CommandName, `sync:${string}`>, 'sync:add' | 'sync:accept'>

/** The application's own commands, and those of the engine whose paths become ids. */
export interface OwnCommands {
  'app:info': { args: Nothing; reply: AppInfo }
  /** What closing the program now would interrupt. */
  'app:quit-info': { args: Nothing; reply: { activeTransfers: number; waitingTransfers: number; names: readonly string[] } }

  'settings:set': { args: SettingsChange; reply: Settings }
  'device:set-policy': { args: { deviceId: DeviceId; policy: PolicyChange }; reply: null }
  'request:accept': {
    args: { requestId: string; always?: boolean; answer?: ConflictAnswer; forAll?: boolean; folderId?: string }
    reply: null
  }

  /** Native chooser; null when the user closed it. On the page `typed` is required and the folder must exist and be writable. */
  'folder:choose': { args: { typed?: string }; reply: FolderChoice | null }

  /** Native chooser, several at once; the new sources, empty when the user closed it. Not on the page. */
  'source:choose': { args: { kind: 'file' | 'folder' }; reply: readonly Source[] }
  'source:list': { args: Nothing; reply: readonly Source[] }
  'source:remove': { args: { sourceId: string }; reply: null }
  'source:clear': { args: Nothing; reply: null }
  /** Text or a link: travels as a small message file that the other side shows. At most 1 MiB of UTF-8. */
  'source:add-text': { args: { text: string }; reply: Source }
  /** Null: the clipboard holds no picture. Not on the page (there, pasting gives a File). */
  'source:add-clipboard-image': { args: Nothing; reply: Source | null }
  /**
   * The page only: announces a dropped file or folder; then `PUT /upload/SOURCEID?path=RELATIVE&modified=MS` once per file, with the
   * bytes as body; then `source:finish-upload`. For a file, `path` is its name. Small files travel many in one request, as
   * upload-batch.ts says; loose ones of them are announced by nothing else. `leftOut`: how many of the announced files the
   * page could not read, so that they never come.
   */
  'source:begin-upload': { args: { name: string; kind: 'file' | 'folder'; size: number; files: number }; reply: Source }
  'source:finish-upload': { args: { sourceId: string; leftOut?: number }; reply: Source }

  /** One transfer per target. Sources leave the tray when this succeeds. */
  'send:start': {
    args: { sourceIds: readonly string[]; targets: readonly SendTarget[]; trust?: SendTrust }
    reply: { transferIds: readonly TransferId[] }
  }
  /** Shows the folder a transfer goes to or comes from in the platform's file manager. */
  'transfer:show': { args: { transferId: TransferId }; reply: null }

  /** Newest first. `search` matches names, paths and devices, in any case. At most 500. */
  'received:list': { args: { offset: number; limit: number; search?: string }; reply: Page<ReceivedFile> }
  /** Only ever on the user's click. */
  'received:open': { args: { id: string }; reply: null }
  'received:show': { args: { id: string }; reply: null }
  /** The text of a received message, at most 1 MiB. */
  'received:text': { args: { id: string }; reply: { text: string; truncated: boolean } }

  /** `choiceId`: the `folderId` of a FolderChoice, which is no id of a shared folder. */
  'sync:add': { args: { choiceId: string; devices: readonly string[]; mode: FolderMode; name?: string }; reply: SyncFolder }
  /** Into the chosen folder itself, or into a folder `inside` it, which is made if need be. */
  'sync:accept': { args: { folderId: FolderId; choiceId: string; inside?: string; mode: FolderMode }; reply: SyncFolder }
  /** Shows the folder in the platform's file manager; with `path`, that file of it. Only ever on the user's click. */
  'sync:show': { args: { folderId: FolderId; path?: string }; reply: null }
}

export type AppCommands = Pick<Commands, PassedCommandName> & OwnCommands

export type AppPage = 'send' | 'transfers' | 'received' | 'folders' | 'devices' | 'settings'

export type AppEvents = Omit<Events, 'transfer:files' | 'transfer:left-out' | 'sync:files'> & {
  /** Whole; at most once a second. Also says when a problem is over. */
  'engine:status-changed': EngineStatus
  /** The whole tray. */
  'source:changed': { sources: readonly Source[] }
  /** `file` null: more than one changed; ask for the pages that are shown. */
  'received:changed': { total: number; file: ReceivedFile | null }
  /** A notification, the tray or the menu leads here. */
  'app:navigate': { page: AppPage; transferId?: TransferId; deviceId?: DeviceId }
}

export type AppCommandName = keyof AppCommands
export type AppArgs<C extends AppCommandName> = AppCommands[C]['args']
export type AppReply<C extends AppCommandName> = AppCommands[C]['reply']
export type AppEventName = keyof AppEvents

/**
 * What travels on the page's WebSocket at `/events`. Before it the page posts the token of its address, as plain text,
 * once to `/session` (204 and a cookie, else 401); `GET /session` says 204 with a valid cookie and 401 without. An open
 * socket whose session ends is closed with code 4401.
 */
export interface AppClientMessage {
  readonly id: number
  readonly command: AppCommandName
  readonly args: unknown
}
export type AppServerMessage =
  | { readonly id: number; readonly reply: Reply<unknown> }
  | { readonly event: AppEventName; readonly payload: unknown }

/**
 * `window.holdfast`, which the preload exposes. `call` settles with a reply as data, never throws across; `addDropped`
 * accepts `File` objects alone (typed as unknown here: shared code knows no DOM) and turns them into sources.
 */
export interface PreloadApi {
  call<C extends AppCommandName>(command: C, args: AppArgs<C>): Promise<Reply<AppReply<C>>>
  on<E extends AppEventName>(event: E, listener: (payload: AppEvents[E]) => void): () => void
  addDropped(files: readonly unknown[]): Promise<Reply<readonly Source[]>>
}

/** The shape an application's handlers have, behind either bridge. */
export type AppHandlers = {
  readonly [C in AppCommandName]: (args: AppArgs<C>) => Promise<AppReply<C>> | AppReply<C>
}

