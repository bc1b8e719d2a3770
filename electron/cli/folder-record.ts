import type { SyncActivity, SyncFolder } from '../../shared/model/folder.ts'
import type { Output } from './output.ts'

/** The JSON event `sync`: a folder as it is now. */
export function recordFolder(output: Output, { id, name, ...rest }: SyncFolder): void {
  output.record('sync', { folderId: id, folder: name, ...rest })
}

/** The JSON event `file`: one thing that happened in a folder. */
export function recordActivity(output: Output, folder: Pick<SyncFolder, 'id' | 'name'>, activity: SyncActivity): void {
  output.record('file', { folderId: folder.id, folder: folder.name, ...activity })
}
