import { useMemo, useState, type ReactElement } from 'react'
import { GridList, GridListItem } from 'react-aria-components'
import type { Device } from '../../../shared/model/device.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Name } from '../../components/name.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { useNow } from '../../components/use-now.ts'
import { openDevice } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { devicesOf } from '../../store/selectors.ts'
import { formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { presenceWords } from '../../text/reasons.ts'
import { visibleText } from '../../text/visible-text.ts'
import { DeviceDetail } from './device-detail.tsx'
import { PairAddressDialog } from './pair-address-dialog.tsx'
import { ThisDeviceCard } from './this-device-card.tsx'

function DeviceRow({ device, nowMs }: { device: Device; nowMs: number }): ReactElement {
  const presence = presenceWords(device, nowMs)
  const away = !device.nearby && device.link.kind === 'idle' && device.lastSeenMs !== undefined
  return (
    <GridListItem
      id={device.id}
      textValue={visibleText(device.name)}
      className="device-row"
      data-alarm={device.keyAlarm ? true : undefined}
    >
      <KeyMark id={device.id} size={40} />
      <span className="target-words">
        <Name text={device.name} />
        <span className="presence" data-tone={presence.tone}>
          {presence.words}
          {away && device.lastSeenMs !== undefined && `, ${t.devices.seen(formatWhen(device.lastSeenMs, nowMs))}`}
        </span>
      </span>
      {device.keyAlarm && <Icon name="alert" />}
      <Icon name="chevron" size={16} />
    </GridListItem>
  )
}

function Section({ title, devices, nowMs }: { title: string; devices: readonly Device[]; nowMs: number }): ReactElement | null {
  const app = useApp()
  if (devices.length === 0) return null
  return (
    <section className="section" aria-label={title}>
      <h2 className="section-title">{title}<span className="section-count">{devices.length}</span></h2>
      <GridList
        className="device-list"
        aria-label={title}
        dependencies={[nowMs]}
        items={devices}
        onAction={(key) => openDevice(app, String(key))}
      >
        {(device) => <DeviceRow device={device} nowMs={nowMs} />}
      </GridList>
    </section>
  )
}

export function DevicesPage(): ReactElement {
  const devices = useAppState((state) => state.devices)
  const chosen = useAppState((state) => (state.deviceId ? state.devices[state.deviceId] : undefined))
  const [pairing, setPairing] = useState(false)
  const nowMs = useNow(1000)
  const { paired, others } = useMemo(() => devicesOf(devices), [devices])
  if (chosen) return <DeviceDetail key={chosen.id} device={chosen} />
  return (
    <div className="page devices-page">
      <PageHead title={t.devices.title} lead={t.devices.lead}>
        <Button icon="plus" onPress={() => setPairing(true)}>{t.devices.pairAddress}</Button>
      </PageHead>
      <div className="devices-columns">
        <div className="devices-lists">
          {paired.length + others.length === 0 && (
            <div className="panel targets-none">
              <h2>{t.devices.emptyTitle}</h2>
              <p>{t.devices.emptyHint}</p>
              <Button kind="primary" onPress={() => setPairing(true)}>{t.devices.pairAddress}</Button>
            </div>
          )}
          <Section title={t.devices.paired} devices={paired} nowMs={nowMs} />
          <Section title={t.devices.others} devices={others} nowMs={nowMs} />
        </div>
        <ThisDeviceCard />
      </div>
      <PairAddressDialog isOpen={pairing} onClose={() => setPairing(false)} />
    </div>
  )
}
