import { folderDevicesCommand } from '../folder-devices-command.ts'

export const command = folderDevicesCommand({
  name: 'sync unshare',
  summary: 'Shares a folder with devices no more. The files stay, here and there.',
  command: 'sync:unshare',
  done: 'Not shared any more',
})
