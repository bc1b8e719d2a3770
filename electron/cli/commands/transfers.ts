import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { listTransfers } from '../list-transfers.ts'
import { allItems } from '../pages.ts'

export const command = defineCommand(
  {
    name: 'transfers',
    summary: 'Lists unfinished transfers; `holdfast history` lists ended ones.',
    usage: '',
    positionals: { min: 0, max: 0 },
    options: {},
  },
  async (context) =>
    await withEngine(context, async (engine) => {
      const count = await listTransfers(context, allItems((page) => engine.call('transfer:list', { ...page, ended: false })))
      if (count === 0) context.output.say('Nothing is unfinished.')
      return EXIT.ok
    }),
)
