import { useState, type ReactElement } from 'react'
import { Label, Text, TextArea, TextField } from 'react-aria-components'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { t } from '../../text/messages.ts'

/** A text or link that goes on the tray like a file. */
export function ComposeDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactElement {
  const app = useApp()
  const [text, setText] = useState('')
  const add = async (): Promise<void> => {
    if (text.trim() === '') return
    if (!(await attempt(app, 'source:add-text', { text }))) return
    setText('')
    onClose()
  }
  return (
    <Modal title={t.send.composeTitle} isOpen={isOpen} onClose={onClose}>
      <form
        className="compose"
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <TextField className="text-field" value={text} onChange={setText} maxLength={500_000} autoFocus>
          <Label className="visually-hidden">{t.send.composeLabel}</Label>
          <TextArea
            className="input text-area"
            rows={6}
            dir="auto"
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void add()
            }}
          />
          <Text slot="description" className="row-hint">{t.send.composeHint}</Text>
        </TextField>
        <div className="dialog-actions">
          <Button onPress={onClose}>{t.common.cancel}</Button>
          <Button kind="primary" type="submit" isDisabled={text.trim() === ''}>{t.send.composeAdd}</Button>
        </div>
      </form>
    </Modal>
  )
}
