import type { TransferState } from '../../../shared/model/transfer.ts'

/** What the other device's `cancel` makes of a transfer: a person ended it, or something went wrong there. */
export function endedThere(message: string | undefined): TransferState {
  if (message === undefined) return { kind: 'cancelled', by: 'them' }
  return { kind: 'failed', error: { code: 'TRANSFER_CANCELLED', message: `The other device could not go on: ${message}` } }
}
