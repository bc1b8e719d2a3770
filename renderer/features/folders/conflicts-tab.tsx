import { useEffect, useRef, type ReactElement } from 'react'
import type { SyncConflict, SyncFolder } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Sentence } from '../../components/sentence.tsx'
import { useNow } from '../../components/use-now.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { openConflict } from '../../store/folder-actions.ts'
import { formatBytes, formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { named } from '../../text/sentence.ts'
import { splitPath, visibleText } from '../../text/visible-text.ts'
import { ConflictView } from './conflict-view.tsx'
import { FileCell } from './file-cell.tsx'
import { FolderRows } from './folder-rows.tsx'
import { useFolderList, type FolderListHold } from './use-folder-list.ts'

function ConflictRow({ conflict, nowMs, isActive }: { conflict: SyncConflict; nowMs: number; isActive: boolean }): ReactElement {
  const app = useApp()
  const m = t.folders.conflict
  return (
    <>
      <FileCell path={conflict.path} icon="copy" />
      <span role="gridcell" className="conflict-side-short">
        {conflict.original ? `${formatWhen(conflict.original.mtimeMs, nowMs)}, ${formatBytes(conflict.original.size)}` : conflict.folder ? m.isFolder : m.gone}
      </span>
      <span role="gridcell" className="conflict-side-short">
        {formatWhen(conflict.copy.mtimeMs, nowMs)}, {formatBytes(conflict.copy.size)}, <Sentence text={named(conflict.deviceName)} />
      </span>
      <span role="gridcell" className="actions">
        <Button
          kind="quiet"
          label={`${m.look}: ${visibleText(splitPath(conflict.path).name)}`}
          excludeFromTabOrder={!isActive}
          onPress={() => openConflict(app, conflict.copyPath)}
        >
          {m.look}
        </Button>
      </span>
    </>
  )
}

function ConflictList({ hold }: { hold: FolderListHold<SyncConflict> }): ReactElement {
  const app = useApp()
  const nowMs = useNow(60_000)
  const section = useRef<HTMLElement>(null)
  const { conflict, column, tabs } = t.folders
  // Whoever comes back from a conflict is where the list begins.
  useEffect(() => {
    if (document.activeElement === document.body) section.current?.focus()
  }, [])
  return (
    <section className="files" aria-label={tabs.conflicts} ref={section} tabIndex={-1}>
      {(hold.list.total ?? 0) > 0 && <div className="files-head"><p className="row-hint">{conflict.hint}</p></div>}
      <FolderRows
        label={tabs.conflicts}
        hold={hold}
        rowHeight={50}
        className="conflict-rows"
        none={conflict.none}
        header={
          <>
            <span role="columnheader">{column.name}</span>
            <span role="columnheader">{conflict.original}</span>
            <span role="columnheader">{conflict.copy}</span>
            <span role="columnheader"><span className="visually-hidden">{conflict.look}</span></span>
          </>
        }
        renderRow={(item, isActive) => <ConflictRow conflict={item} nowMs={nowMs} isActive={isActive} />}
        onAction={(item) => openConflict(app, item.copyPath)}
      />
    </section>
  )
}

/** Files of which two versions are kept: all of them, or one, side by side. */
export function ConflictsTab({ folder }: { folder: SyncFolder }): ReactElement {
  const hold = useFolderList('conflicts', folder)
  const copyPath = useAppState((state) => state.folders.copyPath)
  return copyPath === null ? <ConflictList hold={hold} /> : <ConflictView folder={folder} hold={hold} copyPath={copyPath} />
}
