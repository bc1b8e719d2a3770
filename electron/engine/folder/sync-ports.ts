import type { ErrorData, HoldfastError } from '../../../shared/errors.ts'
import type { Amount, TrashItem } from '../../../shared/model/folder.ts'
import type { Stamp } from '../journal/sync-ports.ts'

// — disk —

/** Something below the folder, as a look at the disk finds it. Links, FIFOs and the like are `other`; the engine's own folder and what is ignored are not seen at all. */
export interface DiskItem {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'other'
  readonly stamp: Stamp
  readonly executable: boolean
  /** Only when one path was asked for: why a look leaves it out, with all that is below it. `path` is then where that begins. */
  readonly leftOut?: ErrorData
}

/** A file that can't be listed, read or named: reported, and never taken for deleted. */
export interface DiskProblem {
  readonly path: string
  readonly error: HoldfastError
}

export interface Listing {
  /** In tree order (`compareTreeOrder`): a folder before what is in it. */
  readonly items: readonly DiskItem[]
  /** A folder that can't be read covers all below it. */
  readonly problems: readonly DiskProblem[]
}

export type HashResult =
  /** `blocks`: digests of 1 MiB blocks, 32 bytes each; empty for a file of one block or none. */
  | { readonly kind: 'hashed'; readonly stamp: Stamp; readonly executable: boolean; readonly digest: Uint8Array; readonly blocks: Uint8Array }
  /** Written to while it was read: to be tried again when it is quiet. */
  | { readonly kind: 'changing' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly error: HoldfastError }

/** What must be on disk before an action is done: exactly this, or nothing of that name. */
export type Expected = Stamp | 'nothing'

/** A staged file: complete, verified and flushed before it is placed. `id` is a number of this device's choice. */
export interface StageFile {
  readonly id: number
  readonly mtimeMs: number
  readonly executable: boolean
  /**
   * All of a small file. A longer one is announced without, and then written block by block; what is staged under its id
   * already (by an earlier run) stays. Its time and mode are those of the latest announcement, whenever it is placed.
   */
  readonly bytes?: Uint8Array
}

export type DiskAction =
  | { readonly kind: 'make-folder'; readonly path: string }
  /**
   * Puts staged file `id` at `path` in one atomic step. What was there keeps existing: under `keepAs` (a conflict copy;
   * never replaces anything) or in the trash, linked there first, so that there is never a moment without it.
   */
  | { readonly kind: 'place'; readonly id: number; readonly path: string; readonly expected: Expected; readonly keepAs?: string; readonly by: string | null }
  /** A rename within the folder, never onto anything. mtime and mode are set as given. */
  | { readonly kind: 'move'; readonly from: string; readonly expected: Stamp; readonly path: string; readonly mtimeMs: number; readonly executable: boolean }
  | { readonly kind: 'trash'; readonly path: string; readonly expected: Stamp; readonly by: string | null }
  | { readonly kind: 'remove-folder'; readonly path: string }
  | { readonly kind: 'attributes'; readonly path: string; readonly expected: Stamp; readonly mtimeMs: number; readonly executable: boolean }

export type DiskResult =
  /** `stamp`: of the file as it is now (place, move, attributes). `kept`: what became of `keepAs`. */
  | { readonly kind: 'done'; readonly stamp?: Stamp; readonly kept?: { readonly path: string; readonly stamp: Stamp } }
  /** Not as expected: look again. `remove-folder`: it is not empty. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'failed'; readonly error: HoldfastError }

/** One folder on disk. Everything throws FOLDER_MISSING while the folder, or the marker that proves it is this very one, is not there. */
export interface SyncDisk {
  /** False where files have no such bit (Windows): it is carried in the index, and never compared with the disk. */
  readonly keepsExecutable: boolean
  /** Makes the marker `.holdfast/folder` that names the folder. Throws USAGE_INVALID when the marker of another is there. */
  adopt(): Promise<void>
  /** Removes the marker and staging; files and trash stay. */
  release(): Promise<void>
  check(): Promise<void>
  /** Everything below `under` (default: all), in batches of up to 1024. Reads the ignore file first. */
  list(under?: string, signal?: AbortSignal): AsyncIterable<Listing>
  stat(path: string): Promise<DiskItem | undefined>
  /** Whether `.holdfastignore` covers the path: it is neither told, nor deleted, nor written here. */
  ignores(path: string, kind: 'file' | 'folder'): boolean
  /** Reads and digests. Results in the order asked. */
  hash(paths: readonly string[]): Promise<readonly HashResult[]>
  /** Part of a file whose stamp must be as given; undefined when it is not. For small parts and whole small files. */
  read(path: string, stamp: Stamp, offset: number, length: number): Promise<Uint8Array | undefined>

  /** Why this name can't be here (path gate, Windows forms, a case or Unicode twin of another name); undefined when it can. */
  nameProblem(path: string): HoldfastError | undefined
  freeBytes(): Promise<number>
  stage(files: readonly StageFile[]): Promise<readonly (HoldfastError | undefined)[]>
  writeBlock(id: number, offset: number, bytes: Uint8Array): Promise<void>
  /** Copies a part of a file of this folder into a staged one; undefined when its stamp is not as given. The bytes come back, for the caller to verify. */
  copyBlock(id: number, offset: number, length: number, from: { path: string; stamp: Stamp; offset: number }): Promise<Uint8Array | undefined>
  /** Everything staged is durable after this (one syncfs). */
  flush(): Promise<void>
  /** In the order given; each is independent. The folders concerned are flushed at the end. */
  apply(actions: readonly DiskAction[]): Promise<readonly DiskResult[]>
  /** Ids of all that is staged, also by an earlier run: a long file goes on from there. */
  staged(): Promise<readonly number[]>
  /** Digests of the 1 MiB blocks of what is staged so far, whatever it is; undefined when there is nothing. */
  hashStaged(id: number): Promise<Uint8Array | undefined>
  /** Removes staged files that are not needed; without ids, all. */
  unstage(ids?: readonly number[]): Promise<void>

  trash: SyncTrash
  readIgnoreFile(): Promise<string>
  writeIgnoreFile(text: string): Promise<void>
}

export interface SyncTrash {
  /** Newest first. */
  list(options: { search?: string; offset: number; limit: number }): Promise<{ total: number; items: readonly TrashItem[] }>
  amount(): Promise<Amount>
  /** Puts it back, under a free name; returns where. Throws PATH_NOT_FOUND. */
  restore(id: string): Promise<string>
  empty(): Promise<void>
  /** Removes what has been there for longer than 30 days. */
  expire(nowMs: number): Promise<void>
  /** Undefined: a tenth of the volume. */
  setLimit(bytes: number | undefined): void
  limitBytes(): Promise<number>
  /**
   * TRASH_FULL when so much more would be too much; `apply` fails with it too, for that one file. `comingBytes`: of what
   * else is about to go there.
   */
  problem(path: string, bytes: number, comingBytes?: number): Promise<HoldfastError | undefined>
}

// — watcher —

export interface SyncWatcher {
  /** Resolves when it watches. */
  start(): Promise<void>
  close(): Promise<void>
}
export interface SyncWatcherPorts {
  /** Something happened at or below these paths. */
  changed(paths: readonly string[]): void
  /** Something may have been missed: look at everything. */
  unsure(): void
  /** The folder went or came back. */
  problem(problem: HoldfastError | undefined): void
  /** The system tells of no changes here, and why: `unsure` comes once a minute instead. Undefined: it tells again. */
  late?(problem: HoldfastError | undefined): void
}
