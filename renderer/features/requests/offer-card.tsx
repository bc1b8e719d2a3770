import { useState, type ReactElement } from 'react'
import type { FolderChoice } from '../../../shared/ipc/app-contract.ts'
import type { Request } from '../../../shared/model/transfer.ts'
import { Button } from '../../components/button.tsx'
import { Chip } from '../../components/chip.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Name, PathName } from '../../components/name.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { formatBytes } from '../../text/format.ts'
import { t } from '../../text/messages.ts'

type Offer = Extract<Request, { kind: 'transfer' }>

const SHOWN_ROOTS = 3

/** Who, what, how much, where to, and whether there is room; then yes, always or no. */
export function OfferCard({ request, onLater }: { request: Offer; onLater: () => void }): ReactElement {
  const app = useApp()
  const canChoose = useAppState((state) => state.info?.canChoose ?? false)
  const [folder, setFolder] = useState<FolderChoice | null>(null)
  const freeBytes = folder?.freeBytes ?? request.freeBytes
  const missing = request.totalBytes - freeBytes
  const answer = (always: boolean): void =>
    void attempt(app, 'request:accept', {
      requestId: request.id,
      ...(always ? { always } : {}),
      ...(folder ? { folderId: folder.folderId } : {}),
    })
  const choose = async (): Promise<void> => {
    const choice = await attempt(app, 'folder:choose', {})
    if (choice) setFolder(choice)
  }
  const more = request.roots.length - SHOWN_ROOTS
  return (
    <article className="offer">
      <KeyMark id={request.deviceId} size={44} />
      <div className="offer-words">
        <h2 className="offer-title">
          <Name text={request.deviceName} />
          <span className="offer-verb">{t.requests.wants}</span>
        </h2>
        <p className="offer-amount">{t.count.files(request.totalFiles)}, {formatBytes(request.totalBytes)}</p>
        <ul className="offer-roots">
          {request.roots.slice(0, SHOWN_ROOTS).map((root, index) => <li key={index}><Name text={root} /></li>)}
          {more > 0 && <li className="offer-more">{t.requests.andMore(more)}</li>}
        </ul>
        <div className="offer-facts">
          {request.paired ? <Chip tone="good" icon="shield">{t.requests.paired}</Chip> : <Chip tone="bad">{t.requests.unpaired}</Chip>}
          <Chip tone={missing > 0 ? 'bad' : 'calm'}>{missing > 0 ? t.requests.noRoom(formatBytes(missing)) : t.requests.room(formatBytes(freeBytes))}</Chip>
          <span className="offer-folder">{t.requests.into} <PathName text={folder?.path ?? request.folder} /></span>
        </div>
      </div>
      <div className="offer-actions">
        <Button kind="primary" icon="check" onPress={() => answer(false)}>{t.requests.accept}</Button>
        {request.paired && <Button onPress={() => answer(true)}>{t.requests.always}</Button>}
        {canChoose && <Button kind="quiet" onPress={() => void choose()}>{t.requests.elsewhere}</Button>}
        <div className="offer-actions-end">
          <Button kind="quiet" onPress={onLater}>{t.requests.later}</Button>
          <Button kind="danger" onPress={() => void attempt(app, 'request:refuse', { requestId: request.id })}>{t.requests.refuse}</Button>
        </div>
      </div>
    </article>
  )
}
