import { ENDED, type Transfer } from '../../../shared/model/transfer.ts'
import { attempt, speak } from '../../store/actions.ts'
import type { App } from '../../store/app.ts'
import { sectionsOf } from '../../store/selectors.ts'
import { t } from '../../text/messages.ts'
import { titleOf } from './transfer-words.ts'

/** What can be done with a transfer in its state. Pure. */
export interface Possible {
  readonly pause: boolean
  readonly resume: boolean
  readonly cancel: boolean
  readonly retry: boolean
  readonly move: boolean
  readonly show: boolean
}

export function possibleFor(transfer: Transfer): Possible {
  const { kind } = transfer.state
  const ended = ENDED.has(kind)
  const pausedHere = transfer.state.kind === 'paused' && transfer.state.by === 'us'
  const incomplete = transfer.state.kind === 'finished' && !transfer.state.complete
  return {
    pause: !ended && !pausedHere && kind !== 'waiting-for-acceptance',
    resume: pausedHere,
    cancel: !ended,
    retry: transfer.direction === 'send' && (incomplete || kind === 'failed' || kind === 'cancelled' || kind === 'refused'),
    move: kind === 'queued' || kind === 'paused',
    show: transfer.direction === 'receive' && kind === 'finished',
  }
}

/** Whether its sender may still say that single files stay behind. */
export function canLeaveOut({ direction, state }: Transfer): boolean {
  return direction === 'send' && !ENDED.has(state.kind) && state.kind !== 'scanning'
}

export function togglePause(app: App, transfer: Transfer): void {
  const possible = possibleFor(transfer)
  if (possible.resume) void attempt(app, 'transfer:resume', { transferId: transfer.id })
  else if (possible.pause) void attempt(app, 'transfer:pause', { transferId: transfer.id })
}

/**
 * Where a transfer goes when it moves one place among those of its device: before which other one, or last. Null: it
 * stays. Pure.
 */
export function moveTarget(waiting: readonly Transfer[], transfer: Transfer, by: -1 | 1): { before?: string; position: number } | null {
  const queue = waiting.filter((other) => other.deviceId === transfer.deviceId && other.direction === transfer.direction)
  const at = queue.findIndex((other) => other.id === transfer.id)
  const to = at + by
  if (at < 0 || to < 0 || to >= queue.length) return null
  const before = by < 0 ? queue[to] : queue[to + 1]
  return { ...(before ? { before: before.id } : {}), position: to + 1 }
}

export async function move(app: App, transfer: Transfer, by: -1 | 1): Promise<void> {
  const target = moveTarget(sectionsOf(app.store.getState().transfers).waiting, transfer, by)
  if (!target || !possibleFor(transfer).move) return
  const { position, ...where } = target
  const done = await attempt(app, 'transfer:move', { transferId: transfer.id, ...where })
  if (done !== undefined) speak(app, t.transfers.moved(titleOf(transfer), position))
}
