import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { TreeEvent } from '../../../../electron/engine/folder/watch-tree.ts'
import { FolderWatcher } from '../../../../electron/engine/sync/disk/folder-watcher.ts'
import type { HoldfastError } from '../../../../shared/errors.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { syncWatcherSuite } from '../../../support/sync/watcher-suite.ts'
import { FOLDER_ID, folderLab, type FolderLab } from './disk-lab.ts'

describe('a shared folder on disk is watched', () => {
  syncWatcherSuite(() => {
    const lab = folderLab()
    const clock = new FakeClock()
    mkdirSync(join(lab.root, '.holdfast/staging/sync'), { recursive: true })
    writeFileSync(join(lab.root, '.holdfast/folder'), JSON.stringify({ folderId: FOLDER_ID }))
    return {
      ...lab,
      open: (ports) => new FolderWatcher({ root: lab.root, clock, ports }),
      flicker() {
        renameSync(lab.root, `${lab.root}.away`)
        renameSync(`${lab.root}.away`, lab.root)
      },
      async until(condition) {
        // The system's events come in real time, the watcher's own looks in the clock's.
        while (!condition()) {
          await clock.advance(500)
          await delay(20)
        }
      },
    }
  })
})

describe('a watcher', () => {
  let lab: FolderLab
  let watcher: FolderWatcher
  afterEach(async () => {
    await watcher.close()
    lab.dispose()
  })

  const open = async (options: { refusals?: number; reason?: string; renews?: boolean } = {}) => {
    lab = folderLab()
    await lab.disk.adopt()
    const clock = new FakeClock()
    const seen = { changed: [] as string[][], unsure: 0, late: [] as (HoldfastError | undefined)[], problems: [] as (HoldfastError | undefined)[], tries: 0 }
    const more = { refusals: options.refusals ?? 0 }
    const tell: ((...events: TreeEvent[]) => void)[] = []
    watcher = new FolderWatcher({
      root: lab.root,
      clock,
      renews: options.renews ?? true,
      ports: {
        changed: (paths) => seen.changed.push([...paths]),
        unsure: () => (seen.unsure += 1),
        problem: (problem) => seen.problems.push(problem),
        late: (problem) => seen.late.push(problem),
      },
      watch: async (_, heard) => {
        seen.tries += 1
        if (more.refusals-- > 0) throw new Error(options.reason ?? 'inotify_add_watch on x failed: No space left on device')
        tell.push((...events) => heard(undefined, events))
        return async () => undefined
      },
    })
    await watcher.start()
    return { clock, seen, more, tell: (...events: TreeEvent[]) => tell.at(-1)?.(...events) }
  }

  test('that the system refuses looks every minute, says how to help, and tries again now and then', async () => {
    const { clock, seen } = await open({ refusals: 2 })
    await clock.advance(0)
    expect(seen).toMatchObject({ unsure: 1, tries: 1, problems: [] })
    expect(seen.late).toMatchObject([{ code: 'SYNC_UNWATCHED' }])
    expect(seen.late[0]?.message).toContain('fs.inotify.max_user_watches')
    await clock.advance(5 * 60_000)
    expect(seen).toMatchObject({ unsure: 6, tries: 1 })
    await clock.advance(6 * 60_000)
    expect(seen).toMatchObject({ unsure: 12, tries: 2 })
    expect(seen.late).toHaveLength(1)
    await clock.advance(10 * 60_000)
    expect(seen.tries).toBe(3)
    expect(seen.late.at(-1)).toBeUndefined()
    const { unsure } = seen
    await clock.advance(10 * 60_000)
    expect(seen.unsure).toBe(unsure)
  })

  test('that may not read a folder says so', async () => {
    const { seen } = await open({ refusals: 9, reason: 'inotify_add_watch on x failed: Permission denied' })
    expect(seen.late[0]?.message).toContain('permission')
  })

  test('that a folder lies too deep for asks for no permission', async () => {
    const { seen } = await open({ refusals: 9, reason: 'inotify_add_watch on x failed: File name too long' })
    expect(seen.late[0]?.message).toMatch(/too deep/)
    expect(seen.late[0]?.message).not.toContain('permission')
  })

  test('takes a folder that is gone for a moment while it is laid for no refusal', async () => {
    const { seen } = await open({ refusals: 3, reason: 'Bad file descriptor' })
    expect(seen).toMatchObject({ unsure: 1, tries: 4, late: [], problems: [] })
  })

  test('says that folders go faster than they can be watched, and tries again in a minute', async () => {
    const { clock, seen } = await open({ refusals: 4, reason: 'inotify_add_watch on x failed: No such file or directory' })
    expect(seen.late).toMatchObject([{ code: 'SYNC_UNWATCHED' }])
    expect(seen.late[0]?.message).toContain('faster')
    await clock.advance(70_000)
    expect([seen.late.length, seen.late.at(-1), seen.tries]).toEqual([2, undefined, 5])
  })

  test('tells new folders once more when their watches stand, and files but once', async () => {
    const { clock, seen, tell } = await open()
    lab.write('new/inner/file', 'x')
    lab.write('file', 'x')
    tell({ type: 'create', path: 'new' }, { type: 'create', path: 'file' }, { type: 'update', path: 'other' }, { type: 'delete', path: 'gone' })
    expect(seen.changed).toEqual([['new', 'file', 'other', 'gone']])
    while (seen.changed.length < 2) {
      await clock.advance(500)
      await delay(1)
    }
    expect(seen.changed[1]).toEqual(['new'])
    expect(seen.tries).toBe(2)
  })

  test('looks at everything when folders pour in', async () => {
    const { clock, seen, tell } = await open()
    const { unsure } = seen
    tell(...Array.from({ length: 2_000 }, (_, index): TreeEvent => ({ type: 'create', path: `d${index}` })))
    while (seen.unsure === unsure) {
      await clock.advance(500)
      await delay(1)
    }
    expect(seen.changed).toHaveLength(1)
  })

  test('that gets no watches for new folders keeps those it has, polls, and recovers', async () => {
    const { clock, seen, more, tell } = await open()
    more.refusals = 1
    lab.makeFolder('new')
    tell({ type: 'create', path: 'new' })
    while (seen.late.length === 0) {
      await clock.advance(500)
      await delay(1)
    }
    tell({ type: 'update', path: 'still' })
    expect(seen.changed.at(-1)).toEqual(['still'])
    const { unsure } = seen
    await clock.advance(3 * 60_000)
    expect(seen.unsure).toBe(unsure + 3)
    await clock.advance(8 * 60_000)
    expect([seen.late.length, seen.late.at(-1)]).toEqual([2, undefined])
  })

  test('takes a folder that goes while it is laid for gone, not for refused', async () => {
    const { clock, seen, more } = await open()
    lab.takeAway()
    await clock.advance(6_000)
    expect(seen.problems).toMatchObject([{ code: 'FOLDER_MISSING' }])
    more.refusals = 4
    await clock.advance(20_000)
    lab.bringBack()
    await clock.advance(20_000)
    expect(seen.problems.at(-1)).toBeUndefined()
    expect(seen.problems).toHaveLength(2)
  })

  test('lays no new watches where the system watches trees', async () => {
    const { clock, seen, tell } = await open({ renews: false })
    lab.makeFolder('new')
    tell({ type: 'create', path: 'new' })
    await clock.advance(60_000)
    expect(seen).toMatchObject({ changed: [['new']], tries: 1 })
  })
})
