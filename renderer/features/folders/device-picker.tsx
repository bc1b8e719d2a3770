import type { ReactElement } from 'react'
import { Checkbox, CheckboxGroup, Label } from 'react-aria-components'
import type { Device } from '../../../shared/model/device.ts'
import { Icon } from '../../components/icon.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Name } from '../../components/name.tsx'
import { useNow } from '../../components/use-now.ts'
import { presenceWords } from '../../text/reasons.ts'

interface Props {
  readonly label: string
  readonly devices: readonly Device[]
  readonly chosen: readonly string[]
  readonly onChange: (deviceIds: readonly string[]) => void
}

/** Which paired devices, any number of them. */
export function DevicePicker({ label, devices, chosen, onChange }: Props): ReactElement {
  const nowMs = useNow(1000)
  return (
    <CheckboxGroup className="device-picker" value={[...chosen]} onChange={onChange}>
      <Label className="form-label">{label}</Label>
      {devices.map((device) => {
        const presence = presenceWords(device, nowMs)
        return (
          <Checkbox key={device.id} value={device.id} className="checkbox picker-device">
            <span className="checkbox-box"><Icon name="check" size={14} /></span>
            <KeyMark id={device.id} size={28} />
            <span className="target-words">
              <Name text={device.name} />
              <span className="presence" data-tone={presence.tone}>{presence.words}</span>
            </span>
          </Checkbox>
        )
      })}
    </CheckboxGroup>
  )
}
