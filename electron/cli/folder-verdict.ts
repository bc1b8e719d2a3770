import type { FolderDevice, SyncFolder } from '../../shared/model/folder.ts'

/** How far a folder is, for a command that waits until there is nothing left to do. */
export type FolderVerdict =
  /** Something is being done, here or on a device that is connected. */
  | 'busy'
  /** Nobody it is shared with is connected. */
  | 'alone'
  | 'asking'
  /** Goes on only when somebody does something: paused, missing, full disk. */
  | 'stuck'
  /** The same here and on every device that is or was connected, and both have said so since. */
  | 'equal'

/** `sinceMs`: a device must have been found equal at or after this. */
export function judgeFolder(folder: SyncFolder, sinceMs: number): FolderVerdict {
  const { kind } = folder.state
  if (kind === 'paused' || kind === 'missing' || kind === 'waiting') return 'stuck'
  if (kind === 'asking') return 'asking'
  if (kind === 'scanning') return 'busy'
  const unfinished = folder.devices.some(({ state }) => state === 'connected') ? 'busy' : 'alone'
  if (kind === 'syncing') return unfinished
  const isEqual = ({ toGet, toSend, lastInSyncMs }: FolderDevice) => toGet.files === 0 && toSend.files === 0 && lastInSyncMs !== undefined && lastInSyncMs >= sinceMs
  // One that has ended its own run meanwhile was equal when it went.
  const met = folder.devices.filter((device) => device.state === 'connected' || (device.state === 'offline' && isEqual(device)))
  return met.length > 0 && met.every(isEqual) ? 'equal' : unfinished
}

/** Whether everybody who takes part is connected: nobody else need be waited for. */
export function isComplete(folder: SyncFolder): boolean {
  return folder.devices.every(({ state }) => state !== 'offline')
}
