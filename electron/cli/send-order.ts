import type { SendTarget } from '../../shared/ipc/contract.ts'
import type { Transfer, TransferId } from '../../shared/model/transfer.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'

/** One target of a send and what has become of it. */
export interface SendOrder {
  readonly target: SendTarget
  /** Absent until the engine has taken it. */
  transferId: TransferId | undefined
  latest: Transfer | undefined
  /** What the last progress was, to tell it from mere repetition. */
  progress: string
  /** Since when nothing was confirmed; monotonic ms. */
  stuckSinceMs: number
  /** A connection counts as hope only once between two confirmations: one that comes and goes is no progress. */
  hopeUsed: boolean
  /** Being paused, to be left behind. */
  givenUp: boolean
  /** Set when it has ended, or was given up. */
  exitCode: number | undefined
}

export function newOrder(target: SendTarget, nowMs: number): SendOrder {
  return {
    target,
    transferId: undefined,
    latest: undefined,
    progress: '',
    stuckSinceMs: nowMs,
    hopeUsed: false,
    givenUp: false,
    exitCode: undefined,
  }
}

/** Takes a snapshot in. What the user has paused is not stuck. */
export function noteSnapshot(order: SendOrder, transfer: Transfer, nowMs: number): void {
  const { bytes, totalBytes, files, totalFiles, state } = transfer
  const progress = [bytes, totalBytes, files, totalFiles].join()
  const pausedHere = state.kind === 'paused' && state.by === 'us'
  if (progress !== order.progress || pausedHere) {
    order.stuckSinceMs = nowMs
    order.hopeUsed = false
  }
  order.progress = progress
  order.latest = transfer
}

export function noteConnected(order: SendOrder, nowMs: number): void {
  if (order.hopeUsed) return
  order.hopeUsed = true
  order.stuckSinceMs = nowMs
}

/** Of an ended transfer; undefined for one under way. */
export function exitCodeOfTransfer({ state }: Pick<Transfer, 'state'>): number | undefined {
  switch (state.kind) {
    case 'finished':
      return state.complete ? EXIT.ok : EXIT.incomplete
    case 'refused':
      return EXIT.refused
    case 'cancelled':
      return EXIT.incomplete
    case 'failed':
      return exitCodeOf(state.error.code)
    default:
      return undefined
  }
}

/** Of all together: what every failure has in common, else that something was not delivered. */
export function commonExitCode(codes: readonly number[]): number {
  const bad = new Set(codes.filter((code) => code !== EXIT.ok))
  const [only] = bad
  if (only === undefined) return EXIT.ok
  return bad.size === 1 ? only : EXIT.incomplete
}
