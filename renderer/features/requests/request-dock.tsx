import { useState, type ReactElement } from 'react'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { useAppState } from '../../store/app.ts'
import { requestsOf } from '../../store/selectors.ts'
import { t } from '../../text/messages.ts'
import { ConflictCard } from './conflict-card.tsx'
import { OfferCard } from './offer-card.tsx'

/** Questions for the user, above every page, one at a time and never in the way: `Later` folds them into a line. */
export function RequestDock(): ReactElement | null {
  const requests = requestsOf(useAppState((state) => state.requests))
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  if (requests.length === 0) return null
  const open = requests.find((request) => !folded.has(request.id))
  if (!open) {
    return (
      <section className="banner" data-tone="ask" aria-label={t.requests.title}>
        <Icon name="received" />
        <div className="banner-words"><strong>{t.requests.pending(requests.length)}</strong></div>
        <Button kind="primary" onPress={() => setFolded(new Set())}>{t.requests.show}</Button>
      </section>
    )
  }
  const later = (): void => setFolded(new Set(requests.map((request) => request.id)))
  const more = requests.length - 1
  return (
    <section className="dock" aria-label={t.requests.title} tabIndex={-1} data-focus-rest>
      {open.kind === 'transfer' ? <OfferCard key={open.id} request={open} onLater={later} /> : <ConflictCard key={open.id} request={open} onLater={later} />}
      {more > 0 && <p className="dock-more">{t.requests.moreQuestions(more)}</p>}
    </section>
  )
}
