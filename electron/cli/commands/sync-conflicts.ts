import type { ConflictSide } from '../../../shared/model/folder.ts'
import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findFolders } from '../find-folder.ts'
import { formatBytes, formatTime } from '../format.ts'
import { allItems } from '../pages.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  {
    name: 'sync conflicts',
    summary: 'Lists files that were changed on two devices at once: both are kept until you decide.',
    usage: '[FOLDER...]',
    positionals: { min: 0, max: 100 },
    options: {},
    notes: ['`holdfast sync resolve PATH --keep original|copy|both` decides.'],
  },
  async (context, { positionals }) =>
    await withEngine(context, async (engine) => {
      const { output } = context
      let count = 0
      for (const { id, name } of await findFolders(engine, positionals, context.io.cwd)) {
        for await (const conflict of allItems((page) => engine.call('sync:conflicts', { ...page, folderId: id }))) {
          count += 1
          output.record('conflict', { folderId: id, folder: name, ...conflict })
          output.result(`${printable(name)}  ${printable(conflict.path)}`)
          output.result(`  original  ${conflict.folder ? 'is a folder now' : sideText(conflict.original)}`)
          output.result(`  copy      ${sideText(conflict.copy)}, by ${printable(conflict.deviceName)}: ${printable(conflict.copyPath)}`)
        }
      }
      if (count === 0) output.say('No conflicts.')
      return EXIT.ok
    }),
)

function sideText(side: ConflictSide | null): string {
  return side === null ? 'deleted or renamed since' : `${formatBytes(side.size)}, ${formatTime(side.mtimeMs)}`
}
