import { createHash } from 'node:crypto'
import type { DeviceId } from '../../../shared/model/device.ts'

/** SPKI of an uncompressed P-256 point (RFC 5480): algorithm ecPublicKey, curve prime256v1, 65 bytes beginning with 4. */
const P256_SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex')
const SPKI_BYTES = 91

/** RFC 4648, section 6. */
export const BASE32_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * Device keys are P-256, in one encoding. Every SPKI then has the same length, so that concatenations of them are
 * unambiguous (pairing), and one key has one device id.
 */
export function isDeviceSpki(spki: Uint8Array): boolean {
  return spki.length === SPKI_BYTES && P256_SPKI_PREFIX.equals(spki.subarray(0, P256_SPKI_PREFIX.length))
}

/** SHA-256 of a SPKI in DER, in base32 without padding: 13 groups of four joined by `-`. */
export function deviceIdOfSpki(spki: Uint8Array): DeviceId {
  const text = base32(createHash('sha256').update(spki).digest())
  return (text.match(/.{4}/g) ?? []).join('-')
}

function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32_ALPHABET.charAt((value >>> (bits - 5)) & 31)
    value &= 31
  }
  return bits > 0 ? text + BASE32_ALPHABET.charAt((value << (5 - bits)) & 31) : text
}
