import type { ReactElement } from 'react'
import type { PlanCounts, PlanItem, SyncFolder } from '../../../shared/model/folder.ts'
import { Chip } from '../../components/chip.tsx'
import { Name } from '../../components/name.tsx'
import { useAppState } from '../../store/app.ts'
import { formatBytes } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import type { Tone } from '../../text/reasons.ts'
import { FileCell } from './file-cell.tsx'
import { FolderRows } from './folder-rows.tsx'
import { useFolderList } from './use-folder-list.ts'

const TONES: Readonly<Record<PlanItem['action'], Tone>> = {
  get: 'calm',
  replace: 'wait',
  delete: 'bad',
  rename: 'calm',
  conflict: 'wait',
  attributes: 'calm',
  'make-folder': 'calm',
  'remove-folder': 'bad',
}

/** What a plan does, heaviest first, each as a few words. Pure. */
export function countsInWords(counts: PlanCounts): readonly { readonly words: string; readonly tone: Tone }[] {
  const { asking } = t.folders
  const parts: { words: string; tone: Tone }[] = []
  if (counts.delete > 0) parts.push({ words: asking.deletes(counts.delete), tone: 'bad' })
  if (counts.replace > 0) parts.push({ words: asking.replaces(counts.replace), tone: 'wait' })
  if (counts.conflict > 0) parts.push({ words: asking.conflicts(counts.conflict), tone: 'wait' })
  if (counts.rename > 0) parts.push({ words: asking.renames(counts.rename), tone: 'calm' })
  if (counts.get > 0) parts.push({ words: asking.gets(counts.get, formatBytes(counts.bytes)), tone: 'calm' })
  return parts
}

function Beside({ item }: { item: PlanItem }): ReactElement | null {
  if (item.otherPath === undefined) return null
  const { plan } = t.folders
  return <Name text={item.action === 'conflict' ? plan.yours(item.otherPath) : plan.from(item.otherPath)} />
}

function PlanRow({ item }: { item: PlanItem }): ReactElement {
  const folder = item.action === 'make-folder' || item.action === 'remove-folder'
  return (
    <>
      <FileCell path={item.path} icon={folder ? 'folder' : 'file'}>{item.otherPath !== undefined && <Beside item={item} />}</FileCell>
      <span role="gridcell" className="file-state" data-tone={TONES[item.action]}>{t.folders.plan.action[item.action]}</span>
      <span role="gridcell" className="file-size">{folder ? '' : formatBytes(item.size)}</span>
      <span role="gridcell" className="file-device">{item.deviceName !== undefined && <Name text={item.deviceName} />}</span>
    </>
  )
}

/** What would be done here, before it is done. */
export function PlanTab({ folder }: { folder: SyncFolder }): ReactElement {
  const hold = useFolderList('plan', folder)
  const counts = useAppState((state) => state.folders.planCounts)
  const { plan, column } = t.folders
  const { kind } = folder.state
  return (
    <section className="files" aria-label={t.folders.tabs.plan}>
      <div className="files-head">
        <p className="row-hint">{kind === 'asking' ? plan.hintAsking : kind === 'paused' ? plan.hintPaused : plan.hint}</p>
        {kind !== 'asking' && hold.mine && counts && (
          <span className="folder-chips">{countsInWords(counts).map(({ words, tone }) => <Chip key={words} tone={tone}>{words}</Chip>)}</span>
        )}
      </div>
      <FolderRows
        label={t.folders.tabs.plan}
        hold={hold}
        rowHeight={46}
        className="plan-rows"
        none={plan.none}
        header={
          <>
            <span role="columnheader">{column.name}</span>
            <span role="columnheader">{column.action}</span>
            <span role="columnheader" className="file-size">{column.size}</span>
            <span role="columnheader">{column.device}</span>
          </>
        }
        renderRow={(item) => <PlanRow item={item} />}
      />
    </section>
  )
}
