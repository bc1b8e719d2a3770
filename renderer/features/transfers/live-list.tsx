import { memo, useMemo, type KeyboardEvent, type ReactElement } from 'react'
import { GridList, GridListItem } from 'react-aria-components'
import type { Transfer, TransferId } from '../../../shared/model/transfer.ts'
import { openTransfer } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { move, togglePause } from './transfer-actions.ts'
import { TransferCard } from './transfer-card.tsx'
import { titleOf } from './transfer-words.ts'

interface Props {
  readonly title: string
  /** Their list stays the same while only their numbers change. */
  readonly ids: readonly TransferId[]
  readonly onCancel: (transfer: Transfer) => void
}

function Card({ transferId, onCancel }: { transferId: TransferId; onCancel: Props['onCancel'] }): ReactElement | null {
  const transfer = useAppState((state) => state.transfers[transferId])
  return transfer ? <TransferCard transfer={transfer} onCancel={onCancel} /> : null
}

/** Live transfers as a list: Enter opens, Space pauses, Alt and arrows move in the queue, Delete cancels. */
export const LiveList = memo(function LiveList({ title, ids, onCancel }: Props): ReactElement {
  const app = useApp()
  const items = useMemo(() => ids.map((id) => ({ id })), [ids])
  const transferOf = (id: TransferId | undefined): Transfer | undefined => (id === undefined ? undefined : app.store.getState().transfers[id])
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[role=row]')
    if (event.target !== row) return
    const transfer = transferOf(row?.dataset['key'])
    if (!transfer) return
    if (event.key === ' ') togglePause(app, transfer)
    else if (event.key === 'Delete') onCancel(transfer)
    else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) void move(app, transfer, event.key === 'ArrowUp' ? -1 : 1)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <section className="section" aria-label={title}>
      <h2 className="section-title">{title}<span className="section-count">{ids.length}</span></h2>
      <div onKeyDownCapture={onKeyDown}>
        <GridList
          className="live-list"
          aria-label={title}
          items={items}
          keyboardNavigationBehavior="tab"
          onAction={(key) => openTransfer(app, String(key))}
        >
          {({ id }) => {
            const transfer = transferOf(id)
            return (
              <GridListItem className="transfer-card" textValue={transfer ? titleOf(transfer) : ''}>
                <Card transferId={id} onCancel={onCancel} />
              </GridListItem>
            )
          }}
        </GridList>
      </div>
    </section>
  )
})
