import { decodeCbor, encodeCbor } from './cbor.ts'
import { isBytes, isWhole } from './fields.ts'
import { packEntry, packReceipt, packWant, unpackEntry, unpackReceipt, unpackWant } from './items.ts'
import { DIGEST_BYTES, MAX_NAME_BYTES, MAX_OFFER_ROOTS, MAX_PAGES, MAX_RECEIPT_ITEMS, MAX_TEXT_BYTES, PAGE_ENTRIES, TRANSFER_ID_BYTES } from './limits.ts'
import { MESSAGE_TYPES } from './message-types.ts'
import type { CborMessage, MessageName } from './message-types.ts'
import type { Manifest, Receipt, Want } from './messages.ts'
import { ProtocolError } from './protocol-error.ts'
import { SCHEMAS } from './schemas.ts'
import { packDigestsRequest, packEnd, packGet, packIndex, unpackDigestsRequest, unpackEnd, unpackGet, unpackIndex } from './sync-items.ts'
import { clipText } from './text.ts'

/**
 * The CBOR body of a message. Text for people is cut to its limit here. Throws RangeError when the message is larger than
 * its frame may be: the caller has put too much into a list, which is a bug of this side.
 */
export function encodeControl(message: CborMessage): Uint8Array {
  const body = encodeCbor(toWire(message))
  const limit = MESSAGE_TYPES[message.type].limitBytes
  if (body.length > limit) throw new RangeError(`a ${message.type} message of ${body.length} bytes is over its limit of ${limit}`)
  return body
}

/** Checks everything about a message that can be checked without knowing the transfer. Throws ProtocolError only. */
export function decodeControl(name: MessageName, body: Uint8Array): CborMessage {
  const limit = MESSAGE_TYPES[name].limitBytes
  if (body.length > limit) throw new ProtocolError(`a ${name} message of ${body.length} bytes is over its limit of ${limit}`)
  const value = decodeCbor(body)
  if (!isMap(value)) throw new ProtocolError(`a ${name} message is not a map`)
  switch (name) {
    case 'manifest':
      return manifest(value)
    case 'want':
      return want(value)
    case 'receipt':
      return receipt(value)
    case 'index':
      return unpackIndex(value)
    case 'sync-digests-request':
      return unpackDigestsRequest(value)
    case 'sync-get':
      return unpackGet(value)
    case 'sync-end':
      return unpackEnd(value)
    default: {
      const result = SCHEMAS[name].safeParse(value)
      if (!result.success) {
        const issue = result.error.issues[0]
        throw new ProtocolError(`a ${name} message is wrong at "${issue?.path.join('.')}": ${issue?.message}`)
      }
      return { type: name, ...result.data } as CborMessage
    }
  }
}

function toWire(message: CborMessage): unknown {
  const { type: _, ...body } = message as CborMessage & { message?: string }
  switch (message.type) {
    case 'manifest':
      return { ...body, entries: message.entries.map(packEntry) }
    case 'want':
      return { ...body, items: message.items.map(packWant) }
    case 'receipt':
      return { ...body, items: message.items.map(packReceipt) }
    case 'index':
      return packIndex(message)
    case 'sync-digests-request':
      return packDigestsRequest(message)
    case 'sync-get':
      return packGet(message)
    case 'sync-end':
      return packEnd(message)
    case 'folder-list':
      return { ...body, folders: message.folders.map((shared) => ({ ...shared, name: clipText(shared.name, MAX_NAME_BYTES) })) }
    case 'hello':
      return { ...body, name: clipText(message.name, MAX_NAME_BYTES), app: clipText(message.app, MAX_NAME_BYTES) }
    case 'offer':
      return { ...body, roots: message.roots.slice(0, MAX_OFFER_ROOTS).map((root) => clipText(root, MAX_NAME_BYTES)) }
    case 'file-restart':
      return { ...body, mtimeMs: Math.floor(message.mtimeMs) + 0 }
    case 'offer-reply':
      return message.answer.kind === 'refuse'
        ? { ...body, answer: { ...message.answer, message: clipText(message.answer.message, MAX_TEXT_BYTES) } }
        : body
    default:
      return body.message === undefined ? body : { ...body, message: clipText(body.message, MAX_TEXT_BYTES) }
  }
}

function manifest(value: Record<string, unknown>): Manifest {
  const entries = list(value['entries'], PAGE_ENTRIES, 0).map(unpackEntry)
  const { digests } = value
  if (digests !== undefined && !isBytes(digests, entries.length * DIGEST_BYTES)) throw new ProtocolError('a manifest has wrong digests')
  return { type: 'manifest', transfer: transferOf(value), page: pageOf(value), entries, ...(digests ? { digests } : {}) }
}

function want(value: Record<string, unknown>): Want {
  const page = pageOf(value)
  const items = list(value['items'], PAGE_ENTRIES, 0).map((item) => unpackWant(item, page))
  const { identical } = value
  if (identical !== undefined && !(identical instanceof Uint8Array && identical.length <= PAGE_ENTRIES / 8)) throw new ProtocolError('a want message has wrong bits')
  return { type: 'want', transfer: transferOf(value), page, items, ...(identical ? { identical } : {}) }
}

function receipt(value: Record<string, unknown>): Receipt {
  return { type: 'receipt', transfer: transferOf(value), items: list(value['items'], MAX_RECEIPT_ITEMS).map(unpackReceipt) }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

function transferOf(value: Record<string, unknown>): Uint8Array {
  const transfer = value['transfer']
  if (!isBytes(transfer, TRANSFER_ID_BYTES)) throw new ProtocolError('a message has a wrong transfer id')
  return transfer
}

function pageOf(value: Record<string, unknown>): number {
  const page = value['page']
  if (!isWhole(page, MAX_PAGES - 1)) throw new ProtocolError('a message has a wrong page number')
  return page
}

function list(value: unknown, most: number, least = 1): unknown[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    throw new ProtocolError(`a list is not of ${least} to ${most} items`)
  }
  return value as unknown[]
}
