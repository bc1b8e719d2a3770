import { statfsSync } from 'node:fs'

/** statfs(2) magic numbers: ext2 to ext4, XFS, Btrfs, tmpfs, ramfs, F2FS, ZFS, bcachefs, overlayfs. */
const KEEPING = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x858458f6, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x794c7630])

/**
 * Whether any change of a file there shows in its change time, also when its modification time is set back. FAT has no such
 * time, and what lies behind a network or a FUSE program may not have one, or tells it late.
 */
export function keepsChangeTimes(path: string): boolean {
  if (process.platform !== 'linux') return true
  try {
    return KEEPING.has(statfsSync(path).type >>> 0)
  } catch {
    return false
  }
}
