import type { EngineClient } from '../../shared/ipc/contract.ts'
import { ENDED, type Transfer, type TransferState } from '../../shared/model/transfer.ts'
import type { CommandContext } from './command.ts'
import { EXIT } from './exit-code.ts'
import { matchId } from './match-id.ts'
import { allItems } from './pages.ts'

/**
 * Does one thing to unfinished transfers: those whose ids (or beginnings of them) were typed, or without any to all
 * that it makes sense for. Throws TRANSFER_UNKNOWN before anything is done.
 */
export async function changeTransfers(
  context: CommandContext,
  engine: EngineClient,
  typed: readonly string[],
  change: {
    readonly command: 'transfer:pause' | 'transfer:resume' | 'transfer:cancel'
    readonly done: string
    applies(state: TransferState): boolean
  },
): Promise<number> {
  const open: Transfer[] = []
  for await (const transfer of allItems((page) => engine.call('transfer:list', { ...page, ended: false }))) {
    if (!ENDED.has(transfer.state.kind)) open.push(transfer)
  }
  const ids = open.map((transfer) => transfer.id)
  const chosen =
    typed.length > 0
      ? typed.map((id) => matchId(id, ids, 'TRANSFER_UNKNOWN', 'unfinished transfer'))
      : open.filter((transfer) => change.applies(transfer.state)).map((transfer) => transfer.id)
  for (const transferId of chosen) {
    await engine.call(change.command, { transferId })
    context.output.say(`${change.done} ${transferId}`)
  }
  if (chosen.length === 0) context.output.say('There is nothing to do.')
  return EXIT.ok
}
