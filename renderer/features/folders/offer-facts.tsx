import type { ReactElement } from 'react'
import type { FolderOffer } from '../../../shared/model/folder.ts'
import { Name } from '../../components/name.tsx'
import { formatBytes } from '../../text/format.ts'
import { t } from '../../text/messages.ts'

/** How much is offered, as far as the other side has counted, and what it does with it; by whom, where that is not said already. */
export function OfferFacts({ offer, withDevice = false }: { offer: FolderOffer; withDevice?: boolean }): ReactElement {
  return (
    <p className="offer-line">
      {withDevice && <span className="received-from"><span>{t.common.fromWord}</span><Name text={offer.deviceName} /></span>}
      {offer.content.files > 0 && <span>{t.folders.offers.content(offer.content.files, formatBytes(offer.content.bytes))}</span>}
      <span>{t.folders.offers.theirMode[offer.mode]}</span>
    </p>
  )
}
