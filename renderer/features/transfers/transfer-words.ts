import type { Transfer } from '../../../shared/model/transfer.ts'
import { formatBytes, formatCount, formatDuration, formatSpeed, formatSteadyBytes, percentOf } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'

/** Its first name and how many more, as one string for labels. */
export function titleOf(transfer: Transfer): string {
  return t.transfers.named(visibleText(transfer.roots[0] ?? ''), transfer.roots.length - 1)
}

/** The numbers of a transfer in one line: how much, how fast, how long. */
export function numbersOf(transfer: Transfer): readonly string[] {
  const { state } = transfer
  const parts: string[] = []
  if (state.kind === 'finished') {
    parts.push(formatBytes(transfer.totalBytes))
    if (transfer.totalFiles > 1) parts.push(t.count.files(transfer.totalFiles))
    if (transfer.activeMs > 0) {
      parts.push(t.transfers.took(formatDuration(transfer.activeMs), formatSpeed((transfer.bytes / transfer.activeMs) * 1000)))
    }
    return parts
  }
  parts.push(t.common.of(formatSteadyBytes(transfer.bytes), formatSteadyBytes(transfer.totalBytes)))
  if (transfer.totalFiles > 1) parts.push(t.transfers.filesOf(formatCount(transfer.files), formatCount(transfer.totalFiles)))
  if (state.kind === 'active') {
    parts.push(formatSpeed(transfer.bytesPerSecond))
    if (transfer.timeLeftMs !== undefined) parts.push(t.transfers.left(formatDuration(transfer.timeLeftMs)))
  }
  return parts
}

/** What went otherwise than straight, in words; empty when nothing did. */
export function troublesOf(transfer: Transfer): readonly string[] {
  const { retries, duplicates, resentBlocks, skipped, failed, identical = 0 } = transfer.counters
  const parts: string[] = []
  const { troubles } = t.transfers
  if (failed > 0) parts.push(troubles.failed(failed))
  if (skipped > identical) parts.push(troubles.skipped(skipped - identical))
  if (identical > 0) parts.push(troubles.identical(identical))
  if (retries > 0) parts.push(t.count.retries(retries))
  if (resentBlocks > 0) parts.push(troubles.resent(resentBlocks))
  if (duplicates > 0) parts.push(troubles.duplicates(duplicates))
  return parts
}

export function percentText(transfer: Transfer): string {
  return `${percentOf(transfer.bytes, transfer.totalBytes)} %`
}
