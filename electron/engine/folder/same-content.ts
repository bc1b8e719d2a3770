import { closeSync, fstatSync, openSync } from 'node:fs'
import { BLOCK_BYTES } from '../protocol/limits.ts'
import { fileDigest } from '../util/digest.ts'
import { digestNow, fill } from './digest-file.ts'
import { errnoOf } from './disk-errors.ts'
import { READ_FLAGS } from './read-pack.ts'

/**
 * Whether two files hold the same bytes, block by block, ending at the first difference: cheaper than a digest of the
 * placed one when they differ, and never wrong about it.
 */
export function sameContent(staged: string, placed: string, size: number): boolean {
  const a = openSync(staged, READ_FLAGS)
  try {
    const b = openForReading(placed)
    if (b === undefined) return false
    try {
      return fstatSync(b).size === size && sameBytes(a, b, size)
    } finally {
      closeSync(b)
    }
  } finally {
    closeSync(a)
  }
}

/** For when the staged file is gone: whether the file there has this digest. */
export function hasDigest(placed: string, size: number, digest: Uint8Array): boolean {
  const found = digestNow(placed)
  return found !== undefined && found.size === size && fileDigest(size, found.digests).equals(digest)
}

/** A file that may not be read counts as different: keeping both loses nothing. */
function openForReading(path: string): number | undefined {
  try {
    return openSync(path, READ_FLAGS)
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'ELOOP'].includes(errnoOf(error) ?? '')) return undefined
    throw error
  }
}

function sameBytes(a: number, b: number, size: number): boolean {
  const length = Math.min(size, BLOCK_BYTES)
  const left = Buffer.allocUnsafeSlow(length)
  const right = Buffer.allocUnsafeSlow(length)
  for (let position = 0; position < size; position += BLOCK_BYTES) {
    const count = Math.min(BLOCK_BYTES, size - position)
    if (!fill(a, left, count, position) || !fill(b, right, count, position)) return false
    if (left.compare(right, 0, count, 0, count) !== 0) return false
  }
  return true
}
