import { memo, type ReactElement, type RefObject } from 'react'
import type { Transfer } from '../../../shared/model/transfer.ts'
import { IconButton } from '../../components/button.tsx'
import { Chip } from '../../components/chip.tsx'
import { Icon } from '../../components/icon.tsx'
import { VirtualRows } from '../../components/virtual-rows.tsx'
import { attempt, openTransfer } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { loadHistory } from '../../store/load.ts'
import { itemAt } from '../../store/paged.ts'
import { formatWhen } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { stateWords, toneOf } from '../../text/reasons.ts'
import { possibleFor } from './transfer-actions.ts'
import { TransferTitle } from './transfer-card.tsx'
import { numbersOf, titleOf, troublesOf } from './transfer-words.ts'

const ROW_HEIGHT = 68

const HistoryRow = memo(function HistoryRow({ transfer, isActive }: { transfer: Transfer; isActive: boolean }): ReactElement {
  const app = useApp()
  const possible = possibleFor(transfer)
  const { id: transferId } = transfer
  const nowMs = Date.now()
  return (
    <>
      <span role="gridcell" className="direction" data-direction={transfer.direction}>
        <Icon name={transfer.direction === 'send' ? 'up' : 'down'} />
        <span className="visually-hidden">{transfer.direction === 'send' ? t.transfers.sentTo : t.transfers.receivedFrom}</span>
      </span>
      <div role="gridcell" className="transfer-body">
        <TransferTitle transfer={transfer} />
        <div className="transfer-facts">
          <span>{formatWhen(transfer.finishedAtMs ?? transfer.createdAtMs, nowMs)}</span>
          {numbersOf(transfer).map((part) => <span key={part}>{part}</span>)}
          {troublesOf(transfer).map((part) => <span key={part} className="trouble">{part}</span>)}
        </div>
      </div>
      <span role="gridcell" className="history-state"><Chip tone={toneOf(transfer)}>{stateWords(transfer, nowMs)}</Chip></span>
      <div role="gridcell" className="actions">
        {possible.retry && (
          <IconButton
            icon="retry"
            label={`${t.transfers.retry}: ${titleOf(transfer)}`}
            excludeFromTabOrder={!isActive}
            onPress={() => void attempt(app, 'transfer:retry', { transferId })}
          />
        )}
        {possible.show && (
          <IconButton
            icon="folder"
            label={`${t.transfers.showFolder}: ${titleOf(transfer)}`}
            excludeFromTabOrder={!isActive}
            onPress={() => void attempt(app, 'transfer:show', { transferId })}
          />
        )}
        <IconButton
          icon="chevron"
          label={`${t.transfers.details}: ${titleOf(transfer)}`}
          excludeFromTabOrder={!isActive}
          onPress={() => openTransfer(app, transferId)}
        />
      </div>
    </>
  )
})

/** Ended transfers, newest first, paged. */
export const HistoryList = memo(function HistoryList({ scrollRef }: { scrollRef: RefObject<HTMLElement | null> }): ReactElement {
  const app = useApp()
  const history = useAppState((state) => state.history)
  return (
    <VirtualRows
      label={t.transfers.finished}
      className="history"
      count={history.total ?? 0}
      rowHeight={ROW_HEIGHT}
      version={history.version}
      scrollRef={scrollRef}
      onPages={(pages) => loadHistory(app, pages)}
      onAction={(index) => {
        const transfer = itemAt(history, index)
        if (transfer) openTransfer(app, transfer.id)
      }}
      renderRow={(index, isActive) => {
        const transfer = itemAt(history, index)
        return transfer ? <HistoryRow transfer={transfer} isActive={isActive} /> : <span role="gridcell" className="muted">{t.transfers.rowLoading}</span>
      }}
    />
  )
})
