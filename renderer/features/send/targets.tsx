import { useState, type ReactElement } from 'react'
import { GridList, GridListItem, GridListSection, GridListHeader, Input, Label, TextField, FieldError } from 'react-aria-components'
import type { Device } from '../../../shared/model/device.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Name } from '../../components/name.tsx'
import { useNow } from '../../components/use-now.ts'
import { addAddress, attempt, openDevice, removeAddress, setTargets } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { devicesOf } from '../../store/selectors.ts'
import { formatAddress } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { presenceWords } from '../../text/reasons.ts'
import { visibleText } from '../../text/visible-text.ts'
import { parseAddress } from './address.ts'

function DeviceItem({ device, nowMs }: { device: Device; nowMs: number }): ReactElement {
  const app = useApp()
  const presence = presenceWords(device, nowMs)
  const sendable = device.trust !== 'seen' && !device.keyAlarm
  const pair = (): void => void attempt(app, 'pairing:start', { target: { kind: 'device', device: device.id } })
  const look = (): void => openDevice(app, device.id)
  return (
    <GridListItem
      id={device.id}
      textValue={visibleText(device.name)}
      className="target"
      {...(sendable ? {} : { onAction: device.keyAlarm ? look : pair })}
    >
      <KeyMark id={device.id} />
      <span className="target-words">
        <Name text={device.name} />
        <span className="presence" data-tone={presence.tone}>{presence.words}</span>
      </span>
      {sendable && <span className="target-check"><Icon name="check" size={16} /></span>}
      {device.keyAlarm && <Button kind="quiet" onPress={look}>{t.send.lookFirst}</Button>}
      {!sendable && !device.keyAlarm && <Button kind="quiet" onPress={pair}>{t.send.pairFirst}</Button>}
    </GridListItem>
  )
}

function AddressForm(): ReactElement {
  const app = useApp()
  const [typed, setTyped] = useState('')
  const [bad, setBad] = useState(false)
  const take = (complain: boolean): void => {
    const address = parseAddress(typed)
    setBad(complain && address === null && typed.trim() !== '')
    if (!address) return
    addAddress(app, address)
    setTyped('')
  }
  return (
    <form
      className="address-form"
      onSubmit={(event) => {
        event.preventDefault()
        take(true)
      }}
    >
      <TextField
        className="text-field"
        value={typed}
        isInvalid={bad}
        // Whoever sends with an address still in the field means that address.
        onBlur={() => take(false)}
        onChange={(next) => {
          setTyped(next)
          setBad(false)
        }}
      >
        <Label className="visually-hidden">{t.send.addressLabel}</Label>
        <Input className="input" placeholder={t.send.addressPlaceholder} spellCheck={false} autoComplete="off" />
        <FieldError className="field-error">{t.send.addressBad}</FieldError>
      </TextField>
      <Button type="submit" icon="plus">{t.send.addressAdd}</Button>
    </form>
  )
}

/** Who gets it: paired devices, those nearby (pairing first), and typed addresses; several at once. */
export function Targets(): ReactElement {
  const app = useApp()
  const devices = useAppState((state) => state.devices)
  const draft = useAppState((state) => state.draft)
  const discovery = useAppState((state) => state.settings?.discovery ?? true)
  const { paired, others } = devicesOf(devices)
  const waiting = [...paired, ...others].some((device) => device.link.kind === 'waiting')
  const nowMs = useNow(1000, waiting)
  const pinned = others.filter((device) => device.trust === 'pinned')
  const seen = others.filter((device) => device.trust === 'seen')
  const none = paired.length + others.length === 0
  const disabled = [...paired, ...others].filter((device) => device.trust === 'seen' || device.keyAlarm).map((device) => device.id)
  return (
    <section className="panel targets" aria-label={t.send.who}>
      <div className="panel-head">
        <h2>{t.send.who}</h2>
        {discovery && <span className="looking">{t.send.searching}</span>}
      </div>
      {none ? (
        <div className="targets-none">
          <h3>{t.send.nobodyTitle}</h3>
          <p>{discovery ? t.send.nobodyHint : t.send.discoveryOff}</p>
        </div>
      ) : (
        <div className="target-scroll">
          <GridList
            className="target-list"
            aria-label={t.send.who}
            selectionMode="multiple"
            selectionBehavior="toggle"
            keyboardNavigationBehavior="tab"
            disabledBehavior="selection"
            disabledKeys={disabled}
            dependencies={[nowMs]}
            selectedKeys={draft.deviceIds}
            onSelectionChange={(keys) => {
              const all = keys === 'all' ? [...paired, ...pinned].filter((device) => !device.keyAlarm).map((device) => device.id) : [...keys].map(String)
              setTargets(app, all)
            }}
          >
            {paired.length + pinned.length > 0 && (
              <GridListSection>
                <GridListHeader className="list-header">{t.send.paired}</GridListHeader>
                {[...paired, ...pinned].map((device) => <DeviceItem key={device.id} device={device} nowMs={nowMs} />)}
              </GridListSection>
            )}
            {seen.length > 0 && (
              <GridListSection>
                <GridListHeader className="list-header">{t.send.nearby}</GridListHeader>
                {seen.map((device) => <DeviceItem key={device.id} device={device} nowMs={nowMs} />)}
              </GridListSection>
            )}
          </GridList>
        </div>
      )}
      <div className="addresses">
        {draft.addresses.length > 0 && (
          <ul className="address-list" aria-label={t.send.typed}>
            {draft.addresses.map((address) => {
              const text = formatAddress(address.host, address.port)
              return (
                <li key={text} className="address-chip">
                  <span>{text}</span>
                  <Button
                    kind="quiet"
                    label={`${t.send.pairAddress}: ${text}`}
                    onPress={() => void attempt(app, 'pairing:start', { target: { kind: 'address', ...address } })}
                  >
                    {t.devices.pair}
                  </Button>
                  <IconButton icon="close" label={t.send.removeAddress(text)} onPress={() => removeAddress(app, address)} />
                </li>
              )
            })}
          </ul>
        )}
        <AddressForm />
      </div>
    </section>
  )
}
