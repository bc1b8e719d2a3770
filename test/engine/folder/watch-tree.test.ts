import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchTree, type TreeEvent } from '../../../electron/engine/folder/watch-tree.ts'
import { hangGuard } from '../../support/hang-guard.ts'

const HANG_MS = 60_000

let lab: string
let folder: string
let stops: (() => Promise<void>)[]

beforeEach(() => {
  lab = mkdtempSync(join(tmpdir(), 'holdfast-tree-'))
  // A name that is a pattern to some.
  folder = join(lab, 'in (new) [1] {a,b} !x')
  mkdirSync(folder)
  stops = []
})
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()))
  rmSync(lab, { recursive: true })
})

/** A subscription that can be asked to wait for an event. */
async function watch(): Promise<{ stop: () => Promise<void>; until: (type: TreeEvent['type'], path: string) => Promise<void>; heard: TreeEvent[] }> {
  const heard: TreeEvent[] = []
  let wake: () => void = () => undefined
  const stop = await watchTree(folder, (_, events) => {
    heard.push(...events)
    wake()
  })
  stops.push(stop)
  const until = async (type: string, path: string): Promise<void> => {
    while (!heard.some((event) => event.type === type && event.path === path)) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    stop: async () => {
      stops.splice(stops.indexOf(stop), 1)
      await stop()
    },
    until: (type, path) => hangGuard(until(type, path), HANG_MS, `${type} ${path}`, () => JSON.stringify(heard)),
    heard,
  }
}

test('names are relative, and the engine’s own folder is left out', async () => {
  mkdirSync(join(folder, '.holdfast'))
  const { until, heard } = await watch()
  writeFileSync(join(folder, '.holdfast', 'staged'), 'x')
  writeFileSync(join(folder, 'ünï [1]'), 'x')
  await until('create', 'ünï [1]')
  unlinkSync(join(folder, 'ünï [1]'))
  await until('delete', 'ünï [1]')
  expect(heard.filter(({ path }) => path.startsWith('.holdfast/'))).toEqual([])
})

test('a new subscription knows the folders that the one before it has missed', async () => {
  const first = await watch()
  // inotify tells of the folder that came, not of those in it, and the watcher does not look.
  mkdirSync(join(lab, 'Trip', 'deep', 'er'), { recursive: true })
  writeFileSync(join(lab, 'Trip', 'deep', 'er', 'notes.txt'), 'x')
  renameSync(join(lab, 'Trip'), join(folder, 'Trip'))
  await first.until('create', 'Trip')
  const second = await watch()
  await first.stop()
  unlinkSync(join(folder, 'Trip', 'deep', 'er', 'notes.txt'))
  await second.until('delete', 'Trip/deep/er/notes.txt')
})

test('many in turn, and two at once', async () => {
  let { stop } = await watch()
  for (let round = 0; round < 5; round += 1) {
    const next = await watch()
    await stop()
    stop = next.stop
  }
  const [one, other] = [await watch(), await watch()]
  writeFileSync(join(folder, 'a'), 'x')
  await Promise.all([one.until('create', 'a'), other.until('create', 'a')])
})

test('one that is laid while the last before it ends', async () => {
  for (let round = 0; round < 20; round += 1) {
    const last = await watch()
    const [, next] = await Promise.all([last.stop(), watch()])
    writeFileSync(join(folder, `file${round}`), 'x')
    await next.until('create', `file${round}`)
    await next.stop()
  }
})
