import { z } from 'zod'
import type { AppArgs, AppCommandName } from './app-contract.ts'

/**
 * A schema for the arguments of every command a window may call, checked against the contract at compile time. Objects
 * are strict and every string, list and number is capped: the renderer is not trusted more than a peer.
 */
const nothing = z.strictObject({})
const id = z.string().min(1).max(200)
const transferId = z.string().regex(/^[0-9a-f]{32}$/)
const deviceId = z.string().min(1).max(100)
const bytes = z.int().min(0)
const name = z.string().min(1).max(255)
const port = z.int().min(0).max(65_535)
const offset = z.int().min(0)
const limit = z.int().min(1).max(500)
const host = z.string().min(1).max(255)
const acceptPolicy = z.enum(['ask', 'always', 'never'])

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('address'), host, port: port.min(1) }),
  z.strictObject({ kind: z.literal('device'), device: name }),
])
const trust = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('device-id'), deviceId }),
  z.strictObject({ kind: z.literal('first-use') }),
])

const ofTransfer = z.strictObject({ transferId })
const ofSource = z.strictObject({ sourceId: id })
const ofReceived = z.strictObject({ id })

const folderId = z.string().regex(/^[0-9a-f]{32}$/)
const folderMode = z.enum(['two-way', 'send-only', 'receive-only'])
const filePath = z.string().min(1).max(4096)
const ofFolder = z.strictObject({ folderId })
const pageOfFolder = z.strictObject({ folderId, offset, limit })

export const APP_ARGS_SCHEMAS = {
  'app:info': nothing,
  'app:quit-info': nothing,
  'engine:status': nothing,

  'settings:get': nothing,
  'settings:set': z.strictObject({
    name: name.exactOptional(),
    receiveFolderId: id.exactOptional(),
    listen: z.strictObject({ host, port }).exactOptional(),
    accept: z.enum(['paired', 'anyone']).exactOptional(),
    onConflict: z.enum(['keep-both', 'replace', 'ask']).exactOptional(),
    discovery: z.boolean().exactOptional(),
    maxSendBytesPerSecond: bytes.exactOptional(),
    maxReceiveBytesPerSecond: bytes.exactOptional(),
    startAtLogin: z.boolean().exactOptional(),
    theme: z.enum(['system', 'light', 'dark']).exactOptional(),
    notifications: z.boolean().exactOptional(),
    plain: z
      .strictObject({
        enabled: z.boolean(),
        host,
        port,
        framing: z.string().min(1).max(1_000),
        folderId: id.nullable().exactOptional(),
        maxMessageBytes: z.int().min(1),
        maxConnections: z.int().min(1),
      })
      .exactOptional(),
  }),

  'device:list': nothing,
  'device:rename': z.strictObject({ deviceId, name }),
  'device:set-policy': z.strictObject({
    deviceId,
    policy: z.strictObject({
      accept: acceptPolicy,
      folderId: id.nullable().exactOptional(),
      quotaBytes: bytes.exactOptional(),
      maxBytesPerSecond: bytes.exactOptional(),
    }),
  }),
  'device:forget': z.strictObject({ device: name }),

  'pairing:start': z.strictObject({ target }),
  'pairing:answer': z.strictObject({ pairingId: id, accept: z.boolean() }),
  'pairing:list': nothing,

  'transfer:list': z.strictObject({
    offset,
    limit,
    direction: z.enum(['send', 'receive']).exactOptional(),
    ended: z.boolean().exactOptional(),
  }),
  'transfer:get': ofTransfer,
  'transfer:files': z.strictObject({
    offset,
    limit,
    transferId,
    only: z.enum(['failed', 'skipped', 'unfinished']).exactOptional(),
  }),
  'transfer:pause': ofTransfer,
  'transfer:resume': ofTransfer,
  'transfer:cancel': ofTransfer,
  'transfer:retry': ofTransfer,
  'transfer:skip-file': z.strictObject({ transferId, file: z.int().min(0) }),
  'transfer:move': z.strictObject({ transferId, before: transferId.exactOptional() }),
  'transfer:show': ofTransfer,

  'request:list': nothing,
  'request:accept': z.strictObject({
    requestId: id,
    always: z.boolean().exactOptional(),
    answer: z.enum(['keep-both', 'replace', 'skip']).exactOptional(),
    forAll: z.boolean().exactOptional(),
    folderId: id.exactOptional(),
  }),
  'request:refuse': z.strictObject({ requestId: id, forAll: z.boolean().exactOptional() }),

  'folder:choose': z.strictObject({ typed: z.string().min(1).max(4096).exactOptional() }),

  'source:choose': z.strictObject({ kind: z.enum(['file', 'folder']) }),
  'source:list': nothing,
  'source:remove': ofSource,
  'source:clear': nothing,
  'source:add-text': z.strictObject({ text: z.string().min(1).max(1_048_576) }),
  'source:add-clipboard-image': nothing,
  'source:begin-upload': z.strictObject({
    name,
    kind: z.enum(['file', 'folder']),
    size: bytes,
    files: z.int().min(0).max(1_000_000),
  }),
  'source:finish-upload': z.strictObject({ sourceId: id, leftOut: z.int().min(0).max(1_000_000).exactOptional() }),

  'send:start': z.strictObject({
    sourceIds: z.array(id).min(1).max(10_000),
    targets: z.array(target).min(1).max(64),
    trust: trust.exactOptional(),
  }),

  'received:list': z.strictObject({ offset, limit, search: z.string().max(200).exactOptional() }),
  'received:open': ofReceived,
  'received:show': ofReceived,
  'received:text': ofReceived,

  'sync:list': nothing,
  'sync:offers': nothing,
  'sync:add': z.strictObject({ choiceId: id, devices: z.array(name).min(1).max(64), mode: folderMode, name: name.exactOptional() }),
  'sync:accept': z.strictObject({ folderId, choiceId: id, inside: name.exactOptional(), mode: folderMode }),
  'sync:refuse': ofFolder,
  'sync:share': z.strictObject({ folderId, device: name }),
  'sync:unshare': z.strictObject({ folderId, device: name }),
  'sync:set': z.strictObject({ folderId, name: name.exactOptional(), mode: folderMode.exactOptional(), paused: z.boolean().exactOptional(), trashLimitBytes: bytes.exactOptional() }),
  'sync:remove': ofFolder,
  'sync:scan': ofFolder,
  'sync:plan': pageOfFolder,
  'sync:answer': z.strictObject({ folderId, token: id, answer: z.enum(['apply', 'keep-mine']) }),
  'sync:problems': pageOfFolder,
  'sync:activity': pageOfFolder,
  'sync:conflicts': pageOfFolder,
  'sync:preview': z.strictObject({ folderId, copyPath: filePath }),
  'sync:resolve': z.strictObject({ folderId, copyPath: filePath, keep: z.enum(['original', 'copy', 'both']) }),
  'sync:trash': z.strictObject({ folderId, offset, limit, search: z.string().max(200).exactOptional() }),
  'sync:restore': z.strictObject({ folderId, trashId: z.string().min(1).max(8192) }),
  'sync:empty-trash': ofFolder,
  'sync:ignore-get': ofFolder,
  'sync:ignore-set': z.strictObject({ folderId, text: z.string().max(262_144) }),
  'sync:show': z.strictObject({ folderId, path: filePath.exactOptional() }),
} as const satisfies { readonly [C in AppCommandName]: z.ZodType<AppArgs<C>> }

/** Whether a stranger's string names a command at all; own properties only. */
export function isAppCommand(command: unknown): command is AppCommandName {
  return typeof command === 'string' && Object.hasOwn(APP_ARGS_SCHEMAS, command)
}
