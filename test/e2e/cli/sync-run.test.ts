import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareTrees } from '../../support/compare-trees.ts'
import { SyncLab, append, names, put, remove, type SyncHome } from '../../support/sync-lab.ts'

const GUARD_MS = 180_000

let lab: SyncLab
let a: SyncHome
let b: SyncHome
beforeEach(async () => {
  lab = new SyncLab()
  a = await lab.home('a')
  b = await lab.home('b')
  await lab.pair(b, a)
  put(a, 'one.txt', 'one')
  await lab.share(a, b)
  await lab.settle(a)
  await a.receiver.process.expectInterrupt(0)
})
afterEach(() => lab.close())

describe('sync run, without anything that runs here', { timeout: GUARD_MS }, () => {
  it('brings both sides up to date and ends; a dry run only says what it would do', async () => {
    put(b, 'two.txt', 'two')
    await lab.did(b, ['sync', 'run', '--give-up-after', '0'], 1)
    put(a, 'three.txt', 'three')
    remove(a, 'one.txt')
    const dry = await lab.did(a, ['sync', 'run', '--dry-run'])
    expect(dry.filter(({ event }) => event === 'plan')).toMatchObject([{ action: 'get', path: 'two.txt', size: 3 }])
    expect(dry.at(-1)).toMatchObject({ event: 'planned', get: 1, delete: 0 })
    expect(names(a)).toEqual(['three.txt'])

    const events = await lab.did(a, ['sync', 'run'])
    expect(events.filter(({ event }) => event === 'file')).toContainEqual(expect.objectContaining({ kind: 'got', path: 'two.txt', size: 3, folder: 'a-shared' }))
    expect(events.at(-1)).toMatchObject({ event: 'done', folder: 'a-shared', equal: true, problems: 0 })
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(names(b)).toEqual(['three.txt', 'two.txt'])
  })

  it('works between two that only run, when one listens', async () => {
    await b.receiver.process.expectInterrupt(0)
    append(a, 'one.txt', ', from a')
    put(b, 'late.txt', 'from b')
    const listening = lab.run(b.home, ['sync', 'run', '--listen', b.receiver.address, '--give-up-after', '60'])
    await listening.waitFor('sync')
    const dialing = lab.run(a.home, ['sync', 'run', '--give-up-after', '60'])
    await Promise.all([dialing.expectExit(0, 90_000), listening.expectExit(0, 90_000)])
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(readFileSync(join(b.folder, 'one.txt'), 'utf8')).toBe('one, from a')
  })

  it('says when nobody can be reached, and exits with 1', async () => {
    await b.receiver.process.expectInterrupt(0)
    const events = await lab.did(a, ['sync', 'run', '--give-up-after', '1'], 1)
    expect(events.at(-1)).toMatchObject({ event: 'error', code: 'NET_UNREACHABLE' })
    expect(events.find(({ event }) => event === 'done')).toMatchObject({ equal: false })
  })

  it('is interrupted with 130, and the same again continues', async () => {
    await b.receiver.process.expectInterrupt(0)
    const running = lab.run(a.home, ['sync', 'run', '--give-up-after', '60'])
    await running.waitFor('sync')
    await running.expectInterrupt(130)
    await lab.again(b)
    await lab.settle(a)
  })

  it('other commands answer about folders, and change them, while nothing runs', async () => {
    const [folder] = await lab.did(a, ['sync', 'list'])
    expect(folder).toMatchObject({ event: 'sync', folder: 'a-shared', content: { files: 1 } })
    expect(await lab.did(a, ['sync', 'status'])).toHaveLength(1)
    expect(await lab.did(a, ['sync', 'conflicts'])).toEqual([])
    expect(await lab.did(a, ['sync', 'restore'])).toEqual([])
    await lab.did(a, ['sync', 'ignore', '--add', '*.tmp'])
    expect(readFileSync(join(a.folder, '.holdfastignore'), 'utf8')).toBe('*.tmp\n')
    await lab.did(a, ['sync', 'pause'])
    await lab.did(a, ['sync', 'resume'])
    put(a, 'x.tmp', 'x')
    await lab.settle(a)
    expect(existsSync(join(b.folder, 'x.tmp'))).toBe(false)
    expect(names(b)).toEqual(['.holdfastignore', 'one.txt'])
    remove(b, 'one.txt')
    await lab.did(b, ['sync', 'run', '--give-up-after', '0'], 1)
    await lab.settle(a)
    expect(names(a)).not.toContain('one.txt')
    // What a sync has deleted here is put back by a command of its own.
    await lab.did(a, ['sync', 'restore', 'one.txt'])
    expect(readFileSync(join(a.folder, 'one.txt'), 'utf8')).toBe('one')
    await lab.settle(a)
    expect(readFileSync(join(b.folder, 'one.txt'), 'utf8')).toBe('one')
  })
})
