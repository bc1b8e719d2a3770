import { expect, test } from 'vitest'
import { HoldfastError } from '../../../shared/errors.ts'
import type { FolderOffer, SyncConflict, SyncFolder, TrashItem } from '../../../shared/model/folder.ts'
import { DEVICE_B, FakeEngine, pageOf } from '../../support/fake-engine.ts'
import { run } from '../fake-io.ts'
import { NOTES, PHOTOS, fakeFolder, fakeMember } from './fake-folders.ts'

const OFFER: FolderOffer = {
  folderId: 'aaaa0000aaaa0000aaaa0000aaaa0000', name: 'Music\x1b[2J', deviceId: DEVICE_B, deviceName: 'there', mode: 'send-only', content: { files: 2, bytes: 10 }, offeredAtMs: 0,
}
const CONFLICT: SyncConflict = {
  copyPath: 'a/b (conflict, there, 2025-01-01 10.00.00).txt', path: 'a/b.txt', deviceName: 'there',
  copy: { size: 5, mtimeMs: 0, digest: '00' }, original: { size: 6, mtimeMs: 0, digest: '01' },
}
const TRASH: TrashItem[] = [
  { id: 't-new', path: 'a/b.txt', size: 1, atMs: 2, reason: 'replaced', deviceName: 'there' },
  { id: 't-old', path: 'a/b.txt', size: 2, atMs: 1, reason: 'deleted', deviceName: null },
  { id: 't-other', path: 'c.txt', size: 3, atMs: 0, reason: 'deleted', deviceName: null },
]

function engineOf(folders: readonly SyncFolder[] = [fakeFolder(), fakeFolder({ id: NOTES, name: 'Notes', path: '/data/Notes' })]): FakeEngine {
  const byId = (id: string) => folders.find((folder) => folder.id === id) ?? fakeFolder({ id })
  return new FakeEngine({
    'sync:list': () => folders,
    'sync:offers': () => [OFFER],
    'sync:add': ({ path, name }) => fakeFolder({ path, name: name ?? 'x', devices: [fakeMember({ state: 'invited' })] }),
    'sync:accept': ({ folderId, path }) => fakeFolder({ id: folderId, path }),
    'sync:refuse': () => null,
    'sync:set': ({ folderId, paused }) => ({ ...byId(folderId), state: paused ? { kind: 'paused' } : { kind: 'up-to-date' } }),
    'sync:share': ({ folderId }) => byId(folderId),
    'sync:unshare': ({ folderId }) => byId(folderId),
    'sync:remove': () => null,
    'sync:problems': (args) => pageOf(args.folderId === PHOTOS ? [{ path: 'AUX', error: { code: 'FILE_NAME_REFUSED', message: 'no' }, sinceMs: 0 }] : [], args),
    'sync:conflicts': (args) => pageOf(args.folderId === PHOTOS ? [CONFLICT] : [], args),
    'sync:resolve': () => null,
    'sync:trash': (args) => pageOf(args.folderId === PHOTOS ? TRASH : [], args),
    'sync:restore': ({ trashId }) => ({ path: `restored-${trashId}` }),
    'sync:empty-trash': () => null,
    'sync:ignore-get': () => ({ text: '*.tmp\nbuild/' }),
    'sync:ignore-set': () => null,
  })
}

async function ran(line: readonly string[], engine = engineOf()) {
  const { io, exit, opened } = run(['sync', ...line], [engine])
  const code = await exit
  return { code, io, engine, opened }
}

test('add shares an absolute path, and says what to do on the other side', async () => {
  const { code, engine, io } = await ran(['add', 'Pictures', '--with', 'there', '--with', 'nas', '--mode', 'send-only', '--name', 'Pics', '--json'])
  expect(code).toBe(0)
  expect(engine.called('sync:add')).toEqual([{ path: '/work/Pictures', devices: ['there', 'nas'], mode: 'send-only', name: 'Pics' }])
  expect(io.stdout.events).toMatchObject([{ event: 'sync', folder: 'Pics', path: '/work/Pictures', state: { kind: 'up-to-date' } }])
  expect(io.stderr.text).toContain('holdfast sync accept 01234567')
  expect((await ran(['add', 'x'])).code).toBe(2)
  expect((await ran(['add', 'x', '--with', 'a', '--mode', 'mirror'])).code).toBe(2)
})

test('accept lists offers safely, takes one by name or id, and asks where when its name could be no folder', async () => {
  const list = await ran(['accept'])
  expect(list.io.stdout.text).toContain('Music\\x1b[2J')
  expect((await ran(['accept', '--json'])).io.stdout.events).toMatchObject([{ event: 'offer', name: 'Music\x1b[2J', deviceName: 'there' }])
  const taken = await ran(['accept', 'aaaa0000', '--dir', 'music', '--mode', 'receive-only'])
  expect(taken.engine.called('sync:accept')).toEqual([{ folderId: OFFER.folderId, path: '/work/music', mode: 'receive-only' }])
  expect((await ran(['accept', OFFER.name])).code).toBe(2)
  expect((await ran(['accept', 'nothing'])).code).toBe(1)
  const refused = await ran(['refuse', OFFER.name])
  expect(refused.engine.called('sync:refuse')).toEqual([{ folderId: OFFER.folderId }])
})

test('folders are named by name, id, beginning of an id, or path', async () => {
  for (const typed of ['Notes', NOTES, NOTES.slice(0, 6), '/data/Notes', '../data/Notes']) {
    expect((await ran(['pause', typed])).engine.called('sync:set')).toEqual([{ folderId: NOTES, paused: true }])
  }
  const all = await ran(['resume'])
  expect(all.engine.called('sync:set')).toHaveLength(2)
  const unknown = await ran(['pause', 'Nothing', '--json'])
  expect(unknown.code).toBe(1)
  expect(unknown.io.stdout.events).toMatchObject([{ event: 'error', code: 'SYNC_FOLDER_UNKNOWN' }])
  const twins = engineOf([fakeFolder(), fakeFolder({ id: NOTES, path: '/other' })])
  expect((await ran(['pause', 'Photos'], twins)).code).toBe(2)
  expect((await ran(['pause', '/other'], twins)).code).toBe(0)
})

test('list and status say how folders are doing', async () => {
  const list = await ran(['list'])
  expect(list.io.stdout.text).toContain('Photos  /data/Photos  two-way  up to date  3 files, 3.00 kB')
  expect(list.io.stderr.text).toContain('1 folder is offered')
  const busy = fakeFolder({
    state: { kind: 'asking', token: 'x', counts: { get: 0, replace: 0, delete: 70, rename: 0, conflict: 0, bytes: 0 }, totalFiles: 100 },
    devices: [fakeMember({ toGet: { files: 1, bytes: 10 } }), fakeMember({ deviceName: 'evil\x1b', state: 'offline', lastInSyncMs: 0 })],
    conflicts: 2, problems: 1,
  })
  const status = await ran(['status', 'Photos'], engineOf([busy]))
  expect(status.io.stdout.text).toContain('asks first: 70 files to delete, of 100 files here')
  expect(status.io.stdout.text).toContain('there: 1 file, 10 B to get from it')
  expect(status.io.stdout.text).toContain('evil\\x1b: not connected, in sync')
  expect(status.io.stdout.text).toContain('  AUX: no')
  const events = (await ran(['status', '--json'])).io.stdout.events
  expect(events.map(({ event }) => event)).toEqual(['sync', 'problem', 'sync'])
})

test('conflicts are listed and resolved by the name of either side, or where it is on disk', async () => {
  const list = await ran(['conflicts', '--json'])
  expect(list.io.stdout.events).toMatchObject([{ event: 'conflict', folder: 'Photos', path: 'a/b.txt', copyPath: CONFLICT.copyPath }])
  for (const typed of [CONFLICT.copyPath, 'a/b.txt', '/data/Photos/a/b.txt']) {
    const { engine, code } = await ran(['resolve', typed, '--keep', 'copy'])
    expect(code).toBe(0)
    expect(engine.called('sync:resolve')).toEqual([{ folderId: PHOTOS, copyPath: CONFLICT.copyPath, keep: 'copy' }])
  }
  expect((await ran(['resolve', 'a/b.txt'])).code).toBe(2)
  expect((await ran(['resolve', 'nothing', '--keep', 'both'])).code).toBe(1)
})

test('restore lists the trash, searches it, and puts the newest of a path back', async () => {
  expect((await ran(['restore', '--json'])).io.stdout.events).toHaveLength(3)
  const searched = await ran(['restore', 'C.T', '--json'])
  expect(searched.io.stdout.events).toMatchObject([{ event: 'trash', trashId: 't-other', reason: 'deleted' }])
  expect((await ran(['restore', 'a/b.txt'])).engine.called('sync:restore')).toEqual([{ folderId: PHOTOS, trashId: 't-new' }])
  expect((await ran(['restore', 't-old', '--folder', 'Photos'])).engine.called('sync:restore')).toEqual([{ folderId: PHOTOS, trashId: 't-old' }])
  expect((await ran(['restore', 'gone'])).code).toBe(1)
})

test('trash shows how full it is, empties it and limits it, for folders that are named', async () => {
  const full = fakeFolder({ trash: { files: 2, bytes: 4_000 } })
  expect((await ran(['trash'])).io.stdout.text).toContain('Photos  empty, holds at most 50.0 GB (a tenth of the volume)')
  expect((await ran(['status', 'Photos'], engineOf([full]))).io.stdout.text).toContain('trash      2 files, 4.00 kB of at most 50.0 GB')
  const emptied = await ran(['trash', 'Photos', '--empty', '--json'], engineOf([full]))
  expect(emptied.engine.called('sync:empty-trash')).toEqual([{ folderId: PHOTOS }])
  expect(emptied.io.stdout.events).toMatchObject([{ event: 'emptied', files: 2, bytes: 4_000 }, { event: 'sync', folder: 'Photos' }])
  const limited = await ran(['trash', 'Photos', '--limit', '1.5 GB'])
  expect(limited.engine.called('sync:set')).toEqual([{ folderId: PHOTOS, trashLimitBytes: 1_500_000_000 }])
  expect((await ran(['trash', 'Notes', '--limit', 'usual'])).engine.called('sync:set')).toEqual([{ folderId: NOTES, trashLimitBytes: 0 }])
  for (const wrong of [['--empty'], ['--limit', '1GB'], ['Photos', '--limit', '0'], ['Photos', '--limit', 'much'], ['Photos', '--limit', '1e30GB']]) expect((await ran(['trash', ...wrong])).code).toBe(2)
})

test('ignore shows the patterns, and changes single ones', async () => {
  const shown = await ran(['ignore', 'Photos'])
  expect(shown.io.stdout.text).toBe('*.tmp\nbuild/\n')
  expect(shown.engine.called('sync:ignore-set')).toEqual([])
  const { engine } = await ran(['ignore', 'Photos', '--add', 'dist/', '--add', 'build/', '--remove', '*.tmp'])
  expect(engine.called('sync:ignore-set')).toEqual([{ folderId: PHOTOS, text: 'build/\ndist/\n' }])
})

test('share, unshare and remove', async () => {
  expect((await ran(['share', 'Photos', 'nas', 'phone'])).engine.called('sync:share')).toEqual([
    { folderId: PHOTOS, device: 'nas' },
    { folderId: PHOTOS, device: 'phone' },
  ])
  const engine = engineOf()
  engine.handlers['sync:unshare'] = () => {
    throw new HoldfastError('DEVICE_UNKNOWN', 'no such device')
  }
  expect((await ran(['unshare', 'Photos', 'nobody'], engine)).code).toBe(3)
  const removed = await ran(['remove', 'Photos', '--json'])
  expect(removed.io.stdout.events).toEqual([{ event: 'removed', folderId: PHOTOS, folder: 'Photos', path: '/data/Photos' }])
  expect((await ran(['remove'])).code).toBe(2)
})

test('help of the whole group', async () => {
  const { io, exit } = run(['sync', '--help'], [])
  expect(await exit).toBe(0)
  expect(io.stdout.text).toContain('sync run')
})
