import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SyncWatcher, SyncWatcherPorts } from '../../../electron/engine/folder/sync-ports.ts'
import type { HoldfastError } from '../../../shared/errors.ts'

/** A folder that changes behind the watcher's back. */
export interface WatcherLab {
  open(ports: SyncWatcherPorts): SyncWatcher
  write(path: string, content: string): void
  remove(path: string): void
  rename(from: string, to: string): void
  takeAway(): void
  bringBack(): void
  /** Away and back at once, before anybody can look. */
  flicker(): void
  /** Lets it happen: time passes until the condition holds. */
  until(condition: () => boolean): Promise<void>
  dispose(): void
}

/** What every watcher of a shared folder must do. */
export function syncWatcherSuite(make: () => WatcherLab): void {
  let lab: WatcherLab
  let watcher: SyncWatcher
  let heard: Set<string>
  let unsure: number
  let problems: (HoldfastError | undefined)[]
  beforeEach(async () => {
    lab = make()
    heard = new Set()
    unsure = 0
    problems = []
    lab.write('old/file', '1')
    watcher = lab.open({
      changed: (paths) => paths.forEach((path) => heard.add(path)),
      unsure: () => (unsure += 1),
      problem: (problem) => problems.push(problem),
    })
    await watcher.start()
  })
  afterEach(async () => {
    await watcher.close()
    lab.dispose()
  })
  /** At the path, or at a folder above it. */
  const told = (path: string) => [...heard].some((one) => one === path || path.startsWith(`${one}/`))

  /** Told, or to be looked for: watches may be laid once more while the folder settles. */
  const afterwards = async (): Promise<void> => {
    const before = unsure
    lab.write('after', '1')
    await lab.until(() => told('after') || unsure > before)
  }

  describe('what happens is told:', () => {
    test('files made, changed, renamed and deleted', async () => {
      lab.write('new', '1')
      await lab.until(() => told('new'))
      heard.clear()
      lab.write('old/file', '2')
      await lab.until(() => told('old/file'))
      heard.clear()
      lab.rename('new', 'renamed')
      await lab.until(() => told('new') && told('renamed'))
      lab.remove('renamed')
      heard.clear()
      lab.remove('old')
      await lab.until(() => told('old'))
    })

    test('also in new folders, and folders within them', async () => {
      lab.write('a/b/c/d', '1')
      await lab.until(() => told('a/b/c/d'))
    })

    test('the ignore file, but nothing of the engine’s own folder', async () => {
      lab.write('.holdfast/staging/sync/1', 'x')
      lab.write('.holdfastignore', 'x')
      await lab.until(() => told('.holdfastignore'))
      expect([...heard].filter((path) => path.startsWith('.holdfast') && path !== '.holdfastignore')).toEqual([])
    })
  })

  test('it is unsure at the start, and when the folder was gone', async () => {
    await lab.until(() => unsure === 1)
    lab.takeAway()
    await lab.until(() => problems.length === 1)
    expect(problems[0]).toMatchObject({ code: 'FOLDER_MISSING' })
    lab.bringBack()
    await lab.until(() => problems.length === 2 && unsure > 1)
    expect(problems[1]).toBeUndefined()
    await afterwards()
  })

  test('nor does it miss what follows when the folder was gone for a moment only', async () => {
    await lab.until(() => unsure === 1)
    lab.flicker()
    await lab.until(() => unsure > 1)
    expect(problems.filter((problem) => problem !== undefined && problem.code !== 'FOLDER_MISSING')).toEqual([])
    await afterwards()
  })
}
