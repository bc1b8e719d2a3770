import { folderCommand } from '../folder-command.ts'
import { recordFolder } from '../folder-record.ts'
import { printable } from '../printable.ts'

export const command = folderCommand({
  name: 'sync resume',
  summary: 'Resumes paused folders: those named, or all.',
  all: true,
  async change({ output }, engine, folder) {
    recordFolder(output, await engine.call('sync:set', { folderId: folder.id, paused: false }))
    output.say(`Resumed ${printable(folder.name)}`)
  },
})
