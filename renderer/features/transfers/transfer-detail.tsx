import { useEffect, useState, type ReactElement } from 'react'
import { ENDED, type Transfer } from '../../../shared/model/transfer.ts'
import { Button } from '../../components/button.tsx'
import { Skeleton } from '../../components/empty.tsx'
import { Icon } from '../../components/icon.tsx'
import { PathName } from '../../components/name.tsx'
import { Strand } from '../../components/strand.tsx'
import { ThroughputPlot } from '../../components/throughput-plot.tsx'
import { useNow } from '../../components/use-now.ts'
import { attempt, openTransfer } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { applyTransfer } from '../../store/apply.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { adviceFor, stateWords, toneOf } from '../../text/reasons.ts'
import { CancelDialog } from './cancel-dialog.tsx'
import { FileList } from './file-list.tsx'
import { canLeaveOut, possibleFor, togglePause } from './transfer-actions.ts'
import { TransferTitle } from './transfer-card.tsx'
import { numbersOf, percentText, titleOf } from './transfer-words.ts'

function Counters({ transfer }: { transfer: Transfer }): ReactElement {
  const { counters } = transfer
  const items: readonly (readonly [name: string, value: string, hint: string, set: boolean])[] = [
    [t.transfers.retries, formatCount(counters.retries), t.transfers.retriesHint, counters.retries > 0],
    [t.transfers.resent, formatCount(counters.resentBlocks), t.transfers.resentHint, counters.resentBlocks > 0],
    [t.transfers.duplicates, formatCount(counters.duplicates), t.transfers.duplicatesHint, counters.duplicates > 0],
    [t.transfers.resumed, formatBytes(counters.resumedBytes), t.transfers.resumedHint, counters.resumedBytes > 0],
  ]
  return (
    <dl className="counters" aria-label={t.transfers.counters}>
      {items.map(([name, value, hint, set]) => (
        <div key={name} data-set={set || undefined} title={hint}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Head({ transfer, onCancel }: { transfer: Transfer; onCancel: () => void }): ReactElement {
  const app = useApp()
  const possible = possibleFor(transfer)
  const { id: transferId, state } = transfer
  const nowMs = useNow(500, state.kind === 'connecting' && state.retryAtMs !== undefined)
  const tone = toneOf(transfer)
  const platform = useAppState((s) => s.info?.platform ?? 'other')
  const advice = 'error' in state && state.error ? adviceFor(state.error.code, platform) : []
  return (
    <div className="detail-head">
      <div className="detail-title">
        <span className="direction" data-direction={transfer.direction}><Icon name={transfer.direction === 'send' ? 'up' : 'down'} /></span>
        <h1 tabIndex={-1}><TransferTitle transfer={transfer} /></h1>
      </div>
      <div className="detail-progress">
        <span className="detail-percent" aria-hidden="true">{percentText(transfer)}</span>
        <div className="detail-progress-words">
          <span className="transfer-state" data-tone={tone}>{stateWords(transfer, nowMs)}</span>
          <span className="transfer-facts">{numbersOf(transfer).map((part) => <span key={part}>{part}</span>)}</span>
        </div>
        <div className="detail-actions">
          {possible.resume && <Button kind="primary" icon="play" onPress={() => togglePause(app, transfer)}>{t.transfers.resume}</Button>}
          {possible.pause && <Button icon="pause" onPress={() => togglePause(app, transfer)}>{t.transfers.pause}</Button>}
          {possible.retry && <Button kind="primary" icon="retry" onPress={() => void attempt(app, 'transfer:retry', { transferId })}>{t.transfers.retry}</Button>}
          {possible.show && <Button icon="folder" onPress={() => void attempt(app, 'transfer:show', { transferId })}>{t.transfers.showFolder}</Button>}
          {possible.cancel && <Button kind="quiet" icon="close" onPress={onCancel}>{t.common.cancel}</Button>}
        </div>
      </div>
      <Strand
        label={titleOf(transfer)}
        value={transfer.bytes}
        total={transfer.totalBytes}
        tone={tone}
        live={state.kind === 'active'}
        indeterminate={state.kind === 'scanning'}
        size="thick"
      />
      {advice.length > 0 && <ul className="advice">{advice.map((line) => <li key={line}>{line}</li>)}</ul>}
    </div>
  )
}

/** One transfer in full: progress, speed, what it took, and every file. */
export function TransferDetail({ transferId }: { transferId: string }): ReactElement {
  const app = useApp()
  const transfer = useAppState((state) => state.transfers[transferId])
  const samples = useAppState((state) => state.throughput[transferId])
  const [cancelling, setCancelling] = useState(false)

  // An ended one from the history is not among those the events speak of.
  useEffect(() => {
    if (transfer) return
    void attempt(app, 'transfer:get', { transferId }).then((found) => {
      if (found) app.store.setState((state) => applyTransfer(state, found))
    })
  }, [app, transferId, transfer])

  return (
    <div className="page detail-page">
      <div className="detail-back"><Button kind="quiet" icon="back" onPress={() => openTransfer(app, null)}>{t.transfers.back}</Button></div>
      {transfer ? (
        <>
          <Head transfer={transfer} onCancel={() => setCancelling(true)} />
          <div className="detail-middle">
            {samples && <ThroughputPlot samples={samples} />}
            <Counters transfer={transfer} />
          </div>
          <p className="detail-where">
            <span className="muted">{transfer.direction === 'send' ? t.transfers.receivedFrom : t.transfers.sentTo}</span>
            <PathName text={transfer.folder} />
          </p>
          <FileList transferId={transfer.id} totalFiles={transfer.totalFiles} ended={ENDED.has(transfer.state.kind)} canLeaveOut={canLeaveOut(transfer)} />
          <CancelDialog transfer={cancelling ? transfer : null} onClose={() => setCancelling(false)} />
        </>
      ) : (
        <Skeleton label={t.common.loading} />
      )}
    </div>
  )
}
