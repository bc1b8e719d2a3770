import type { ReactElement } from 'react'
import type { Transfer } from '../../../shared/model/transfer.ts'
import { IconButton } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Name } from '../../components/name.tsx'
import { Strand } from '../../components/strand.tsx'
import { useNow } from '../../components/use-now.ts'
import { attempt } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { formatCount } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { stateWords, toneOf } from '../../text/reasons.ts'
import { move, possibleFor, togglePause } from './transfer-actions.ts'
import { numbersOf, percentText, titleOf, troublesOf } from './transfer-words.ts'

interface ActionsProps {
  readonly transfer: Transfer
  readonly onCancel: (transfer: Transfer) => void
}

export function TransferActions({ transfer, onCancel }: ActionsProps): ReactElement {
  const app = useApp()
  const possible = possibleFor(transfer)
  const { id: transferId } = transfer
  return (
    <div className="actions">
      {possible.move && <IconButton icon="raise" label={t.transfers.earlier} onPress={() => void move(app, transfer, -1)} />}
      {possible.move && <IconButton icon="lower" label={t.transfers.later} onPress={() => void move(app, transfer, 1)} />}
      {possible.resume && <IconButton icon="play" label={t.transfers.resume} onPress={() => togglePause(app, transfer)} />}
      {possible.pause && <IconButton icon="pause" label={t.transfers.pause} onPress={() => togglePause(app, transfer)} />}
      {possible.retry && (
        <IconButton
          icon="retry"
          label={t.transfers.retry}
          onPress={() => void attempt(app, 'transfer:retry', { transferId })}
        />
      )}
      {possible.show && (
        <IconButton
          icon="folder"
          label={t.transfers.showFolder}
          onPress={() => void attempt(app, 'transfer:show', { transferId })}
        />
      )}
      {possible.cancel && <IconButton icon="close" label={t.transfers.cancel} onPress={() => onCancel(transfer)} />}
    </div>
  )
}

/** What is sent or received, with whom. */
export function TransferTitle({ transfer }: { transfer: Transfer }): ReactElement {
  const more = transfer.roots.length - 1
  const send = transfer.direction === 'send'
  return (
    <span className="transfer-title">
      <Name text={transfer.roots[0] ?? ''} className="transfer-name" />
      {more > 0 && <span className="transfer-more">+{formatCount(more)}</span>}
      <span className="transfer-who"><span className="muted">{send ? t.common.toWord : t.common.fromWord}</span><Name text={transfer.deviceName} /></span>
    </span>
  )
}

function Troubles({ transfer }: { transfer: Transfer }): ReactElement | null {
  const troubles = troublesOf(transfer)
  if (troubles.length === 0) return null
  return (
    <div className="transfer-facts transfer-troubles" data-failed={transfer.counters.failed > 0 || undefined}>
      {troubles.map((part) => <span key={part}>{part}</span>)}
    </div>
  )
}

/** A live transfer: everything that matters of it, without opening it. */
export function TransferCard({ transfer, onCancel }: ActionsProps): ReactElement {
  const counting = transfer.state.kind === 'connecting' && transfer.state.retryAtMs !== undefined
  const nowMs = useNow(500, counting)
  const tone = toneOf(transfer)
  const active = transfer.state.kind === 'active'
  return (
    <>
      <span className="direction" data-direction={transfer.direction}><Icon name={transfer.direction === 'send' ? 'up' : 'down'} /></span>
      <div className="transfer-body">
        <TransferTitle transfer={transfer} />
        <Strand
          label={titleOf(transfer)}
          value={transfer.bytes}
          total={transfer.totalBytes}
          tone={tone}
          live={active}
          indeterminate={transfer.state.kind === 'scanning'}
        />
        <div className="transfer-facts">
          <span className="transfer-state" data-tone={tone}>{stateWords(transfer, nowMs)}</span>
          {numbersOf(transfer).map((part) => <span key={part}>{part}</span>)}
        </div>
        <Troubles transfer={transfer} />
      </div>
      <span className="transfer-percent" aria-hidden="true">{percentText(transfer)}</span>
      <TransferActions transfer={transfer} onCancel={onCancel} />
    </>
  )
}
