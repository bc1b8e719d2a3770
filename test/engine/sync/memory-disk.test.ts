import { describe } from 'vitest'
import { syncDiskSuite } from '../../support/sync/disk-suite.ts'
import { MemoryDisk, MemoryVolume } from '../../support/sync/memory-disk.ts'

describe('the disk of the simulation', () => {
  syncDiskSuite(() => {
    let nowMs = 1_800_000_000_000
    const volume = new MemoryVolume(() => nowMs)
    const open = () => new MemoryDisk(volume, 'f'.repeat(32))
    return {
      disk: open(),
      reopen: open,
      write: (path, content, options) => volume.put(path, typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content), options),
      makeFolder: (path) => volume.folder(path),
      remove: (path) => volume.remove(path),
      rename: (from, to) => volume.move(from, to),
      tree: () => Object.fromEntries([...volume.nodes].map(([path, node]) => (node === 'folder' ? [`${path}/`, ''] : [path, new TextDecoder().decode(node.bytes)]))),
      takeAway: () => (volume.present = false),
      bringBack: () => (volume.present = true),
      nowMs: () => nowMs,
      pass: (ms) => (nowMs += ms),
      dispose: () => undefined,
    }
  })
})
