import { transferCommand } from '../transfer-command.ts'

export const command = transferCommand({
  name: 'cancel',
  summary: 'Cancels transfers. What has arrived stays.',
  command: 'transfer:cancel',
  done: 'Cancelled',
})
