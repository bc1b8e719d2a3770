import { useState, type ReactElement } from 'react'
import type { SyncFolder } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { useApp, useAppState } from '../../store/app.ts'
import { shareWith } from '../../store/folder-actions.ts'
import { shareable } from '../../store/folder-selectors.ts'
import { t } from '../../text/messages.ts'
import { named, unmarked } from '../../text/sentence.ts'
import { DevicePicker } from './device-picker.tsx'

function ShareMoreForm({ folder, onClose }: { folder: SyncFolder; onClose: () => void }): ReactElement {
  const app = useApp()
  const devices = shareable(useAppState((state) => state.devices), folder)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const share = async (): Promise<void> => {
    for (const device of chosen) if (!(await shareWith(app, folder.id, device))) return
    onClose()
  }
  return (
    <>
      {devices.length > 0 ? (
        <DevicePicker label={t.folders.dialog.devices} devices={devices} chosen={chosen} onChange={setChosen} />
      ) : (
        <p>{t.folders.overview.nobodyLeft}</p>
      )}
      <div className="dialog-actions">
        <Button autoFocus={devices.length === 0} onPress={onClose}>{t.common.cancel}</Button>
        <Button kind="primary" isDisabled={chosen.length === 0} onPress={() => void share()}>{t.folders.overview.shareGo}</Button>
      </div>
    </>
  )
}

/** Further paired devices for a folder that is shared already. */
export function ShareMoreDialog({ folder, isOpen, onClose }: { folder: SyncFolder; isOpen: boolean; onClose: () => void }): ReactElement {
  return (
    <Modal title={t.folders.overview.shareTitle(unmarked(named(folder.name)))} isOpen={isOpen} onClose={onClose}>
      <ShareMoreForm folder={folder} onClose={onClose} />
    </Modal>
  )
}
