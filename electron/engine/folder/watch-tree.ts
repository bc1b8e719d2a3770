import { watchFolders } from './watch-folders.ts'
import { watchByParcel } from './watch-parcel.ts'

export interface TreeEvent {
  readonly type: 'create' | 'update' | 'delete'
  /** Slash-separated, relative to the folder; '' is the folder itself. */
  readonly path: string
}

/** Watches a folder and all below it until the returned function is called. Rejects where the system refuses. */
export type WatchTree = (folder: string, heard: (error: Error | undefined, events: readonly TreeEvent[]) => void) => Promise<() => Promise<void>>

/**
 * As the system does it best. The engine's own folder is left out.
 *
 * It may not tell of a file made and deleted within its window of 50 to 500 ms, and of nothing once the system's queue has run
 * over. What it has gathered and not told when it is stopped is lost.
 *
 * On Linux by a watch a folder: @parcel/watcher, which keeps every file of the tree in memory and looks at each by itself,
 * cost a receiver of 100,000 files a fifth of its processor time and 57 MB, and did not tell of folders within new ones.
 */
export const watchTree: WatchTree = process.platform === 'linux' ? watchFolders : watchByParcel
