import { useState, type ReactElement } from 'react'
import type { Device } from '../../../shared/model/device.ts'
import { Button } from '../../components/button.tsx'
import { Row, SavedText } from '../../components/field.tsx'
import { Fingerprint } from '../../components/fingerprint.tsx'
import { Icon } from '../../components/icon.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Modal } from '../../components/modal.tsx'
import { Name } from '../../components/name.tsx'
import { useNow } from '../../components/use-now.ts'
import { attempt, copyText, goTo, openDevice, setTargets } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { formatAddress, formatFull, formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { adviceFor, presenceWords, shortReason } from '../../text/reasons.ts'
import { visibleText } from '../../text/visible-text.ts'
import { PolicyForm } from './policy-form.tsx'

function Alarm({ device }: { device: Device }): ReactElement | null {
  if (!device.keyAlarm) return null
  return (
    <section className="alarm" aria-label={t.devices.alarmTitle}>
      <Icon name="alert" size={28} />
      <div>
        <h2>{t.devices.alarmTitle}</h2>
        <p>{t.devices.alarmBody}</p>
        <p className="row-hint">{t.devices.alarmSeen}, {formatFull(device.keyAlarm.atMs)}</p>
        <Fingerprint id={device.keyAlarm.seenId} />
      </div>
    </section>
  )
}

function Unreachable({ device }: { device: Device }): ReactElement | null {
  const platform = useAppState((state) => state.info?.platform ?? 'other')
  const { link } = device
  if (link.kind !== 'waiting' && link.kind !== 'failed') return null
  const advice = adviceFor(link.error.code, platform)
  return (
    <section className="panel unreachable" aria-label={t.devices.unreachable}>
      <h2>{t.devices.unreachable}</h2>
      <p><strong>{shortReason(link.error)}.</strong> {visibleText(link.error.message)}</p>
      {advice.length > 0 && (
        <>
          <h3>{t.devices.tryThis}</h3>
          <ul className="advice">{advice.map((line) => <li key={line}>{line}</li>)}</ul>
        </>
      )}
    </section>
  )
}

/** One device: how it is reached, what it may do, and its key. */
export function DeviceDetail({ device }: { device: Device }): ReactElement {
  const app = useApp()
  const [forgetting, setForgetting] = useState(false)
  const nowMs = useNow(1000)
  const presence = presenceWords(device, nowMs)
  const paired = device.trust === 'paired'
  const name = visibleText(device.name)
  const send = (): void => {
    setTargets(app, [device.id])
    goTo(app, 'send')
  }
  return (
    <div className="page device-page">
      <div className="detail-back"><Button kind="quiet" icon="back" onPress={() => openDevice(app, null)}>{t.devices.title}</Button></div>
      <div className="device-head">
        <KeyMark id={device.id} size={64} />
        <div className="device-head-words">
          <h1 tabIndex={-1}><Name text={device.name} /></h1>
          <p className="device-head-facts">
            <span className="presence" data-tone={presence.tone}>{presence.words}</span>
            {device.trust === 'pinned' && <span>{t.devices.pinned}</span>}
            {device.pairedAtMs !== undefined && <span>{t.devices.pairedAt(formatWhen(device.pairedAtMs, nowMs))}</span>}
          </p>
        </div>
        {device.trust !== 'seen' && <Button icon="send" onPress={send}>{t.devices.sendTo}</Button>}
        {!paired && (
          <Button
            kind="primary"
            icon="shield"
            onPress={() => void attempt(app, 'pairing:start', { target: { kind: 'device', device: device.id } })}
          >
            {t.devices.pair}
          </Button>
        )}
      </div>
      <Alarm device={device} />
      <Unreachable device={device} />
      {paired && (
        <section className="panel form" aria-label={t.devices.policy}>
          <Row title={t.devices.rename}>
            <SavedText
              label={t.devices.rename}
              value={device.name}
              onSave={(next) => void attempt(app, 'device:rename', { deviceId: device.id, name: next })}
            />
          </Row>
          <PolicyForm device={device} />
        </section>
      )}
      <section className="panel key-panel" aria-label={t.devices.fingerprint}>
        <div className="panel-head">
          <h2>{t.devices.fingerprint}</h2>
          <Button kind="quiet" icon="copy" onPress={() => void copyText(app, device.id)}>{t.common.copy}</Button>
        </div>
        <Fingerprint id={device.id} />
        <p className="row-hint">{t.devices.fingerprintHint}</p>
        {device.addresses.length > 0 && (
          <>
            <h3>{t.devices.addresses}</h3>
            <ul className="address-facts">
              {device.addresses.map((address) => (
                <li key={`${address.host} ${address.port} ${address.source}`}>
                  <span>{visibleText(formatAddress(address.host, address.port))}</span>
                  <span className="muted">{t.devices.addressSource[address.source]}, {t.devices.seen(formatWhen(address.lastSeenMs, nowMs))}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
      {device.trust !== 'seen' && (
        <div className="device-end"><Button kind="danger" icon="trash" onPress={() => setForgetting(true)}>{t.devices.forget}</Button></div>
      )}
      <Modal title={t.devices.forgetTitle(name)} isOpen={forgetting} onClose={() => setForgetting(false)} alert>
        <p>{t.devices.forgetBody}</p>
        <div className="dialog-actions">
          <Button autoFocus onPress={() => setForgetting(false)}>{t.common.cancel}</Button>
          <Button kind="danger" onPress={() => void attempt(app, 'device:forget', { device: device.id })}>{t.devices.forget}</Button>
        </div>
      </Modal>
    </div>
  )
}
