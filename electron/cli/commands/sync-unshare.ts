import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findFolder } from '../find-folder.ts'
import { recordFolder } from '../folder-record.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  {
    name: 'sync unshare',
    summary: 'Shares a folder with devices no more. The files stay, here and there.',
    usage: 'FOLDER DEVICE...',
    positionals: { min: 2, max: 65 },
    options: {},
    notes: ['FOLDER is a name, an id or a path; DEVICE a name or an id.'],
  },
  async (context, { positionals: [typed, ...devices] }) =>
    await withEngine(context, async (engine) => {
      const { id } = await findFolder(engine, typed, context.io.cwd)
      for (const device of devices) {
        recordFolder(context.output, await engine.call('sync:unshare', { folderId: id, device }))
        context.output.say(`Not shared any more: ${printable(device)}`)
      }
      return EXIT.ok
    }),
)
