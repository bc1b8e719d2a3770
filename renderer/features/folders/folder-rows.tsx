import type { ReactElement, ReactNode } from 'react'
import { Skeleton } from '../../components/empty.tsx'
import { VirtualRows } from '../../components/virtual-rows.tsx'
import { itemAt } from '../../store/paged.ts'
import { t } from '../../text/messages.ts'
import type { FolderListHold } from './use-folder-list.ts'

interface Props<T> {
  readonly label: string
  readonly hold: FolderListHold<T>
  readonly rowHeight: number
  readonly className: string
  /** What is said when there is nothing in it. */
  readonly none: ReactNode
  readonly header?: ReactNode
  readonly renderRow: (item: T, isActive: boolean, index: number) => ReactNode
  readonly onAction?: (item: T) => void
}

/** Any of the long lists of a folder, or what stands in its place while it is read or empty. */
export function FolderRows<T>({ label, hold, rowHeight, className, none, header, renderRow, onAction }: Props<T>): ReactElement {
  const { list, mine, load } = hold
  if (!mine || list.total === null) return <Skeleton label={t.common.loading} rows={3} />
  if (list.total === 0) return <div className="files-none">{none}</div>
  return (
    <VirtualRows
      label={label}
      className={`folder-rows ${className}`}
      count={list.total}
      rowHeight={rowHeight}
      version={list.version}
      onPages={load}
      header={header}
      {...(onAction ? { onAction: (index: number) => { const item = itemAt(list, index); if (item) onAction(item) } } : {})}
      renderRow={(index, isActive) => {
        const item = itemAt(list, index)
        return item ? renderRow(item, isActive, index) : <span role="gridcell" className="muted">{t.transfers.rowLoading}</span>
      }}
    />
  )
}
