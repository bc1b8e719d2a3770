import { folderCommand } from '../folder-command.ts'
import { recordFolder } from '../folder-record.ts'
import { printable } from '../printable.ts'

export const command = folderCommand({
  name: 'sync pause',
  summary: 'Pauses folders: those named, or all. Nothing is changed, told or taken until they are resumed.',
  all: true,
  async change({ output }, engine, folder) {
    recordFolder(output, await engine.call('sync:set', { folderId: folder.id, paused: true }))
    output.say(`Paused ${printable(folder.name)}`)
  },
})
