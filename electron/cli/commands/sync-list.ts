import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { recordFolder } from '../folder-record.ts'
import { folderLine } from '../folder-text.ts'
import { formatCount } from '../format.ts'
import { tellNotRunning } from '../tell-not-running.ts'

export const command = defineCommand(
  { name: 'sync list', summary: 'Lists the folders that are kept in sync here.', usage: '', positionals: { min: 0, max: 0 }, options: {} },
  async (context) =>
    await withEngine(context, async (engine) => {
      const { output } = context
      const [folders, offers] = await Promise.all([engine.call('sync:list', {}), engine.call('sync:offers', {})])
      for (const folder of folders) {
        recordFolder(output, folder)
        output.result(folderLine(folder))
      }
      if (folders.length > 0) await tellNotRunning(context, engine)
      else output.say('No folder is shared here yet: holdfast sync add DIR --with DEVICE')
      if (offers.length > 0) output.say(`${formatCount(offers.length, 'folder is', 'folders are')} offered by other devices: holdfast sync accept`)
      return EXIT.ok
    }),
)
