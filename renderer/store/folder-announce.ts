import type { SyncFolder } from '../../shared/model/folder.ts'
import { t } from '../text/messages.ts'
import { shortReason } from '../text/reasons.ts'
import { visibleText } from '../text/visible-text.ts'

/** What a screen reader is told when a folder comes to need somebody; null when it does not, or did before. */
export function folderAnnouncement(before: SyncFolder | undefined, after: SyncFolder): { text: string; urgent: boolean } | null {
  if (!before) return null
  const name = visibleText(after.name)
  const { announce, asking } = t.folders
  if (before.state.kind !== after.state.kind) {
    if (after.state.kind === 'asking') return { text: asking.said(name), urgent: true }
    if (after.state.kind === 'missing') return { text: announce.missing(name), urgent: true }
    if (after.state.kind === 'waiting') return { text: announce.waiting(name, shortReason(after.state.error)), urgent: false }
  }
  return after.conflicts > before.conflicts ? { text: announce.conflict(name, after.conflicts), urgent: false } : null
}
