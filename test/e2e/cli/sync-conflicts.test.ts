import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareTrees } from '../../support/compare-trees.ts'
import { SyncLab, append, names, put, remove, type SyncHome } from '../../support/sync-lab.ts'

const GUARD_MS = 180_000
const COPY = /^note \(conflict, .+, \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\)\.txt$/

let lab: SyncLab
let a: SyncHome
let b: SyncHome
beforeEach(async () => {
  lab = new SyncLab()
  a = await lab.home('a')
  b = await lab.home('b')
  await lab.pair(a, b)
})
afterEach(() => lab.close())

const text = (home: SyncHome, path: string) => readFileSync(join(home.folder, path), 'utf8')

/** Both have edited `note.txt`, the second later, while the second was away. */
async function conflict(): Promise<void> {
  put(a, 'note.txt', 'base')
  await lab.share(a, b)
  await lab.settle(a)
  await b.receiver.process.expectInterrupt(0)
  append(a, 'note.txt', ', edited by a')
  await lab.did(a, ['sync', 'run', '--give-up-after', '0'], 1)
  append(b, 'note.txt', ', edited by b')
  await lab.again(b)
  await lab.settle(a)
}

describe('edits on two devices at once', { timeout: GUARD_MS }, () => {
  it('are both kept, the later under its name, on both devices alike; and are listed', async () => {
    await conflict()
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(text(a, 'note.txt')).toBe('base, edited by b')
    const [copy] = names(a).filter((name) => COPY.test(name))
    expect(text(a, copy ?? '')).toBe('base, edited by a')
    for (const home of [a, b]) {
      const listed = await lab.did(home, ['sync', 'conflicts'])
      expect(listed).toMatchObject([{ event: 'conflict', path: 'note.txt', copyPath: copy, original: { size: 17 }, copy: { size: 17 } }])
    }
  })

  it.each([
    ['original', ['note.txt'], 'base, edited by b'],
    ['copy', ['note.txt'], 'base, edited by a'],
  ])('are resolved by keeping the %s', async (keep, left, content) => {
    await conflict()
    await lab.did(b, ['sync', 'resolve', 'note.txt', '--keep', keep])
    await lab.settle(b)
    for (const home of [a, b]) {
      expect(names(home)).toEqual(left)
      expect(text(home, 'note.txt')).toBe(content)
      expect(await lab.did(home, ['sync', 'conflicts'])).toEqual([])
    }
    // What was not kept is in the trash.
    const trash = await lab.did(b, ['sync', 'restore'])
    expect(trash.length).toBeGreaterThan(0)
  })

  it('are resolved by keeping both, which are no conflict then', async () => {
    await conflict()
    await lab.did(a, ['sync', 'resolve', join(a.folder, 'note.txt'), '--keep', 'both'])
    await lab.settle(a)
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(names(b)).toHaveLength(2)
    expect(names(b).map((name) => text(b, name)).sort()).toEqual(['base, edited by a', 'base, edited by b'])
    expect(await lab.did(b, ['sync', 'conflicts'])).toEqual([])
  })

  it('with one side deleted: the edit wins, and nothing is lost', async () => {
    put(a, 'note.txt', 'base')
    put(a, 'other.txt', 'base')
    await lab.share(a, b)
    await lab.settle(a)
    await b.receiver.process.expectInterrupt(0)
    remove(a, 'note.txt')
    await lab.did(a, ['sync', 'run', '--give-up-after', '0'], 1)
    append(b, 'note.txt', ', edited')
    await lab.again(b)
    await lab.settle(a)
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(text(a, 'note.txt')).toBe('base, edited')
  })
})
