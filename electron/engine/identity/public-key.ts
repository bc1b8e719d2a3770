/** SPKI of an uncompressed P-256 point (RFC 5480): algorithm ecPublicKey, curve prime256v1, 65 bytes beginning with 4. */
const P256_SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex')

export const SPKI_BYTES = 91

/**
 * Device keys are P-256, in one encoding. Every SPKI then has the same length, so that concatenations of them are
 * unambiguous (pairing), and one key has one device id.
 */
export function isDeviceSpki(spki: Uint8Array): boolean {
  return spki.length === SPKI_BYTES && P256_SPKI_PREFIX.equals(spki.subarray(0, P256_SPKI_PREFIX.length))
}
