import { MAX_BULK_BODY_BYTES, MAX_CONTROL_BODY_BYTES } from './limits.ts'
import { BLOCK, PACK, SYNC_DATA } from './messages.ts'
import type { ControlMessage, SyncMessage, UnsequencedMessage } from './messages.ts'

/** Any message with a CBOR body. */
export type CborMessage = ControlMessage | UnsequencedMessage
export type MessageName = CborMessage['type']

/** The current protocol version, told in `hello`. */
export const PROTOCOL_VERSION = 1

/** A pure acknowledgement: no body, id 0; the frame's ack field is the message. */
export const ACK = 0x05

interface TypeFacts {
  readonly code: number
  readonly sequenced: boolean
  /** Largest body. Small where the message is small: a peer can't make us hold more than it has use for. */
  readonly limitBytes: number
}

const SMALL_BYTES = 4 * 1024
const LARGE_BYTES = MAX_CONTROL_BODY_BYTES

/** Numbers on the wire. Never reuse one. */
export const MESSAGE_TYPES: { readonly [Name in MessageName]: TypeFacts } = {
  hello: { code: 0x01, sequenced: false, limitBytes: SMALL_BYTES },
  ping: { code: 0x02, sequenced: false, limitBytes: 64 },
  pong: { code: 0x03, sequenced: false, limitBytes: 64 },
  close: { code: 0x04, sequenced: false, limitBytes: SMALL_BYTES },
  'pair-commit': { code: 0x10, sequenced: true, limitBytes: SMALL_BYTES },
  'pair-nonce': { code: 0x11, sequenced: true, limitBytes: SMALL_BYTES },
  'pair-reveal': { code: 0x12, sequenced: true, limitBytes: SMALL_BYTES },
  'pair-confirm': { code: 0x13, sequenced: true, limitBytes: SMALL_BYTES },
  'pair-cancel': { code: 0x14, sequenced: true, limitBytes: SMALL_BYTES },
  offer: { code: 0x20, sequenced: true, limitBytes: 16 * 1024 },
  'offer-reply': { code: 0x21, sequenced: true, limitBytes: SMALL_BYTES },
  manifest: { code: 0x22, sequenced: true, limitBytes: LARGE_BYTES },
  want: { code: 0x23, sequenced: true, limitBytes: LARGE_BYTES },
  digests: { code: 0x24, sequenced: true, limitBytes: LARGE_BYTES },
  same: { code: 0x25, sequenced: true, limitBytes: SMALL_BYTES },
  'block-request': { code: 0x26, sequenced: true, limitBytes: SMALL_BYTES },
  'file-restart': { code: 0x27, sequenced: true, limitBytes: SMALL_BYTES },
  'file-failed': { code: 0x28, sequenced: true, limitBytes: SMALL_BYTES },
  durable: { code: 0x29, sequenced: true, limitBytes: SMALL_BYTES },
  receipt: { code: 0x2a, sequenced: true, limitBytes: LARGE_BYTES },
  done: { code: 0x2b, sequenced: true, limitBytes: SMALL_BYTES },
  closed: { code: 0x2c, sequenced: true, limitBytes: SMALL_BYTES },
  hold: { code: 0x2d, sequenced: true, limitBytes: SMALL_BYTES },
  go: { code: 0x2e, sequenced: true, limitBytes: SMALL_BYTES },
  cancel: { code: 0x2f, sequenced: true, limitBytes: SMALL_BYTES },
  unknown: { code: 0x30, sequenced: true, limitBytes: SMALL_BYTES },
  'folder-list': { code: 0x40, sequenced: true, limitBytes: LARGE_BYTES },
  'folder-refuse': { code: 0x41, sequenced: true, limitBytes: SMALL_BYTES },
  index: { code: 0x42, sequenced: true, limitBytes: LARGE_BYTES },
  'index-ack': { code: 0x43, sequenced: true, limitBytes: SMALL_BYTES },
  'sync-digests-request': { code: 0x44, sequenced: true, limitBytes: 16 * 1024 },
  'sync-digests': { code: 0x45, sequenced: true, limitBytes: LARGE_BYTES },
  'sync-get': { code: 0x46, sequenced: true, limitBytes: LARGE_BYTES },
  'sync-end': { code: 0x47, sequenced: true, limitBytes: 16 * 1024 },
  'sync-cancel': { code: 0x48, sequenced: true, limitBytes: SMALL_BYTES },
}

const SYNC_TYPES: { readonly [Name in SyncMessage['type']]: true } = {
  'folder-list': true,
  'folder-refuse': true,
  index: true,
  'index-ack': true,
  'sync-digests-request': true,
  'sync-digests': true,
  'sync-get': true,
  'sync-end': true,
  'sync-cancel': true,
}

export function isSyncMessage(message: CborMessage): message is SyncMessage {
  return Object.hasOwn(SYNC_TYPES, message.type)
}

/** Of folder sync, control or bulk: for paired devices alone. From others it is skipped unread. */
export function isSyncType(type: number): boolean {
  const name = messageName(type)
  return type === SYNC_DATA || (name !== undefined && Object.hasOwn(SYNC_TYPES, name))
}

const byCode = new Map(Object.entries(MESSAGE_TYPES).map(([name, facts]) => [facts.code, { name: name as MessageName, ...facts }]))

/** The name of a CBOR message's type number; undefined for bulk, pure acks and types of later versions. */
export function messageName(type: number): MessageName | undefined {
  return byCode.get(type)?.name
}

export function isBulk(type: number): boolean {
  return type === BLOCK || type === PACK || type === SYNC_DATA
}

/** Largest body of a type. An unknown type may be as large as the largest control message: it is read and skipped. */
export function bodyLimitBytes(type: number): number {
  if (isBulk(type)) return MAX_BULK_BODY_BYTES
  if (type === ACK) return 0
  return byCode.get(type)?.limitBytes ?? MAX_CONTROL_BODY_BYTES
}

/** Whether frames of a type carry an id. Undefined: unknown type, its id decides. */
export function isSequenced(type: number): boolean | undefined {
  if (isBulk(type)) return true
  if (type === ACK) return false
  return byCode.get(type)?.sequenced
}
