import blake from '@napi-rs/blake-hash'
import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'

/** BLAKE3 of the concatenated parts. 32 bytes. */
export function blake3(...parts: readonly (Uint8Array | string)[]): Buffer {
  const [only] = parts
  // One call across instead of three: small files by the thousand feel it.
  if (parts.length === 1 && only !== undefined) return blake.blake3(typeof only === 'string' ? only : asBuffer(only))
  const hasher = new blake.Blake3Hasher()
  for (const part of parts) hasher.update(typeof part === 'string' ? part : asBuffer(part))
  return hasher.digestBuffer()
}

/**
 * Writes the digest of `content` into `target` at `at`. As text it crosses from native code in half the time of a Buffer,
 * each of which is memory of its own with a finalizer: small files by the thousand feel it.
 */
export function writeBlake3(content: Buffer, target: Buffer, at: number): void {
  target.write(blake.blake3UrlSafeBase64(content), at, DIGEST_BYTES, 'base64url')
}

/** Whether `content` has this digest. */
export function hasBlake3(content: Buffer, digest: Uint8Array): boolean {
  return blake.blake3UrlSafeBase64(content) === `${asBuffer(digest).toString('base64url')}=`
}

/**
 * A file's digest from its block digests (DESIGN.md section 3): of one block (or none) that block's, of more
 * BLAKE3("holdfast file 1" ‖ size as u64 big-endian ‖ block digests). So resuming re-reads nothing.
 */
export function fileDigest(size: number, blockDigests: Uint8Array): Buffer {
  if (size <= BLOCK_BYTES) {
    if (blockDigests.length === 0 && size === 0) return blake3('')
    if (blockDigests.length !== DIGEST_BYTES) throw new RangeError('a file of one block has one block digest')
    return Buffer.from(blockDigests)
  }
  if (blockDigests.length !== Math.ceil(size / BLOCK_BYTES) * DIGEST_BYTES) throw new RangeError('block digests do not match the size')
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(size))
  return blake3('holdfast file 1', length, blockDigests)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
