import type { HoldfastError } from '../../../shared/errors.ts'
import type { Address, DeviceId } from '../../../shared/model/device.ts'

/** A device that says it is there. A hint only: anybody on the network can say anything. */
export interface SeenDevice {
  readonly deviceId: DeviceId
  /** Hostile text, without control characters and bounded. May be empty. */
  readonly name: string
  /** Best first, at most MAX_SEEN_ADDRESSES. */
  readonly addresses: readonly Address[]
  /** Protocol version it announces. */
  readonly version: number
}

/** Sees devices nearby and shows them this one. Nothing here throws: what goes wrong is a problem, told by callback. */
export interface Discovery {
  start(): void
  /** Says goodbye and settles when nothing is left open. Can be started again. */
  stop(): Promise<void>
  /** A device appeared, or something about it changed. Returns what unsubscribes. */
  onSeen(listener: (device: SeenDevice) => void): () => void
  /** It said goodbye, or has not been heard of for minutes. */
  onGone(listener: (deviceId: DeviceId) => void): () => void
  /** Discovery does not work (fully) now, and why. Told once until it works again. */
  onProblem(listener: (error: HoldfastError) => void): () => void
  seen(): readonly SeenDevice[]
}

export const MAX_SEEN_DEVICES = 256
export const MAX_SEEN_ADDRESSES = 12
