import type { ReactElement } from 'react'
import type { Transfer } from '../../../shared/model/transfer.ts'
import { Button } from '../../components/button.tsx'
import { Modal } from '../../components/modal.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { titleOf } from './transfer-words.ts'

/** Asks before work is thrown away. */
export function CancelDialog({ transfer, onClose }: { transfer: Transfer | null; onClose: () => void }): ReactElement {
  const app = useApp()
  return (
    <Modal title={t.transfers.cancelTitle} isOpen={transfer !== null} onClose={onClose} alert>
      {transfer && <p><strong><bdi>{titleOf(transfer)}</bdi></strong></p>}
      <p>{t.transfers.cancelBody}</p>
      <div className="dialog-actions">
        <Button onPress={onClose} autoFocus>{t.transfers.cancelKeep}</Button>
        <Button
          kind="danger"
          onPress={() => {
            if (transfer) void attempt(app, 'transfer:cancel', { transferId: transfer.id })
            onClose()
          }}
        >
          {t.transfers.cancel}
        </Button>
      </div>
    </Modal>
  )
}
