import { useEffect, useState, type ReactElement } from 'react'
import { Input, SearchField } from 'react-aria-components'
import type { ReceivedFile } from '../../../shared/ipc/app-contract.ts'
import { Empty, Skeleton } from '../../components/empty.tsx'
import { Icon } from '../../components/icon.tsx'
import { PathName } from '../../components/name.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { useNow } from '../../components/use-now.ts'
import { VirtualRows } from '../../components/virtual-rows.tsx'
import { setSearch } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { loadReceived } from '../../store/load.ts'
import { itemAt } from '../../store/paged.ts'
import { daysAgo } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'
import { MessageDialog } from './message-dialog.tsx'
import { ReceivedRow } from './received-row.tsx'

const ROW_HEIGHT = 64
const SEARCH_PAUSE_MS = 150

function dayWords(file: ReceivedFile, before: ReceivedFile | undefined, nowMs: number): string | null {
  const days = daysAgo(file.receivedAtMs, nowMs)
  if (before && daysAgo(before.receivedAtMs, nowMs) === days) return null
  if (days <= 0) return t.received.today
  if (days === 1) return t.received.yesterday
  return new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' }).format(new Date(file.receivedAtMs))
}

function List({ onRead }: { onRead: (file: ReceivedFile) => void }): ReactElement {
  const app = useApp()
  const received = useAppState((state) => state.received)
  const search = useAppState((state) => state.search)
  const nowMs = useNow(60_000)
  useEffect(() => {
    const timer = setTimeout(() => loadReceived(app, search, [0]), SEARCH_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [app, search, received.version])

  if (received.total === null) return <Skeleton label={t.common.loading} rows={5} />
  if (received.total === 0 && received.key === '') return <Empty title={t.received.emptyTitle} hint={t.received.emptyHint} />
  if (received.total === 0) return <p className="files-none">{t.received.noMatch(visibleText(received.key))}</p>
  return (
    <VirtualRows
      label={t.received.title}
      className="received-rows"
      count={received.total}
      rowHeight={ROW_HEIGHT}
      version={received.version}
      onPages={(pages) => loadReceived(app, received.key, pages)}
      renderRow={(index, isActive) => {
        const file = itemAt(received, index)
        if (!file) return <span role="gridcell" className="muted">{t.transfers.rowLoading}</span>
        return (
          <ReceivedRow
            file={file}
            day={dayWords(file, index > 0 ? itemAt(received, index - 1) : undefined, nowMs)}
            nowMs={nowMs}
            isActive={isActive}
            onRead={onRead}
          />
        )
      }}
    />
  )
}

/** Everything that arrived, and what became of it since. */
export function ReceivedPage(): ReactElement {
  const app = useApp()
  const folder = useAppState((state) => state.settings?.receiveFolder ?? '')
  const search = useAppState((state) => state.search)
  const [reading, setReading] = useState<ReceivedFile | null>(null)
  return (
    <div className="page received-page">
      <PageHead title={t.received.title} lead={<PathName text={folder} />}>
        <SearchField
          className="search"
          data-search=""
          aria-label={t.received.search}
          value={search}
          onChange={(next) => setSearch(app, next)}
        >
          <Icon name="search" size={18} />
          <Input className="input" placeholder={t.received.searchPlaceholder} />
        </SearchField>
      </PageHead>
      <List onRead={setReading} />
      <MessageDialog file={reading} onClose={() => setReading(null)} />
    </div>
  )
}
