import { ENDED, type Transfer, type TransferState } from '../../shared/model/transfer.ts'
import { defineCommand, withEngine, type Command, type CommandContext, type EngineCalls } from './command.ts'
import { EXIT } from './exit-code.ts'
import { matchId } from './match-id.ts'
import { allItems } from './pages.ts'
import { printable } from './printable.ts'

interface TransferChange {
  readonly name: string
  readonly summary: string
  readonly command: 'transfer:pause' | 'transfer:resume' | 'transfer:cancel'
  /** What is said of each, in front of its id. */
  readonly done: string
  /** Without ids: which ones are meant. Absent: some must be named. */
  applies?(state: TransferState): boolean
}

/** A command that does one thing to unfinished transfers, named by their ids or the beginnings of them. */
export function transferCommand(change: TransferChange): Command {
  return defineCommand(
    {
      name: change.name,
      summary: change.summary,
      usage: change.applies ? '[ID...]' : 'ID...',
      positionals: { min: change.applies ? 0 : 1, max: 1000 },
      options: {},
    },
    async (context, { positionals }) => await withEngine(context, (engine) => changeTransfers(context, engine, positionals, change)),
  )
}

/** Throws TRANSFER_UNKNOWN before anything is done. */
async function changeTransfers(context: CommandContext, engine: EngineCalls, typed: readonly string[], change: TransferChange): Promise<number> {
  const open: Transfer[] = []
  for await (const transfer of allItems((page) => engine.call('transfer:list', { ...page, ended: false }))) {
    if (!ENDED.has(transfer.state.kind)) open.push(transfer)
  }
  const ids = open.map((transfer) => transfer.id)
  const chosen =
    typed.length > 0
      ? typed.map((id) => matchId(id, ids, 'TRANSFER_UNKNOWN', 'unfinished transfer'))
      : open.filter((transfer) => change.applies?.(transfer.state)).map((transfer) => transfer.id)
  for (const transferId of new Set(chosen)) {
    await engine.call(change.command, { transferId })
    const { state } = await engine.call('transfer:get', { transferId })
    const idle = state.kind === 'connecting' && state.error?.code === 'ENGINE_NOT_RUNNING' ? ` ${printable(state.error.message)}` : ''
    context.output.say(`${change.done} ${transferId}${idle === '' ? '' : `.${idle}`}`)
  }
  if (chosen.length === 0) context.output.say('There is nothing to do.')
  return EXIT.ok
}
