import type { ReactElement } from 'react'
import type { Pairing } from '../../../shared/model/device.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Modal } from '../../components/modal.tsx'
import { attempt, closePairing } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { openPairing } from '../../store/selectors.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'

function Digits({ code, dim = false }: { code: string; dim?: boolean }): ReactElement {
  return (
    <div className="digits" role="img" aria-label={t.pairing.digits(code)} data-dim={dim || undefined}>
      {[...code].map((digit, index) => <span key={index} aria-hidden="true">{digit}</span>)}
    </div>
  )
}

function Body({ pairing }: { pairing: Pairing }): ReactElement {
  const app = useApp()
  const answer = (accept: boolean): void => void attempt(app, 'pairing:answer', { pairingId: pairing.id, accept })
  const { state } = pairing
  const name = visibleText(pairing.deviceName)
  switch (state.kind) {
    case 'connecting':
      return (
        <>
          <p className="pairing-line"><span className="spinner" />{t.pairing.connecting}</p>
          <div className="dialog-actions"><Button onPress={() => answer(false)}>{t.common.cancel}</Button></div>
        </>
      )
    case 'compare':
      return (
        <>
          <p>{t.pairing.compare}</p>
          <Digits code={state.code} />
          <p className="row-hint">{t.pairing.compareHint}</p>
          <div className="dialog-actions">
            <Button kind="danger" onPress={() => answer(false)}>{t.pairing.differ}</Button>
            <Button kind="primary" icon="check" onPress={() => answer(true)}>{t.pairing.same}</Button>
          </div>
        </>
      )
    case 'confirmed-here':
      return (
        <>
          <Digits code={state.code} dim />
          <p className="pairing-line" role="status"><span className="spinner" />{t.pairing.waiting}</p>
          <div className="dialog-actions"><Button onPress={() => answer(false)}>{t.common.cancel}</Button></div>
        </>
      )
    case 'paired':
      return (
        <>
          <p className="pairing-result" data-tone="good" role="status"><Icon name="shield" size={28} /><strong>{t.pairing.done}</strong></p>
          <p>{t.pairing.doneHint(name)}</p>
          <div className="dialog-actions"><Button kind="primary" autoFocus onPress={() => closePairing(app, pairing.id)}>{t.pairing.finish}</Button></div>
        </>
      )
    case 'failed':
      return (
        <>
          <p className="pairing-result" data-tone="bad" role="alert"><Icon name="alert" size={28} /><strong>{t.pairing.failed}</strong></p>
          <p>{visibleText(state.error.message)}</p>
          <div className="dialog-actions"><Button kind="primary" autoFocus onPress={() => closePairing(app, pairing.id)}>{t.common.close}</Button></div>
        </>
      )
  }
}

/** Six digits on two screens. It opens by itself, on both sides, and only its buttons close it while it runs. */
export function PairingDialog(): ReactElement | null {
  const app = useApp()
  const pairing = useAppState(openPairing)
  if (!pairing) return null
  const ended = pairing.state.kind === 'paired' || pairing.state.kind === 'failed'
  const close = (): void => {
    if (ended) closePairing(app, pairing.id)
    else void attempt(app, 'pairing:answer', { pairingId: pairing.id, accept: false })
  }
  return (
    <Modal title={t.pairing.title(visibleText(pairing.deviceName))} isOpen onClose={close} firm>
      <div className="pairing">
        {pairing.deviceId && <div className="pairing-mark"><KeyMark id={pairing.deviceId} size={56} /></div>}
        <Body pairing={pairing} />
      </div>
    </Modal>
  )
}
