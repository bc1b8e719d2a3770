import { useState, type ReactElement } from 'react'
import type { FolderDevice, SyncFolder } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { KeyMark } from '../../components/key-mark.tsx'
import { Modal } from '../../components/modal.tsx'
import { Name } from '../../components/name.tsx'
import { useNow } from '../../components/use-now.ts'
import { useApp } from '../../store/app.ts'
import { shareWith, stopSharing } from '../../store/folder-actions.ts'
import { deviceWords } from '../../text/folder-words.ts'
import { formatBytes, formatCount, formatFull, formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { named, unmarked } from '../../text/sentence.ts'
import { ShareMoreDialog } from './share-more-dialog.tsx'

interface RowProps {
  readonly folder: SyncFolder
  readonly device: FolderDevice
  readonly nowMs: number
  readonly onStop: () => void
}

function DeviceRow({ folder, device, nowMs, onStop }: RowProps): ReactElement {
  const app = useApp()
  const { words, tone } = deviceWords(device, nowMs)
  const name = unmarked(named(device.deviceName))
  return (
    <li className="device-row">
      <KeyMark id={device.deviceId} size={36} />
      <span className="target-words">
        <Name text={device.deviceName} />
        <span className="presence" data-tone={tone} title={device.lastInSyncMs === undefined ? undefined : t.folders.overview.lastInSync(formatFull(device.lastInSyncMs))}>{words}</span>
      </span>
      {device.state === 'refused' && (
        <Button kind="quiet" label={t.folders.overview.offerAgainTo(name)} onPress={() => void shareWith(app, folder.id, device.deviceId)}>{t.folders.overview.offerAgain}</Button>
      )}
      <Button kind="quiet" label={t.folders.overview.stopNamed(name)} onPress={onStop}>{t.folders.overview.stop}</Button>
    </li>
  )
}

function Facts({ folder, nowMs }: { folder: SyncFolder; nowMs: number }): ReactElement {
  const { overview } = t.folders
  const { lastScanMs, createdAtMs } = folder
  const facts: readonly (readonly [name: string, value: string, title?: string])[] = [
    [overview.content, t.folders.content(folder.content.files, formatBytes(folder.content.bytes))],
    [overview.trash, folder.trash.files > 0 ? t.folders.content(folder.trash.files, formatBytes(folder.trash.bytes)) : overview.nothing],
    lastScanMs === undefined ? [overview.lastScan, overview.never] : [overview.lastScan, formatWhen(lastScanMs, nowMs), formatFull(lastScanMs)],
    [overview.since, formatWhen(createdAtMs, nowMs), formatFull(createdAtMs)],
  ]
  return (
    <dl className="counters folder-facts" aria-label={overview.facts}>
      {facts.map(([name, value, title]) => (
        <div key={name} data-set title={title}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** With whom, where each of them stands, and the folder in figures. */
export function OverviewTab({ folder }: { folder: SyncFolder }): ReactElement {
  const app = useApp()
  const [sharing, setSharing] = useState(false)
  const [stopping, setStopping] = useState<FolderDevice | null>(null)
  const nowMs = useNow(30_000)
  const { overview } = t.folders
  return (
    <div className="folder-overview">
      {folder.changedHere > 0 && (
        <div className="caution" role="note">
          <Icon name="alert" size={18} />
          <p><strong>{overview.changedHere(folder.changedHere)}.</strong> {overview.changedHereHint}</p>
        </div>
      )}
      <Facts folder={folder} nowMs={nowMs} />
      <section className="section" aria-label={overview.devices}>
        <div className="panel-head">
          <h2 className="section-title">{overview.devices}<span className="section-count">{formatCount(folder.devices.length)}</span></h2>
          <Button icon="plus" onPress={() => setSharing(true)}>{overview.shareWith}</Button>
        </div>
        {folder.devices.length > 0 && (
          <ul className="device-list">
            {folder.devices.map((device) => <DeviceRow key={device.deviceId} folder={folder} device={device} nowMs={nowMs} onStop={() => setStopping(device)} />)}
          </ul>
        )}
      </section>
      <ShareMoreDialog folder={folder} isOpen={sharing} onClose={() => setSharing(false)} />
      <Modal title={overview.stopTitle(unmarked(named(stopping?.deviceName ?? '')))} isOpen={stopping !== null} onClose={() => setStopping(null)} alert>
        <p>{overview.stopBody}</p>
        <div className="dialog-actions">
          <Button autoFocus onPress={() => setStopping(null)}>{t.common.cancel}</Button>
          <Button
            kind="danger"
            onPress={() => {
              if (stopping) void stopSharing(app, folder.id, stopping.deviceId)
              setStopping(null)
            }}
          >
            {overview.stop}
          </Button>
        </div>
      </Modal>
    </div>
  )
}
