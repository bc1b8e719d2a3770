import { useState, type ReactElement } from 'react'
import { FieldError, Input, Label, TextField } from 'react-aria-components'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { parseAddress } from '../send/address.ts'

export function PairAddressDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactElement {
  const app = useApp()
  const [typed, setTyped] = useState('')
  const [bad, setBad] = useState(false)
  const start = (): void => {
    const address = parseAddress(typed)
    setBad(address === null)
    if (!address) return
    setTyped('')
    onClose()
    void attempt(app, 'pairing:start', { target: { kind: 'address', ...address } })
  }
  return (
    <Modal title={t.devices.pairAddressTitle} isOpen={isOpen} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <TextField
          className="text-field"
          value={typed}
          isInvalid={bad}
          autoFocus
          onChange={(next) => {
            setTyped(next)
            setBad(false)
          }}
        >
          <Label className="row-title">{t.send.addressLabel}</Label>
          <Input className="input" placeholder={t.send.addressPlaceholder} spellCheck={false} autoComplete="off" />
          <FieldError className="field-error">{t.send.addressBad}</FieldError>
        </TextField>
        <div className="dialog-actions">
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button kind="primary" type="submit">{t.devices.pair}</Button>
        </div>
      </form>
    </Modal>
  )
}
