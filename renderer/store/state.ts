import type { ErrorData } from '../../shared/errors.ts'
import type { AppInfo, AppPage, ReceivedFile, Source } from '../../shared/ipc/app-contract.ts'
import type { EngineStatus } from '../../shared/ipc/contract.ts'
import type { Device, DeviceId, Pairing } from '../../shared/model/device.ts'
import type { Settings } from '../../shared/model/settings.ts'
import type { Request, Transfer, TransferFile, TransferId } from '../../shared/model/transfer.ts'
import type { ConnectionState } from '../bridge.ts'
import { NO_FOLDERS, type FoldersState } from './folder-state.ts'
import { emptyPaged, type Paged } from './paged.ts'
import type { Samples } from './throughput.ts'

/** A short word about something that happened. Errors stay until they are closed. */
export interface Notice {
  readonly id: number
  readonly tone: 'good' | 'info' | 'bad'
  readonly text: string
}

export type FileFilter = 'all' | 'unfinished' | 'failed' | 'skipped'

/** Whom the send on the Send page goes to. */
export interface Draft {
  readonly deviceIds: readonly DeviceId[]
  /** Typed `host:port`, checked already. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  readonly sending: boolean
}

/** Data only. What the application said last, and what this window is looking at. */
export interface State {
  readonly connection: ConnectionState
  /** The truth has been read at least once; until then pages show that they load. */
  readonly loaded: boolean
  readonly loadError: ErrorData | null
  readonly info: AppInfo | null
  readonly status: EngineStatus | null
  readonly settings: Settings | null
  readonly devices: Readonly<Record<DeviceId, Device>>
  readonly pairings: Readonly<Record<string, Pairing>>
  readonly sources: readonly Source[]
  /** Every transfer heard of since the truth was read, the ended ones too. */
  readonly transfers: Readonly<Record<TransferId, Transfer>>
  readonly history: Paged<Transfer>
  readonly requests: Readonly<Record<string, Request>>
  readonly throughput: Readonly<Record<string, Samples>>
  readonly received: Paged<ReceivedFile>
  readonly files: Paged<TransferFile>
  readonly folders: FoldersState

  readonly page: AppPage
  readonly transferId: TransferId | null
  readonly deviceId: DeviceId | null
  readonly search: string
  readonly fileFilter: FileFilter
  readonly draft: Draft
  readonly notices: readonly Notice[]
  readonly spoken: { readonly text: string; readonly urgent: boolean; readonly turn: number }
}

export const INITIAL: State = {
  connection: { kind: 'connecting' },
  loaded: false,
  loadError: null,
  info: null,
  status: null,
  settings: null,
  devices: {},
  pairings: {},
  sources: [],
  transfers: {},
  history: emptyPaged('history'),
  requests: {},
  throughput: {},
  received: emptyPaged(''),
  files: emptyPaged(''),
  folders: NO_FOLDERS,
  page: 'send',
  transferId: null,
  deviceId: null,
  search: '',
  fileFilter: 'all',
  draft: { deviceIds: [], addresses: [], sending: false },
  notices: [],
  spoken: { text: '', urgent: false, turn: 0 },
}
