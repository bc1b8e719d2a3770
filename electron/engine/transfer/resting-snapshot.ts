import { ENDED, type Transfer } from '../../../shared/model/transfer.ts'

/**
 * A transfer that only the journal knows: what it says of the state is what a process left behind that has ended, or was
 * killed. Unless it has ended or was paused here, nothing is done about it, and the user is told what would.
 */
export function restingSnapshot(transfer: Transfer): Transfer {
  const { state, direction } = transfer
  if (ENDED.has(state.kind) || (state.kind === 'paused' && state.by === 'us')) return transfer
  const message =
    direction === 'send'
      ? 'No process is sending it now. The same send again goes on with it; so do holdfast receive, holdfast serve and the app, while they run.'
      : 'No process is receiving it now. Start holdfast receive, holdfast serve or the app.'
  return { ...transfer, state: { kind: 'connecting', error: { code: 'ENGINE_NOT_RUNNING', message } }, bytesPerSecond: 0 }
}
