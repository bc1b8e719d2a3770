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

/** Windows has no such bit. */
export function isExecutable(stats: Stats): boolean {
  return process.platform !== 'win32' && (stats.mode & 0o111) !== 0
}

function stamp(stats: Stats, precisely: () => BigIntStats): SourceStamp {
  const inode = Number.isSafeInteger(stats.ino) ? stats.ino : foldInode(precisely().ino)
  return { size: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode }
}
