import { folderCommand } from '../folder-command.ts'
import { printable } from '../printable.ts'

export const command = folderCommand({
  name: 'sync remove',
  summary: 'Keeps folders in sync here no more. The files stay, here and on the other devices.',
  all: false,
  async change({ output }, engine, folder) {
    await engine.call('sync:remove', { folderId: folder.id })
    output.record('removed', { folderId: folder.id, folder: folder.name, path: folder.path })
    output.say(`${printable(folder.name)} is not kept in sync here any more. Its files stay in ${printable(folder.path)}`)
  },
})
