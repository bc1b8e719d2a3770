import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareTrees } from '../../support/compare-trees.ts'
import { SyncLab, happens, names, put, remove, type SyncHome } from '../../support/sync-lab.ts'

const GUARD_MS = 180_000
const FILES = 30

let lab: SyncLab
let a: SyncHome
let b: SyncHome
beforeEach(async () => {
  lab = new SyncLab()
  a = await lab.home('a')
  b = await lab.home('b')
  await lab.pair(a, b)
  for (let index = 0; index < FILES; index++) put(a, `file-${index}.txt`, `content ${index}`)
  await lab.share(a, b)
  await lab.settle(a)
})
afterEach(() => lab.close())

const asks = (home: SyncHome, after = 0) =>
  home.receiver.process.waitFor((event) => event.event === 'sync' && (event['state'] as { kind: string }).kind === 'asking', { after, timeoutMs: 60_000 })

describe('nothing is taken unasked', { timeout: GUARD_MS }, () => {
  async function deleteMost(): Promise<void> {
    // At once, as far as anybody is told.
    await lab.did(a, ['sync', 'pause'])
    for (let index = 0; index < 20; index++) rmSync(join(a.folder, `file-${index}.txt`))
    await lab.did(a, ['sync', 'resume'])
    const asking = await asks(b)
    expect(asking).toMatchObject({ state: { counts: { delete: 20 }, totalFiles: FILES } })
    expect(names(b)).toHaveLength(FILES)
  }

  it('many deletions wait for a yes, which a dry run and the exit code tell of', async () => {
    await deleteMost()
    const refused = await lab.did(b, ['sync', 'run'], 1)
    expect(refused.at(-1)).toMatchObject({ event: 'error', code: 'SYNC_ASKING' })
    const planned = await lab.did(b, ['sync', 'run', '--dry-run'])
    expect(planned.filter((event) => event.event === 'plan' && event['action'] === 'delete')).toHaveLength(20)
    expect(names(b)).toHaveLength(FILES)
    await lab.did(b, ['sync', 'run', '--yes', '--give-up-after', '60'])
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(names(b)).toHaveLength(10)
  })

  it('or are taken back everywhere', async () => {
    await deleteMost()
    await lab.did(b, ['sync', 'run', '--keep-mine', '--give-up-after', '60'])
    expect(names(a)).toHaveLength(FILES)
    expect(compareTrees(a.folder, b.folder)).toEqual([])
  })

  it('what was deleted is restored from the trash, and comes back everywhere', async () => {
    remove(a, 'file-7.txt')
    await happens(b.receiver.process, 'file-7.txt', 'deleted')
    const listed = await lab.did(b, ['sync', 'restore'])
    expect(listed).toMatchObject([{ event: 'trash', path: 'file-7.txt', reason: 'deleted', size: 9 }])
    expect(await lab.did(a, ['sync', 'restore', 'file-7.txt'], 1)).toMatchObject([{ event: 'error', code: 'PATH_NOT_FOUND' }])
    await lab.did(b, ['sync', 'restore', 'file-7.txt'])
    await lab.settle(b)
    for (const home of [a, b]) expect(readFileSync(join(home.folder, 'file-7.txt'), 'utf8')).toBe('content 7')
    expect(await lab.did(b, ['sync', 'restore'])).toEqual([])
  })

  it.each([
    ['a folder that is gone', () => renameSync(a.folder, `${a.folder}-away`)],
    ['an empty one in its place, as of a disk that is not mounted', () => {
      renameSync(a.folder, `${a.folder}-away`)
      mkdirSync(a.folder)
    }],
  ])('%s deletes nothing, also over a restart, and goes on when it is back', async (_what, vanish) => {
    vanish()
    put(b, 'meanwhile.txt', 'x')
    const [missing] = await lab.did(a, ['sync', 'run', '--give-up-after', '5'], 1).then((events) => events.filter(({ event }) => event === 'error'))
    expect(missing).toMatchObject({ code: 'FOLDER_MISSING' })
    await a.receiver.process.expectInterrupt(0)
    await lab.again(a)
    const [status] = await lab.did(a, ['sync', 'status'])
    expect(status).toMatchObject({ state: { kind: 'missing', error: { code: 'FOLDER_MISSING' } } })
    expect(names(b)).toHaveLength(FILES + 1)
    rmSync(a.folder, { recursive: true, force: true })
    renameSync(`${a.folder}-away`, a.folder)
    await lab.settle(b)
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(names(a)).toHaveLength(FILES + 1)
  })

  it('a folder with keys, one inside another, and an unknown device are refused', async () => {
    const errors = async (args: readonly string[], code: number) => (await lab.did(a, args, code)).at(-1)
    expect(await errors(['sync', 'add', lab.root, '--with', b.receiver.deviceId], 2)).toMatchObject({ code: 'USAGE_INVALID', message: expect.stringContaining('own files') })
    mkdirSync(join(a.folder, 'sub'))
    expect(await errors(['sync', 'add', join(a.folder, 'sub'), '--with', b.receiver.deviceId], 2)).toMatchObject({ code: 'USAGE_INVALID' })
    expect(await errors(['sync', 'add', await lab.folder('x'), '--with', 'nobody'], 3)).toMatchObject({ code: 'DEVICE_UNKNOWN' })
    expect(await errors(['sync', 'status', 'nothing'], 1)).toMatchObject({ code: 'SYNC_FOLDER_UNKNOWN' })
  })

  it('a device that is forgotten gets nothing any more', async () => {
    await lab.did(a, ['forget', b.receiver.deviceId])
    put(a, 'secret.txt', 'x')
    const run = await lab.did(a, ['sync', 'run', '--give-up-after', '2'], 1)
    expect(run.at(-1)).toMatchObject({ event: 'error' })
    const [folder] = await lab.did(a, ['sync', 'list'])
    expect(folder).toMatchObject({ devices: [] })
    expect(names(b)).toHaveLength(FILES)
  })
})
