import { changeTransfers } from '../change-transfers.ts'
import { defineCommand, withEngine } from '../command.ts'

export const command = defineCommand(
  {
    name: 'cancel',
    summary: 'Cancels transfers. What has arrived stays.',
    usage: 'ID...',
    positionals: { min: 1, max: 1000 },
    options: {},
  },
  async (context, { positionals }) =>
    await withEngine(context, (engine) =>
      changeTransfers(context, engine, positionals, {
        command: 'transfer:cancel',
        done: 'Cancelled',
        applies: () => true,
      }),
    ),
)
