import { z } from 'zod'
import { attempt, bytes, digests, epoch, file, fileBytes, folder, mtimeMs, request, sequence, text, transfer, unsigned64, whole } from './fields.ts'
import {
  BLOCK_BYTES, MAX_FILE_BYTES, MAX_FILES, MAX_NAME_BYTES, MAX_OFFER_ROOTS, MAX_PAGES, MAX_SHARED_FOLDERS, MAX_TEXT_BYTES,
} from './limits.ts'
import type { CborMessage, MessageName } from './message-types.ts'

/** Those with long lists of items are checked by hand in items.ts and sync-items.ts. */
export type HotName = 'manifest' | 'want' | 'receipt' | 'index' | 'sync-digests-request' | 'sync-get' | 'sync-end'
type PlainName = Exclude<MessageName, HotName>
type BodyOf<Name extends MessageName> = Omit<Extract<CborMessage, { type: Name }>, 'type'>

const MAX_BLOCKS = MAX_FILE_BYTES / BLOCK_BYTES
const message = text(MAX_TEXT_BYTES)
const name = text(MAX_NAME_BYTES)
const onlyTransfer = z.object({ transfer })
const block = whole(MAX_BLOCKS)
/** Files are sent from whole blocks on. */
const blockOffset = fileBytes.refine((offset) => offset % BLOCK_BYTES === 0, 'not a multiple of the block size')

/** Unknown keys are ignored everywhere: a later version may say more. */
export const SCHEMAS = {
  hello: z.object({
    version: whole(0xffff),
    session: bytes(16).exactOptional(),
    received: unsigned64,
    name,
    app: name,
    port: whole(0xffff),
  }),
  ping: z.object({ nonce: unsigned64 }),
  pong: z.object({ nonce: unsigned64 }),
  close: z.object({
    code: z.enum(['version', 'busy', 'untrusted', 'protocol', 'replaced', 'simultaneous', 'shutting-down']),
    message,
  }),
  'pair-commit': z.object({ commitment: bytes(32) }),
  'pair-nonce': z.object({ nonce: bytes(32) }),
  'pair-reveal': z.object({ nonce: bytes(32) }),
  'pair-confirm': z.object({}),
  'pair-cancel': z.object({ reason: z.enum(['refused', 'busy', 'too-many', 'timeout', 'mismatch']) }),
  offer: z.object({
    transfer,
    roots: z.array(name).max(MAX_OFFER_ROOTS),
    files: whole(MAX_FILES),
    entries: whole(MAX_FILES),
    pages: whole(MAX_PAGES),
    bytes: whole(Number.MAX_SAFE_INTEGER),
  }),
  'offer-reply': z.object({
    transfer,
    answer: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('accept'), pages: whole(MAX_PAGES), rate: whole(Number.MAX_SAFE_INTEGER).exactOptional() }),
      z.object({ kind: z.literal('pending') }),
      z.object({
        kind: z.literal('refuse'),
        reason: z.enum(['declined', 'policy', 'quota', 'limit', 'cancelled', 'unknown']),
        message,
      }),
      z.object({ kind: z.literal('done') }),
    ]),
  }),
  digests: z.object({ transfer, file, firstBlock: block, digests }),
  same: z.object({ transfer, file, attempt, firstBlock: block, count: whole(MAX_BLOCKS) }),
  'block-request': z.object({ transfer, file, attempt, offset: blockOffset }),
  'file-restart': z.object({ transfer, file, attempt, size: fileBytes, mtimeMs, executable: z.boolean() }),
  'file-failed': z.object({ transfer, file, code: z.enum(['unreadable', 'vanished', 'changing', 'superseded']), message }),
  durable: z.object({ transfer, file, attempt, offset: fileBytes }),
  done: onlyTransfer,
  closed: onlyTransfer,
  hold: z.object({
    transfer,
    reason: z.enum(['user', 'space', 'folder']),
    needed: whole(Number.MAX_SAFE_INTEGER).exactOptional(),
    free: whole(Number.MAX_SAFE_INTEGER).exactOptional(),
    message: message.exactOptional(),
  }),
  go: onlyTransfer,
  cancel: z.object({ transfer, message: message.exactOptional() }),
  unknown: onlyTransfer,
  'folder-list': z.object({
    folders: z
      .array(
        z.object({
          folder,
          name,
          mode: z.enum(['two-way', 'send-only', 'receive-only']),
          epoch,
          sequence,
          held: z.object({ epoch, sequence }).exactOptional(),
          looking: z.boolean().exactOptional(),
          files: whole(Number.MAX_SAFE_INTEGER),
          bytes: whole(Number.MAX_SAFE_INTEGER),
        }),
      )
      .max(MAX_SHARED_FOLDERS),
  }),
  'folder-refuse': z.object({ folder }),
  'index-ack': z.object({ folder, epoch, sequence }),
  'sync-digests': z.object({ request, firstBlock: block, digests, last: z.boolean() }),
  'sync-cancel': z.object({ request }),
} satisfies { readonly [Name in PlainName]: z.ZodType<BodyOf<Name>> }

/** Compile-time: no schema leaves out a key of its message (it would be dropped in silence). */
type Forgotten = { [Name in PlainName]: Exclude<keyof BodyOf<Name>, keyof z.output<(typeof SCHEMAS)[Name]>> }[PlainName]
const nothingForgotten: [Forgotten] extends [never] ? true : Forgotten = true
void nothingForgotten

