import type { ReceivedFile } from '../../shared/ipc/app-contract.ts'
import type { Device, DeviceId, Pairing } from '../../shared/model/device.ts'
import { ENDED, type Request, type Transfer, type TransferId } from '../../shared/model/transfer.ts'
import { outdated, withItem } from './paged.ts'
import type { State } from './state.ts'

type Change = Partial<State>

/** Pure: what each fact changes. Facts are whole snapshots, so the last one heard is the truth. */

function without<T>(record: Readonly<Record<string, T>>, id: string): Readonly<Record<string, T>> {
  if (!(id in record)) return record
  const { [id]: _gone, ...rest } = record
  return rest
}

export function applyTransfer(state: State, transfer: Transfer): Change {
  const before = state.transfers[transfer.id]
  const transfers = { ...state.transfers, [transfer.id]: transfer }
  const endedNow = ENDED.has(transfer.state.kind) && !(before && ENDED.has(before.state.kind))
  const revived = before !== undefined && ENDED.has(before.state.kind) && !ENDED.has(transfer.state.kind)
  if (endedNow || revived) return { transfers, history: outdated(state.history) }
  return { transfers, history: withItem(state.history, (item) => item.id === transfer.id, transfer) }
}

export function applyTransferRemoved(state: State, transferId: TransferId): Change {
  return {
    transfers: without(state.transfers, transferId),
    history: outdated(state.history),
    ...(state.transferId === transferId ? { transferId: null } : {}),
  }
}

export function applyDevice(state: State, device: Device): Change {
  return { devices: { ...state.devices, [device.id]: device } }
}

export function applyDeviceRemoved(state: State, deviceId: DeviceId): Change {
  return {
    devices: without(state.devices, deviceId),
    draft: { ...state.draft, deviceIds: state.draft.deviceIds.filter((id) => id !== deviceId) },
    ...(state.deviceId === deviceId ? { deviceId: null } : {}),
  }
}

export function applyPairing(state: State, pairing: Pairing): Change {
  return { pairings: { ...state.pairings, [pairing.id]: pairing } }
}

export function applyPairingClosed(state: State, pairingId: string): Change {
  return { pairings: without(state.pairings, pairingId) }
}

export function applyRequest(state: State, request: Request): Change {
  return { requests: { ...state.requests, [request.id]: request } }
}

export function applyRequestRemoved(state: State, requestId: string): Change {
  return { requests: without(state.requests, requestId) }
}

export function applyReceived(state: State, total: number, file: ReceivedFile | null): Change {
  const list = file ? withItem(state.received, (item) => item.id === file.id, file) : state.received
  const known = list !== state.received
  return { received: known && total === list.total ? list : outdated(list) }
}
