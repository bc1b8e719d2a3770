import { transferCommand } from '../transfer-command.ts'

export const command = transferCommand({
  name: 'pause',
  summary: 'Pauses transfers: those named, or all.',
  command: 'transfer:pause',
  done: 'Paused',
  applies: (state) => !(state.kind === 'paused' && state.by === 'us'),
})
