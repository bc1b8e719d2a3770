import { useState, type ReactElement } from 'react'
import { Input, SearchField } from 'react-aria-components'
import type { SyncFolder, TrashItem } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Modal } from '../../components/modal.tsx'
import { Sentence } from '../../components/sentence.tsx'
import { useNow } from '../../components/use-now.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { emptyTrash, restoreFromTrash, setTrashSearch } from '../../store/folder-actions.ts'
import { formatBytes, formatFull, formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { named } from '../../text/sentence.ts'
import { splitPath, visibleText } from '../../text/visible-text.ts'
import { FileCell } from './file-cell.tsx'
import { FolderRows } from './folder-rows.tsx'
import { useFolderList } from './use-folder-list.ts'

interface RowProps {
  readonly folder: SyncFolder
  readonly item: TrashItem
  readonly nowMs: number
  readonly isActive: boolean
}

function TrashRow({ folder, item, nowMs, isActive }: RowProps): ReactElement {
  const app = useApp()
  const { trash } = t.folders
  return (
    <>
      <FileCell path={item.path} icon="trash" />
      <span role="gridcell" className="trash-reason">
        {trash.reason[item.reason]} <Sentence text={item.deviceName === null ? trash.here : trash.by(named(item.deviceName))} />
      </span>
      <span role="gridcell" className="file-size">{formatBytes(item.size)}</span>
      <time role="gridcell" className="received-when" dateTime={new Date(item.atMs).toISOString()} title={formatFull(item.atMs)}>{formatWhen(item.atMs, nowMs)}</time>
      <span role="gridcell" className="actions">
        <Button
          kind="quiet"
          label={trash.restoreNamed(visibleText(splitPath(item.path).name))}
          excludeFromTabOrder={!isActive}
          onPress={() => void restoreFromTrash(app, folder.id, item.id)}
        >
          {trash.restore}
        </Button>
      </span>
    </>
  )
}

function EmptyDialog({ folder, isOpen, onClose }: { folder: SyncFolder; isOpen: boolean; onClose: () => void }): ReactElement {
  const app = useApp()
  const { trash } = t.folders
  return (
    <Modal title={trash.emptyTitle} isOpen={isOpen} onClose={onClose} alert>
      <p>{trash.emptyBody(folder.trash.files, formatBytes(folder.trash.bytes))}</p>
      <div className="dialog-actions">
        <Button autoFocus onPress={onClose}>{trash.emptyKeep}</Button>
        <Button
          kind="danger"
          onPress={() => {
            void emptyTrash(app, folder.id)
            onClose()
          }}
        >
          {trash.emptyGo}
        </Button>
      </div>
    </Modal>
  )
}

/** What was deleted or replaced here, to bring back. */
export function TrashTab({ folder }: { folder: SyncFolder }): ReactElement {
  const app = useApp()
  const hold = useFolderList('trash', folder)
  const search = useAppState((state) => state.folders.trashSearch)
  const [emptying, setEmptying] = useState(false)
  const nowMs = useNow(60_000)
  const { trash, column, tabs } = t.folders
  const searchedFor = hold.list.key.slice(folder.id.length + 1)
  return (
    <section className="files" aria-label={tabs.trash}>
      <div className="files-head">
        <SearchField className="search" data-search="" aria-label={trash.search} value={search} onChange={(next) => setTrashSearch(app, next)}>
          <Icon name="search" size={18} />
          <Input className="input" placeholder={trash.placeholder} maxLength={200} />
        </SearchField>
        <p className="row-hint">
          {trash.hint}
          {folder.trashLimit && ` ${trash.fill(formatBytes(folder.trash.bytes), formatBytes(folder.trashLimit.bytes))}`}
        </p>
        <Button kind="danger" icon="trash" isDisabled={folder.trash.files === 0} onPress={() => setEmptying(true)}>{trash.empty}</Button>
      </div>
      <FolderRows
        label={tabs.trash}
        hold={hold}
        rowHeight={46}
        className="trash-rows"
        none={searchedFor ? trash.noMatch(visibleText(searchedFor)) : trash.none}
        header={
          <>
            <span role="columnheader">{column.name}</span>
            <span role="columnheader">{column.past}</span>
            <span role="columnheader" className="file-size">{column.size}</span>
            <span role="columnheader" className="received-when">{column.when}</span>
            <span role="columnheader"><span className="visually-hidden">{trash.restore}</span></span>
          </>
        }
        renderRow={(item, isActive) => <TrashRow folder={folder} item={item} nowMs={nowMs} isActive={isActive} />}
      />
      <EmptyDialog folder={folder} isOpen={emptying} onClose={() => setEmptying(false)} />
    </section>
  )
}
