import type { ReactElement } from 'react'
import { useAppState } from '../../store/app.ts'
import { TransferDetail } from './transfer-detail.tsx'
import { TransferList } from './transfer-list.tsx'

export function TransfersPage(): ReactElement {
  const transferId = useAppState((state) => state.transferId)
  return transferId ? <TransferDetail key={transferId} transferId={transferId} /> : <TransferList />
}
