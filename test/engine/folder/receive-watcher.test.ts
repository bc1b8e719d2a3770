import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HoldfastError } from '../../../shared/errors.ts'
import { ReceiveWatcher, type FolderChanges } from '../../../electron/engine/folder/receive-watcher.ts'
import type { TreeEvent } from '../../../electron/engine/folder/watch-tree.ts'
import { FakeClock } from '../../support/fake-clock.ts'

interface Subscription {
  readonly tell: (...events: TreeEvent[]) => void
  stopped: boolean
}

let root: string
let clock: FakeClock
let watcher: ReceiveWatcher
let subscriptions: Subscription[]
/** So often the system says no. */
let refusals: number
let told: FolderChanges[]
let unsure: number
/** What laying waits for. */
let laying: Promise<void>

const standing = (): number[] => subscriptions.flatMap(({ stopped }, i) => (stopped ? [] : [i]))
const deletedNames = (): string[] => told.flatMap(({ deleted }) => deleted)

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-watcher-'))
  clock = new FakeClock()
  subscriptions = []
  told = []
  unsure = 0
  refusals = 0
  laying = Promise.resolve()
  watcher = new ReceiveWatcher(
    root,
    { clock, check: () => undefined, changed: (changes) => told.push(changes), unsure: () => void (unsure += 1), problem: () => undefined },
    async (_, heard) => {
      await laying
      if (refusals-- > 0) throw new Error('no more watches')
      const subscription: Subscription = { tell: (...events) => heard(undefined, events), stopped: false }
      subscriptions.push(subscription)
      return async () => {
        subscription.stopped = true
      }
    },
  )
  await watcher.start()
})
afterEach(async () => {
  await watcher.close()
  expect(standing()).toEqual([])
  rmSync(root, { recursive: true })
})

test('new watches are laid when folders have stopped coming, once for all', async () => {
  const first = watcher.renew()
  await clock.advance(1_500)
  const second = watcher.renew()
  await clock.advance(1_999)
  expect(subscriptions).toHaveLength(1)
  await clock.advance(1)
  expect(subscriptions).toHaveLength(2)
  await first
  await second
  await clock.advance(60_000)
  expect(standing()).toEqual([1])
})

test('and every half minute while they do not', async () => {
  for (let second = 0; second < 61; second += 1) {
    void watcher.renew()
    await clock.advance(1_000)
  }
  expect(subscriptions).toHaveLength(3)
})

test('what the old watches had not told yet is still told after the new ones stand', async () => {
  const laid = watcher.renew()
  await clock.advance(2_000)
  await laid
  expect(standing()).toEqual([0, 1])
  subscriptions[0]?.tell({ type: 'delete', path: 'Trip/notes.txt' })
  subscriptions[1]?.tell({ type: 'delete', path: 'Trip/deep/x' })
  expect(deletedNames()).toEqual(['Trip/notes.txt', 'Trip/deep/x'])
  await clock.advance(999)
  expect(standing()).toEqual([0, 1])
  await clock.advance(1)
  expect(standing()).toEqual([1])
})

test('a wish while they are being laid gets others after them', async () => {
  let go: () => void = () => undefined
  laying = new Promise((resolve) => {
    go = resolve
  })
  const done: string[] = []
  void watcher.renew()?.then(() => done.push('first'))
  await clock.advance(2_000)
  void watcher.renew()?.then(() => done.push('second'))
  go()
  await clock.advance(1_999)
  expect(done).toEqual(['first'])
  await clock.advance(1)
  expect(done).toEqual(['first', 'second'])
  expect(subscriptions).toHaveLength(3)
})

test('where the system refuses new ones the old ones stay, and who waits goes on', async () => {
  refusals = Infinity
  const laid = watcher.renew()
  await clock.advance(2_000)
  await laid
  expect(standing()).toEqual([0])
  subscriptions[0]?.tell({ type: 'delete', path: 'a' })
  expect(deletedNames()).toEqual(['a'])
})

test('where the system refuses the first ones, it is asked once a minute, and everything is looked at then', async () => {
  let [asked, looks] = [0, 0]
  const refused = new ReceiveWatcher(
    root,
    { clock, check: () => undefined, changed: () => undefined, unsure: () => void (looks += 1), problem: () => undefined },
    async () => {
      asked += 1
      throw new Error('no more watches')
    },
  )
  await refused.start()
  const each = asked
  await clock.advance(59_000)
  expect([asked, looks]).toEqual([each, 1])
  await clock.advance(1_000)
  expect([asked, looks]).toEqual([2 * each, 2])
  // Another folder has its place: perhaps a small one.
  renameSync(root, `${root}.away`)
  mkdirSync(root)
  await clock.advance(5_000)
  expect([asked, looks]).toEqual([3 * each, 3])
  rmSync(`${root}.away`, { recursive: true })
  await refused.close()
})

test('one that goes while the system refuses is watched as soon as it is back', async () => {
  const problems: (string | undefined)[] = []
  let [asked, looks] = [0, 0]
  const missing = new ReceiveWatcher(
    root,
    {
      clock,
      check: () => {
        if (!existsSync(root)) throw new HoldfastError('FOLDER_MISSING', 'away')
      },
      changed: () => undefined,
      unsure: () => void (looks += 1),
      problem: (problem) => problems.push(problem?.code),
    },
    async () => {
      asked += 1
      if (asked === 1) renameSync(root, `${root}.away`)
      if (!existsSync(root)) throw new Error('ENOENT')
      return async () => undefined
    },
  )
  await missing.start()
  await clock.advance(5_000)
  renameSync(`${root}.away`, root)
  const before = looks
  await clock.advance(1_000)
  expect([problems, looks]).toEqual([['FOLDER_MISSING', undefined], before + 1])
  await missing.close()
})

test('a folder that goes while the tree is read makes no difference', async () => {
  refusals = 2
  const laid = watcher.renew()
  await clock.advance(3_000)
  await laid
  expect(standing()).toEqual([1])
})

test('a folder that went and came back before anybody looked is watched anew', async () => {
  // The system tells of the move, and no longer of what happens after: the same folder is there, but nobody hears of it.
  subscriptions[0]?.tell({ type: 'delete', path: '' })
  await clock.advance(0)
  expect([standing(), unsure]).toEqual([[1], 2])
})

test('nobody waits for ever when it closes, or for a folder that is not watched', async () => {
  const laid = watcher.renew()
  await watcher.close()
  await laid
  expect(watcher.renew()).toBeUndefined()
})

test('the engine’s own folder and what is not below are nobody’s business', () => {
  subscriptions[0]?.tell({ type: 'delete', path: '.holdfast/x' }, { type: 'delete', path: '.HOLDFAST-old' }, { type: 'delete', path: '../y' })
  expect(deletedNames()).toEqual([])
})
