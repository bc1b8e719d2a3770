import type { Transfer } from '../../shared/model/transfer.ts'
import { formatBytes, formatCount, formatDuration, formatNumber, formatSpeed } from './format.ts'
import { fitText, textWidth } from './text-width.ts'
import { deviceLabel, stateText } from './transfer-text.ts'

const MIN_BAR_CELLS = 8
const MAX_BAR_CELLS = 40
const MAX_NAME_CELLS = 24

/** Whole percents; 100 only when all bytes are there. */
export function percentOf(transfer: Pick<Transfer, 'bytes' | 'totalBytes'>): number {
  if (transfer.totalBytes <= 0) return 0
  return transfer.bytes >= transfer.totalBytes ? 100 : Math.floor((transfer.bytes * 100) / transfer.totalBytes)
}

function factsOf(transfer: Transfer, nowMs: number): string[] {
  const { state, counters } = transfer
  const files = `${formatNumber(transfer.files)}/${formatCount(transfer.totalFiles, 'file')}`
  const extra = [
    ...(counters.retries > 0 ? [formatCount(counters.retries, 'retry', 'retries')] : []),
    ...(counters.duplicates > 0 ? [formatCount(counters.duplicates, 'duplicate')] : []),
    ...(counters.failed > 0 ? [`${counters.failed} failed`] : []),
  ]
  if (state.kind === 'scanning') return [stateText(state, nowMs), formatCount(transfer.totalFiles, 'file'), formatBytes(transfer.totalBytes)]
  if (state.kind !== 'active') return [`${percentOf(transfer)}%`, stateText(state, nowMs), files, ...extra]
  return [
    `${percentOf(transfer)}%`,
    formatSpeed(transfer.bytesPerSecond),
    ...(transfer.timeLeftMs === undefined ? [] : [`${formatDuration(transfer.timeLeftMs)} left`]),
    files,
    ...extra,
  ]
}

/** One terminal line of a live display, at most `width` cells: direction, device, bar, facts. Colour only of the bar. */
export function liveLine(transfer: Transfer, width: number, colour: boolean, nowMs: number): string {
  const arrow = transfer.direction === 'send' ? '→' : '←'
  const left = `${arrow} ${fitText(deviceLabel(transfer), MAX_NAME_CELLS)}`
  const right = factsOf(transfer, nowMs).join('  ')
  const room = width - textWidth(left) - textWidth(right) - 4
  if (room < MIN_BAR_CELLS || transfer.state.kind === 'scanning') return fitText(`${left}  ${right}`, width)
  const cells = Math.min(room, MAX_BAR_CELLS)
  const part = transfer.totalBytes > 0 ? Math.min(1, transfer.bytes / transfer.totalBytes) : 0
  const full = Math.floor(part * cells)
  const [done, rest] = ['█'.repeat(full), '░'.repeat(cells - full)]
  return `${left}  ${colour ? `\x1b[36m${done}\x1b[2m${rest}\x1b[0m` : done + rest}  ${right}`
}

/** The same as a line of a log. */
export function logLine(transfer: Transfer, nowMs: number): string {
  const verb = transfer.direction === 'send' ? 'Sending to' : 'Receiving from'
  const amount = `${formatBytes(transfer.bytes)} of ${formatBytes(transfer.totalBytes)}`
  return `${verb} ${deviceLabel(transfer)}: ${[amount, ...factsOf(transfer, nowMs)].join(', ')}`
}
