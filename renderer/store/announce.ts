import type { Transfer } from '../../shared/model/transfer.ts'
import { t } from '../text/messages.ts'
import { visibleText } from '../text/visible-text.ts'

/** What a screen reader is told when a transfer goes from one state to another; null when it is not worth a word. */
export function announcementOf(before: Transfer | undefined, after: Transfer): { text: string; urgent: boolean } | null {
  if (!before || before.state.kind === after.state.kind) return null
  const what = t.transfers.named(visibleText(after.roots[0] ?? ''), after.roots.length - 1)
  const name = visibleText(after.deviceName)
  const who = after.direction === 'send' ? t.common.to(name) : t.common.from(name)
  switch (after.state.kind) {
    case 'finished':
      return after.state.complete
        ? { text: t.transfers.announce.finished(what, who), urgent: false }
        : { text: t.transfers.announce.incomplete(what, who), urgent: true }
    case 'failed':
      return { text: t.transfers.announce.failed(what, who), urgent: true }
    case 'refused':
      return { text: t.transfers.announce.refused(what, who), urgent: true }
    case 'connecting':
      return after.state.error ? { text: t.transfers.announce.lost(who), urgent: false } : null
    default:
      return null
  }
}
