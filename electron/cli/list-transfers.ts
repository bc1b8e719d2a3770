import type { Transfer } from '../../shared/model/transfer.ts'
import type { CommandContext } from './command.ts'
import { formatBytes, formatCount, formatTime } from './format.ts'
import { printable } from './printable.ts'
import { percentOf } from './progress-line.ts'
import { countersText, deviceLabel, stateText } from './transfer-text.ts'

/** As a line of a listing: what, with whom, how far, in which state. */
export function transferText(transfer: Transfer, nowMs: number): string {
  const arrow = transfer.direction === 'send' ? '→' : '←'
  const names = transfer.roots.slice(0, 3).map(printable).join(', ') + (transfer.roots.length > 3 ? ', …' : '')
  const amount = `${formatCount(transfer.totalFiles, 'file')}, ${formatBytes(transfer.totalBytes)}`
  const when = transfer.finishedAtMs === undefined ? `${percentOf(transfer)}%` : formatTime(transfer.finishedAtMs)
  const state = [stateText(transfer.state, nowMs), ...countersText(transfer)].join(', ')
  return `${transfer.id}  ${arrow} ${deviceLabel(transfer)}  ${names} (${amount})  ${when}  ${state}`
}

/** Prints them one by one; resolves with how many there were. */
export async function listTransfers(context: CommandContext, transfers: AsyncIterable<Transfer>): Promise<number> {
  let count = 0
  for await (const transfer of transfers) {
    count += 1
    context.output.record('transfer', { transferId: transfer.id, ...transfer })
    context.output.result(transferText(transfer, context.io.clock.now()))
  }
  return count
}
