import { closeSync, fstatSync, openSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { ErrorData } from '../../../shared/errors.ts'
import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'
import { blake3, fileDigest } from '../util/digest.ts'
import type { Stamp } from '../journal/sync-ports.ts'
import { fill } from './digest-file.ts'
import { errnoOf } from './disk-errors.ts'
import { READ_FLAGS } from './read-pack.ts'
import { InsideFolders } from './resolve-inside.ts'
import { syncFailure, syncProblem } from './sync-errors.ts'
import { gateShared, requireSyncFolder, syncStagedPath, syncTraits, type SyncPlace } from './sync-place.ts'
import { isExecutable, sameStamp, stampOf } from './stamps.ts'

/** As in sync-ports.ts, with the error as data: it comes from another thread. */
export type HashOutcome =
  | { readonly kind: 'hashed'; readonly stamp: Stamp; readonly executable: boolean; readonly digest: Uint8Array; readonly blocks: Uint8Array }
  | { readonly kind: 'changing' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly error: ErrorData }

/** Between pauses, so that other jobs of the lane get their turn. */
const BYTES_AT_ONCE = 8 * BLOCK_BYTES
/** In one read. */
const MAX_READ_BYTES = 16 * BLOCK_BYTES

/** Shared by all that hash in this lane: nobody waits between filling it and hashing it. */
let scratch: Buffer | undefined

class Budget {
  #left = BYTES_AT_ONCE

  async spend(bytes: number): Promise<void> {
    // Opening a file takes as long as reading some.
    this.#left -= bytes + 32 * 1024
    if (this.#left > 0) return
    this.#left = BYTES_AT_ONCE
    await setImmediate()
  }
}

export async function hashShared({ place, paths, keepsExecutable }: { place: SyncPlace; paths: readonly string[]; keepsExecutable: boolean }): Promise<HashOutcome[]> {
  requireSyncFolder(place)
  const traits = syncTraits(place)
  const budget = new Budget()
  const outcomes: HashOutcome[] = []
  // For one slice: what is swapped for a link meanwhile is seen at the next.
  let folders = new InsideFolders(place.root)
  for (const [index, path] of paths.entries()) {
    if (index % 64 === 63) folders = new InsideFolders(place.root)
    const gated = gateShared(path, traits)
    if (!gated.ok) outcomes.push({ kind: 'gone' })
    else outcomes.push(await hashOne(place, folders, gated.segments, path, keepsExecutable, budget))
  }
  return outcomes
}

async function hashOne(place: SyncPlace, folders: InsideFolders, segments: readonly string[], path: string, keepsExecutable: boolean, budget: Budget): Promise<HashOutcome> {
  try {
    if (folders.state(segments.slice(0, -1)) !== 'folder') return { kind: 'gone' }
    const descriptor = openSync(folders.path(segments), READ_FLAGS)
    try {
      const stats = fstatSync(descriptor)
      if (!stats.isFile()) return { kind: 'gone' }
      const stamp = stampOf(descriptor, stats)
      const digests = await blockDigests(descriptor, stats.size, budget)
      const after = fstatSync(descriptor)
      if (!digests || !sameStamp(stampOf(descriptor, after), stamp)) return { kind: 'changing' }
      const long = stats.size > BLOCK_BYTES
      return {
        kind: 'hashed',
        stamp,
        executable: keepsExecutable && isExecutable(after),
        digest: long ? plain(fileDigest(stats.size, digests)) : digests,
        blocks: long ? digests : new Uint8Array(0),
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(errno)) return { kind: 'gone' }
    if (errno === 'EBUSY') return { kind: 'changing' }
    return { kind: 'failed', error: syncProblem(error, place.root, path, 'reading') }
  }
}

/** Of the first `size` bytes; undefined when there are fewer. */
async function blockDigests(descriptor: number, size: number, budget: Budget): Promise<Uint8Array | undefined> {
  const count = Math.max(1, Math.ceil(size / BLOCK_BYTES))
  const digests = new Uint8Array(count * DIGEST_BYTES)
  for (let index = 0; index < count; index += 1) {
    const length = Math.min(BLOCK_BYTES, size - index * BLOCK_BYTES)
    scratch ??= Buffer.allocUnsafeSlow(BLOCK_BYTES)
    if (!fill(descriptor, scratch, length, index * BLOCK_BYTES)) return undefined
    digests.set(blake3(scratch.subarray(0, length)), index * DIGEST_BYTES)
    await budget.spend(length)
  }
  return digests
}

/** Of all that is staged under this number; undefined when there is nothing. */
export async function hashStaged({ place, id }: { place: SyncPlace; id: number }): Promise<Uint8Array | undefined> {
  requireSyncFolder(place)
  try {
    const descriptor = openSync(syncStagedPath(place, id), READ_FLAGS)
    try {
      const { size } = fstatSync(descriptor)
      return size === 0 ? undefined : await blockDigests(descriptor, size, new Budget())
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes(errnoOf(error) ?? '')) return undefined
    throw syncFailure(error, place.root)
  }
}

/** Undefined when the file is not as the stamp says, before and after. */
export function readShared({ place, path, stamp, offset, length }: { place: SyncPlace; path: string; stamp: Stamp; offset: number; length: number }): Uint8Array | undefined {
  if (length < 0 || length > MAX_READ_BYTES || offset < 0) throw new RangeError('no more than 16 MiB are read at once')
  requireSyncFolder(place)
  const gated = gateShared(path, syncTraits(place))
  if (!gated.ok) return undefined
  try {
    const folders = new InsideFolders(place.root)
    if (folders.state(gated.segments.slice(0, -1)) !== 'folder') return undefined
    const descriptor = openSync(folders.path(gated.segments), READ_FLAGS)
    try {
      const stats = fstatSync(descriptor)
      if (!stats.isFile() || !sameStamp(stampOf(descriptor, stats), stamp)) return undefined
      const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, stats.size - offset)))
      if (!fill(descriptor, bytes, bytes.length, offset)) return undefined
      return sameStamp(stampOf(descriptor), stamp) ? plain(bytes) : undefined
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'EBUSY', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return undefined
    throw syncFailure(error, place.root)
  }
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
