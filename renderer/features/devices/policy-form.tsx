import type { ReactElement } from 'react'
import type { PolicyChange } from '../../../shared/ipc/app-contract.ts'
import type { AcceptPolicy, Device } from '../../../shared/model/device.ts'
import { Amount, Choice, Row } from '../../components/field.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { FolderControl } from '../settings/folder-control.tsx'

const GB = 1_000_000_000
const MB = 1_000_000
const ACCEPT: readonly AcceptPolicy[] = ['ask', 'always', 'never']

/** What happens when this device sends something: saved at once, field by field. */
export function PolicyForm({ device }: { device: Device }): ReactElement {
  const app = useApp()
  const { policy } = device
  const save = (change: Partial<PolicyChange>): void => {
    const { accept, quotaBytes, maxBytesPerSecond } = { ...policy, ...change }
    void attempt(app, 'device:set-policy', {
      deviceId: device.id,
      policy: {
        accept,
        ...(change.folderId !== undefined ? { folderId: change.folderId } : {}),
        ...(quotaBytes ? { quotaBytes } : {}),
        ...(maxBytesPerSecond ? { maxBytesPerSecond } : {}),
      },
    })
  }
  return (
    <>
      <Row title={t.devices.policy}>
        <Choice
          label={t.devices.policy}
          hideLabel
          value={policy.accept}
          options={ACCEPT.map((value) => ({ value, label: t.devices.accept[value] }))}
          onChange={(accept) => save({ accept })}
        />
      </Row>
      <Row title={t.devices.folder}>
        <FolderControl
          path={policy.folder ?? t.devices.folderDefault}
          onChoose={(folderId) => save({ folderId })}
          {...(policy.folder !== undefined ? { onReset: () => save({ folderId: null }), resetLabel: t.devices.folderReset } : {})}
        />
      </Row>
      <Row title={t.devices.quota}>
        <Amount
          label={t.devices.quota}
          unit={t.settings.unitGB}
          placeholder={t.common.noLimit}
          value={(policy.quotaBytes ?? 0) / GB}
          onSave={(value) => save({ quotaBytes: Math.round(value * GB) })}
        />
      </Row>
      <Row title={t.devices.speed}>
        <Amount
          label={t.devices.speed}
          unit={t.settings.unitMB}
          placeholder={t.common.noLimit}
          value={(policy.maxBytesPerSecond ?? 0) / MB}
          onSave={(value) => save({ maxBytesPerSecond: Math.round(value * MB) })}
        />
      </Row>
    </>
  )
}
