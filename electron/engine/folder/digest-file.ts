import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'
import { blake3 } from '../util/digest.ts'
import { diskFailure, errnoOf } from './disk-errors.ts'
import { gatePath } from './path-gate.ts'
import type { ReceivePlace } from './ports.ts'
import { READ_FLAGS } from './read-pack.ts'
import { InsideFolders } from './resolve-inside.ts'
import { requireReceiveFolder } from './staging.ts'
import { sameStamp, stampOf } from './stamps.ts'
import { gateTarget, volumeTraits } from './volume-probe.ts'

/** Between pauses, so that other jobs of the lane get their turn during a large file. */
const BLOCKS_AT_ONCE = 8

/** Block digests of a file that is in place already; undefined when it is not there, no regular file, or changed meanwhile. */
export async function digestPlaced(job: { place: ReceivePlace; path: string }): Promise<{ digests: Uint8Array; size: number } | undefined> {
  const { root } = job.place
  try {
    requireReceiveFolder(root)
    const gated = gatePath(job.path, gateTarget(volumeTraits(root)))
    if (!gated.ok) return undefined
    const folders = new InsideFolders(root)
    if (gated.segments.length > 1 && folders.state(gated.segments.slice(0, -1)) !== 'folder') return undefined
    const steps = blockDigests(folders.path(gated.segments))
    for (;;) {
      const step = steps.next()
      if (step.done) return step.value
      await setImmediate()
    }
  } catch (error) {
    if (isGone(error)) return undefined
    throw diskFailure(error, root)
  }
}

/** The same at one go, for a path that was checked. */
export function digestNow(path: string): { digests: Uint8Array; size: number } | undefined {
  try {
    const steps = blockDigests(path)
    for (;;) {
      const step = steps.next()
      if (step.done) return step.value
    }
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** Yields every few blocks. */
function* blockDigests(path: string): Generator<void, { digests: Uint8Array; size: number } | undefined> {
  const descriptor = openSync(path, READ_FLAGS)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) return undefined
    const stamp = stampOf(descriptor, stats)
    const count = Math.max(1, Math.ceil(stats.size / BLOCK_BYTES))
    const digests = new Uint8Array(count * DIGEST_BYTES)
    const block = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, stats.size))
    for (let index = 0; index < count; index += 1) {
      const wanted = Math.min(BLOCK_BYTES, stats.size - index * BLOCK_BYTES)
      if (!fill(descriptor, block, wanted, index * BLOCK_BYTES)) return undefined
      digests.set(blake3(block.subarray(0, wanted)), index * DIGEST_BYTES)
      if (index % BLOCKS_AT_ONCE === BLOCKS_AT_ONCE - 1) yield
    }
    return sameStamp(stampOf(descriptor), stamp) ? { digests, size: stats.size } : undefined
  } finally {
    closeSync(descriptor)
  }
}

/** False when the file ends before. */
export function fill(descriptor: number, target: Buffer, length: number, position: number): boolean {
  for (let done = 0; done < length; ) {
    const read = readSync(descriptor, target, done, length - done, position + done)
    if (read === 0) return false
    done += read
  }
  return true
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')
}
