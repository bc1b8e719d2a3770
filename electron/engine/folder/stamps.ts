import { fstatSync, lstatSync, type BigIntStats, type Stats } from 'node:fs'
import type { SourceStamp } from './ports.ts'

export interface StampedFile {
  readonly stamp: SourceStamp
  readonly executable: boolean
}

const SAFE_BITS = 53n
const SAFE_MASK = (1n << SAFE_BITS) - 1n

/** NTFS and ReFS inodes exceed 2^53: asked for again as bigint and folded, so that no bit is merely dropped. */
export function foldInode(inode: bigint): number {
  return Number((inode ^ (inode >> SAFE_BITS)) & SAFE_MASK)
}

/** Stamp of an open file. */
export function stampOf(descriptor: number, stats: Stats = fstatSync(descriptor)): SourceStamp {
  return stamp(stats, () => fstatSync(descriptor, { bigint: true }))
}

/** Stamp of a path whose `lstat` is known. */
export function stampOfPath(path: string, stats: Stats): SourceStamp {
  return stamp(stats, () => lstatSync(path, { bigint: true }))
}

export function sameStamp(a: SourceStamp, b: SourceStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.inode === b.inode
}

export const STAMP_NUMBERS = 4

/** Many stamps as numbers side by side; zeros for one that is not known. */
export function packStamps(stamps: readonly (SourceStamp | undefined)[]): Float64Array {
  const numbers = new Float64Array(stamps.length * STAMP_NUMBERS)
  stamps.forEach((one, i) => {
    if (!one) return
    const at = i * STAMP_NUMBERS
    numbers[at] = one.size
    numbers[at + 1] = one.mtimeMs
    numbers[at + 2] = one.ctimeMs
    numbers[at + 3] = one.inode
  })
  return numbers
}

export function stampAt(numbers: Float64Array, index: number): SourceStamp | undefined {
  const [size = 0, mtimeMs = 0, ctimeMs = 0, inode = 0] = numbers.subarray(index * STAMP_NUMBERS, (index + 1) * STAMP_NUMBERS)
  return inode === 0 ? undefined : { size, mtimeMs, ctimeMs, inode }
}

/** Windows has no such bit. */
export function isExecutable(stats: Stats): boolean {
  return process.platform !== 'win32' && (stats.mode & 0o111) !== 0
}

function stamp(stats: Stats, precisely: () => BigIntStats): SourceStamp {
  const inode = Number.isSafeInteger(stats.ino) ? stats.ino : foldInode(precisely().ino)
  return { size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode }
}
