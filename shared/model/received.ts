import type { DeviceId } from './device.ts'
import type { TransferId } from './transfer.ts'

/** `here`: as it arrived. `deleted` and `moved` also mean: no longer in the receive folder. */
export type ReceivedState = 'here' | 'opened' | 'changed' | 'renamed' | 'moved' | 'deleted'

/** One thing in the receive folder, as the watcher knows it. */
export interface ReceivedFile {
  readonly id: string
  /** Hostile text. */
  readonly name: string
  /** As it arrived; slash-separated, relative to the receive folder. */
  readonly path: string
  /** `message`: a text or link somebody sent; shown and copied, never opened. */
  readonly kind: 'file' | 'message'
  /** Null: no device of ours, so nothing was verified. */
  readonly deviceId: DeviceId | null
  /** Null: put there by another program. With `deviceId` null: a plain TCP sender, by its address. */
  readonly deviceName: string | null
  readonly transferId?: TransferId
  readonly size: number
  /** BLAKE3, hex, as `holdfast digest` prints it. Null: another program's. */
  readonly digest: string | null
  readonly receivedAtMs: number
  readonly state: ReceivedState
  /** For `renamed` and `moved`, where that is known. */
  readonly nowPath?: string
  /** What is there now is what was verified when it arrived, as far as can be seen without reading it again. */
  readonly verified: boolean
}
