import type { ConflictPolicy } from './transfer.ts'

export type PlainFraming = string

export interface Settings {
  /** This device's name as others see it. */
  readonly name: string
  /** Absolute path. */
  readonly receiveFolder: string
  readonly listen: { readonly host: string; readonly port: number }
  /** Who may deliver without being asked about: `anyone` is for `receive --accept anyone`. */
  readonly accept: 'paired' | 'anyone'
  readonly onConflict: ConflictPolicy
  readonly discovery: boolean
  /** 0: unlimited. */
  readonly maxSendBytesPerSecond: number
  readonly maxReceiveBytesPerSecond: number
  readonly startAtLogin: boolean
  readonly theme: 'system' | 'light' | 'dark'
  readonly notifications: boolean
  readonly plain: {
    readonly enabled: boolean
    readonly host: string
    readonly port: number
    readonly framing: PlainFraming
    readonly folder?: string
    readonly maxMessageBytes: number
    readonly maxConnections: number
  }
}
