import type { ErrorData } from '../errors.ts'
import type { DeviceId } from './device.ts'

/** 16 random bytes, lower-case hex: the same on every device that shares the folder. */
export type FolderId = string

/** What this device does with a shared folder: `send-only` never changes what is here, `receive-only` never tells of changes here. */
export type FolderMode = 'two-way' | 'send-only' | 'receive-only'

export interface Amount {
  readonly files: number
  readonly bytes: number
}

/** What a plan would do here. Files only; `bytes` is what must travel. */
export interface PlanCounts {
  readonly get: number
  readonly replace: number
  readonly delete: number
  readonly rename: number
  readonly conflict: number
  readonly bytes: number
}

export interface PlanItem {
  readonly action: 'get' | 'replace' | 'delete' | 'rename' | 'conflict' | 'attributes' | 'make-folder' | 'remove-folder'
  /** Slash-separated, relative to the folder. Hostile text. */
  readonly path: string
  /** `rename`: where it is now. `conflict`: the name that what is here now will get. */
  readonly otherPath?: string
  readonly size: number
  /** The device whose change it is, as far as known. */
  readonly deviceName?: string
}

/** What the folder is doing here, as one of these; the first that applies, from top to bottom. */
export type FolderState =
  | { readonly kind: 'paused' }
  /** Missing, unmounted, or another folder in its place: nothing is touched until it is back. */
  | { readonly kind: 'missing'; readonly error: ErrorData }
  /** Would delete or replace so much that it asks first. `token` names this very plan. */
  | { readonly kind: 'asking'; readonly token: string; readonly counts: PlanCounts; readonly totalFiles: number }
  /** `writing`: all is looked at but so many files, which were being written: they are looked at again in a moment. */
  | { readonly kind: 'scanning'; readonly files: number; readonly bytes: number; readonly totalFiles?: number; readonly writing?: number }
  /** Something holds up everything, e.g. a full disk. It is tried again by itself. */
  | { readonly kind: 'waiting'; readonly error: ErrorData }
  | { readonly kind: 'syncing'; readonly left: Amount; readonly bytesPerSecond: number }
  /** Nothing to do here, as far as the devices that were heard of know. */
  | { readonly kind: 'up-to-date' }

export interface FolderDevice {
  readonly deviceId: DeviceId
  readonly deviceName: string
  /** `invited`: it has not accepted yet. `refused`: it has said no, or removed the folder. */
  readonly state: 'invited' | 'refused' | 'offline' | 'connected'
  /** What it has and is still to come here. */
  readonly toGet: Amount
  /** What is here and it still lacks, as far as it has told. */
  readonly toSend: Amount
  /** When both were last known to be equal. */
  readonly lastInSyncMs?: number
}

export interface SyncFolder {
  readonly id: FolderId
  readonly name: string
  /** Absolute; for showing. */
  readonly path: string
  readonly mode: FolderMode
  readonly state: FolderState
  readonly devices: readonly FolderDevice[]
  /** What is in it here. */
  readonly content: Amount
  readonly conflicts: number
  /** Files that can't be kept in sync now, each with its reason. */
  readonly problems: number
  readonly trash: Amount
  /** What the trash may hold; `own`: as somebody has set it here. Absent while it is not known. */
  readonly trashLimit?: { readonly bytes: number; readonly own: boolean }
  /** `receive-only`: files changed here, which are told to nobody. */
  readonly changedHere: number
  readonly createdAtMs: number
  readonly lastScanMs?: number
}

/** A paired device offers a folder. */
export interface FolderOffer {
  readonly folderId: FolderId
  /** Hostile text. */
  readonly name: string
  readonly deviceId: DeviceId
  readonly deviceName: string
  /** What the other device does with it. */
  readonly mode: FolderMode
  readonly content: Amount
  readonly offeredAtMs: number
}

export interface SyncProblem {
  readonly path: string
  readonly error: ErrorData
  readonly sinceMs: number
}

/** Two files where there was one: both are kept until somebody decides. */
export interface SyncConflict {
  /** `name (conflict, DEVICE, DATE).ext`, where the edit that was not the latest is. Names the conflict. */
  readonly copyPath: string
  readonly path: string
  /** Of the device that made the edit which is in the copy, as its name says. */
  readonly deviceName: string
  readonly copy: ConflictSide
  /** Null: deleted or renamed since, or there is a folder of that name. */
  readonly original: ConflictSide | null
  readonly folder?: true
}
export interface ConflictSide {
  readonly size: number
  readonly mtimeMs: number
  /** Hex. */
  readonly digest: string
}
/** `both`: the copy gets a name of its own and is no conflict any more. What is not kept goes to the trash. */
export type ConflictChoice = 'original' | 'copy' | 'both'

/** To show both sides of a conflict. Text is cut at 256 KiB; an image only up to 4 MiB and 50 million pixels. */
export interface ConflictPreview {
  readonly original: SidePreview | null
  readonly copy: SidePreview
}
export type SidePreview =
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean }
  /** `type`: as its first bytes say, png, jpeg, gif or webp. */
  | { readonly kind: 'image'; readonly type: string; readonly base64: string }
  /** `picture`: it is one, but has too many bytes or pixels to be shown, or no header to go by. */
  | { readonly kind: 'other'; readonly picture?: 'large' | 'broken' }

export interface TrashItem {
  readonly id: string
  readonly path: string
  readonly size: number
  readonly atMs: number
  readonly reason: 'deleted' | 'replaced'
  /** Whose change it was. */
  readonly deviceName: string | null
}

/** One thing that happened in a folder here. */
export interface SyncActivity {
  readonly atMs: number
  readonly kind: 'got' | 'replaced' | 'deleted' | 'renamed' | 'conflict' | 'told' | 'restored' | 'failed'
  readonly path: string
  readonly otherPath?: string
  readonly size?: number
  readonly deviceName?: string
  readonly message?: string
}
