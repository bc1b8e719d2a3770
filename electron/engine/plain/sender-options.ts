import { HoldfastError } from '../../../shared/errors.ts'
import { MAX_FILE_BYTES } from '../protocol/limits.ts'
import type { Random } from '../util/random.ts'
import type { PlainCodec } from './codecs/plain-codec.ts'
import { framingCodec } from './framing.ts'

export interface PlainSendOptions {
  readonly framing: string
  /** Every message begins with an 8-byte big-endian id, the same whenever it is sent again. */
  readonly ids?: boolean
  /** Wait for each message's id (or number on its connection, from 1) in decimal, in the same framing. */
  readonly awaitAck?: boolean
  /** Further attempts in a row that bring nothing on, before what is left has failed. */
  readonly retries: number
  /** Without any movement, a connection is given up after so long. */
  readonly timeoutMs: number
  /** `typed`: the type of every message; absent: the first of the map that carries it. */
  readonly type?: number
}

export const DEFAULT_RETRIES = 8
export const DEFAULT_SEND_TIMEOUT_MS = 30_000

/** Of the eight bytes of an id of at most 15 decimal digits the first is always 0. */
const NUL_DELIMITER = /^delimiter:\\(0|x00)$/

export interface SenderRules {
  readonly codec: PlainCodec
  readonly type: number | undefined
}

/** Reads the options. Throws USAGE_INVALID. */
export function senderRules(options: PlainSendOptions): SenderRules {
  const codec = framingCodec(options.framing, MAX_FILE_BYTES)
  if (options.ids && NUL_DELIMITER.test(options.framing)) {
    throw new HoldfastError('USAGE_INVALID', 'Ids (--ids) begin with a zero byte, which ends the message in this framing. Choose another delimiter, or length32.')
  }
  if (options.type === undefined) return { codec, type: undefined }
  if (!options.framing.startsWith('typed:')) throw new HoldfastError('USAGE_INVALID', 'A type (--type) needs the framing typed.')
  const refusal = codec.refusal({ type: options.type, length: codec.exactLength?.({ type: options.type }) ?? 0 })
  if (refusal !== undefined) throw new HoldfastError('USAGE_INVALID', `The type (--type) cannot be used: ${refusal}.`)
  return { codec, type: options.type }
}

/**
 * Ids ascend from a random start, so that two runs do not use the same. No longer in decimal than the framing can carry in a
 * confirmation.
 */
export function firstMessageId({ codec, type }: SenderRules, random: Random): bigint {
  const head = type === undefined ? {} : { type }
  const digits = Math.min(15, codec.exactLength?.(head) ?? (codec.refusal({ ...head, length: 15 }) === undefined ? 15 : 9))
  const space = 10n ** BigInt(digits) / 2n
  const bytes = random.bytes(8)
  return 1n + new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0) % space
}
