import type { ReactElement } from 'react'
import type { ReceivedFile, ReceivedState } from '../../../shared/ipc/app-contract.ts'
import { IconButton } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Name } from '../../components/name.tsx'
import { attempt, copyText } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { formatBytes, formatFull, formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { splitPath, visibleText } from '../../text/visible-text.ts'

const GONE: ReadonlySet<ReceivedState> = new Set(['deleted', 'moved'])

interface Props {
  readonly file: ReceivedFile
  /** The day, on the first row of each. */
  readonly day: string | null
  readonly nowMs: number
  readonly isActive: boolean
  readonly onRead: (file: ReceivedFile) => void
}

function Since({ file }: { file: ReceivedFile }): ReactElement | null {
  if (file.state === 'here') return null
  return (
    <span className="since" data-state={file.state}>
      {t.received.state[file.state]}
      {file.nowPath !== undefined && <>, <Name text={t.received.nowAt(file.nowPath)} /></>}
    </span>
  )
}

export function ReceivedRow({ file, day, nowMs, isActive, onRead }: Props): ReactElement {
  const app = useApp()
  const canOpen = useAppState((state) => state.info?.canOpen ?? false)
  const { folder } = splitPath(file.path)
  const gone = GONE.has(file.state)
  const label = (what: string): string => `${what}: ${visibleText(file.name)}`
  return (
    <>
      <span role="gridcell" className="received-day">{day}</span>
      <span
        role="gridcell"
        className="tray-icon"
        data-kind={file.kind === 'message' ? 'text' : 'file'}
        data-gone={gone || undefined}
      >
        <Icon name={file.kind === 'message' ? 'text' : 'file'} />
      </span>
      <div role="gridcell" className="received-words" data-gone={gone || undefined}>
        <span className="received-name"><Name text={file.name} />{folder && <span className="muted"><Name text={folder} /></span>}</span>
        <span className="received-facts">
          {file.deviceName === null ? <span className="trouble">{t.received.otherProgram}</span> : <span className="received-from"><span>{t.common.fromWord}</span><Name text={file.deviceName} /></span>}
          {file.deviceName !== null && file.deviceId === null && <span className="trouble">{t.received.unverifiedSender}</span>}
          <span>{formatBytes(file.size)}</span>
          <Since file={file} />
        </span>
      </div>
      <span role="gridcell" className="received-check" title={file.digest ?? t.received.notVerified}>
        {file.verified ? <><Icon name="shield" size={18} /><span className="visually-hidden">{t.received.verified}</span></> : <span className="visually-hidden">{t.received.notVerified}</span>}
      </span>
      <time
        role="gridcell"
        className="received-when"
        dateTime={new Date(file.receivedAtMs).toISOString()}
        title={formatFull(file.receivedAtMs)}
      >
        {formatWhen(file.receivedAtMs, nowMs)}
      </time>
      <div role="gridcell" className="actions">
        {file.kind === 'message' && !gone && (
          <IconButton
            icon="text"
            label={label(t.received.read)}
            excludeFromTabOrder={!isActive}
            onPress={() => onRead(file)}
          />
        )}
        {canOpen && !gone && file.kind === 'file' && (
          <IconButton
            icon="open"
            label={label(t.received.open)}
            excludeFromTabOrder={!isActive}
            onPress={() => void attempt(app, 'received:open', { id: file.id })}
          />
        )}
        {canOpen && !gone && (
          <IconButton
            icon="folder"
            label={label(t.received.show)}
            excludeFromTabOrder={!isActive}
            onPress={() => void attempt(app, 'received:show', { id: file.id })}
          />
        )}
        {file.digest === null ? (
          <span className="icon-gap" />
        ) : (
          <IconButton
            icon="copy"
            label={label(t.received.copyDigest)}
            excludeFromTabOrder={!isActive}
            onPress={() => void copyText(app, file.digest ?? '')}
          />
        )}
      </div>
    </>
  )
}
