import { useRef, useState, type ReactElement } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { Transfer } from '../../../shared/model/transfer.ts'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/empty.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { ThroughputPlot } from '../../components/throughput-plot.tsx'
import { goTo } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { totalSpeed, underWayIds, waitingIds } from '../../store/selectors.ts'
import { ALL } from '../../store/throughput.ts'
import { formatCount, formatSpeed } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { CancelDialog } from './cancel-dialog.tsx'
import { HistoryList } from './history-list.tsx'
import { LiveList } from './live-list.tsx'

function SpeedNow(): ReactElement | null {
  const samples = useAppState((state) => state.throughput[ALL])
  const speed = useAppState(totalSpeed)
  if (!samples) return null
  return (
    <div className="speed-now">
      <div className="speed-now-figure"><span className="muted">{t.transfers.rate}</span><strong>{formatSpeed(speed)}</strong></div>
      <ThroughputPlot samples={samples} />
    </div>
  )
}

/** All transfers: under way, waiting, finished. */
export function TransferList(): ReactElement {
  const app = useApp()
  const scroll = useRef<HTMLDivElement>(null)
  const finished = useAppState((state) => state.history.total)
  const [cancelling, setCancelling] = useState<Transfer | null>(null)
  const underWay = useAppState(useShallow(underWayIds))
  const waiting = useAppState(useShallow(waitingIds))
  const nothing = underWay.length + waiting.length === 0 && finished === 0
  return (
    <div className="page transfers-page" ref={scroll}>
      <PageHead title={t.transfers.title}><SpeedNow /></PageHead>
      {underWay.length > 0 && <LiveList title={t.transfers.underWay} ids={underWay} onCancel={setCancelling} />}
      {waiting.length > 0 && <LiveList title={t.transfers.waiting} ids={waiting} onCancel={setCancelling} />}
      {nothing && (
        <Empty title={t.transfers.emptyTitle} hint={t.transfers.emptyHint}>
          <Button kind="primary" icon="send" onPress={() => goTo(app, 'send')}>{t.transfers.emptyAction}</Button>
        </Empty>
      )}
      <section className="section" aria-label={t.transfers.finished} hidden={finished === 0}>
        <h2 className="section-title">{t.transfers.finished}{finished !== null && <span className="section-count">{formatCount(finished)}</span>}</h2>
        <HistoryList scrollRef={scroll} />
      </section>
      <CancelDialog transfer={cancelling} onClose={() => setCancelling(null)} />
    </div>
  )
}
