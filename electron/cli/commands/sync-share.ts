import { folderDevicesCommand } from '../folder-devices-command.ts'

export const command = folderDevicesCommand({
  name: 'sync share',
  summary: 'Offers a shared folder to further paired devices.',
  command: 'sync:share',
  done: 'Offered',
})
