import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DiskAction } from '../../../../electron/engine/folder/sync-ports.ts'
import type { VolumeTraits } from '../../../../electron/engine/folder/volume-probe.ts'
import { listAll } from '../../../support/sync/disk-suite.ts'
import { folderLab, type FolderLab } from './disk-lab.ts'
import { cutAfter } from './dying-disk.ts'

const PLAIN: VolumeTraits = { foldsCase: false, foldsUnicode: false, hardLinks: true, windowsNames: false }

interface Scenario {
  readonly name: string
  readonly action: (lab: FolderLab) => Promise<DiskAction>
  /** What each name may hold after a cut and recovery; undefined: nothing. */
  readonly may: Readonly<Record<string, readonly (string | undefined)[]>>
}

const OLD = 'what was there'
const NEW = 'what arrives'

const stampOf = async (lab: FolderLab, path: string) => (await lab.disk.stat(path))?.stamp ?? { size: 0, mtimeMs: 0, ctimeMs: 0, inode: 0 }

const SCENARIOS: readonly Scenario[] = [
  { name: 'a new file', action: async () => ({ kind: 'place', id: 1, path: 'd/new', expected: 'nothing', by: null }), may: { 'd/a': [OLD], 'd/new': [undefined, NEW] } },
  { name: 'a replaced file', action: async (lab) => ({ kind: 'place', id: 1, path: 'd/a', expected: await stampOf(lab, 'd/a'), by: null }), may: { 'd/a': [OLD, NEW] } },
  {
    name: 'a conflict copy',
    action: async (lab) => ({ kind: 'place', id: 1, path: 'd/a', expected: await stampOf(lab, 'd/a'), keepAs: 'd/copy', by: null }),
    may: { 'd/a': [OLD, NEW], 'd/copy': [undefined, OLD] },
  },
  {
    name: 'a moved file',
    action: async (lab) => ({ kind: 'move', from: 'd/a', expected: await stampOf(lab, 'd/a'), path: 'd/b', mtimeMs: 1_000_000, executable: true }),
    may: { 'd/a': [OLD, undefined], 'd/b': [undefined, OLD] },
  },
  { name: 'a deleted file', action: async (lab) => ({ kind: 'trash', path: 'd/a', expected: await stampOf(lab, 'd/a'), by: null }), may: { 'd/a': [OLD, undefined] } },
  {
    name: 'a file with other attributes',
    action: async (lab) => ({ kind: 'attributes', path: 'd/a', expected: await stampOf(lab, 'd/a'), mtimeMs: 1_000_000, executable: true }),
    may: { 'd/a': [OLD] },
  },
]

describe.each([
  ['with hard links', PLAIN],
  ['without hard links', { ...PLAIN, hardLinks: false }],
] as const)('power that is cut after any step, on a volume %s, costs no content:', (_, traits) => {
  test.each(SCENARIOS)('$name', async ({ action, may }) => {
    for (let steps = 0; ; steps += 1) {
      const lab = folderLab({ traits })
      try {
        await lab.disk.adopt()
        lab.write('d/a', OLD)
        await lab.disk.stage([{ id: 1, mtimeMs: 5_000, executable: false, bytes: Buffer.from(NEW) }])
        const wanted = await action(lab)
        const cut = await cutAfter(steps, () => lab.disk.apply([wanted]))

        const everywhere = contents(lab.root)
        expect(everywhere, `after ${steps} steps`).toContain(OLD)
        expect(everywhere, `after ${steps} steps`).toContain(NEW)

        const disk = lab.reopen()
        const { items, problems } = await listAll(disk)
        expect(problems).toEqual([])
        const tree = lab.tree()
        for (const [path, allowed] of Object.entries(may)) expect(allowed, `${path} after ${steps} steps`).toContain(tree[path])
        const known = new Set(['d/', ...Object.keys(may)])
        expect(Object.keys(tree).filter((path) => !known.has(path)), `after ${steps} steps`).toEqual([])
        expect(items.filter((item) => item.kind === 'file').length).toBe(Object.keys(tree).length - 1)
        // Found again under some name: here, or in the trash as it is shown.
        const shown = (await disk.trash.list({ offset: 0, limit: 10 })).items.map((item) => [item.path, item.size])
        if (!Object.values(tree).includes(OLD)) expect(shown).toEqual([['d/a', OLD.length]])
        // Nothing of it is in the way of doing it again.
        await disk.unstage()
        expect(readdirSync(join(lab.root, '.holdfast/staging/sync'))).toEqual([])
        if (!cut) {
          expect(steps).toBeGreaterThan(0)
          return
        }
      } finally {
        lab.dispose()
      }
    }
  })
})

/** Of every file, the engine's own too. */
function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
}
