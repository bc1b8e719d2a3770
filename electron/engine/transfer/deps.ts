import type { DeviceId } from '../../../shared/model/device.ts'
import type { FileEvent } from '../../../shared/model/transfer.ts'
import type { Lanes } from '../folder/ports.ts'
import type { SourceScans } from '../folder/source-scans.ts'
import type { Journal } from '../journal/ports.ts'
import type { TransferMessage } from '../protocol/messages.ts'
import type { Session } from '../session/ports.ts'
import type { BytePool } from '../util/byte-pool.ts'
import type { Clock } from '../util/clock.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Seals } from './seals.ts'
import type { TransferRecord } from './record.ts'

/** What a transfer works with; the same for all of one engine. */
export interface TransferDeps {
  readonly clock: Clock
  readonly journal: Journal
  readonly lanes: Lanes
  readonly scans: Pick<SourceScans, 'begin'>
  readonly seals: Seals
  /** Buffers for what is read and not yet acknowledged. */
  readonly outgoing: BytePool
  readonly sendLimit: RateLimit
  /** Bytes per second, from and to this device, as its policy says; 0: no limit. */
  deviceRate(id: DeviceId): number
  /** Bytes per second of each incoming transfer; 0: no limit. */
  receiveRate(): number
  /** Something went wrong that no transfer can be told of: the user is, and the engine goes on. */
  readonly trouble: (error: unknown) => void
  readonly fileEvents: (record: TransferRecord, items: readonly FileEvent[]) => void
}

/** A transfer as the session's messages see it. */
export interface TransferActor {
  readonly record: TransferRecord
  readonly deviceId: DeviceId
  /** A connection with a fresh message sequence (`resumed` false) or the same one (`true`). */
  attach(session: Session, resumed: boolean): void
  detach(): void
  handle(message: TransferMessage): void
  /** There is room in the session's window again. */
  drain(): void
  pause(): void
  resume(): void
  cancel(): void
  /** Stops everything of this transfer in this process; the journal is as it should be afterwards. */
  close(): Promise<void>
}
