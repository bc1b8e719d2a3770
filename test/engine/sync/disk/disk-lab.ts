import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { InlineLanes } from '../../../../electron/engine/folder/inline-lanes.ts'
import type { Lanes } from '../../../../electron/engine/folder/ports.ts'
import type { VolumeTraits } from '../../../../electron/engine/folder/volume-probe.ts'
import { FolderDisk } from '../../../../electron/engine/sync/disk/folder-disk.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import type { DiskLab } from '../../../support/sync/disk-suite.ts'

export const FOLDER_ID = 'f'.repeat(32)

export interface FolderLab extends DiskLab {
  readonly root: string
  readonly disk: FolderDisk
  reopen(): FolderDisk
}

/** A shared folder on this machine's disk. */
export function folderLab(options: { root?: string; traits?: VolumeTraits; lanes?: Pick<Lanes, 'sync'> } = {}): FolderLab {
  const base = options.root === undefined ? mkdtempSync(join(tmpdir(), 'holdfast-sync-disk-')) : undefined
  const root = options.root ?? join(base ?? '', 'shared')
  mkdirSync(root, { recursive: true })
  const clock = new FakeClock()
  const lanes = options.lanes ?? new InlineLanes()
  const make = () => new FolderDisk({ root, folderId: FOLDER_ID, lanes, clock, ...(options.traits ? { traits: options.traits } : {}) })
  return {
    root,
    disk: make(),
    reopen: make,
    write(path, content, { mtimeMs, executable } = {}) {
      const absolute = join(root, path)
      mkdirSync(dirname(absolute), { recursive: true })
      writeFileSync(absolute, content)
      if (executable !== undefined) chmodSync(absolute, executable ? 0o755 : 0o644)
      if (mtimeMs !== undefined) utimesSync(absolute, mtimeMs / 1000, mtimeMs / 1000)
    },
    makeFolder: (path) => void mkdirSync(join(root, path), { recursive: true }),
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    rename: (from, to) => renameSync(join(root, from), join(root, to)),
    tree: () => treeOf(root),
    takeAway() {
      renameSync(root, `${root}.away`)
      mkdirSync(root)
    },
    bringBack() {
      rmSync(root, { recursive: true })
      renameSync(`${root}.away`, root)
    },
    nowMs: () => clock.now(),
    pass: (ms) => clock.jump(ms),
    dispose: () => base !== undefined && rmSync(base, { recursive: true, force: true }),
  }
}

export function treeOf(root: string, below = ''): Record<string, string> {
  const tree: Record<string, string> = {}
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (path === '.holdfast') continue
    if (entry.isDirectory()) Object.assign(tree, { [`${path}/`]: '' }, treeOf(root, path))
    else tree[path] = entry.isFile() ? readFileSync(join(root, path), 'utf8') : 'no file'
  }
  return tree
}
