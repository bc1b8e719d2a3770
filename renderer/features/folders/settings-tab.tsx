import { useState, type ReactElement } from 'react'
import type { SyncFolder } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Amount, Row, SavedText } from '../../components/field.tsx'
import { Modal } from '../../components/modal.tsx'
import { useApp } from '../../store/app.ts'
import { changeFolder, removeFolder } from '../../store/folder-actions.ts'
import { t } from '../../text/messages.ts'
import { named, unmarked } from '../../text/sentence.ts'
import { IgnoreEditor } from './ignore-editor.tsx'
import { ModeChoice } from './mode-choice.tsx'

const GB = 1e9

/** What the folder is called, which way it goes, what is left out, and how to end it. Saved as it is changed. */
export function SettingsTab({ folder }: { folder: SyncFolder }): ReactElement {
  const app = useApp()
  const [removing, setRemoving] = useState(false)
  const { settings } = t.folders
  return (
    <div className="folder-settings">
      <section className="panel form" aria-label={t.folders.tabs.settings}>
        <Row title={settings.name}>
          <SavedText label={settings.name} value={folder.name} maxLength={200} onSave={(name) => void changeFolder(app, folder.id, { name })} />
        </Row>
        <Row title={settings.mode}>
          <ModeChoice hideLabel value={folder.mode} onChange={(mode) => void changeFolder(app, folder.id, { mode })} />
        </Row>
        <Row title={settings.trashLimit} hint={settings.trashLimitHint}>
          <Amount
            label={settings.trashLimit}
            unit={t.settings.unitGB}
            placeholder={settings.trashLimitUsual}
            value={folder.trashLimit?.own === true ? folder.trashLimit.bytes / GB : 0}
            onSave={(value) => void changeFolder(app, folder.id, { trashLimitBytes: Math.round(value * GB) })}
          />
        </Row>
      </section>
      <IgnoreEditor folder={folder} />
      <div className="device-end"><Button kind="danger" icon="close" onPress={() => setRemoving(true)}>{settings.remove}</Button></div>
      <Modal title={settings.removeTitle(unmarked(named(folder.name)))} isOpen={removing} onClose={() => setRemoving(false)} alert>
        <p>{settings.removeBody}</p>
        <div className="dialog-actions">
          <Button autoFocus onPress={() => setRemoving(false)}>{t.common.cancel}</Button>
          <Button
            kind="danger"
            onPress={() => {
              setRemoving(false)
              void removeFolder(app, folder)
            }}
          >
            {settings.removeGo}
          </Button>
        </div>
      </Modal>
    </div>
  )
}
