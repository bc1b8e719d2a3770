import { useState, type ReactElement } from 'react'
import { Checkbox } from 'react-aria-components'
import type { FolderMode, FolderOffer } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Modal } from '../../components/modal.tsx'
import { PathName } from '../../components/name.tsx'
import { useApp } from '../../store/app.ts'
import { acceptFolder } from '../../store/folder-actions.ts'
import { t } from '../../text/messages.ts'
import { unmarked, named } from '../../text/sentence.ts'
import { ModeChoice } from './mode-choice.tsx'
import { OfferFacts } from './offer-facts.tsx'
import { isPlace, pathOfPlace, placeId, PlaceControl, type Place } from './place-control.tsx'

/** Who only sends is best only received from, and the other way round. */
function modeFor(theirs: FolderMode): FolderMode {
  if (theirs === 'send-only') return 'receive-only'
  return theirs === 'receive-only' ? 'send-only' : 'two-way'
}

/** A name for a folder of this device out of one that a peer chose; empty when nothing of it is left. Pure. */
export function folderNameFor(name: string): string {
  const plain = Array.from(name, (character) => (/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|]/u.test(character) ? ' ' : character)).join('')
  return Array.from(plain.replace(/\s+/g, ' ').replace(/^[.\s]+|[.\s]+$/g, '')).slice(0, 60).join('').trim()
}

function AcceptForm({ offer, onClose }: { offer: FolderOffer; onClose: () => void }): ReactElement {
  const app = useApp()
  const [place, setPlace] = useState<Place>({ kind: 'none' })
  const [mode, setMode] = useState<FolderMode>(modeFor(offer.mode))
  const own = folderNameFor(offer.name)
  const [inside, setInside] = useState(own !== '')
  const [busy, setBusy] = useState(false)
  const ready = isPlace(place) && !busy
  const accept = async (): Promise<void> => {
    setBusy(true)
    const choiceId = await placeId(app, place)
    const done = choiceId !== undefined && (await acceptFolder(app, { folderId: offer.folderId, choiceId, mode, ...(inside ? { inside: own } : {}) }))
    setBusy(false)
    if (done) onClose()
  }
  return (
    <form
      className="folder-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) void accept()
      }}
    >
      <OfferFacts offer={offer} withDevice />
      <PlaceControl label={t.folders.dialog.where} place={place} onChange={setPlace} />
      {own !== '' && (
        <Checkbox className="checkbox" isSelected={inside} onChange={setInside}>
          <span className="checkbox-box"><Icon name="check" size={14} /></span>
          {t.folders.offers.inside}
        </Checkbox>
      )}
      {isPlace(place) && (
        <p className="row-hint place-result">
          {inside ? <>{t.folders.offers.becomes} <PathName text={`${pathOfPlace(place).replace(/[\\/]+$/, '')}/${own}`} /></> : t.folders.offers.whereHint}
        </p>
      )}
      <ModeChoice value={mode} onChange={setMode} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t.common.cancel}</Button>
        <Button kind="primary" icon="check" type="submit" isDisabled={!ready}>{t.folders.offers.dialogGo}</Button>
      </div>
    </form>
  )
}

/** Where an offered folder goes on this device, and in which direction it is kept the same. */
export function AcceptDialog({ offer, onClose }: { offer: FolderOffer | null; onClose: () => void }): ReactElement {
  return (
    <Modal title={t.folders.offers.dialog(unmarked(named(offer?.name ?? '')))} isOpen={offer !== null} onClose={onClose}>
      {offer && <AcceptForm offer={offer} onClose={onClose} />}
    </Modal>
  )
}
