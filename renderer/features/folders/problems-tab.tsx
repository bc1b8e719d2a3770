import type { ReactElement } from 'react'
import type { SyncFolder, SyncProblem } from '../../../shared/model/folder.ts'
import { IconButton } from '../../components/button.tsx'
import { useNow } from '../../components/use-now.ts'
import { attempt } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { folderAdviceFor } from '../../text/folder-words.ts'
import { formatFull, formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { splitPath, visibleText } from '../../text/visible-text.ts'
import { FileCell } from './file-cell.tsx'
import { FolderRows } from './folder-rows.tsx'
import { useFolderList } from './use-folder-list.ts'

interface RowProps {
  readonly folder: SyncFolder
  readonly problem: SyncProblem
  readonly nowMs: number
  readonly isActive: boolean
}

function ProblemRow({ folder, problem, nowMs, isActive }: RowProps): ReactElement {
  const app = useApp()
  const canOpen = useAppState((state) => state.info?.canOpen ?? false)
  const { path, error, sinceMs } = problem
  const message = visibleText(error.message)
  const advice = folderAdviceFor(error.code)
  const isWhole = path === ''
  return (
    <>
      <FileCell path={isWhole ? t.folders.problem.whole : path} icon="alert" />
      <span role="gridcell" className="problem-words" title={advice ? `${message}\n${advice}` : message}>
        <span className="problem-message">{message}</span>
        {advice && <span className="problem-advice">{advice}</span>}
      </span>
      <time role="gridcell" className="received-when" dateTime={new Date(sinceMs).toISOString()} title={formatFull(sinceMs)}>{formatWhen(sinceMs, nowMs)}</time>
      <span role="gridcell" className="actions">
        {canOpen && (
          <IconButton
            icon="folder"
            label={isWhole ? `${t.folders.show}: ${visibleText(folder.name)}` : `${t.folders.showFile}: ${visibleText(splitPath(path).name)}`}
            excludeFromTabOrder={!isActive}
            onPress={() => void attempt(app, 'sync:show', { folderId: folder.id, ...(isWhole ? {} : { path }) })}
          />
        )}
      </span>
    </>
  )
}

/** Files that cannot be kept in sync, each with why and what would help. */
export function ProblemsTab({ folder }: { folder: SyncFolder }): ReactElement {
  const hold = useFolderList('problems', folder)
  const nowMs = useNow(60_000)
  const { problem, column, tabs } = t.folders
  return (
    <section className="files" aria-label={tabs.problems}>
      <div className="files-head"><p className="row-hint">{problem.hint}</p></div>
      <FolderRows
        label={tabs.problems}
        hold={hold}
        rowHeight={84}
        className="problem-rows"
        none={problem.none}
        header={
          <>
            <span role="columnheader">{column.name}</span>
            <span role="columnheader">{column.problem}</span>
            <span role="columnheader" className="received-when">{column.when}</span>
            <span role="columnheader"><span className="visually-hidden">{t.folders.showFile}</span></span>
          </>
        }
        renderRow={(item, isActive) => <ProblemRow folder={folder} problem={item} nowMs={nowMs} isActive={isActive} />}
      />
    </section>
  )
}
