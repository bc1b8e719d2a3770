import { chmodSync, existsSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareTrees } from '../../support/compare-trees.ts'
import { SyncLab, append, happens, names, put, remove, type SyncHome } from '../../support/sync-lab.ts'
import { makeTree } from '../../support/trees.ts'

const GUARD_MS = 180_000

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

describe('a folder on two devices', { timeout: GUARD_MS }, () => {
  it('is offered, taken, merged with what is there, and then the same', async () => {
    makeTree(a.folder, { seed: 3, files: 120 })
    put(b, 'only there.txt', 'there')
    put(b, 'both.txt', 'same')
    put(a, 'both.txt', 'same')
    await lab.share(a, b)
    await lab.settle(a)
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(text(a, 'only there.txt')).toBe('there')
    expect(names(a)).toContain('both.txt')
    const [folder] = await lab.did(b, ['sync', 'status'])
    expect(folder).toMatchObject({ event: 'sync', state: { kind: 'up-to-date' }, conflicts: 0, problems: 0, content: { files: 122 } })
    // Nothing to do is quickly seen, and said.
    const done = (await lab.settle(b)).at(-1)
    expect(done).toMatchObject({ event: 'done', equal: true })
  })

  it('follows every change on either side while receive runs, and names it', async () => {
    put(a, 'docs/one.txt', 'one')
    put(a, 'docs/two.txt', 'two')
    await lab.share(a, b)
    await lab.settle(a)
    const [there, here] = [b.receiver.process, a.receiver.process]

    append(a, 'docs/one.txt', ', more')
    await happens(there, 'docs/one.txt', 'replaced')
    expect(text(b, 'docs/one.txt')).toBe('one, more')

    put(b, 'docs/three.txt', 'three')
    await happens(here, 'docs/three.txt', 'got')
    expect(text(a, 'docs/three.txt')).toBe('three')

    remove(a, 'docs/two.txt')
    await happens(there, 'docs/two.txt', 'deleted')
    expect(existsSync(join(b.folder, 'docs/two.txt'))).toBe(false)

    const before = there.events.length
    renameSync(join(a.folder, 'docs'), join(a.folder, 'papers'))
    await happens(there, 'papers/one.txt', 'renamed', before)
    await happens(there, 'papers/three.txt', 'renamed', before)
    await lab.settle(b)
    expect(there.events.slice(before).filter((event) => event.event === 'file' && event['kind'] === 'got')).toEqual([])
    expect(names(b)).toEqual(['papers'])
    expect(compareTrees(a.folder, b.folder)).toEqual([])
  })

  it('carries times and modes, replaces by rename as editors do, and empties', async () => {
    put(a, 'script', '#!/bin/sh\n')
    put(a, 'old', 'x')
    put(a, 'empty', '')
    await lab.share(a, b)
    await lab.settle(a)
    chmodSync(join(a.folder, 'script'), 0o755)
    utimesSync(join(a.folder, 'old'), 1_000_000_000, 1_000_000_000)
    writeFileSync(join(a.folder, 'old~'), 'new content')
    renameSync(join(a.folder, 'old~'), join(a.folder, 'old'))
    await lab.settle(a)
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(text(b, 'old')).toBe('new content')
  })

  it('is paused and resumed, and named by name, path or id', async () => {
    const folderId = await lab.share(a, b)
    await lab.settle(a)
    const paused = await lab.did(a, ['sync', 'pause', a.folder])
    expect(paused).toMatchObject([{ event: 'sync', state: { kind: 'paused' } }])
    put(a, 'later.txt', 'x')
    put(b, 'too.txt', 'y')
    await lab.did(a, ['sync', 'run', folderId.slice(0, 6)], 1)
    expect(existsSync(join(b.folder, 'later.txt'))).toBe(false)
    expect(existsSync(join(a.folder, 'too.txt'))).toBe(false)
    await lab.did(a, ['sync', 'resume', 'a-shared'])
    await lab.settle(b)
    await lab.settle(a)
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(names(a)).toEqual(['later.txt', 'too.txt'])
  })

  it('goes one way only where that was asked for', async () => {
    put(a, 'x.txt', 'from a')
    await lab.share(a, b, { theirMode: 'receive-only' })
    await lab.settle(a)
    put(b, 'mine.txt', 'only here')
    put(b, 'x.txt', 'changed here')
    await lab.did(b, ['sync', 'run', '--give-up-after', '20'])
    expect(text(a, 'x.txt')).toBe('from a')
    expect(names(a)).toEqual(['x.txt'])
    const [folder] = await lab.did(b, ['sync', 'status'])
    expect(folder).toMatchObject({ changedHere: 2 })
    append(a, 'x.txt', ', again')
    await happens(b.receiver.process, 'x.txt', 'conflict')
    await lab.settle(a)
    expect(text(b, 'x.txt')).toBe('from a, again')
    expect(names(b).filter((name) => name.includes('conflict'))).toHaveLength(1)
  })

  it('leaves alone what .holdfastignore says, on both sides', async () => {
    put(a, '.holdfastignore', '*.tmp\nbuild/\n')
    put(a, 'keep.txt', 'x')
    put(a, 'scratch.tmp', 'x')
    put(a, 'build/out.o', 'x')
    await lab.share(a, b)
    await lab.settle(a)
    expect(names(b)).toEqual(['.holdfastignore', 'keep.txt'])
    put(b, 'there.tmp', 'y')
    await lab.did(a, ['sync', 'ignore', 'a-shared', '--add', '*.log'])
    put(a, 'noise.log', 'x')
    await lab.settle(a)
    expect(text(b, '.holdfastignore')).toContain('*.log')
    expect(names(b)).toEqual(['.holdfastignore', 'keep.txt', 'there.tmp'])
    // Ignoring what is shared already deletes it nowhere.
    await lab.did(a, ['sync', 'ignore', 'a-shared', '--add', 'keep.txt'])
    remove(a, 'keep.txt')
    await lab.settle(a)
    expect(text(b, 'keep.txt')).toBe('x')
  })

  it('is removed here without touching a file, and is not wanted by who refuses it', async () => {
    put(a, 'x.txt', 'x')
    await lab.share(a, b)
    await lab.settle(a)
    await lab.did(b, ['sync', 'remove', 'a-shared'])
    expect(text(b, 'x.txt')).toBe('x')
    expect(await lab.did(b, ['sync', 'list'])).toEqual([])
    await a.receiver.process.waitFor((event) => event.event === 'sync' && JSON.stringify(event['devices']).includes('"refused"'))
    put(a, 'y.txt', 'y')
    const run = await lab.did(a, ['sync', 'run', '--give-up-after', '1'], 1)
    expect(run.at(-1)).toMatchObject({ event: 'error' })
    expect(names(b)).toEqual(['x.txt'])
  })
})
