import type { ErrorCode } from '../../shared/errors.ts'

/** The command line's contract (DESIGN.md section 7). */
export const EXIT = { ok: 0, incomplete: 1, usage: 2, refused: 3, interrupted: 130 } as const

const USAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['USAGE_INVALID'])

/** Refused or not trusted. A name that not one paired device has, but none or several, is the latter. */
const REFUSED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DEVICE_UNKNOWN',
  'DEVICE_AMBIGUOUS',
  'TRUST_UNKNOWN_KEY',
  'TRUST_KEY_MISMATCH',
  'TRUST_KEY_CHANGED',
  'TRUST_REFUSED',
  'PAIRING_REFUSED',
  'PAIRING_BUSY',
  'PAIRING_TOO_MANY',
  'TRANSFER_REFUSED',
  'TRANSFER_QUOTA',
])

export function exitCodeOf(code: ErrorCode): number {
  if (USAGE.has(code)) return EXIT.usage
  return REFUSED.has(code) ? EXIT.refused : EXIT.incomplete
}
