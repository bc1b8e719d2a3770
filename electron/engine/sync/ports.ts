/**
 * What the sync engine needs of the disk, the journal and the watcher. The product has lanes, SQLite and the system’s watcher
 * behind these; the simulation has memory. One suite tests both implementations of each. They are declared beside what
 * implements them, which may not import from here.
 */
export type {
  DiskAction,
  DiskItem,
  DiskProblem,
  DiskResult,
  Expected,
  HashResult,
  Listing,
  StageFile,
  SyncDisk,
  SyncTrash,
  SyncWatcher,
  SyncWatcherPorts,
} from '../folder/sync-ports.ts'
export type { FolderRow, MemberRow, RemoteEntry, SyncStore } from '../journal/sync-ports.ts'
