import type { FileState } from '../../../shared/model/transfer.ts'

/** One byte an entry in a journal page. Everything from `delivered` on is settled: nothing more will happen to it. */
export const ENTRY = {
  waiting: 0,
  /** Receiver: verified and durable in staging; to be moved into place. */
  staged: 1,
  delivered: 2,
  /** The same content was there already: nothing travelled or nothing was written. */
  identical: 3,
  skipped: 4,
  failed: 5,
  folder: 6,
} as const

export type EntryState = (typeof ENTRY)[keyof typeof ENTRY]

export function isSettled(state: number): boolean {
  return state >= ENTRY.delivered
}

/** Settled with the content in place. */
export function isConfirmed(state: number): boolean {
  return state === ENTRY.delivered || state === ENTRY.identical || state === ENTRY.folder
}

export function fileStateOf(state: number, active: boolean): FileState {
  switch (state) {
    case ENTRY.delivered:
    case ENTRY.identical:
    case ENTRY.folder:
      return 'delivered'
    case ENTRY.skipped:
      return 'skipped'
    case ENTRY.failed:
      return 'failed'
    default:
      return active ? 'active' : 'waiting'
  }
}
