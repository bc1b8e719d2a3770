import { useEffect, useState, type ReactElement } from 'react'
import type { ReceivedFile } from '../../../shared/ipc/app-contract.ts'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { attempt, copyText } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'

/** Line breaks and tabs are what they are in a text; everything else hidden is shown. */
function readable(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.split('\t').map(visibleText).join('\t'))
    .join('\n')
}

/** A received text, to read and copy; links in it are text like the rest. */
export function MessageDialog({ file, onClose }: { file: ReceivedFile | null; onClose: () => void }): ReactElement {
  const app = useApp()
  const [message, setMessage] = useState<{ text: string; truncated: boolean } | null>(null)
  const id = file?.id
  useEffect(() => {
    setMessage(null)
    if (id === undefined) return
    let current = true
    void attempt(app, 'received:text', { id }).then((reply) => {
      if (current && reply) setMessage(reply)
    })
    return () => {
      current = false
    }
  }, [app, id])
  return (
    <Modal
      title={t.received.messageTitle(visibleText(file?.deviceName ?? t.common.unknown))}
      isOpen={file !== null}
      onClose={onClose}
    >
      <pre className="message" dir="auto" tabIndex={0}>{message ? readable(message.text) : t.common.loading}</pre>
      <p className="row-hint">{message?.truncated ? t.received.messageTruncated : t.received.messageHint}</p>
      <div className="dialog-actions">
        <Button onPress={onClose}>{t.common.close}</Button>
        <Button kind="primary" icon="copy" isDisabled={!message} autoFocus onPress={() => void copyText(app, message?.text ?? '')}>{t.common.copy}</Button>
      </div>
    </Modal>
  )
}
