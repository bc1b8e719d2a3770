import type { Transfer, TransferState, TransferStateKind } from '../../shared/model/transfer.ts'
import { formatBytes, formatCount, formatDuration, formatSpeed, formatWait } from './format.ts'
import { printable } from './printable.ts'

/** The other device, as people know it. Safe for a terminal. */
export function deviceLabel(transfer: Pick<Transfer, 'deviceName' | 'deviceId'>): string {
  return printable(transfer.deviceName || transfer.deviceId) || 'the other device'
}

/** Waits that nothing else tells of: each is said when it begins. */
export const WAITS: ReadonlySet<TransferStateKind> = new Set<TransferStateKind>(['queued', 'waiting-for-acceptance', 'waiting-for-space', 'waiting-for-folder', 'paused'])

/** What a transfer is doing, or what it waits for and why. Safe for a terminal. */
export function stateText(state: TransferState, nowMs: number): string {
  switch (state.kind) {
    case 'scanning':
      return 'looking at the files'
    case 'queued':
      return 'waiting for its turn'
    case 'connecting': {
      if (!state.error) return 'connecting'
      const wait = state.retryAtMs === undefined ? '' : ` Again ${formatWait(state.retryAtMs - nowMs)}`
      return `${printable(state.error.message)}${wait}`
    }
    case 'waiting-for-acceptance':
      return 'waiting to be accepted'
    case 'active':
      return 'active'
    case 'paused':
      return state.by === 'us' ? 'paused' : 'paused by the other side, and goes on when it is resumed there'
    case 'waiting-for-space':
      return `waiting for space: needs ${formatBytes(state.neededBytes)}, ${formatBytes(state.freeBytes)} free`
    case 'waiting-for-folder':
      return `waiting: ${printable(state.error.message)}`
    case 'finished':
      return state.complete ? 'finished' : 'finished, incomplete'
    case 'refused':
      return `refused: ${printable(state.error.message)}`
    case 'cancelled':
      return state.by === 'us' ? 'cancelled' : 'cancelled by the other side'
    case 'failed':
      return `failed: ${printable(state.error.message)}`
  }
}

/** Counters that are worth a word, e.g. `2 retries, 1 duplicate`. */
export function countersText(transfer: Pick<Transfer, 'counters'>): string[] {
  const { retries, duplicates, resentBlocks, skipped, failed, resumedBytes, identical = 0, identicalBytes = 0 } = transfer.counters
  return [
    ...(identical > 0 ? [`${formatCount(identical, 'file')} (${formatBytes(identicalBytes)}) already there`] : []),
    ...(resumedBytes > 0 ? [`${formatBytes(resumedBytes)} had arrived before`] : []),
    ...(retries > 0 ? [formatCount(retries, 'retry', 'retries')] : []),
    ...(duplicates > 0 ? [formatCount(duplicates, 'duplicate')] : []),
    ...(resentBlocks > 0 ? [`${formatCount(resentBlocks, 'block')} sent again`] : []),
    ...(skipped > identical ? [`${skipped - identical} skipped`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ]
}

/** What a finished transfer came to, in one line. */
export function summaryText(transfer: Transfer): string {
  const sent = transfer.direction === 'send'
  const { identical = 0, identicalBytes = 0, resumedBytes } = transfer.counters
  const newFiles = Math.max(0, confirmedFiles(transfer) - identical)
  const bytes = Math.max(0, arrivedBytes(transfer) - identicalBytes)
  const travelled = bytes - resumedBytes
  const average = transfer.activeMs > 0 && travelled > 0 ? ` (${formatSpeed((travelled * 1000) / transfer.activeMs)})` : ''
  const extra = countersText(transfer)
  const label = deviceLabel(transfer)
  const what =
    newFiles === 0 && identical > 0
      ? `Nothing new ${sent ? 'for' : 'from'} ${label}`
      : `${sent ? 'Delivered' : 'Received'} ${formatCount(newFiles, 'file')}, ${formatBytes(bytes)} ${sent ? 'to' : 'from'} ${label}`
  return [`${what} in ${formatDuration(transfer.activeMs)}${average}`, ...extra].join(', ')
}

/** `files` counts what is settled; what failed has not arrived. */
export function confirmedFiles(transfer: Transfer): number {
  return Math.max(0, transfer.files - transfer.counters.failed)
}

/** Bytes of the files that are in place; those that failed or were left out count as progress only. */
export function arrivedBytes(transfer: Transfer): number {
  return transfer.bytes - (transfer.counters.unsentBytes ?? 0)
}
