import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DIGEST_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { ENTRY } from '../../../electron/engine/transfer/entry-state.ts'
import { Page } from '../../../electron/engine/transfer/page.ts'
import { blake3 } from '../../../electron/engine/util/digest.ts'
import { ReceivedLab, TRANSFER } from './fixture.ts'

let lab: ReceivedLab
beforeEach(() => {
  lab = new ReceivedLab()
})
afterEach(() => lab.close())

const stateOf = (path: string, state: string) => (files: readonly { path: string; state: string }[]) =>
  files.some((file) => file.path === path && file.state === state)

describe('what arrives', () => {
  test('is listed newest first, with its device and digest, and found by name, path and device in any case', async () => {
    await lab.received.start({ watch: false })
    lab.transfer()
    lab.deliver(['a.txt', 'Übung/b.txt'])
    lab.end()
    const files = await lab.until('two files', (all) => all.length === 2)
    expect(files.map((file) => file.path)).toEqual(['Übung/b.txt', 'a.txt'])
    expect(files[1]).toMatchObject({
      name: 'a.txt', kind: 'file', deviceId: 'DEVICE-A', deviceName: 'Ada', transferId: TRANSFER, size: 16, state: 'here', verified: true,
      digest: blake3('content of a.txt').toString('hex'),
    })
    expect(await lab.all('ÜBUNG/')).toHaveLength(1)
    expect(await lab.all('aDA')).toHaveLength(2)
    expect(await lab.all('nothing')).toHaveLength(0)
    expect(await lab.received.get(files[1]?.id ?? '')).toMatchObject({ path: join(lab.folder, 'a.txt'), file: { path: 'a.txt' } })
    await expect(lab.received.get('../../etc')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
  })

  test('is a message by its name at the top of a send alone', async () => {
    await lab.received.start({ watch: false })
    lab.transfer()
    lab.deliver(['Message 2026-03-01 14.05.09.txt', 'in/Message 2026-03-01 14.05.09.txt'])
    const files = await lab.until('both', (all) => all.length === 2)
    expect(files.map((file) => file.kind)).toEqual(['file', 'message'])
  })

  test('is paged, and a page far down is a page', async () => {
    await lab.received.start({ watch: false })
    lab.transfer()
    const names = Array.from({ length: 1200 }, (_, i) => `f${String(i).padStart(4, '0')}`)
    lab.deliver(names)
    lab.end()
    await lab.until('all of them', () => lab.journal.received.total() === 1200)
    const page = await lab.received.list({ offset: 1000, limit: 100 })
    expect(page.total).toBe(1200)
    expect(page.items.map((file) => file.name)).toEqual(names.slice(100, 200).reverse())
    const found = await lab.received.list({ offset: 5, limit: 2, search: 'F00' })
    expect(found).toMatchObject({ total: 100, offset: 5 })
    expect(found.items.map((file) => file.name)).toEqual(['f0094', 'f0093'])
  })

  test('is indexed from the journal when a crash lost it, once, and not what was not delivered', async () => {
    lab.transfer()
    const page = new Page(0, ['a', 'b', 'c', 'd'].map((path) => ({ kind: 'file', path, size: 16, mtimeMs: 0, executable: false })))
    page.setState(0, ENTRY.delivered, Buffer.alloc(DIGEST_BYTES, 1))
    page.setState(1, ENTRY.identical, Buffer.alloc(DIGEST_BYTES, 2))
    page.setState(2, ENTRY.delivered, Buffer.alloc(DIGEST_BYTES, 3))
    page.detail(2).finalPath = 'c (2)'
    lab.journal.transfers.putPage(page.toRow(TRANSFER))
    lab.write('a', 'x'.repeat(16))
    lab.write('c (2)', 'x'.repeat(16))
    lab.journal.transfers.update(TRANSFER, { state: { kind: 'finished', complete: false }, finishedAtMs: 77 })
    await lab.restart(false)
    const files = await lab.until('two files', (all) => all.length === 2)
    expect(files.map(({ path, receivedAtMs }) => [path, receivedAtMs])).toEqual([['c (2)', 77], ['a', 77]])
    await lab.restart(false)
    expect(lab.journal.received.unindexed()).toEqual([])
    expect(await lab.all()).toHaveLength(2)
  })

  test('of a transfer that outruns the index is complete when it has ended', async () => {
    await lab.received.start({ watch: false })
    lab.transfer()
    const count = 12_000
    for (let number = 0; number * 1000 < count; number += 1) {
      const entries = Array.from({ length: 1000 }, (_, i) => ({ kind: 'file' as const, path: `${number}-${i}`, size: 0, mtimeMs: 0, executable: false }))
      const page = new Page(number, entries)
      entries.forEach((_, i) => page.setState(i, ENTRY.delivered, Buffer.alloc(DIGEST_BYTES)))
      lab.journal.transfers.putPage(page.toRow(TRANSFER))
      const items = entries.map(({ path }) => ({ kind: 'received' as const, path, bytes: 0, digest: '00'.repeat(32) }))
      lab.events.emit('transfer:files', { transferId: TRANSFER, deviceId: 'DEVICE-A', direction: 'receive', items })
    }
    lab.end()
    await lab.until('all of them', () => lab.journal.received.total() === count)
    await lab.restart(false)
    expect(lab.journal.received.unindexed()).toEqual([])
  })
})

describe('what becomes of it', () => {
  const three = ['a.txt', 'd/b.txt', 'd/e/c.txt']
  beforeEach(async () => {
    lab.transfer()
    await lab.restart()
    lab.deliver(three)
    lab.end()
    await lab.until('three files', (all) => all.length === 3)
  })

  test('deleted, and back from the trash', async () => {
    renameSync(join(lab.folder, 'a.txt'), join(lab.root, 'trash'))
    const [, , gone] = await lab.until('the deletion', stateOf('a.txt', 'deleted'))
    expect(await lab.received.get(gone?.id ?? '')).toMatchObject({ path: null })
    renameSync(join(lab.root, 'trash'), join(lab.folder, 'a.txt'))
    await lab.until('its return', stateOf('a.txt', 'here'))
  })

  test('another file in its place is not the one that arrived', async () => {
    unlinkSync(join(lab.folder, 'a.txt'))
    await lab.until('the deletion', stateOf('a.txt', 'deleted'))
    lab.write('a.txt', 'something else entirely')
    const files = await lab.until('the new file', (all) => all.length === 4)
    expect(files[0]).toMatchObject({ path: 'a.txt', deviceId: null, verified: false, digest: null, state: 'here' })
    expect(files[3]).toMatchObject({ path: 'a.txt', deviceId: 'DEVICE-A', state: 'deleted' })
  })

  test('renamed within the folder, and back', async () => {
    renameSync(join(lab.folder, 'a.txt'), join(lab.folder, 'd', 'z.txt'))
    const files = await lab.until('the new name', stateOf('a.txt', 'renamed'))
    expect(files).toHaveLength(3)
    expect(files[2]).toMatchObject({ nowPath: 'd/z.txt', verified: true })
    expect(await lab.received.get(files[2]?.id ?? '')).toMatchObject({ path: join(lab.folder, 'd', 'z.txt') })
    renameSync(join(lab.folder, 'd', 'z.txt'), join(lab.folder, 'a.txt'))
    const back = await lab.until('its return', stateOf('a.txt', 'here'))
    expect(back[2]?.nowPath).toBeUndefined()
  })

  test('a folder that is renamed takes its files along', async () => {
    renameSync(join(lab.folder, 'd'), join(lab.folder, 'other'))
    const files = await lab.until('both', (all) => all.filter((file) => file.state === 'renamed').length === 2)
    expect(files.map((file) => file.nowPath)).toEqual(['other/e/c.txt', 'other/b.txt', undefined])
    expect(files).toHaveLength(3)
  })

  test('a folder that is deleted', async () => {
    rmSync(join(lab.folder, 'd'), { recursive: true })
    const files = await lab.until('both', (all) => all.filter((file) => file.state === 'deleted').length === 2)
    expect(files[2]).toMatchObject({ path: 'a.txt', state: 'here' })
  })

  test('changed: not verified any more, even under another name', async () => {
    appendFileSync(join(lab.folder, 'a.txt'), '!')
    const files = await lab.until('the change', stateOf('a.txt', 'changed'))
    expect(files[2]).toMatchObject({ verified: false, size: 16 })
    renameSync(join(lab.folder, 'a.txt'), join(lab.folder, 'a2.txt'))
    const renamed = await lab.until('the new name', stateOf('a.txt', 'renamed'))
    expect(renamed[2]).toMatchObject({ verified: false, nowPath: 'a2.txt' })
  })

  test('opened: read after it arrived, seen when the page is shown', async () => {
    const { mtime } = statSync(join(lab.folder, 'a.txt'))
    utimesSync(join(lab.folder, 'a.txt'), new Date(Date.now() + 60_000), mtime)
    await lab.until('the reading', stateOf('a.txt', 'opened'))
  })

  test('deleted while nobody watched', async () => {
    await lab.received.close()
    unlinkSync(join(lab.folder, 'd', 'b.txt'))
    renameSync(join(lab.folder, 'a.txt'), join(lab.folder, 'b.txt'))
    lab.write('not ours', 'x')
    await lab.restart()
    await lab.until('both', (all) => stateOf('d/b.txt', 'deleted')(all) && stateOf('a.txt', 'renamed')(all))
    expect(await lab.all()).toHaveLength(3)
  })

  test('moved to another folder that is watched', async () => {
    const other = join(lab.root, 'of-ada')
    lab.openFolder(other)
    lab.folders = [lab.folder, other]
    await lab.restart()
    renameSync(join(lab.folder, 'a.txt'), join(other, 'a.txt'))
    const files = await lab.until('the move', stateOf('a.txt', 'moved'))
    expect(files.find((file) => file.path === 'a.txt')).toMatchObject({ nowPath: '../of-ada/a.txt' })
  })

  test('another program’s file is said to be one, and leaves no trace', async () => {
    lab.write('report.pdf', 'not from a device')
    const files = await lab.until('it', (all) => all.length === 4)
    expect(files[0]).toMatchObject({ path: 'report.pdf', deviceId: null, deviceName: null, verified: false, digest: null, kind: 'file', size: 17 })
    unlinkSync(join(lab.folder, 'report.pdf'))
    await lab.until('its end', (all) => all.length === 3)
  })

  test('what the engine itself does in its folder is nobody’s business', async () => {
    writeFileSync(join(lab.folder, '.holdfast', 'probe-1'), 'x')
    lab.write('seen', 'x')
    const files = await lab.until('the other file', (all) => all.length === 4)
    expect(files[0]?.path).toBe('seen')
  })

  test('the folder vanishes, is missed, and is watched again when it is back', async () => {
    renameSync(lab.folder, join(lab.root, 'away'))
    await lab.problem('FOLDER_MISSING')
    expect(lab.problems.map((problem) => problem.code)).toEqual(['FOLDER_MISSING'])
    renameSync(join(lab.root, 'away'), lab.folder)
    await lab.until('the end of the problem', () => lab.received.problems().length === 0)
    await lab.until('all as before', (all) => all.every((file) => file.state === 'here'))
    unlinkSync(join(lab.folder, 'a.txt'))
    await lab.until('a deletion afterwards', stateOf('a.txt', 'deleted'))
  })

  test('the folder is deleted and made again: everything in it is gone', async () => {
    rmSync(lab.folder, { recursive: true })
    await lab.problem('FOLDER_MISSING')
    mkdirSync(lab.folder)
    await lab.until('everything gone', (all) => all.length === 3 && all.every((file) => file.state === 'deleted'))
    await lab.until('the end of the problem', () => lab.received.problems().length === 0)
    lab.write('new', 'x')
    await lab.until('a new file', (all) => all.length === 4)
  })
})

describe('what nobody tells', () => {
  const SOME = 20

  test('deleted before it is in the index', async () => {
    lab.transfer()
    await lab.restart()
    lab.deliver(['a.txt', 'b.txt'])
    unlinkSync(join(lab.folder, 'a.txt'))
    await lab.untilKnown('the deletion', (rows) => stateOf('a.txt', 'deleted')(rows) && stateOf('b.txt', 'here')(rows))
  })

  test('deleted as soon as it is in the index, while its arrival has not been told', async () => {
    lab.transfer()
    await lab.restart()
    const names = Array.from({ length: SOME }, (_, i) => `Trip ${i}/notes.txt`)
    for (const name of names) {
      lab.deliver([name])
      while (lab.journal.received.at(lab.folder, name).length === 0) await new Promise((resolve) => setImmediate(resolve))
      unlinkSync(join(lab.folder, name))
    }
    await lab.untilKnown('every deletion', (rows) => rows.length === SOME && rows.every((row) => row.state === 'deleted'))
  })

  test('deleted in a folder that nobody watches yet', async () => {
    lab.transfer()
    await lab.restart()
    // Of what comes with a folder, the system tells nothing.
    const names = ['Trip/deep/er/a.txt', 'Trip/deep/er/b.txt']
    const elsewhere = join(lab.root, 'elsewhere')
    for (const name of names) lab.write(name, `content of ${name}`, elsewhere)
    renameSync(join(elsewhere, 'Trip'), join(lab.folder, 'Trip'))
    lab.announce(names)
    await lab.untilKnown('both', (rows) => rows.length === 2 && rows.every((row) => row.seen !== undefined))
    unlinkSync(join(lab.folder, 'Trip/deep/er/a.txt'))
    await lab.untilKnown('the deletion', stateOf('Trip/deep/er/a.txt', 'deleted'))
    unlinkSync(join(lab.folder, 'Trip/deep/er/b.txt'))
    await lab.untilKnown('the other', stateOf('Trip/deep/er/b.txt', 'deleted'))
  })
})
