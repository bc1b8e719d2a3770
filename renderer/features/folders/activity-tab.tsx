import type { ReactElement } from 'react'
import type { SyncActivity, SyncFolder } from '../../../shared/model/folder.ts'
import type { IconName } from '../../components/icon.tsx'
import { Name } from '../../components/name.tsx'
import { useNow } from '../../components/use-now.ts'
import { formatBytes, formatFull, formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import type { Tone } from '../../text/reasons.ts'
import { visibleText } from '../../text/visible-text.ts'
import { FileCell } from './file-cell.tsx'
import { FolderRows } from './folder-rows.tsx'
import { useFolderList } from './use-folder-list.ts'

const KINDS: Readonly<Record<SyncActivity['kind'], readonly [IconName, Tone]>> = {
  got: ['down', 'calm'],
  replaced: ['down', 'calm'],
  deleted: ['trash', 'calm'],
  renamed: ['chevron', 'calm'],
  conflict: ['copy', 'wait'],
  told: ['up', 'calm'],
  restored: ['retry', 'good'],
  failed: ['alert', 'bad'],
}

function ActivityRow({ item, nowMs }: { item: SyncActivity; nowMs: number }): ReactElement {
  const { activity } = t.folders
  const [icon, tone] = KINDS[item.kind]
  const message = item.message === undefined ? null : visibleText(item.message)
  return (
    <>
      <FileCell path={item.path} icon={icon}>
        {message ? <span className="problem-message" title={message}>{message}</span> : item.otherPath !== undefined && <Name text={(item.kind === 'conflict' ? activity.copy : activity.was)(item.otherPath)} />}
      </FileCell>
      <span role="gridcell" className="file-state" data-tone={tone}>{activity.kind[item.kind]}</span>
      <span role="gridcell" className="file-size">{item.size === undefined ? '' : formatBytes(item.size)}</span>
      <span role="gridcell" className="file-device">{item.deviceName !== undefined && <Name text={item.deviceName} />}</span>
      <time role="gridcell" className="received-when" dateTime={new Date(item.atMs).toISOString()} title={formatFull(item.atMs)}>{formatWhen(item.atMs, nowMs)}</time>
    </>
  )
}

/** What happened in the folder here, newest first. */
export function ActivityTab({ folder }: { folder: SyncFolder }): ReactElement {
  const hold = useFolderList('activity', folder)
  const nowMs = useNow(60_000)
  const { activity, column, tabs } = t.folders
  return (
    <section className="files" aria-label={tabs.activity}>
      <FolderRows
        label={tabs.activity}
        hold={hold}
        rowHeight={46}
        className="activity-rows"
        none={activity.none}
        header={
          <>
            <span role="columnheader">{column.name}</span>
            <span role="columnheader">{column.past}</span>
            <span role="columnheader" className="file-size">{column.size}</span>
            <span role="columnheader">{column.device}</span>
            <span role="columnheader" className="received-when">{column.when}</span>
          </>
        }
        renderRow={(item) => <ActivityRow item={item} nowMs={nowMs} />}
      />
    </section>
  )
}
