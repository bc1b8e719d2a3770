import type { ErrorCode } from '../../shared/errors.ts'
import type { Device } from '../../shared/model/device.ts'
import { ENDED, type Request, type Transfer, type TransferId } from '../../shared/model/transfer.ts'
import type { State } from './state.ts'

/** Pure functions of the state; those that make lists are for `useMemo`. */

const UNDER_WAY = new Set<string>(['active', 'scanning', 'connecting'])

export interface Sections {
  readonly underWay: readonly Transfer[]
  readonly waiting: readonly Transfer[]
}

/** Live transfers: under way in the order they began, waiting in the order of their queue. */
export function sectionsOf(transfers: State['transfers']): Sections {
  const underWay: Transfer[] = []
  const waiting: Transfer[] = []
  for (const transfer of Object.values(transfers)) {
    if (ENDED.has(transfer.state.kind)) continue
    if (UNDER_WAY.has(transfer.state.kind)) underWay.push(transfer)
    else waiting.push(transfer)
  }
  underWay.sort((a, b) => a.createdAtMs - b.createdAtMs)
  waiting.sort((a, b) => a.order - b.order || a.createdAtMs - b.createdAtMs)
  return { underWay, waiting }
}

/** Names of live transfers in their order: what changes when one comes, goes or moves, and not with every byte. */
export function underWayIds(state: State): readonly TransferId[] {
  return sectionsOf(state.transfers).underWay.map(({ id }) => id)
}

export function waitingIds(state: State): readonly TransferId[] {
  return sectionsOf(state.transfers).waiting.map(({ id }) => id)
}

export type Readiness = 'ready' | 'offline' | 'closed' | 'folder-missing' | 'read-only' | 'full' | 'disk'

const OBSTACLES: Partial<Record<ErrorCode, Readiness>> = {
  FOLDER_MISSING: 'folder-missing',
  FOLDER_READ_ONLY: 'read-only',
  PATH_NO_PERMISSION: 'read-only',
  DISK_FULL: 'full',
  DISK_ERROR: 'disk',
}

/** Below it nothing worth sending has room. */
const NO_ROOM_BYTES = 1_000_000

/** Whether something that is sent here now would arrive. Trouble with the folder of a single device is no obstacle to the rest. */
export function readinessOf({ connection, status }: Pick<State, 'connection' | 'status'>): Readiness {
  if (connection.kind !== 'online' || !status) return 'offline'
  if (!status.listening) return 'closed'
  for (const { code, message, details } of status.problems) {
    const obstacle = OBSTACLES[code]
    const folder = details?.['folder']
    if (obstacle && (folder === undefined ? message.includes(status.receiveFolder) : folder === status.receiveFolder)) return obstacle
  }
  return status.freeBytes !== null && status.freeBytes < NO_ROOM_BYTES ? 'full' : 'ready'
}

export function liveCount(state: State): number {
  let count = 0
  for (const transfer of Object.values(state.transfers)) if (!ENDED.has(transfer.state.kind)) count++
  return count
}

export function totalSpeed(state: State): number {
  let sum = 0
  for (const transfer of Object.values(state.transfers)) if (transfer.state.kind === 'active') sum += transfer.bytesPerSecond
  return sum
}

/** Questions in the order they came. */
export function requestsOf(requests: State['requests']): readonly Request[] {
  return Object.values(requests).sort((a, b) => a.createdAtMs - b.createdAtMs)
}

export interface DeviceSections {
  readonly paired: readonly Device[]
  /** Near or pinned, but not paired. */
  readonly others: readonly Device[]
}

/** Whether sending now would begin at once. */
export function isReachable(device: Device): boolean {
  if (device.keyAlarm) return false
  return device.link.kind === 'connected' || (device.nearby && device.link.kind !== 'waiting' && device.link.kind !== 'failed')
}

/** Reachable ones first, then by name, so that the list does not jump while devices come and go within a second. */
export function devicesOf(devices: State['devices']): DeviceSections {
  const paired: Device[] = []
  const others: Device[] = []
  for (const device of Object.values(devices)) {
    if (device.trust === 'paired') paired.push(device)
    else if (device.nearby || device.trust === 'pinned' || device.link.kind !== 'idle') others.push(device)
  }
  const order = (a: Device, b: Device): number =>
    Number(isReachable(b)) - Number(isReachable(a)) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id)
  return { paired: paired.sort(order), others: others.sort(order) }
}

export function deviceAlarms(state: State): number {
  let count = 0
  for (const device of Object.values(state.devices)) if (device.keyAlarm) count++
  return count
}

export interface TrayTotals {
  readonly count: number
  readonly files: number
  readonly bytes: number
  /** A folder is still being counted, or an upload has not come whole. */
  readonly counting: boolean
}

export function trayTotals(sources: State['sources']): TrayTotals {
  let files = 0
  let bytes = 0
  let counting = false
  let count = 0
  for (const source of sources) {
    if (source.error) continue
    count++
    files += source.files ?? 1
    bytes += source.size ?? 0
    if (source.size === undefined || (source.uploadedBytes !== undefined && source.uploadedBytes < source.size)) counting = true
  }
  return { count, files, bytes, counting }
}

/** The pairing whose dialog is open: the oldest one that is not over, else one that has just ended. */
export function openPairing(state: State): State['pairings'][string] | null {
  const all = Object.values(state.pairings)
  return all.find((pairing) => pairing.state.kind !== 'paired' && pairing.state.kind !== 'failed') ?? all[0] ?? null
}
