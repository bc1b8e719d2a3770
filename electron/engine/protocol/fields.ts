import { z } from 'zod'
import {
  DEVICE_TAG_LENGTH, DIGEST_BYTES, EPOCH_BYTES, FOLDER_ID_BYTES, MAX_ATTEMPT, MAX_DIGESTS, MAX_FILE_BYTES, MAX_FILE_NUMBER, MAX_PATH_BYTES, MAX_PATH_DEPTH, MAX_REQUEST,
  TRANSFER_ID_BYTES,
} from './limits.ts'
import { utf8Length } from './text.ts'

/** Milliseconds that a JavaScript date can hold, either side of the epoch. */
const MAX_MTIME_MS = 8.64e15

/** Predicates for the hot lists (items.ts), and the same as schema fields for everything else. */
export function isWhole(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}

export function isMtime(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_MTIME_MS
}

export function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

/** Whole digests, at least one. */
export function isDigests(value: unknown): value is Uint8Array {
  return (
    value instanceof Uint8Array && value.length > 0 && value.length % DIGEST_BYTES === 0 && value.length <= MAX_DIGESTS * DIGEST_BYTES
  )
}

export function isText(value: unknown, maxBytes: number): value is string {
  if (typeof value !== 'string') return false
  const length = utf8Length(value)
  return length >= 0 && length <= maxBytes
}

/** The form only: length and depth. Which names are allowed is for the path gate to say. */
export function isPath(value: unknown): value is string {
  if (!isText(value, MAX_PATH_BYTES) || value.length === 0) return false
  let depth = 1
  for (let at = value.indexOf('/'); at >= 0; at = value.indexOf('/', at + 1)) depth += 1
  return depth <= MAX_PATH_DEPTH
}

const DEVICE_TAG = new RegExp(`^[A-Z2-7]{${DEVICE_TAG_LENGTH}}$`)

export function isDeviceTag(value: unknown): value is string {
  return typeof value === 'string' && DEVICE_TAG.test(value)
}

export const whole = (max: number) => z.custom<number>((value) => isWhole(value, max), `not a whole number up to ${max}`)
export const text = (maxBytes: number) => z.custom<string>((value) => isText(value, maxBytes), `not text of at most ${maxBytes} bytes`)
export const bytes = (length: number) => z.custom<Uint8Array>((value) => isBytes(value, length), `not ${length} bytes`)
export const digests = z.custom<Uint8Array>(isDigests, 'not a list of digests')
export const mtimeMs = z.custom<number>(isMtime, 'not a time in whole milliseconds')
/** cborg gives numbers where they are exact. */
export const unsigned64 = z.union([z.bigint(), z.int()]).transform((value) => BigInt(value)).refine((value) => value >= 0n && value < 1n << 64n, 'not a u64')
export const transfer = bytes(TRANSFER_ID_BYTES)
export const file = whole(MAX_FILE_NUMBER)
export const attempt = whole(MAX_ATTEMPT)
export const fileBytes = whole(MAX_FILE_BYTES)
export const folder = bytes(FOLDER_ID_BYTES)
export const epoch = bytes(EPOCH_BYTES)
export const sequence = whole(Number.MAX_SAFE_INTEGER)
export const request = whole(MAX_REQUEST)
