import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { watchByParcel } from '../../../electron/engine/folder/watch-parcel.ts'
import { watchTree, type TreeEvent, type WatchTree } from '../../../electron/engine/folder/watch-tree.ts'
import { hangGuard } from '../../support/hang-guard.ts'

const HANG_MS = 60_000

const WATCH_AND_TELL = `
  const { watchTree } = await import(${JSON.stringify(new URL('../../../electron/engine/folder/watch-tree.ts', import.meta.url).href)})
  await watchTree(process.argv[1], (_, events) => { for (const { type, path } of events) console.log(type + ' ' + path) })
  console.log('laid')
  setInterval(() => undefined, 1000)
`

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
async function watch(how: WatchTree = watchTree): Promise<{ stop: () => Promise<void>; until: (type: TreeEvent['type'], path: string) => Promise<void>; heard: TreeEvent[] }> {
  const heard: TreeEvent[] = []
  let wake: () => void = () => undefined
  const stop = await how(folder, (_, events) => {
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

test.each([['as here', watchTree], ['by @parcel/watcher', watchByParcel]])('one that is laid while the last before it ends, %s', async (_, how) => {
  for (let round = 0; round < 20; round += 1) {
    const last = await watch(how)
    const [, next] = await Promise.all([last.stop(), watch(how)])
    writeFileSync(join(folder, `file${round}`), 'x')
    await next.until('create', `file${round}`)
    await next.stop()
  }
})

describe.skipIf(process.platform !== 'linux')('one watch a folder', () => {
  test('what came with a folder is told, and what happens in it from then on', async () => {
    const { until, heard } = await watch()
    mkdirSync(join(lab, 'Trip', 'deep', 'er'), { recursive: true })
    writeFileSync(join(lab, 'Trip', 'deep', 'er', 'notes.txt'), 'x')
    renameSync(join(lab, 'Trip'), join(folder, 'Trip'))
    await until('create', 'Trip/deep/er/notes.txt')
    expect(heard.map(({ path }) => path).sort()).toEqual(['Trip', 'Trip/deep', 'Trip/deep/er', 'Trip/deep/er/notes.txt'])
    unlinkSync(join(folder, 'Trip', 'deep', 'er', 'notes.txt'))
    await until('delete', 'Trip/deep/er/notes.txt')
    writeFileSync(join(folder, 'Trip', 'deep', 'er', 'more.txt'), 'x')
    await until('create', 'Trip/deep/er/more.txt')
  })

  test('folders made one in the other, and files in each, are told without a gap', async () => {
    const { until, heard } = await watch()
    const made: string[] = []
    for (let round = 0; round < 20; round += 1) {
      const parts = ['a', `b${round}`, 'c', 'd']
      mkdirSync(join(folder, ...parts), { recursive: true })
      for (let depth = 1; depth <= parts.length; depth += 1) {
        const path = [...parts.slice(0, depth), `file${round}`].join('/')
        writeFileSync(join(folder, path), 'x')
        made.push(path)
      }
      // So that some are found by looking, and some are heard of.
      if (round % 5 === 0) await until('create', made.at(-1) ?? '')
    }
    for (const path of made) await until('create', path)
    expect(heard.filter(({ type }) => type === 'delete')).toEqual([])
  })

  test('a folder in place of another: the end of the one, and all of the other', async () => {
    mkdirSync(join(folder, 'Album'))
    writeFileSync(join(folder, 'Album', 'old'), 'x')
    mkdirSync(join(lab, 'Album'))
    writeFileSync(join(lab, 'Album', 'new'), 'x')
    const { until, heard } = await watch()
    renameSync(join(folder, 'Album'), join(lab, 'Album before'))
    renameSync(join(lab, 'Album'), join(folder, 'Album'))
    await until('create', 'Album/new')
    expect(heard.filter(({ path }) => path === 'Album').map(({ type }) => type)).toEqual(['delete', 'create'])
    writeFileSync(join(folder, 'Album', 'later'), 'x')
    await until('create', 'Album/later')
    // The one that went is not listened to any more.
    writeFileSync(join(lab, 'Album before', 'elsewhere'), 'x')
    writeFileSync(join(folder, 'Album', 'last'), 'x')
    await until('create', 'Album/last')
    expect(heard.some(({ path }) => path.endsWith('elsewhere'))).toBe(false)
  })

  test('a folder made anew at once, perhaps with the number of the one before, is heard', async () => {
    const album = join(folder, 'Album')
    mkdirSync(album)
    const { until } = await watch()
    for (let round = 0; round < 5; round += 1) {
      rmSync(album, { recursive: true })
      mkdirSync(album)
      writeFileSync(join(album, `first${round}`), 'x')
      await until('create', `Album/first${round}`)
      writeFileSync(join(album, `then${round}`), 'x')
      await until('create', `Album/then${round}`)
    }
  })

  test('a folder that is renamed is heard of under its new name', async () => {
    mkdirSync(join(folder, 'one', 'in'), { recursive: true })
    const { until } = await watch()
    renameSync(join(folder, 'one'), join(folder, 'two'))
    await until('create', 'two')
    await until('delete', 'one')
    writeFileSync(join(folder, 'two', 'in', 'file'), 'x')
    await until('create', 'two/in/file')
  })

  test('the folder itself goes, or only seemed to', async () => {
    for (const away of [true, false]) {
      const { until, stop } = await watch()
      renameSync(folder, `${folder}.away`)
      if (!away) renameSync(`${folder}.away`, folder)
      await until('delete', '')
      await stop()
      if (away) renameSync(`${folder}.away`, folder)
    }
  })

  test('neither its own attributes nor something in it that is called as it is are its end', async () => {
    const { until, heard } = await watch()
    chmodSync(folder, 0o700)
    utimesSync(folder, 1, 1)
    mkdirSync(join(folder, basename(folder)))
    await until('create', basename(folder))
    writeFileSync(join(folder, basename(folder), 'file'), 'x')
    await until('create', `${basename(folder)}/file`)
    expect(heard.filter(({ path }) => path === '')).toEqual([])
  })

  test('under a second name, too, it is told of its end', async () => {
    const { until } = await watch()
    symlinkSync(folder, join(lab, 'link'))
    const heard: string[] = []
    let wake: () => void = () => undefined
    stops.push(await watchTree(join(lab, 'link'), (_, events) => {
      heard.push(...events.map(({ type, path }) => `${type} ${path}`))
      wake()
    }))
    renameSync(folder, `${folder}.away`)
    await until('delete', '')
    while (!heard.includes('delete ')) {
      await hangGuard(new Promise<void>((resolve) => {
        wake = resolve
      }), HANG_MS, 'the end under the other name', () => heard.join())
    }
  })

  test.skipIf(process.getuid?.() !== 0)('a folder that may not be read is passed over, whenever it comes', async () => {
    mkdirSync(join(folder, 'closed'), { mode: 0o700 })
    mkdirSync(join(folder, 'open'))
    chmodSync(lab, 0o755)
    chmodSync(folder, 0o777)
    chmodSync(join(folder, 'open'), 0o777)
    const watching = spawn(process.execPath, ['--input-type=module', '-e', WATCH_AND_TELL, folder], { uid: 65534, gid: 65534, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]()
      const next = async () => (await hangGuard(lines.next(), HANG_MS, 'a line of the one that watches', () => '')).value as string
      expect(await next()).toBe('laid')
      mkdirSync(join(folder, 'closed too'), { mode: 0o700 })
      expect(await next()).toBe('create closed too')
      writeFileSync(join(folder, 'open', 'file'), 'x')
      expect(await next()).toBe('create open/file')
    } finally {
      watching.kill()
      await once(watching, 'exit')
    }
  })

  test('many folders go at once', async () => {
    for (let i = 0; i < 300; i += 1) mkdirSync(join(folder, 'modules', `m${i}`, 'lib'), { recursive: true })
    const { until } = await watch()
    rmSync(join(folder, 'modules'), { recursive: true })
    await until('delete', 'modules')
    mkdirSync(join(folder, 'modules', 'm0', 'lib'), { recursive: true })
    await until('create', 'modules/m0/lib')
    writeFileSync(join(folder, 'modules', 'm0', 'lib', 'file'), 'x')
    await until('create', 'modules/m0/lib/file')
  })

  test('a file that changes is told as changed, by content, times or mode', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, 'x')
    for (const change of [() => appendFileSync(path, 'y'), () => utimesSync(path, 1, 1), () => chmodSync(path, 0o600)]) {
      const { until, heard, stop } = await watch()
      change()
      await until('update', 'file')
      expect(heard.every(({ type }) => type === 'update')).toBe(true)
      await stop()
    }
  })

  test('what is no folder is refused, and leaves nothing behind', async () => {
    writeFileSync(join(lab, 'file'), 'x')
    for (const path of [join(lab, 'file'), join(lab, 'nothing')]) await expect(watchTree(path, () => undefined)).rejects.toThrow(/ENOENT|ENOTDIR/)
  })
})
