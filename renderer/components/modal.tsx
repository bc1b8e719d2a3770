import type { ReactElement, ReactNode } from 'react'
import { Dialog, Heading, Modal as AriaModal, ModalOverlay } from 'react-aria-components'

interface Props {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
  /** A question that must be answered by a button: a click beside it does not close it. */
  readonly firm?: boolean
  readonly alert?: boolean
}

export function Modal({ title, isOpen, onClose, children, firm = false, alert = false }: Props): ReactElement {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      isDismissable={!firm}
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
    >
      <AriaModal className="modal">
        <Dialog className="dialog" role={alert ? 'alertdialog' : 'dialog'}>
          <Heading slot="title" className="dialog-title">{title}</Heading>
          {children}
        </Dialog>
      </AriaModal>
    </ModalOverlay>
  )
}
