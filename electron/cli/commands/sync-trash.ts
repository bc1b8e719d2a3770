import type { SyncFolder } from '../../../shared/model/folder.ts'
import { usageError } from '../args.ts'
import { defineCommand, withEngine, type CommandContext, type EngineCalls } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findFolders } from '../find-folder.ts'
import { recordFolder } from '../folder-record.ts'
import { amountText, trashText } from '../folder-text.ts'
import { parseSize } from '../parse-size.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  {
    name: 'sync trash',
    summary: 'Shows how full the trash of folders is here, empties it, or says how much it may hold.',
    usage: '[FOLDER...]',
    positionals: { min: 0, max: 100 },
    options: {
      empty: { type: 'boolean', help: 'delete what is in it for good' },
      limit: { type: 'string', value: 'SIZE|usual', help: 'what it may hold, like 500MB or 20GB; usual: a tenth of the volume' },
    },
    notes: [
      'FOLDER is a name, an id or a path. Emptying and limiting want it said.',
      'What a sync deletes or replaces is kept for 30 days. When the trash is full, files that would go there stay as they are,\nand wait; nothing is dropped early. `holdfast sync restore` lists what is in it, and puts it back.',
    ],
  },
  async (context, { positionals, values }) => {
    const limitBytes = values.limit === undefined ? undefined : parseLimit(values.limit)
    if ((values.empty || limitBytes !== undefined) && positionals.length === 0) throw usageError('say which folder', 'sync trash')
    return await withEngine(context, async (engine) => {
      for (const folder of await findFolders(engine, positionals, context.io.cwd)) {
        if (values.empty) await empty(context, engine, folder)
        const now = limitBytes === undefined ? (await findFolders(engine, [folder.id], context.io.cwd))[0] : await engine.call('sync:set', { folderId: folder.id, trashLimitBytes: limitBytes })
        if (now) show(context, now)
      }
      return EXIT.ok
    })
  },
)

function parseLimit(text: string): number {
  const bytes = text === 'usual' ? 0 : parseSize(text)
  if (bytes === undefined) throw usageError(`--limit is a size like 500MB or 20GB, or “usual”, not ${JSON.stringify(text)}`, 'sync trash')
  return bytes
}

async function empty({ output }: CommandContext, engine: EngineCalls, folder: SyncFolder): Promise<void> {
  await engine.call('sync:empty-trash', { folderId: folder.id })
  output.record('emptied', { folderId: folder.id, folder: folder.name, ...folder.trash })
  output.say(`Emptied the trash of ${printable(folder.name)}: ${amountText(folder.trash)}`)
}

function show({ output }: CommandContext, folder: SyncFolder): void {
  recordFolder(output, folder)
  output.result(`${printable(folder.name)}  ${trashText(folder)}`)
}
