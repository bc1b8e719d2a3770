import { beforeEach, describe, expect, test } from 'vitest'
import { FOLDER } from '../../support/sync/sim-device.ts'
import { SyncLab } from '../../support/sync/sync-lab.ts'

const DAY_MS = 86_400_000

let lab: SyncLab
const problems = () => lab.device(1).store.problems(FOLDER, 0, 10).items.map(({ path, error }) => [path, error.code])
const trashed = () => lab.device(1).volume.trashed.map(({ path }) => path)
const commands = () => lab.device(1).engine!.commands

/** Ten files on both, and a trash on the second that holds 12 bytes, of which 8 are taken. */
beforeEach(async () => {
  lab = new SyncLab(2)
  lab.share()
  lab.start()
  for (let at = 0; at < 10; at += 1) lab.write(0, `f${at}`, `content ${at}`.padEnd(10))
  lab.write(0, 'gone', '8 bytes.')
  await lab.rest()
  await commands()['sync:set']({ folderId: FOLDER, trashLimitBytes: 12 })
  lab.remove(0, 'gone')
  await lab.rest()
  expect([trashed(), problems()]).toEqual([['gone'], []])
})

describe('a trash that is full', () => {
  test('keeps what it has; what it has no room for stays as it is, and holds up nothing else', async () => {
    const before = lab.dataBytes
    lab.write(0, 'f1', 'another')
    lab.remove(0, 'f2')
    lab.write(0, 'new', 'comes')
    await lab.rest(60_000)
    expect(lab.tree(1)).toMatchObject({ f1: 'content 1 ', f2: 'content 2 ', new: 'comes' })
    expect(trashed()).toEqual(['gone'])
    expect(problems()).toEqual([['f1', 'TRASH_FULL'], ['f2', 'TRASH_FULL']])
    expect(lab.state(1)).toMatchObject({ problems: 2, trash: { files: 1, bytes: 8 }, trashLimit: { bytes: 12, own: true } })
    // What finds no room is not sent either.
    expect(lab.dataBytes - before).toBeLessThan(100)
    expect(lab.tree(0)).toMatchObject({ f1: 'another', new: 'comes' })
    expect(Object.keys(lab.tree(0))).not.toContain('f2')
  })

  test.each([
    ['emptied', () => commands()['sync:empty-trash']({ folderId: FOLDER })],
    ['allowed more', () => commands()['sync:set']({ folderId: FOLDER, trashLimitBytes: 1_000 })],
    ['as large as usual again', () => commands()['sync:set']({ folderId: FOLDER, trashLimitBytes: 0 })],
  ])('takes it at once when it is %s', async (_, make) => {
    lab.write(0, 'f1', 'another')
    await lab.rest(30 * 60_000)
    expect(problems()).toEqual([['f1', 'TRASH_FULL']])
    await make()
    await lab.rest(2_000)
    expect([lab.tree(1)['f1'], problems()]).toEqual(['another', []])
    expect(trashed()).toContain('f1')
  })

  test('takes it when what was in it is thirty days old', async () => {
    lab.remove(0, 'f2')
    await lab.rest(29 * DAY_MS)
    expect(problems()).toEqual([['f2', 'TRASH_FULL']])
    await lab.rest(2 * DAY_MS)
    expect([trashed(), problems()]).toEqual([['f2'], []])
    expect(Object.keys(lab.tree(1))).not.toContain('f2')
  })

  test('does not take what a decided conflict leaves over, and says so', async () => {
    lab.write(1, 'f3 (conflict, Device A, 2026-01-01 10.00.00)', 'another one')
    await lab.rest()
    const copyPath = 'f3 (conflict, Device A, 2026-01-01 10.00.00)'
    await expect(commands()['sync:resolve']({ folderId: FOLDER, copyPath, keep: 'original' })).rejects.toMatchObject({ code: 'TRASH_FULL' })
    expect(lab.tree(1)[copyPath]).toBe('another one')
  })
})
