import { changeTransfers } from '../change-transfers.ts'
import { defineCommand, withEngine } from '../command.ts'

export const command = defineCommand(
  {
    name: 'pause',
    summary: 'Pauses transfers: those named, or all.',
    usage: '[ID...]',
    positionals: { min: 0, max: 1000 },
    options: {},
  },
  async (context, { positionals }) =>
    await withEngine(context, (engine) =>
      changeTransfers(context, engine, positionals, {
        command: 'transfer:pause',
        done: 'Paused',
        applies: (state) => !(state.kind === 'paused' && state.by === 'us'),
      }),
    ),
)
