import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findOffer } from '../find-folder.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  {
    name: 'sync refuse',
    summary: 'Declines a folder that another device offers.',
    usage: 'FOLDER',
    positionals: { min: 1, max: 1 },
    options: {},
    notes: ['FOLDER is the name or the id of an offer: `holdfast sync accept` lists them.'],
  },
  async (context, { positionals }) =>
    await withEngine(context, async (engine) => {
      const offer = findOffer(await engine.call('sync:offers', {}), positionals[0] ?? '')
      await engine.call('sync:refuse', { folderId: offer.folderId })
      context.output.say(`Refused ${printable(offer.name)}.`)
      return EXIT.ok
    }),
)
