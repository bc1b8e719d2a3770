import { useMemo, useState, type ReactElement } from 'react'
import type { FolderOffer } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Name } from '../../components/name.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { folderOffersOf } from '../../store/folder-selectors.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'
import { AcceptDialog } from './accept-dialog.tsx'
import { OfferFacts } from './offer-facts.tsx'

function OfferRow({ offer, onAccept }: { offer: FolderOffer; onAccept: () => void }): ReactElement {
  const app = useApp()
  const name = visibleText(offer.name)
  return (
    <li className="folder-offer">
      <KeyMark id={offer.deviceId} size={40} />
      <div className="transfer-body">
        <p className="folder-offer-title">
          <Name text={offer.deviceName} className="transfer-name" />
          <span>{t.folders.offers.wants}</span>
          <Name text={offer.name} className="transfer-name" />
        </p>
        <OfferFacts offer={offer} />
      </div>
      <div className="folder-offer-actions">
        <Button kind="danger" label={`${t.folders.offers.refuse}: ${name}`} onPress={() => void attempt(app, 'sync:refuse', { folderId: offer.folderId })}>{t.folders.offers.refuse}</Button>
        <Button kind="primary" label={`${t.folders.offers.accept} ${name}`} onPress={onAccept}>{t.folders.offers.accept}</Button>
      </div>
    </li>
  )
}

/** Folders that paired devices want to share with this one. */
export function FolderOffers(): ReactElement | null {
  const byId = useAppState((state) => state.folders.offers)
  const offers = useMemo(() => folderOffersOf(byId), [byId])
  const [acceptingId, setAcceptingId] = useState<string | null>(null)
  return (
    <>
      {offers.length > 0 && (
        <section className="section" aria-label={t.folders.offers.title}>
          <h2 className="section-title">{t.folders.offers.title}<span className="section-count">{offers.length}</span></h2>
          <ul className="folder-offers" tabIndex={-1} data-focus-rest>
            {offers.map((offer) => <OfferRow key={offer.folderId} offer={offer} onAccept={() => setAcceptingId(offer.folderId)} />)}
          </ul>
        </section>
      )}
      <AcceptDialog offer={acceptingId === null ? null : (byId[acceptingId] ?? null)} onClose={() => setAcceptingId(null)} />
    </>
  )
}
