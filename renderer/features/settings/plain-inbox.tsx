import type { ReactElement } from 'react'
import type { PlainChange } from '../../../shared/ipc/app-contract.ts'
import { Amount, Row, SavedText, Toggle } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { Select } from '../../components/select.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { formatAddress, formatFull } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'
import { FolderControl } from './folder-control.tsx'
import { FRAMING_KINDS, isLoopback, joinFraming, MAX_DECIMAL_DIGITS, splitFraming, type Framing } from './framing.ts'

const MB = 1_000_000
const GB = 1_000_000_000

function Parameter({ framing, onSave }: { framing: Framing; onSave: (parameter: string) => void }): ReactElement | null {
  if (!('parameter' in framing)) return null
  const { kind, parameter } = framing
  const words = t.plain.parameters[kind]
  return (
    <Row title={words.title} hint={words.hint}>
      {kind === 'fixed' || kind === 'decimal' ? (
        <Amount
          label={words.title}
          unit={words.unit}
          value={Number(parameter)}
          min={1}
          max={kind === 'decimal' ? MAX_DECIMAL_DIGITS : 1_000 * GB}
          whole
          onSave={(value) => onSave(String(value))}
        />
      ) : (
        <SavedText label={words.title} value={parameter} maxLength={900} isCode onSave={onSave} />
      )}
    </Row>
  )
}

/** Whether anybody can be sure of anything here: said in words, and louder when the network can reach it. */
function Warning({ host, port }: { host: string; port: number }): ReactElement {
  const open = !isLoopback(host)
  const where = host === '0.0.0.0' || host === '::' ? t.plain.everywhere(String(port)) : visibleText(formatAddress(host, port))
  return (
    <div className="caution" data-tone={open ? 'bad' : 'wait'} role="note">
      <Icon name="alert" />
      <p>{open ? <><strong>{t.plain.openTitle}</strong> {t.plain.open(where)}</> : t.plain.loopback}</p>
    </div>
  )
}

function Listening(): ReactElement | null {
  const status = useAppState((state) => state.status?.plain)
  if (!status) return null
  const { address, lastError } = status
  return (
    <div className="plain-status">
      <p className="row-hint">{t.plain.listening(visibleText(formatAddress(address.host, address.port)))}</p>
      {lastError && (
        <p className="row-hint trouble">
          {t.plain.lastError(formatFull(lastError.atMs), lastError.from === null ? null : visibleText(lastError.from), visibleText(lastError.error.message))}
        </p>
      )}
    </div>
  )
}

/** Messages of programs that speak nothing but TCP, as files. Off, and reached from this machine alone, until somebody says otherwise. */
export function PlainInbox(): ReactElement | null {
  const app = useApp()
  const plain = useAppState((state) => state.settings?.plain)
  if (!plain) return null
  const { folder, ...rest } = plain
  const save = (change: Partial<PlainChange>): void => void attempt(app, 'settings:set', { plain: { ...rest, ...change } })
  const framing = splitFraming(plain.framing)
  return (
    <section className="panel form" aria-label={t.plain.title}>
      <h2>{t.plain.title}</h2>
      <Toggle title={t.plain.enabled} hint={t.plain.enabledHint} isSelected={plain.enabled} onChange={(enabled) => save({ enabled })} />
      <Listening />
      <Warning host={plain.host} port={plain.port} />
      <Row title={t.plain.framing} hint={t.plain.framings[framing.kind].hint}>
        <Select
          label={t.plain.framing}
          value={framing.kind}
          options={FRAMING_KINDS.map((value) => ({ value, ...t.plain.framings[value] }))}
          onChange={(kind) => save({ framing: joinFraming(kind) })}
        />
      </Row>
      <Parameter framing={framing} onSave={(parameter) => save({ framing: joinFraming(framing.kind, parameter) })} />
      <Row title={t.plain.host} hint={t.plain.hostHint}>
        <SavedText label={t.plain.host} value={plain.host} maxLength={255} isCode onSave={(host) => save({ host: host.trim() })} />
      </Row>
      <Row title={t.plain.port} hint={t.plain.portHint}>
        <Amount label={t.plain.port} unit="" value={plain.port} min={0} max={65_535} allowZero whole onSave={(port) => save({ port })} />
      </Row>
      <Row title={t.plain.folder}>
        <FolderControl
          path={folder ?? t.devices.folderDefault}
          label={t.plain.folderChange}
          onChoose={(folderId) => save({ folderId })}
          {...(folder === undefined ? {} : { onReset: () => save({ folderId: null }), resetLabel: t.devices.folderReset })}
        />
      </Row>
      <Row title={t.plain.maxMessage} hint={t.plain.maxMessageHint}>
        <Amount
          label={t.plain.maxMessage}
          unit={t.settings.unitMegabytes}
          value={plain.maxMessageBytes / MB}
          min={0.01}
          max={1_000_000}
          onSave={(value) => save({ maxMessageBytes: Math.round(value * MB) })}
        />
      </Row>
      <Row title={t.plain.maxConnections} hint={t.plain.maxConnectionsHint}>
        <Amount
          label={t.plain.maxConnections}
          unit=""
          value={plain.maxConnections}
          min={1}
          max={1_000}
          whole
          onSave={(maxConnections) => save({ maxConnections })}
        />
      </Row>
    </section>
  )
}
