import type { Amount, FolderDevice, FolderMode, FolderOffer, FolderState, PlanCounts, PlanItem, SyncActivity, SyncFolder } from '../../shared/model/folder.ts'
import { formatBytes, formatCount, formatSpeed, formatTime, shortDeviceId } from './format.ts'
import { printable } from './printable.ts'

/** Everything here is safe for a terminal. */

export const MODE_TEXT: Readonly<Record<FolderMode, string>> = {
  'two-way': 'two-way',
  'send-only': 'sends only',
  'receive-only': 'receives only',
}

export function amountText({ files, bytes }: Amount): string {
  return `${formatCount(files, 'file')}, ${formatBytes(bytes)}`
}

/** `2 files, 3.4 MB of at most 20 GB`. */
export function trashText({ trash, trashLimit }: Pick<SyncFolder, 'trash' | 'trashLimit'>): string {
  const what = trash.files === 0 ? 'empty' : amountText(trash)
  if (!trashLimit) return what
  const most = `${trash.files === 0 ? ', holds' : ' of'} at most ${formatBytes(trashLimit.bytes)}`
  return `${what}${most}${trashLimit.own ? '' : ' (a tenth of the volume)'}`
}

/** `2 to get, 1 to delete`. */
export function countsText(counts: PlanCounts): string {
  const { get, replace, rename, conflict, bytes } = counts
  const parts = [
    ...(get > 0 ? [`${formatCount(get, 'file')} to get`] : []),
    ...(replace > 0 ? [`${formatCount(replace, 'file')} to replace`] : []),
    ...(counts.delete > 0 ? [`${formatCount(counts.delete, 'file')} to delete`] : []),
    ...(rename > 0 ? [`${formatCount(rename, 'file')} to rename`] : []),
    ...(conflict > 0 ? [formatCount(conflict, 'conflict')] : []),
    ...(bytes > 0 ? [`${formatBytes(bytes)} to fetch`] : []),
  ]
  return parts.length === 0 ? 'nothing to do' : parts.join(', ')
}

export function folderStateText(state: FolderState): string {
  switch (state.kind) {
    case 'paused':
      return 'paused'
    case 'missing':
      return `not there: ${printable(state.error.message)}`
    case 'asking':
      return `asks first: ${countsText(state.counts)}, of ${formatCount(state.totalFiles, 'file')} here`
    case 'scanning':
      if (state.writing !== undefined) return `${formatCount(state.writing, 'file')} still being written`
      return `looking at the files: ${amountText(state)}${state.totalFiles === undefined ? '' : ` of ${formatCount(state.totalFiles, 'file')}`}`
    case 'waiting':
      return `waiting: ${printable(state.error.message)}`
    case 'syncing':
      if (state.left.files === 0) return 'taking over changes'
      return `syncing: ${amountText(state.left)} to get${state.bytesPerSecond > 0 ? `, ${formatSpeed(state.bytesPerSecond)}` : ''}`
    case 'up-to-date':
      return 'up to date'
  }
}

export function folderDeviceText(device: FolderDevice): string {
  const name = printable(device.deviceName) || shortDeviceId(device.deviceId)
  if (device.state === 'invited') return `${name}: has not accepted it yet`
  if (device.state === 'refused') return `${name}: does not want it`
  const open = [
    ...(device.toGet.files > 0 ? [`${amountText(device.toGet)} to get from it`] : []),
    ...(device.toSend.files > 0 ? [`${amountText(device.toSend)} it still lacks`] : []),
  ]
  const since = device.lastInSyncMs === undefined ? 'never in sync yet' : `in sync ${formatTime(device.lastInSyncMs)}`
  if (device.state === 'offline') return `${name}: not connected, ${open.length > 0 ? open.join(', ') : since}`
  return `${name}: ${open.length > 0 ? open.join(', ') : 'in sync'}`
}

/** `Photos  /home/me/Photos  two-way  up to date  (1,200 files, 3.4 GB)`. */
export function folderLine(folder: SyncFolder): string {
  const open = [
    ...(folder.conflicts > 0 ? [formatCount(folder.conflicts, 'conflict')] : []),
    ...(folder.problems > 0 ? [formatCount(folder.problems, 'problem')] : []),
    ...(folder.changedHere > 0 ? [`${formatCount(folder.changedHere, 'file')} changed here only`] : []),
  ]
  const facts = [printable(folder.name), printable(folder.path), MODE_TEXT[folder.mode], folderStateText(folder.state), amountText(folder.content), ...open]
  return facts.join('  ')
}

export function offerLine(offer: FolderOffer): string {
  const who = printable(offer.deviceName) || shortDeviceId(offer.deviceId)
  return `${printable(offer.name)}  from ${who} (${MODE_TEXT[offer.mode]} there)  ${amountText(offer.content)}  ${offer.folderId}`
}

const PLANNED: Readonly<Record<PlanItem['action'], string>> = {
  get: 'get',
  replace: 'replace',
  delete: 'delete',
  rename: 'rename',
  conflict: 'conflict',
  attributes: 'set time or mode of',
  'make-folder': 'make folder',
  'remove-folder': 'remove folder',
}

export function planLine(item: PlanItem): string {
  const from = item.deviceName === undefined ? '' : `  (${printable(item.deviceName)})`
  const path = printable(item.path)
  if (item.action === 'rename') return `rename  ${printable(item.otherPath ?? '')} to ${path}${from}`
  if (item.action === 'conflict') return `conflict  ${path}, what is here becomes ${printable(item.otherPath ?? 'a copy')}${from}`
  const size = item.action === 'get' || item.action === 'replace' ? `  ${formatBytes(item.size)}` : ''
  return `${PLANNED[item.action]}  ${path}${size}${from}`
}

const HAPPENED: Readonly<Record<SyncActivity['kind'], string>> = {
  got: 'Got',
  replaced: 'Replaced',
  deleted: 'Deleted',
  renamed: 'Renamed',
  conflict: 'Conflict',
  told: 'Changed here',
  restored: 'Restored',
  failed: 'Failed',
}

export function activityLine(activity: SyncActivity): string {
  const path = printable(activity.path)
  const who = activity.deviceName === undefined ? '' : ` (${printable(activity.deviceName)})`
  const other = activity.otherPath === undefined ? '' : printable(activity.otherPath)
  if (activity.kind === 'renamed') return `Renamed ${other} to ${path}${who}`
  if (activity.kind === 'conflict') return `Conflict: ${path}${who}; both are kept${other === '' ? '' : `, one as ${other}`}`
  const size = activity.size === undefined || activity.kind === 'deleted' ? '' : `, ${formatBytes(activity.size)}`
  const why = activity.message === undefined ? '' : `: ${printable(activity.message)}`
  return `${HAPPENED[activity.kind]} ${path}${size}${who}${why}`
}
