import type { ErrorData } from '../errors.ts'

/** SHA-256 of the certificate's SPKI (DER), base32 without padding, in 13 groups of four joined by `-`. */
export type DeviceId = string

/** What happens when this device offers something. Unpaired devices may only ask. */
export type AcceptPolicy = 'ask' | 'always' | 'never'

export interface DevicePolicy {
  readonly accept: AcceptPolicy
  /** Absolute path; absent: the receive folder. */
  readonly folder?: string
  /** Refuses offers that would take the total received from this device over it. Absent: no limit. */
  readonly quotaBytes?: number
  readonly maxBytesPerSecond?: number
}

/** How this device came to be in the list: `paired` by code, `pinned` for sending by `--trust`, or merely `seen`. */
export type Trust = 'paired' | 'pinned' | 'seen'

export interface Address {
  /** A host name or an IP address without brackets. */
  readonly host: string
  readonly port: number
}

export type AddressSource = 'discovered' | 'remembered' | 'typed'

/** Whether we have, or try to get, a connection. Waiting says why and until when. */
export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly attempt: number; readonly address?: Address }
  | {
      readonly kind: 'waiting'
      readonly attempt: number
      readonly error: ErrorData
      /** When the next attempt starts, ms since the epoch. */
      readonly retryAtMs: number
    }
  | { readonly kind: 'connected'; readonly address: Address; readonly sinceMs: number }
  | { readonly kind: 'failed'; readonly error: ErrorData }

export interface Device {
  readonly id: DeviceId
  /** Hostile text until shown as text: the peer's own choice, or the user's when renamed. */
  readonly name: string
  readonly trust: Trust
  readonly policy: DevicePolicy
  readonly addresses: readonly (Address & { readonly source: AddressSource; readonly lastSeenMs: number })[]
  /** Discovery sees it now. A hint only. */
  readonly nearby: boolean
  readonly link: LinkState
  readonly pairedAtMs?: number
  readonly lastSeenMs?: number
  /** Somebody else answered at this device's address or name: an alarm, not a question. */
  readonly keyAlarm?: { readonly seenId: DeviceId; readonly atMs: number }
}

/** One pairing in progress, as both screens show it. */
export interface Pairing {
  readonly id: string
  readonly role: 'initiator' | 'responder'
  readonly deviceId: DeviceId
  readonly deviceName: string
  readonly state:
    | { readonly kind: 'connecting' }
    /** Six digits, e.g. `"042137"`: the same on both screens. */
    | { readonly kind: 'compare'; readonly code: string }
    /** This side has said yes and the other has not yet. */
    | { readonly kind: 'confirmed-here'; readonly code: string }
    | { readonly kind: 'paired' }
    | { readonly kind: 'failed'; readonly error: ErrorData }
}
