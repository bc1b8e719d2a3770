import { memo, useCallback, useEffect, useRef, type ReactElement } from 'react'
import type { FileState, TransferFile, TransferId } from '../../../shared/model/transfer.ts'
import { IconButton } from '../../components/button.tsx'
import { Choice } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { Name } from '../../components/name.tsx'
import { VirtualRows } from '../../components/virtual-rows.tsx'
import { Strand } from '../../components/strand.tsx'
import { attempt, setFileFilter, speak } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { filesKey, loadFiles } from '../../store/load.ts'
import { itemAt } from '../../store/paged.ts'
import type { FileFilter } from '../../store/state.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import type { Tone } from '../../text/reasons.ts'
import { splitPath, visibleText } from '../../text/visible-text.ts'

const ROW_HEIGHT = 46
const REFRESH_MS = 1000

const TONES: Record<FileState, Tone> = { waiting: 'calm', active: 'calm', delivered: 'good', skipped: 'wait', failed: 'bad' }

const FILTERS: readonly FileFilter[] = ['all', 'unfinished', 'failed', 'skipped']

/** The state, and below it why, and what it took. */
function wordsOf(file: TransferFile): { readonly state: string; readonly why: string } {
  const identical = file.state === 'delivered' && file.reason === 'identical'
  const parts: string[] = []
  if (file.reason && !identical) parts.push(visibleText(file.reason))
  if (file.retries > 0) parts.push(t.count.retries(file.retries))
  if (file.resentBlocks > 0) parts.push(t.transfers.troubles.resent(file.resentBlocks))
  if (file.duplicates > 0) parts.push(t.transfers.troubles.duplicates(file.duplicates))
  return { state: identical ? t.transfers.alreadyThere : t.transfers.fileState[file.state], why: parts.join(' · ') }
}

interface RowProps {
  readonly file: TransferFile
  readonly isActive: boolean
  /** Absent: it cannot be left out. */
  readonly onLeaveOut?: (file: TransferFile) => void
}

const FileRow = memo(function FileRow({ file, onLeaveOut, isActive }: RowProps): ReactElement {
  const { folder, name } = splitPath(file.path)
  const final = file.finalPath !== undefined ? splitPath(file.finalPath).name : null
  const { state, why } = wordsOf(file)
  const words = why ? `${state} · ${why}` : state
  return (
    <>
      <span role="gridcell" className="file-name">
        <Icon name={file.kind} size={18} />
        <span className="file-name-words">
          <Name text={name} />
          {(folder || final) && (
            <span className="file-folder">
              {final ? <Name text={t.transfers.renamed(final)} /> : <Name text={folder} />}
            </span>
          )}
        </span>
      </span>
      <span role="gridcell" className="file-size">{formatBytes(file.size)}</span>
      <span role="gridcell" className="file-progress">
        <Strand
          label={visibleText(name)}
          value={file.bytes}
          total={file.size}
          tone={TONES[file.state]}
          live={file.state === 'active'}
          size="thin"
        />
      </span>
      <span
        role="gridcell"
        className="file-state"
        data-tone={TONES[file.state]}
        title={file.digest ? `${words}\n${t.transfers.digest}: ${file.digest}` : words}
      >
        <span className="file-state-words">
          <span>{state}</span>
          {why && <span className="file-state-why">{why}</span>}
        </span>
        {onLeaveOut && (
          <IconButton icon="close" label={t.transfers.leaveOut(visibleText(name))} excludeFromTabOrder={!isActive} onPress={() => onLeaveOut(file)} />
        )}
      </span>
    </>
  )
})

interface Props {
  readonly transferId: TransferId
  readonly totalFiles: number
  readonly ended: boolean
  /** Files that have not arrived can be left out. */
  readonly canLeaveOut: boolean
}

/** Every file of a transfer, however many; the rows in sight are read again once a second while it runs. */
export const FileList = memo(function FileList({ transferId, totalFiles, ended, canLeaveOut }: Props): ReactElement {
  const app = useApp()
  const filter = useAppState((state) => state.fileFilter)
  const files = useAppState((state) => state.files)
  const shown = useRef<readonly number[]>([0])
  const key = filesKey(transferId, filter)
  const mine = files.key === key
  const load = (pages: readonly number[]): void => {
    shown.current = pages
    loadFiles(app, transferId, filter, pages)
  }

  useEffect(() => {
    loadFiles(app, transferId, filter, shown.current)
    if (ended) return
    const timer = setInterval(() => loadFiles(app, transferId, filter, shown.current), REFRESH_MS)
    return () => clearInterval(timer)
  }, [app, transferId, filter, ended])

  const leaveOut = useCallback(
    (file: TransferFile): void => {
      void attempt(app, 'transfer:skip-file', { transferId, file: file.index }).then((done) => {
        if (done === undefined) return
        speak(app, t.transfers.leftOut(visibleText(splitPath(file.path).name)))
        loadFiles(app, transferId, filter, shown.current)
      })
    },
    [app, transferId, filter],
  )
  const mayLeaveOut = (file: TransferFile): boolean => canLeaveOut && file.kind === 'file' && (file.state === 'waiting' || file.state === 'active')

  const count = mine ? (files.total ?? 0) : 0
  return (
    <section className="files" aria-label={t.transfers.files}>
      <div className="files-head">
        <h2>{t.transfers.files}<span className="section-count">{formatCount(mine && files.total !== null ? files.total : totalFiles)}</span></h2>
        <Choice
          label={t.transfers.filter}
          hideLabel
          value={filter}
          options={FILTERS.map((value) => ({ value, label: t.transfers.filters[value] }))}
          onChange={(next) => {
            shown.current = [0]
            setFileFilter(app, next)
          }}
        />
      </div>
      {mine && files.total === 0 ? (
        <p className="files-none">{t.transfers.noFiles[filter]}</p>
      ) : (
        <VirtualRows
          key={key}
          label={t.transfers.files}
          className="file-rows"
          count={count}
          rowHeight={ROW_HEIGHT}
          version={files.version}
          onPages={load}
          header={
            <>
              <span role="columnheader">{t.transfers.column.name}</span>
              <span role="columnheader" className="file-size">{t.transfers.column.size}</span>
              <span role="columnheader">{t.transfers.column.progress}</span>
              <span role="columnheader">{t.transfers.column.state}</span>
            </>
          }
          onRowKey={(index, event) => {
            const file = mine ? itemAt(files, index) : undefined
            if (event.key !== 'Delete' || !file || !mayLeaveOut(file)) return
            event.preventDefault()
            leaveOut(file)
          }}
          renderRow={(index, isActive) => {
            const file = mine ? itemAt(files, index) : undefined
            return file ? <FileRow file={file} isActive={isActive} {...(mayLeaveOut(file) ? { onLeaveOut: leaveOut } : {})} /> : <span role="gridcell" className="muted">{t.transfers.rowLoading}</span>
          }}
        />
      )}
    </section>
  )
})
