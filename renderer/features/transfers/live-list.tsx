import type { KeyboardEvent, ReactElement } from 'react'
import { GridList, GridListItem } from 'react-aria-components'
import type { Transfer } from '../../../shared/model/transfer.ts'
import { openTransfer } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { move, togglePause } from './transfer-actions.ts'
import { TransferCard } from './transfer-card.tsx'
import { titleOf } from './transfer-words.ts'

interface Props {
  readonly title: string
  readonly transfers: readonly Transfer[]
  readonly onCancel: (transfer: Transfer) => void
}

/** Live transfers as a list: Enter opens, Space pauses, Alt and arrows move in the queue, Delete cancels. */
export function LiveList({ title, transfers, onCancel }: Props): ReactElement {
  const app = useApp()
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[role=row]')
    if (event.target !== row) return
    const transfer = transfers.find((item) => item.id === row?.dataset['key'])
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
      <h2 className="section-title">{title}<span className="section-count">{transfers.length}</span></h2>
      <div onKeyDownCapture={onKeyDown}>
        <GridList
          className="live-list"
          aria-label={title}
          items={transfers}
          keyboardNavigationBehavior="tab"
          onAction={(key) => openTransfer(app, String(key))}
        >
          {(transfer) => (
            <GridListItem className="transfer-card" textValue={titleOf(transfer)}>
              <TransferCard transfer={transfer} onCancel={onCancel} />
            </GridListItem>
          )}
        </GridList>
      </div>
    </section>
  )
}
