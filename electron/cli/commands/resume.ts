import { transferCommand } from '../transfer-command.ts'

export const command = transferCommand({
  name: 'resume',
  summary: 'Resumes paused transfers: those named, or all.',
  command: 'transfer:resume',
  done: 'Resumed',
  applies: (state) => state.kind === 'paused' && state.by === 'us',
})
