import { join, resolve } from 'node:path'
import { parseChoice, usageError } from '../args.ts'
import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findOffer } from '../find-folder.ts'
import { recordFolder } from '../folder-record.ts'
import { folderLine, offerLine } from '../folder-text.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  {
    name: 'sync accept',
    summary: 'Takes a folder that another device offers. Without a name it lists what is offered.',
    usage: '[FOLDER]',
    positionals: { min: 0, max: 1 },
    options: {
      dir: { type: 'string', value: 'DIR', help: 'where it goes; made if need be (a folder of that name, here)' },
      mode: { type: 'string', value: 'two-way|send-only|receive-only', help: 'what this device does with it (two-way)' },
    },
    notes: [
      'FOLDER is the name or the id of an offer. What is in DIR already stays, and is merged with what comes.',
      'Offers come in while Holdfast runs here, e.g. `holdfast receive`. `holdfast sync refuse` declines one.',
    ],
  },
  async (context, { positionals, values }) => {
    const { output, io } = context
    const mode = values.mode === undefined ? 'two-way' : parseChoice(values.mode, ['two-way', 'send-only', 'receive-only'], 'mode', 'sync accept')
    return await withEngine(context, async (engine) => {
      const offers = await engine.call('sync:offers', {})
      const [typed] = positionals
      if (typed === undefined) {
        for (const offer of offers) {
          output.record('offer', offer)
          output.result(offerLine(offer))
        }
        if (offers.length === 0) output.say('No folder is offered. Offers come in while Holdfast runs here: holdfast receive')
        return EXIT.ok
      }
      const offer = findOffer(offers, typed)
      if (values.dir === undefined && !isPlainName(offer.name)) {
        throw usageError('its name is none that a folder here can have: say where with --dir DIR', 'sync accept')
      }
      const path = values.dir === undefined ? join(io.cwd, offer.name) : resolve(io.cwd, values.dir)
      const folder = await engine.call('sync:accept', { folderId: offer.folderId, path, mode })
      recordFolder(output, folder)
      output.result(folderLine(folder))
      return EXIT.ok
    })
  },
)

/** Whether a name of the other device's choice may become a folder here without being asked about. */
function isPlainName(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !/[/\\:]/.test(name) && printable(name) === name && name.trim() === name
}
