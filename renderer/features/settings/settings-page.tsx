import type { ReactElement } from 'react'
import type { SettingsChange } from '../../../shared/ipc/app-contract.ts'
import type { Settings } from '../../../shared/model/settings.ts'
import type { ConflictPolicy } from '../../../shared/model/transfer.ts'
import { Skeleton } from '../../components/empty.tsx'
import { Amount, Choice, Row, SavedText, Toggle } from '../../components/field.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { FolderControl } from './folder-control.tsx'
import { PlainInbox } from './plain-inbox.tsx'

const MB = 1_000_000
const CONFLICTS: readonly ConflictPolicy[] = ['keep-both', 'replace', 'ask']
const THEMES: readonly Settings['theme'][] = ['system', 'light', 'dark']

/** Everything is saved as it is changed; there is nothing to confirm. */
export function SettingsPage(): ReactElement {
  const app = useApp()
  const settings = useAppState((state) => state.settings)
  const info = useAppState((state) => state.info)
  if (!settings || !info) return <div className="page"><Skeleton label={t.common.loading} /></div>
  const save = (change: SettingsChange): void => void attempt(app, 'settings:set', change)
  return (
    <div className="page settings-page">
      <PageHead title={t.settings.title} />
      <section className="panel form" aria-label={t.settings.receiving}>
        <h2>{t.settings.receiving}</h2>
        <Row title={t.settings.folder}>
          <FolderControl path={settings.receiveFolder} onChoose={(receiveFolderId) => save({ receiveFolderId })} />
        </Row>
        <Row title={t.settings.conflict} hint={t.settings.identical}>
          <Choice
            label={t.settings.conflict}
            hideLabel
            value={settings.onConflict}
            options={CONFLICTS.map((value) => ({ value, label: t.settings.conflicts[value] }))}
            onChange={(onConflict) => save({ onConflict })}
          />
        </Row>
      </section>
      <section className="panel form" aria-label={t.settings.network}>
        <h2>{t.settings.network}</h2>
        <Row title={t.settings.name}>
          <SavedText label={t.settings.name} value={settings.name} onSave={(name) => save({ name })} />
        </Row>
        <Toggle
          title={t.settings.discovery}
          hint={t.settings.discoveryHint}
          isSelected={settings.discovery}
          onChange={(discovery) => save({ discovery })}
        />
        <Row title={t.settings.port} hint={t.settings.portHint}>
          <Amount
            label={t.settings.port}
            unit=""
            value={settings.listen.port}
            max={65_535}
            allowZero
            whole
            onSave={(port) => save({ listen: { ...settings.listen, port } })}
          />
        </Row>
        <Row title={t.settings.sendLimit}>
          <Amount
            label={t.settings.sendLimit}
            unit={t.settings.unitMB}
            placeholder={t.common.noLimit}
            value={settings.maxSendBytesPerSecond / MB}
            onSave={(value) => save({ maxSendBytesPerSecond: Math.round(value * MB) })}
          />
        </Row>
        <Row title={t.settings.receiveLimit}>
          <Amount
            label={t.settings.receiveLimit}
            unit={t.settings.unitMB}
            placeholder={t.common.noLimit}
            value={settings.maxReceiveBytesPerSecond / MB}
            onSave={(value) => save({ maxReceiveBytesPerSecond: Math.round(value * MB) })}
          />
        </Row>
      </section>
      <PlainInbox />
      <section className="panel form" aria-label={t.settings.app}>
        <h2>{t.settings.app}</h2>
        <Row title={t.settings.theme}>
          <Choice
            label={t.settings.theme}
            hideLabel
            value={settings.theme}
            options={THEMES.map((value) => ({ value, label: t.settings.themes[value] }))}
            onChange={(theme) => save({ theme })}
          />
        </Row>
        {info.canNotify && (
          <Toggle
            title={t.settings.notifications}
            hint={t.settings.notificationsHint}
            isSelected={settings.notifications}
            onChange={(notifications) => save({ notifications })}
          />
        )}
        {info.canStartAtLogin && (
          <Toggle
            title={t.settings.login}
            hint={t.settings.loginHint}
            isSelected={settings.startAtLogin}
            onChange={(startAtLogin) => save({ startAtLogin })}
          />
        )}
      </section>
      <p className="about">{t.settings.about(info.version)}</p>
    </div>
  )
}
