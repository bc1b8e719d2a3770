import type { SyncFolder } from '../../shared/model/folder.ts'
import { defineCommand, withEngine, type Command, type CommandContext, type EngineCalls } from './command.ts'
import { EXIT } from './exit-code.ts'
import { findFolders } from './find-folder.ts'

interface FolderChange {
  readonly name: string
  readonly summary: string
  /** Without names: all of them; else some must be named. */
  readonly all: boolean
  readonly notes?: readonly string[]
  change(context: CommandContext, engine: EngineCalls, folder: SyncFolder): Promise<void>
}

/** A command that does one thing to shared folders, named by name, id or path. */
export function folderCommand({ name, summary, all, notes, change }: FolderChange): Command {
  return defineCommand(
    {
      name,
      summary,
      usage: all ? '[FOLDER...]' : 'FOLDER...',
      positionals: { min: all ? 0 : 1, max: 100 },
      options: {},
      notes: ['FOLDER is a name, an id or a path.', ...(notes ?? [])],
    },
    async (context, { positionals }) =>
      await withEngine(context, async (engine) => {
        const folders = await findFolders(engine, positionals, context.io.cwd)
        for (const folder of folders) await change(context, engine, folder)
        if (folders.length === 0) context.output.say('There is nothing to do.')
        return EXIT.ok
      }),
  )
}
