import { useState, type ReactElement } from 'react'
import { Input, Label, Text, TextField } from 'react-aria-components'
import type { FolderMode } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { goTo } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { shareFolder } from '../../store/folder-actions.ts'
import { shareable } from '../../store/folder-selectors.ts'
import { t } from '../../text/messages.ts'
import { DevicePicker } from './device-picker.tsx'
import { ModeChoice } from './mode-choice.tsx'
import { isPlace, nameOfPlace, placeId, PlaceControl, type Place } from './place-control.tsx'

function ShareForm({ onClose }: { onClose: () => void }): ReactElement {
  const app = useApp()
  const devices = shareable(useAppState((state) => state.devices))
  const [place, setPlace] = useState<Place>({ kind: 'none' })
  const [name, setName] = useState<string | null>(null)
  const [mode, setMode] = useState<FolderMode>('two-way')
  const [chosen, setChosen] = useState<readonly string[]>(devices.length === 1 ? devices.map((device) => device.id) : [])
  const [busy, setBusy] = useState(false)
  const shownName = name ?? nameOfPlace(place)
  const ready = isPlace(place) && shownName.trim() !== '' && chosen.length > 0 && !busy

  const share = async (): Promise<void> => {
    setBusy(true)
    const choiceId = await placeId(app, place)
    const done = choiceId !== undefined && (await shareFolder(app, { choiceId, devices: chosen, mode, name: shownName.trim() }))
    setBusy(false)
    if (done) onClose()
  }

  if (devices.length === 0) {
    return (
      <>
        <p>{t.folders.dialog.noDevices}</p>
        <div className="dialog-actions">
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button kind="primary" icon="devices" autoFocus onPress={() => { onClose(); goTo(app, 'devices') }}>{t.folders.dialog.toDevices}</Button>
        </div>
      </>
    )
  }
  return (
    <form
      className="folder-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) void share()
      }}
    >
      <PlaceControl label={t.folders.dialog.which} place={place} onChange={setPlace} />
      <TextField className="text-field" value={shownName} onChange={setName} maxLength={200}>
        <Label className="form-label">{t.folders.dialog.name}</Label>
        <Input className="input" dir="auto" />
        <Text slot="description" className="row-hint">{t.folders.dialog.nameHint}</Text>
      </TextField>
      <DevicePicker label={t.folders.dialog.devices} devices={devices} chosen={chosen} onChange={setChosen} />
      <ModeChoice value={mode} onChange={setMode} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t.common.cancel}</Button>
        <Button kind="primary" type="submit" isDisabled={!ready}>{t.folders.dialog.go}</Button>
      </div>
    </form>
  )
}

/** A folder of this device, with whom, and in which direction. */
export function ShareDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactElement {
  return (
    <Modal title={t.folders.dialog.title} isOpen={isOpen} onClose={onClose}>
      <ShareForm onClose={onClose} />
    </Modal>
  )
}
