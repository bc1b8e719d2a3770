import { isSyncMessage } from './protocol/message-types.ts'
import { SYNC_DATA } from './protocol/messages.ts'
import type { PairingMessage, SyncMessage } from './protocol/messages.ts'
import type { SessionHandler, SessionStart } from './session/ports.ts'
import type { TransferHandler } from './transfer/transfers.ts'
import type { PooledBuffer } from './util/byte-pool.ts'

/** What of a session concerns pairing. */
export interface PairingPart {
  message(message: PairingMessage): void
  down(): void
}

/** What of a session concerns shared folders. Only ever called for a paired device: the session skips such messages of others. */
export interface SyncPart {
  message(message: SyncMessage): void
  /** The body of a `sync-data` message; must be released. */
  data(body: PooledBuffer, at: number): void
  up(start: SessionStart): void
  down(): void
  drain(): void
}

/** Gives each part of the engine what is its own of one session, by the type of the message and nothing else. */
export function routeSession(pairing: PairingPart, transfers: TransferHandler, sync: SyncPart): SessionHandler {
  return {
    message: (message) => {
      if (isPairing(message)) pairing.message(message)
      else if (isSyncMessage(message)) sync.message(message)
      else transfers.message(message)
    },
    bulk: (type, body, at) => {
      if (type === SYNC_DATA) sync.data(body, at)
      else transfers.bulk(type, body, at)
    },
    // A repeated piece of a folder is counted for no file: it costs nothing but the line.
    duplicate: (type, head) => {
      if (type !== SYNC_DATA) transfers.duplicate(type, head)
    },
    resent: (type, head) => {
      if (type !== SYNC_DATA) transfers.resent(type, head)
    },
    acknowledged: (type, head) => {
      if (type !== SYNC_DATA) transfers.acknowledged(type, head)
    },
    up: (start, address) => {
      transfers.up(start, address)
      sync.up(start)
    },
    down: (error) => {
      pairing.down()
      transfers.down(error)
      sync.down()
    },
    drain: () => {
      transfers.drain()
      sync.drain()
    },
  }
}

const PAIRING_TYPES: { readonly [Name in PairingMessage['type']]: true } = {
  'pair-commit': true,
  'pair-nonce': true,
  'pair-reveal': true,
  'pair-confirm': true,
  'pair-cancel': true,
}

function isPairing(message: { readonly type: string }): message is PairingMessage {
  return Object.hasOwn(PAIRING_TYPES, message.type)
}
