import type { HoldfastError } from '../../../shared/errors.ts'
import type { Address } from '../../../shared/model/device.ts'

/** The other end of one plain connection. Nobody has verified who it is. */
export interface PlainPeer {
  /** Counts the connections of this inbox, from 1. */
  readonly connection: number
  readonly host: string
  readonly port: number
}

export interface PlainCounts {
  readonly files: number
  readonly bytes: number
  /** Repeats that were dropped (and confirmed again). */
  readonly duplicates: number
  /** Same content under the same name: nothing was added. */
  readonly skipped: number
  readonly failed: number
}

/** What an inbox announces, in the order it happened per connection. */
export type PlainInboxEvent =
  | { readonly kind: 'listening'; readonly address: Address }
  | { readonly kind: 'connected'; readonly peer: PlainPeer }
  /** In place and on disk. `id`: with ids. `number`: counts the messages of its connection, from 1. */
  | {
      readonly kind: 'received'
      readonly peer: PlainPeer
      readonly path: string
      readonly bytes: number
      readonly digest: string
      readonly number: number
      readonly id?: bigint
    }
  | { readonly kind: 'duplicate'; readonly peer: PlainPeer; readonly id: bigint }
  | { readonly kind: 'skipped'; readonly peer: PlainPeer; readonly path: string; readonly reason: string }
  /** A message that could not be kept. `path`: the name it would have had. */
  | { readonly kind: 'failed'; readonly peer: PlainPeer; readonly path: string; readonly error: HoldfastError }
  /** Something is wrong with a connection (or, without `peer`, with the inbox). What came before is safe. */
  | { readonly kind: 'error'; readonly peer?: PlainPeer; readonly error: HoldfastError }
  /** Dialling: the next attempt comes in `waitMs`. */
  | { readonly kind: 'retry'; readonly error: HoldfastError; readonly attempt: number; readonly waitMs: number }
  /** A connection is over. */
  | { readonly kind: 'done'; readonly peer: PlainPeer; readonly counts: PlainCounts; readonly durationMs: number }
