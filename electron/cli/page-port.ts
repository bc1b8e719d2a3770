import type { EngineClient, EngineStatus } from '../../shared/ipc/contract.ts'
import type { Address } from '../../shared/model/device.ts'

export interface PageOptions {
  readonly engine: EngineClient
  /** The engine's. */
  readonly status: Pick<EngineStatus, 'home' | 'deviceId'>
  readonly listen: Address
  /** Called with a new address whenever the one before is used up. */
  addressChanged(url: string): void
}

/** A page that is served until it is closed. The engine stays open. */
export interface OpenedPage {
  readonly url: string
  close(): Promise<void>
}
