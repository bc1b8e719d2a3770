import type { FolderId, SyncActivity } from '../../../shared/model/folder.ts'
import type { SyncHow, SyncPorts } from './engine-ports.ts'
import type { FolderRow } from './ports.ts'
import type { Requests } from './requests.ts'

/** What one shared folder here needs from the engine, and tells it. */
export interface FolderPorts extends SyncPorts {
  readonly how: SyncHow
  /** Those members that are connected. */
  requests(row: FolderRow): readonly Requests[]
  /** The index here has grown. */
  tell(id: FolderId): void
  /** What there is to share is known now. */
  looked(id: FolderId): void
  /** Something that is shown has changed. */
  changed(id: FolderId): void
  happened(id: FolderId, items: readonly SyncActivity[]): void
}
