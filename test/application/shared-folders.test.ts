import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answerCall } from '../../electron/application/answer-call.ts'
import type { PlatformPorts } from '../../electron/application/ports.ts'
import type { SyncFolder } from '../../shared/model/folder.ts'
import { PHOTOS, fakeFolder } from '../cli/sync/fake-folders.ts'
import { applicationFixture, type ApplicationFixture } from './fixture.ts'

let fixture: ApplicationFixture
beforeEach(async () => {
  fixture = await applicationFixture()
})
afterEach(() => fixture.close())

const PAGE: PlatformPorts['info'] = { kind: 'page', platform: 'linux', version: '0', canOpen: true, canStartAtLogin: false, canNotify: false, canChoose: false }

async function onPage(platform: Partial<PlatformPorts> = {}): Promise<void> {
  await fixture.close()
  fixture = await applicationFixture({ info: PAGE, ...platform })
}

const call = (command: string, args: unknown) => answerCall(fixture.application.handlers, command, args)

test('places are named by what was chosen, and never by a path', async () => {
  await onPage()
  const { engine, root } = fixture
  engine.handlers['sync:add'] = () => fakeFolder()
  engine.handlers['sync:accept'] = () => fakeFolder()
  const chosen = await fixture.application.handlers['folder:choose']({ typed: root })
  const choiceId = chosen?.folderId ?? ''
  expect(await call('sync:add', { choiceId, devices: ['nas'], mode: 'two-way' })).toMatchObject({ ok: true })
  expect(engine.called('sync:add')).toEqual([{ path: root, devices: ['nas'], mode: 'two-way' }])
  expect(await call('sync:accept', { folderId: PHOTOS, choiceId, mode: 'receive-only' })).toMatchObject({ ok: true })
  expect(await call('sync:accept', { folderId: PHOTOS, choiceId, inside: 'Photos 2', mode: 'two-way' })).toMatchObject({ ok: true })
  expect(engine.called('sync:accept')).toEqual([
    { folderId: PHOTOS, path: root, mode: 'receive-only' },
    { folderId: PHOTOS, path: join(root, 'Photos 2'), mode: 'two-way' },
  ])
  for (const inside of ['..', '.', 'a/b', '/', 'a\u0000', '.holdfast', 'x\u202e']) {
    expect(await call('sync:accept', { folderId: PHOTOS, choiceId, inside, mode: 'two-way' })).toMatchObject({ ok: false, error: { code: 'USAGE_INVALID' } })
  }
  expect(await call('sync:add', { choiceId: 'made-up', devices: ['nas'], mode: 'two-way' })).toMatchObject({ ok: false })
  expect(await call('sync:add', { path: root, devices: ['nas'], mode: 'two-way' })).toMatchObject({ ok: false })
  expect(engine.called('sync:accept')).toHaveLength(2)
})

test('a folder and its files are shown, and nothing outside it', async () => {
  const opened = vi.fn(() => Promise.resolve())
  const shown = vi.fn()
  await onPage({ openPath: opened, showInFolder: shown })
  const path = join(fixture.root, 'Photos')
  await mkdir(path)
  fixture.engine.handlers['sync:list'] = (): SyncFolder[] => [fakeFolder({ path })]
  expect(await call('sync:show', { folderId: PHOTOS })).toMatchObject({ ok: true })
  expect(opened).toHaveBeenCalledWith(path)
  expect(await call('sync:show', { folderId: PHOTOS, path: 'a/b.txt' })).toMatchObject({ ok: true })
  expect(shown).toHaveBeenCalledWith(join(path, 'a/b.txt'))
  for (const outside of ['..', '../x', 'a/../../x', '']) expect(await call('sync:show', { folderId: PHOTOS, path: outside })).toMatchObject({ ok: false })
  expect(await call('sync:show', { folderId: PHOTOS.replace('0', 'f') })).toMatchObject({ ok: false, error: { code: 'SYNC_FOLDER_UNKNOWN' } })
  const file = join(fixture.root, 'program')
  await writeFile(file, '')
  fixture.engine.handlers['sync:list'] = (): SyncFolder[] => [fakeFolder({ path: file })]
  expect(await call('sync:show', { folderId: PHOTOS })).toMatchObject({ ok: false, error: { code: 'FOLDER_MISSING' } })
  expect(opened).toHaveBeenCalledTimes(1)
})

test('what passes through is checked, and told on', async () => {
  const { engine, application } = fixture
  engine.handlers['sync:resolve'] = () => null
  expect(await call('sync:resolve', { folderId: PHOTOS, copyPath: 'a', keep: 'copy' })).toMatchObject({ ok: true })
  for (const [command, args] of [
    ['sync:resolve', { folderId: PHOTOS, copyPath: 'a', keep: 'neither' }],
    ['sync:resolve', { folderId: '../x', copyPath: 'a', keep: 'copy' }],
    ['sync:trash', { folderId: PHOTOS, offset: 0, limit: 501 }],
    ['sync:ignore-set', { folderId: PHOTOS, text: 'x'.repeat(262_145) }],
    ['sync:set', { folderId: PHOTOS, path: '/etc' }],
  ] as const) {
    expect(await call(command, args)).toMatchObject({ ok: false, error: { code: 'USAGE_INVALID' } })
  }
  const heard: string[] = []
  application.subscribe((event) => heard.push(event))
  engine.emit('sync:changed', fakeFolder())
  engine.emit('sync:files', { folderId: PHOTOS, items: [] })
  expect(heard).toContain('sync:changed')
  expect(heard).not.toContain('sync:files')
})
