import { defineCommand, withEngine, type Command } from './command.ts'
import { EXIT } from './exit-code.ts'
import { findFolder } from './find-folder.ts'
import { recordFolder } from './folder-record.ts'
import { printable } from './printable.ts'

interface FolderDevicesChange {
  readonly name: string
  readonly summary: string
  readonly command: 'sync:share' | 'sync:unshare'
  /** Before the name of each device that it was done for. */
  readonly done: string
}

/** A command that changes with which devices one folder is shared. */
export function folderDevicesCommand({ name, summary, command, done }: FolderDevicesChange): Command {
  return defineCommand(
    {
      name,
      summary,
      usage: 'FOLDER DEVICE...',
      positionals: { min: 2, max: 65 },
      options: {},
      notes: ['FOLDER is a name, an id or a path; DEVICE a name or an id.'],
    },
    async (context, { positionals: [typed, ...devices] }) =>
      await withEngine(context, async (engine) => {
        const { id } = await findFolder(engine, typed, context.io.cwd)
        for (const device of devices) {
          recordFolder(context.output, await engine.call(command, { folderId: id, device }))
          context.output.say(`${done}: ${printable(device)}`)
        }
        return EXIT.ok
      }),
  )
}
