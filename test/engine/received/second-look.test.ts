import { beforeEach, describe, expect, test } from 'vitest'
import { SecondLook } from '../../../electron/engine/received/second-look.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const FOLDER = '/in'

let clock: FakeClock
let secondLook: SecondLook
let log: string[]
let gone: Set<string>
let busy: boolean
let watched: boolean
let lay: () => Promise<void>

beforeEach(() => {
  clock = new FakeClock()
  log = []
  gone = new Set()
  busy = false
  watched = true
  let laid: Promise<void> | undefined
  let done: () => void = () => undefined
  lay = async () => {
    done()
    laid = undefined
    await clock.advance(0)
  }
  secondLook = new SecondLook({
    clock,
    busy: () => busy,
    renew: () => {
      if (!watched) return undefined
      if (!laid) log.push('renew')
      return (laid ??= new Promise((resolve) => {
        done = resolve
      }))
    },
    look: async (_, paths) => look(paths),
    lookWhichAreLeft: async (_, paths) => {
      look(paths)
      return paths.filter((path) => !gone.has(path))
    },
    lookInside: async (_, path) => void log.push(`inside ${path}`),
    lookSince: async (_, sinceMs) => void log.push(`since ${sinceMs - clock.now()}`),
  })
})

const look = (paths: readonly string[]): void => {
  if (paths.length > 0) log.push(paths.length < 10 ? `look ${paths.join(' ')}` : `look at ${paths.length}`)
}
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`)

describe('a delivery', () => {
  test('that the watcher tells of costs nothing, whichever comes first', async () => {
    secondLook.delivered(FOLDER, ['a', 'b'])
    secondLook.told(FOLDER, ['a', 'b', 'c'])
    await clock.advance(5_000)
    secondLook.delivered(FOLDER, ['c'])
    await clock.advance(60_000)
    expect(log).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('that it does not tell of is looked at, and again when new watches stand', async () => {
    secondLook.delivered(FOLDER, ['a', 'b', 'c'])
    secondLook.told(FOLDER, ['b'])
    gone.add('a')
    await clock.advance(1_500)
    expect(log).toEqual(['look a c', 'renew'])
    await clock.advance(60_000)
    await lay()
    expect(log).toEqual(['look a c', 'renew', 'look c'])
    await clock.advance(60_000)
    expect(log).toHaveLength(3)
  })

  test('that was deleted at once needs no new watches', async () => {
    secondLook.delivered(FOLDER, ['a'])
    gone.add('a')
    await clock.advance(60_000)
    expect(log).toEqual(['look a'])
  })

  test('in the place of a file that was told to be deleted is one of its own', async () => {
    secondLook.told(FOLDER, ['a'])
    secondLook.deleted(FOLDER, ['a'])
    secondLook.delivered(FOLDER, ['a'])
    await clock.advance(2_000)
    expect(log).toEqual(['look a', 'renew'])
  })

  test('after the watches were asked for waits for the next ones', async () => {
    secondLook.delivered(FOLDER, ['a'])
    await clock.advance(1_500)
    await lay()
    secondLook.delivered(FOLDER, ['b'])
    await clock.advance(1_500)
    await lay()
    expect(log).toEqual(['look a', 'renew', 'look a', 'look b', 'renew', 'look b'])
  })

  test('of which nothing tells, where nobody watches, is looked at once', async () => {
    watched = false
    secondLook.delivered(FOLDER, ['a'])
    await clock.advance(60_000)
    expect(log).toEqual(['look a'])
    expect(clock.pending).toBe(0)
  })
})

test('many at once are looked at once, when they are watched', async () => {
  secondLook.delivered(FOLDER, many(1_200))
  await clock.advance(1_000)
  expect(log).toEqual(['renew'])
  await lay()
  expect(log).toEqual(['renew', 'look at 1200'])
})

test('and at once where nobody watches', async () => {
  watched = false
  secondLook.delivered(FOLDER, many(1_200))
  await clock.advance(1_000)
  expect(log).toEqual(['look at 1200'])
})

test('while files pour in the watcher has more time to tell', async () => {
  busy = true
  secondLook.delivered(FOLDER, ['a', 'b'])
  await clock.advance(9_500)
  secondLook.told(FOLDER, ['a'])
  expect(log).toEqual([])
  await clock.advance(500)
  expect(log).toEqual(['look b', 'renew'])
})

test('what does not fit in memory is looked at by the time of its delivery', async () => {
  secondLook.delivered(FOLDER, many(50_001))
  await clock.advance(1_000)
  await lay()
  expect(log).toEqual(['renew', 'since -1000', 'look at 50000'])
  await clock.advance(60_000)
  expect(log).toHaveLength(3)
})

test('nor what has to wait for new watches for long', async () => {
  busy = true
  secondLook.delivered(FOLDER, many(50_000))
  await clock.advance(10_000)
  secondLook.delivered(FOLDER, ['a', 'b'])
  await clock.advance(10_000)
  await lay()
  // A walk would cost what is just arriving.
  expect(log).toEqual(['renew', 'look a b'])
  busy = false
  await clock.advance(1_000)
  expect(log).toEqual(['renew', 'look a b', 'since -11000', 'look at 50000'])
})

test('a look that waits for a pause does not wait for ever', async () => {
  busy = true
  secondLook.folderMade(FOLDER, 'album')
  await lay()
  await clock.advance(29_000)
  expect(log).toEqual(['renew'])
  await clock.advance(2_000)
  expect(log).toEqual(['renew', 'inside album'])
})

test('a folder of another program is looked into once more when it is watched', async () => {
  secondLook.folderMade(FOLDER, 'album')
  secondLook.ownFolderMade(FOLDER)
  secondLook.folderMade(FOLDER, 'album')
  await clock.advance(60_000)
  expect(log).toEqual(['renew'])
  await lay()
  expect(log).toEqual(['renew', 'inside album'])
})

test('nothing after its end', async () => {
  secondLook.delivered(FOLDER, ['a'])
  secondLook.folderMade(FOLDER, 'album')
  secondLook.close()
  await lay()
  await clock.advance(60_000)
  secondLook.delivered(FOLDER, ['b'])
  expect(clock.pending).toBe(0)
  expect(log).toEqual(['renew'])
})
