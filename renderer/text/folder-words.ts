import type { ErrorCode } from '../../shared/errors.ts'
import type { FolderDevice, PlanCounts, SyncFolder } from '../../shared/model/folder.ts'
import { formatBytes, formatWhen } from './format.ts'
import { folderAdvice, folderMessages as m } from './folder-messages.ts'
import { shortReason, type Tone } from './reasons.ts'
import { named, namesInWords } from './sentence.ts'

/** The state of shared folders in sentences, names in them marked. Pure. */

const names = (devices: readonly FolderDevice[]): string => namesInWords(devices.map((device) => device.deviceName), m.state.others)

/** `delete 812 files and replace 3 files`; what a folder that asks would do. */
export function planInWords({ delete: deletes, replace }: PlanCounts): string {
  const { whatDelete, whatReplace, and } = m.asking
  if (deletes > 0 && replace > 0) return and(whatDelete(deletes), whatReplace(replace))
  return replace > 0 ? whatReplace(replace) : whatDelete(deletes)
}

/** Who is as far as this device, who is not, and why; one clause for each. */
function devicesInWords(devices: readonly FolderDevice[]): readonly string[] {
  const connected = devices.filter((device) => device.state === 'connected')
  const behind = connected.filter((device) => device.toSend.files > 0)
  const equal = connected.filter((device) => device.toSend.files === 0)
  const inState = (state: FolderDevice['state']) => devices.filter((device) => device.state === state)
  const [away, invited, refused] = [inState('offline'), inState('invited'), inState('refused')]
  const [first] = behind
  return [
    equal.length > 0 ? m.state.upToDateWith(names(equal)) : devices.length === 0 ? m.state.nobody : m.state.upToDate,
    ...(first && behind.length === 1 ? [m.state.lacks(named(first.deviceName), first.toSend.files, formatBytes(first.toSend.bytes))] : []),
    ...(behind.length > 1 ? [m.state.manyLack(behind.length)] : []),
    ...(away.length > 0 ? [m.state.away(names(away), away.length)] : []),
    ...(invited.length > 0 ? [m.state.invited(names(invited), invited.length)] : []),
    ...(refused.length > 0 ? [m.state.refused(names(refused), refused.length)] : []),
  ]
}

function leftInWords({ devices }: SyncFolder, left: { readonly files: number; readonly bytes: number }): string {
  const from = devices.filter((device) => device.toGet.files > 0)
  if (left.files === 0) return from.length > 0 ? m.state.tidyingFrom(names(from)) : m.state.tidying
  const what = from.length > 0 ? m.state.toGetFrom(left.files, names(from), formatBytes(left.bytes)) : m.state.toGet(left.files, formatBytes(left.bytes))
  const reachable = from.length === 0 || from.some((device) => device.state === 'connected')
  return reachable ? what : `${what}; ${m.state.whenConnected}`
}

/** What the folder is doing, as one sentence. */
export function folderWords(folder: SyncFolder): string {
  const { state } = folder
  switch (state.kind) {
    case 'paused':
      return m.state.paused
    case 'missing':
      return m.state.missing
    case 'asking':
      return m.state.askingWhat(planInWords(state.counts), state.totalFiles)
    case 'scanning':
      if (state.writing !== undefined) return m.state.writing(state.writing)
      if (state.totalFiles !== undefined && state.totalFiles > 0) return m.state.scannedOf(state.files, Math.max(state.files, state.totalFiles))
      return state.files > 0 ? m.state.scanned(state.files) : m.state.scanning
    case 'waiting':
      return m.state.waiting(shortReason(state.error))
    case 'syncing':
      return leftInWords(folder, state.left)
    case 'up-to-date':
      return devicesInWords(folder.devices).join('; ')
  }
}

export function folderTone({ state, devices }: SyncFolder): Tone {
  switch (state.kind) {
    case 'missing':
    case 'waiting':
      return 'bad'
    case 'asking':
      return 'wait'
    case 'up-to-date':
      return devices.some((device) => device.state === 'connected') ? 'good' : 'calm'
    case 'paused':
    case 'scanning':
    case 'syncing':
      return 'calm'
  }
}

export interface FolderProgress {
  readonly value: number
  readonly total: number
  /** How much there is to do is not known. */
  readonly open: boolean
}

/** How far it is, while it is at something: of the files looked at, or of what the folder is to hold in the end. */
export function folderProgress({ state, content }: SyncFolder): FolderProgress | null {
  if (state.kind === 'scanning') {
    const total = state.totalFiles ?? 0
    return { value: Math.min(state.files, total), total, open: total === 0 }
  }
  if (state.kind !== 'syncing') return null
  const { files, bytes } = state.left
  if (bytes > 0) return { value: content.bytes, total: content.bytes + bytes, open: false }
  return { value: content.files, total: content.files + files, open: files === 0 }
}

/** One device of a folder: where both stand, and since when. */
export function deviceWords(device: FolderDevice, nowMs: number): { readonly words: string; readonly tone: Tone } {
  const { toGet, toSend } = device
  const words = m.overview.device
  if (device.state === 'invited') return { words: words.invited, tone: 'wait' }
  if (device.state === 'refused') return { words: words.refused, tone: 'bad' }
  const parts = [
    ...(toGet.files > 0 ? [words.toGet(toGet.files, formatBytes(toGet.bytes))] : []),
    ...(toSend.files > 0 ? [words.toSend(toSend.files, formatBytes(toSend.bytes))] : []),
  ]
  const since = device.lastInSyncMs === undefined ? [] : [m.overview.lastInSync(formatWhen(device.lastInSyncMs, nowMs))]
  if (device.state === 'offline') return { words: [words.offline, ...parts, ...since].join(', '), tone: 'calm' }
  return parts.length > 0 ? { words: parts.join(', '), tone: 'wait' } : { words: words.inSync, tone: 'good' }
}

export function folderAdviceFor(code: ErrorCode): string | null {
  return (folderAdvice as Partial<Record<ErrorCode, string>>)[code] ?? null
}
