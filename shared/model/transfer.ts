import type { ErrorData } from '../errors.ts'
import type { DeviceId } from './device.ts'

/** 16 random bytes in hex, chosen by the sender; unique together with the sender's key. */
export type TransferId = string

export type Direction = 'send' | 'receive'

export type ConflictPolicy = 'keep-both' | 'replace' | 'ask'

export type TransferState =
  | { readonly kind: 'scanning' }
  | { readonly kind: 'queued' }
  /** No connection now; the device's link says why and when it is tried again. */
  | { readonly kind: 'connecting'; readonly error?: ErrorData; readonly attempt?: number; readonly retryAtMs?: number }
  | { readonly kind: 'waiting-for-acceptance' }
  | { readonly kind: 'active' }
  | { readonly kind: 'paused'; readonly by: 'us' | 'them' }
  | { readonly kind: 'waiting-for-space'; readonly neededBytes: number; readonly freeBytes: number }
  /** The receive folder is missing or read-only, or the disk fails; tried again by itself. */
  | { readonly kind: 'waiting-for-folder'; readonly error: ErrorData }
  | { readonly kind: 'finished'; readonly complete: boolean }
  | { readonly kind: 'refused'; readonly error: ErrorData }
  | { readonly kind: 'cancelled'; readonly by: 'us' | 'them' }
  | { readonly kind: 'failed'; readonly error: ErrorData }

export type TransferStateKind = TransferState['kind']

/** States that nothing leaves by itself. */
export const ENDED: ReadonlySet<TransferStateKind> = new Set<TransferStateKind>(['finished', 'refused', 'cancelled', 'failed'])

export interface TransferCounters {
  /** Reconnections since the transfer began. */
  readonly retries: number
  /** Messages that arrived more than once and were dropped. */
  readonly duplicates: number
  /** Blocks sent or received again, because of a reset session or a failed digest. */
  readonly resentBlocks: number
  /** Bytes that were durable already when the transfer was continued. */
  readonly resumedBytes: number
  readonly skipped: number
  /** Among the skipped: what the receiver had already, with the same content. */
  readonly identical?: number
  /** Their sizes. */
  readonly identicalBytes?: number
  readonly failed: number
  /** Sizes of files that failed or were left out: they count as progress, but nothing of them arrived. */
  readonly unsentBytes?: number
  /** Among the failed: what the sender could not even offer. */
  readonly unsendable?: number
}

export interface Transfer {
  readonly id: TransferId
  readonly direction: Direction
  readonly deviceId: DeviceId
  readonly deviceName: string
  readonly state: TransferState
  /** Names of what was dropped, at most the first 20. */
  readonly roots: readonly string[]
  /** Where it comes from (first source's folder) or goes to (receive folder); absolute path. */
  readonly folder: string
  /** Never decreases while a transfer lives. */
  readonly bytes: number
  readonly totalBytes: number
  /** Confirmed, skipped or failed. */
  readonly files: number
  readonly totalFiles: number
  readonly bytesPerSecond: number
  /** Absent while it cannot be told. */
  readonly timeLeftMs?: number
  readonly counters: TransferCounters
  /** Position in the queue of its device; lower first. */
  readonly order: number
  readonly createdAtMs: number
  readonly finishedAtMs?: number
  /** Seconds spent active, for averages. */
  readonly activeMs: number
}

export type FileState = 'waiting' | 'active' | 'delivered' | 'skipped' | 'failed'

/** One row of a transfer's file list. */
export interface TransferFile {
  readonly index: number
  readonly kind: 'file' | 'folder'
  /** Slash-separated, relative to the receive folder, as sent. Hostile text. */
  readonly path: string
  /** As finally named at the receiver, when different. */
  readonly finalPath?: string
  readonly size: number
  readonly bytes: number
  readonly state: FileState
  /** Why it was skipped or failed, or is being sent again. */
  readonly reason?: string
  /** BLAKE3, hex. */
  readonly digest?: string
  readonly resentBlocks: number
  readonly duplicates: number
  readonly retries: number
}

/** What a script sees of one file, in the order it happens. */
export type FileEvent =
  | { readonly kind: 'delivered' | 'received'; readonly path: string; readonly bytes: number; readonly digest: string }
  | { readonly kind: 'skipped'; readonly path: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly path: string; readonly code: string; readonly message: string }

/** A question waiting for the user. */
export type Request =
  | {
      readonly kind: 'transfer'
      readonly id: string
      readonly transferId: TransferId
      readonly deviceId: DeviceId
      readonly deviceName: string
      readonly paired: boolean
      readonly roots: readonly string[]
      readonly totalFiles: number
      readonly totalBytes: number
      readonly folder: string
      readonly freeBytes: number
      readonly createdAtMs: number
    }
  | {
      readonly kind: 'conflict'
      readonly id: string
      readonly transferId: TransferId
      readonly deviceId: DeviceId
      readonly deviceName: string
      readonly path: string
      readonly here: { readonly size: number; readonly mtimeMs: number }
      readonly offered: { readonly size: number; readonly mtimeMs: number }
      readonly createdAtMs: number
    }

/** `skip`: keep what is here and do not take the offered file. */
export type ConflictAnswer = 'keep-both' | 'replace' | 'skip'

/** One finished transfer's receipt, as `history` lists it. */
export type HistoryEntry = Transfer
