import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { listTransfers } from '../list-transfers.ts'
import { allItems } from '../pages.ts'

export const command = defineCommand(
  { name: 'history', summary: 'Lists ended transfers, newest first.', usage: '', positionals: { min: 0, max: 0 }, options: {} },
  async (context) =>
    await withEngine(context, async (engine) => {
      const count = await listTransfers(context, allItems((page) => engine.call('history:list', page)))
      if (count === 0) context.output.say('Nothing has been transferred yet.')
      return EXIT.ok
    }),
)
