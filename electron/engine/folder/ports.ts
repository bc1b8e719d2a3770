import type { ErrorCode } from '../../../shared/errors.ts'
import type { ConflictPolicy } from '../../../shared/model/transfer.ts'
import type { ManifestEntry } from '../protocol/messages.ts'
import type { SyncRequest } from './sync-jobs.ts'

/** A source file as it was when scanned; a difference in any of these means it has changed. */
export interface SourceStamp {
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly inode: number
}

/** What a scan finds, in manifest order: a folder before what is in it. */
export type ScanItem =
  | { readonly kind: 'entry'; readonly entry: ManifestEntry; readonly source: string; readonly stamp: SourceStamp }
  /**
   * Not sent: FIFO, device, socket, a link that leaves the root or loops. With `failure` it is something that should have
   * arrived and can't: an unreadable folder, a name that is no Unicode or hostile.
   */
  | { readonly kind: 'skipped'; readonly path: string; readonly reason: string; readonly failure?: ErrorCode }

/** Small files to read into one pack body (protocol/bulk.ts), done by a read lane in shared memory. */
export interface ReadPackJob {
  readonly transfer: Uint8Array
  /** Of a pool buffer. The pack body is written at `offset`. */
  readonly buffer: SharedArrayBuffer
  readonly offset: number
  readonly files: readonly { readonly file: number; readonly attempt: number; readonly source: string; readonly stamp: SourceStamp }[]
}
export type ReadOutcome =
  | { readonly kind: 'packed' }
  /** It is not what was scanned. `stamp`: as it is now, absent when it could not be read quietly. */
  | { readonly kind: 'changed'; readonly stamp: SourceStamp; readonly executable: boolean }
  | { readonly kind: 'unreadable' | 'vanished'; readonly message: string }
export interface ReadPackResult {
  /** Length of the pack body, 0 when nothing was packed. */
  readonly length: number
  readonly outcomes: readonly ReadOutcome[]
}

/** Where a receive puts things. `root` is the receive folder; staging is `root/.holdfast/staging/<transfer id>`. */
export interface ReceivePlace {
  readonly root: string
  readonly transferId: string
}

/** Looks at the names of one manifest page before anything is written. Makes folders. */
export interface PreparePageJob {
  readonly place: ReceivePlace
  readonly onConflict: ConflictPolicy
  /** Paired device: tell digests of an existing file of the same size, so that it need not travel. */
  readonly compare: boolean
  readonly entries: readonly {
    readonly file: number
    readonly kind: 'file' | 'folder'
    readonly path: string
    readonly size: number
    readonly mtimeMs: number
    /** How the file of this very name looked when its content was known (folder/seal.ts). */
    readonly seal?: SourceStamp
  }[]
  /** Wire name of a top folder → its name here. */
  readonly renamedRoots: Readonly<Record<string, string>>
}
export type PrepareOutcome =
  /** Nothing there, or a folder made. */
  | { readonly kind: 'free' }
  /**
   * A file of the same size is there (only with `compare`). `digest`: of its one block; absent for longer files, whose
   * digests the receiver asks for with `digestFile`. `path`: where it is, relative to root.
   */
  | { readonly kind: 'same-size'; readonly path: string; readonly digest?: Uint8Array; readonly mtimeMs: number }
  /** The file of the name offered is of this size and as its seal says: what was known of its content still holds. */
  | { readonly kind: 'as-sealed' }
  /** Another file is there; the policy decides at the end (keep-both, replace) or now (ask). */
  | { readonly kind: 'differs'; readonly size: number; readonly mtimeMs: number }
  | { readonly kind: 'refused'; readonly code: 'name' | 'collision'; readonly message: string }
  | { readonly kind: 'error'; readonly code: 'DISK_FULL' | 'DISK_ERROR' | 'FOLDER_MISSING' | 'FOLDER_READ_ONLY'; readonly message: string }
export interface PreparePageResult {
  readonly outcomes: readonly PrepareOutcome[]
  readonly renamedRoots: Readonly<Record<string, string>>
}

/** Verifies the files of one pack and writes each into staging. */
export interface WritePackJob {
  readonly place: ReceivePlace
  readonly buffer: SharedArrayBuffer
  readonly offset: number
  readonly length: number
  /** In the pack's order; `expected: undefined` = not wanted (ignored). */
  readonly files: readonly ({ readonly mtimeMs: number; readonly executable: boolean } | undefined)[]
}
export type WriteOutcome =
  | { readonly kind: 'staged' }
  | { readonly kind: 'bad-digest' }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'error'; readonly code: 'DISK_FULL' | 'DISK_ERROR' | 'FOLDER_MISSING' | 'FOLDER_READ_ONLY'; readonly message: string }

/**
 * Moves staged, durable files into place without replacing anything the policy does not allow. Idempotent, so that
 * recovery is to run it again: `link` to the first free candidate name (a candidate that already is the staged inode is
 * the answer), then the folders are flushed; the staged name stays until `unstage` after the journal has the result.
 */
export interface FinishJob {
  readonly place: ReceivePlace
  readonly renamedRoots: Readonly<Record<string, string>>
  readonly quarantine: boolean
  readonly files: readonly FinishFile[]
}
export interface FinishFile {
  readonly file: number
  readonly path: string
  readonly digest: Uint8Array
  readonly size: number
  readonly onConflict: 'keep-both' | 'replace'
  /** Staged by this run of the engine and never given to `finish` before: nothing to recover, its name is tried at once. */
  readonly fresh?: boolean
}
export type FinishOutcome =
  /** `finalPath`: slash-separated, relative to root. */
  | { readonly kind: 'placed'; readonly finalPath: string; readonly replaced: boolean; readonly placedAtMs: number }
  /** The same content was there already: the staged copy is dropped. */
  | { readonly kind: 'identical'; readonly finalPath: string }
  /** What was staged is not there any more and no candidate has its content (somebody emptied `.holdfast`): it must come again. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'error'; readonly code: 'DISK_FULL' | 'DISK_ERROR' | 'FOLDER_MISSING' | 'FOLDER_READ_ONLY'; readonly message: string }

export interface UnstageJob {
  readonly place: ReceivePlace
  readonly files: readonly number[]
  /** Of `files`, from the first on: where each is, and when it was put there. */
  readonly placed?: readonly PlacedFile[]
}
export interface PlacedFile {
  /** Slash-separated, relative to root. */
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
  readonly placedAtMs: number
}

/** The work that lanes (worker threads doing synchronous calls) do. Jobs of one kind run in the order given, per lane. */
export interface Lanes {
  /** Starts the threads of one kind now, so that who needs them first does not wait for them. The others cost nothing yet. */
  warm(kind: 'read' | 'write'): void
  readPack(job: ReadPackJob): Promise<ReadPackResult>
  preparePage(job: PreparePageJob): Promise<PreparePageResult>
  writePack(job: WritePackJob): Promise<readonly WriteOutcome[]>
  /** Makes everything staged so far for this transfer durable (syncfs, or fsync of the named files). */
  flush(job: { place: ReceivePlace; files: readonly number[] }): Promise<void>
  finish(job: FinishJob): Promise<readonly FinishOutcome[]>
  /** Removes staged names of files that are placed and recorded. Of those in `placed`, in their order, it returns the seals. */
  unstage(job: UnstageJob): Promise<readonly (SourceStamp | undefined)[]>
  /** Block digests of a file below root (the path gate decides), undefined when it is not there or changed meanwhile. */
  digestFile(job: { place: ReceivePlace; path: string }): Promise<{ digests: Uint8Array; size: number } | undefined>
  /** Sets the modification times of folders, deepest first. */
  finishFolders(job: { place: ReceivePlace; renamedRoots: Readonly<Record<string, string>>; folders: readonly { path: string; mtimeMs: number }[] }): Promise<void>
  /** Removes a transfer's staging. */
  clean(place: ReceivePlace): Promise<void>
  /** Anything for a shared folder. `runSync` (sync-lane.ts) knows what comes back. */
  sync(request: SyncRequest): Promise<unknown>
  close(): Promise<void>
}
