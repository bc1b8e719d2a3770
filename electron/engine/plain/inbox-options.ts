import { HoldfastError } from '../../../shared/errors.ts'
import type { PlainCodec } from './codecs/plain-codec.ts'
import { framingCodec } from './framing.ts'
import { MESSAGE_ID_BYTES } from './message-id.ts'
import { DEFAULT_NAME_PATTERN, DEFAULT_NAME_PATTERN_WITH_IDS, namePattern, type NamePattern } from './name-pattern.ts'
import type { PlainReply } from './reply.ts'

/** How messages are received; the same whether the inbox listens or dials. */
export interface PlainInboxOptions {
  readonly framing: string
  /** Of a message, without its id. */
  readonly maxMessageBytes: number
  /** At once. Further ones are closed. */
  readonly maxConnections: number
  /** A connection on which nothing moves for so long is closed; 0: never. */
  readonly idleTimeoutMs: number
  /** File names; absent: date, time and number, or the id where there are ids. */
  readonly name?: string
  readonly reply?: PlainReply
  /** Messages begin with an 8-byte big-endian id; repeats are dropped. */
  readonly ids?: boolean
}

export const DEFAULT_MAX_MESSAGE_BYTES = 1024 ** 3
export const DEFAULT_MAX_CONNECTIONS = 100
export const DEFAULT_IDLE_TIMEOUT_MS = 60_000

export interface InboxRules {
  readonly codec: PlainCodec
  readonly names: NamePattern
  readonly reply: PlainReply
  readonly ids: boolean
}

/** Reads the options. Throws USAGE_INVALID. */
export function inboxRules(options: PlainInboxOptions): InboxRules {
  const ids = options.ids ?? false
  const codec = framingCodec(options.framing, options.maxMessageBytes + (ids ? MESSAGE_ID_BYTES : 0))
  if (ids && (codec.exactLength?.({}) ?? MESSAGE_ID_BYTES) < MESSAGE_ID_BYTES) {
    throw new HoldfastError('USAGE_INVALID', `Messages of ${options.framing} are too short for the ${MESSAGE_ID_BYTES}-byte ids they should begin with.`)
  }
  const pattern = options.name ?? (ids ? DEFAULT_NAME_PATTERN_WITH_IDS : DEFAULT_NAME_PATTERN)
  return { codec, names: namePattern(pattern, { ids, typed: options.framing.startsWith('typed:') }), reply: options.reply ?? 'none', ids }
}
