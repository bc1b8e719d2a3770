import type { AppReply } from '../../shared/ipc/app-contract.ts'
import type { EngineClient } from '../../shared/ipc/contract.ts'
import type { Transfer } from '../../shared/model/transfer.ts'

const MAX_NAMES = 20
const PAGE = 500

/** What closing the program now would interrupt: everything that is neither ended nor paused. It goes on at the next start. */
export async function quitInfo(engine: EngineClient): Promise<AppReply<'app:quit-info'>> {
  let activeTransfers = 0
  let waitingTransfers = 0
  const names: string[] = []
  for (let offset = 0; ; offset += PAGE) {
    const { items, total } = await engine.call('transfer:list', { offset, limit: PAGE, ended: false })
    for (const transfer of items) {
      if (transfer.state.kind === 'paused') continue
      if (transfer.state.kind === 'active' || transfer.state.kind === 'scanning') activeTransfers += 1
      else waitingTransfers += 1
      if (names.length < MAX_NAMES) names.push(nameOf(transfer))
    }
    if (items.length === 0 || offset + items.length >= total) return { activeTransfers, waitingTransfers, names }
  }
}

/** Hostile text: file names and what a device calls itself. */
function nameOf({ direction, roots, deviceName }: Transfer): string {
  const more = roots.length > 1 ? ` and ${roots.length - 1} more` : ''
  return `${roots[0] ?? ''}${more} ${direction === 'send' ? 'to' : 'from'} ${deviceName}`
}
