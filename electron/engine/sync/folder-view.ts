import type { ErrorData } from '../../../shared/errors.ts'
import type { Amount, FolderDevice, FolderState, PlanCounts } from '../../../shared/model/folder.ts'
import type { MemberRow } from './ports.ts'
import type { ScanProgress } from './scanner.ts'

/** Everything that a folder's state in words depends on. */
export interface Activities {
  readonly paused: boolean
  readonly missing?: ErrorData | undefined
  readonly asking?: { readonly token: string; readonly counts: PlanCounts } | undefined
  readonly scanning?: ScanProgress | undefined
  readonly waiting?: ErrorData | undefined
  /** Files that were being written when they were looked at. */
  readonly writing: number
  readonly left: Amount
  readonly busy: boolean
  readonly bytesPerSecond: number
  readonly totalFiles: number
}

const NOTHING: Amount = { files: 0, bytes: 0 }

/** The first that applies. */
export function stateOf(now: Activities): FolderState {
  if (now.paused) return { kind: 'paused' }
  if (now.missing) return { kind: 'missing', error: now.missing }
  if (now.asking) return { kind: 'asking', ...now.asking, totalFiles: now.totalFiles }
  if (now.scanning) return { kind: 'scanning', ...now.scanning, ...(now.totalFiles > 0 ? { totalFiles: now.totalFiles } : {}) }
  if (now.waiting) return { kind: 'waiting', error: now.waiting }
  if (now.busy || now.left.files > 0) return { kind: 'syncing', left: now.left, bytesPerSecond: now.bytesPerSecond }
  if (now.writing > 0) return { kind: 'scanning', files: 0, bytes: 0, writing: now.writing }
  return { kind: 'up-to-date' }
}

export function deviceOf(
  member: MemberRow,
  now: { readonly name: string; readonly connected: boolean; readonly toGet: Amount | undefined; readonly toSend: Amount | undefined },
): FolderDevice {
  const { deviceId, state, lastInSyncMs } = member
  return {
    deviceId,
    deviceName: now.name,
    state: state !== 'member' ? state : now.connected ? 'connected' : 'offline',
    toGet: now.toGet ?? NOTHING,
    toSend: now.toSend ?? NOTHING,
    ...(lastInSyncMs === undefined ? {} : { lastInSyncMs }),
  }
}
