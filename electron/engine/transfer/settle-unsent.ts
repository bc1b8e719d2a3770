import type { FileFailed } from '../protocol/messages.ts'
import { ENTRY } from './entry-state.ts'
import type { Ledger } from './ledger.ts'
import type { Page } from './page.ts'

const CODES = { vanished: 'FILE_VANISHED', changing: 'FILE_CHANGING', unreadable: 'FILE_UNREADABLE' } as const

/** The sender says that an entry will not come: a failure, unless it comes under another number or was removed between two runs. */
export function settleUnsent(ledger: Ledger, page: Page, position: number, { code, message }: FileFailed): void {
  if (code === 'superseded') {
    page.detail(position).reason = message
    ledger.settle(page, position, ENTRY.skipped)
  } else ledger.settle(page, position, ENTRY.failed, undefined, { code: CODES[code], reason: message })
}
