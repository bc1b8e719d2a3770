import { basename } from 'node:path'
import type { EngineClient } from '../../shared/ipc/contract.ts'
import type { Transfer } from '../../shared/model/transfer.ts'
import type { Output } from './output.ts'
import { allItems } from './pages.ts'
import { printable } from './printable.ts'
import { aboutTransfer, MAX_NAMES } from './transfer-reporter.ts'

const CODE = 'TRANSFER_GAVE_UP'
const MESSAGE = 'Not confirmed when the time was up. The same command again continues.'

/**
 * Tells what of a transfer was not delivered: scripts every file, people the first names. Where the files are not known
 * (never looked at, or not all of them), what was dropped is named instead.
 */
export async function tellUndelivered(
  output: Output,
  engine: EngineClient,
  paths: readonly string[],
  transfer: Transfer | undefined,
): Promise<void> {
  const about = transfer ? aboutTransfer(transfer) : {}
  let count = 0
  const tell = (path: string) => {
    output.event('failed', { ...about, path, code: CODE, message: MESSAGE })
    count += 1
    if (count <= MAX_NAMES) output.say(`  ${printable(path)}`)
  }
  if (transfer && transfer.state.kind !== 'scanning') {
    const transferId = transfer.id
    const rows = allItems((page) => engine.call('transfer:files', { ...page, transferId, only: 'unfinished' }))
    for await (const row of rows) if (row.kind === 'file') tell(row.finalPath ?? row.path)
  }
  if (count === 0) for (const path of paths) tell(basename(path))
  if (count > MAX_NAMES) output.say(`  and ${count - MAX_NAMES} more`)
  output.event('error', { ...about, code: CODE, message: MESSAGE })
}
