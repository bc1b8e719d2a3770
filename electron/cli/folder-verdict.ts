import type { SyncFolder } from '../../shared/model/folder.ts'

/** How far a folder is, for a command that waits until there is nothing left to do. */
export type FolderVerdict =
  /** Something is being done, here or on a device that is connected. */
  | 'busy'
  /** Nobody it is shared with is connected. */
  | 'alone'
  | 'asking'
  /** Goes on only when somebody does something: paused, missing, full disk. */
  | 'stuck'
  /** The same here and on every device that is connected, and both have said so since. */
  | 'equal'

/** `sinceMs`: a device must have been found equal at or after this. */
export function judgeFolder(folder: SyncFolder, sinceMs: number): FolderVerdict {
  const { kind } = folder.state
  if (kind === 'paused' || kind === 'missing' || kind === 'waiting') return 'stuck'
  if (kind === 'asking') return 'asking'
  if (kind === 'scanning') return 'busy'
  const connected = folder.devices.filter((device) => device.state === 'connected')
  if (connected.length === 0) return 'alone'
  if (kind === 'syncing') return 'busy'
  const equal = connected.every(
    ({ toGet, toSend, lastInSyncMs }) => toGet.files === 0 && toSend.files === 0 && lastInSyncMs !== undefined && lastInSyncMs >= sinceMs,
  )
  return equal ? 'equal' : 'busy'
}

/** Whether everybody who takes part is connected: nobody else need be waited for. */
export function isComplete(folder: SyncFolder): boolean {
  return folder.devices.every(({ state }) => state !== 'offline')
}
