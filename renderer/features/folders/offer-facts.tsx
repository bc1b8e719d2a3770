import type { ReactElement } from 'react'
import type { FolderOffer } from '../../../shared/model/folder.ts'
import { Name } from '../../components/name.tsx'
import { formatBytes } from '../../text/format.ts'
import { t } from '../../text/messages.ts'

/** How much is offered, by whom, and what the other side does with it. */
export function OfferFacts({ offer }: { offer: FolderOffer }): ReactElement {
  return (
    <p className="offer-line">
      <span className="received-from"><span>{t.common.fromWord}</span><Name text={offer.deviceName} /></span>
      <span>{t.folders.offers.content(offer.content.files, formatBytes(offer.content.bytes))}</span>
      <span>{t.folders.offers.theirMode[offer.mode]}</span>
    </p>
  )
}
