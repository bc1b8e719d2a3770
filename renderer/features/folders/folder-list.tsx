import { useMemo, useState, type KeyboardEvent, type ReactElement } from 'react'
import { GridList, GridListItem } from 'react-aria-components'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/empty.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { goTo } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { openFolder, togglePaused } from '../../store/folder-actions.ts'
import { foldersOf, shareable } from '../../store/folder-selectors.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'
import { FolderCard } from './folder-card.tsx'
import { FolderOffers } from './folder-offers.tsx'
import { ShareDialog } from './share-dialog.tsx'

/** Every shared folder; Enter opens one, Space pauses it or lets it go on. */
export function FolderList(): ReactElement {
  const app = useApp()
  const byId = useAppState((state) => state.folders.byId)
  const offered = useAppState((state) => Object.keys(state.folders.offers).length)
  const devices = useAppState((state) => state.devices)
  const folders = useMemo(() => foldersOf(byId), [byId])
  const [sharing, setSharing] = useState(false)
  const nobody = useMemo(() => shareable(devices).length === 0, [devices])
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[role=row]')
    const folder = event.target === row && event.key === ' ' ? byId[row?.dataset['key'] ?? ''] : undefined
    if (!folder) return
    void togglePaused(app, folder)
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="page folders-page">
      <PageHead title={t.folders.title} lead={t.folders.lead}>
        {folders.length + offered > 0 && <Button kind="primary" icon="plus" onPress={() => setSharing(true)}>{t.folders.share}</Button>}
      </PageHead>
      <FolderOffers />
      {folders.length > 0 && (
        <section className="section" aria-label={t.folders.list}>
          <div onKeyDownCapture={onKeyDown}>
            <GridList className="live-list" aria-label={t.folders.list} items={folders} keyboardNavigationBehavior="tab" onAction={(key) => openFolder(app, String(key))}>
              {(folder) => (
                <GridListItem className="transfer-card folder-card" textValue={visibleText(folder.name)}>
                  <FolderCard folder={folder} />
                </GridListItem>
              )}
            </GridList>
          </div>
        </section>
      )}
      {folders.length + offered === 0 && (
        <Empty title={t.folders.emptyTitle} hint={t.folders.emptyHint}>
          <Button kind="primary" icon="folder" onPress={() => setSharing(true)}>{t.folders.share}</Button>
          {nobody && <Button icon="devices" onPress={() => goTo(app, 'devices')}>{t.folders.emptyNoDevice}</Button>}
        </Empty>
      )}
      <ShareDialog isOpen={sharing} onClose={() => setSharing(false)} />
    </div>
  )
}
