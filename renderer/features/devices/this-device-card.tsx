import type { ReactElement } from 'react'
import { Button } from '../../components/button.tsx'
import { Fingerprint } from '../../components/fingerprint.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Name } from '../../components/name.tsx'
import { Qr } from '../../components/qr.tsx'
import { copyText } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { listeningWords } from '../../text/listening.ts'
import { t } from '../../text/messages.ts'

/** Who this device is to others: its name, its key in words and as a code, and where it listens. */
export function ThisDeviceCard(): ReactElement | null {
  const app = useApp()
  const status = useAppState((state) => state.status)
  if (!status) return null
  return (
    <section className="panel this-device-card" aria-label={t.devices.thisDevice}>
      <h2 className="section-title">{t.devices.thisDevice}</h2>
      <div className="identity">
        <KeyMark id={status.deviceId} size={44} />
        <span className="target-words">
          <Name text={status.name} />
          {status.listening && <span className="muted">{listeningWords(status.listening)}</span>}
        </span>
      </div>
      <Qr text={`HOLDFAST:${status.deviceId}`} label={t.devices.qr} />
      <Fingerprint id={status.deviceId} />
      <p className="row-hint">{t.devices.fingerprintHint}</p>
      <Button kind="quiet" icon="copy" onPress={() => void copyText(app, status.deviceId)}>{t.common.copy}</Button>
    </section>
  )
}
