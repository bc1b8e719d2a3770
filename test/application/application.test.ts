import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ReceivedFile } from '../../shared/ipc/app-contract.ts'
import type { PlatformPorts } from '../../electron/application/ports.ts'
import { isMessageFile } from '../../shared/model/message-file.ts'
import { DEVICE_B, fakeDevice, fakeStatus, fakeTransfer, pageOf } from '../support/fake-engine.ts'
import { applicationFixture, type ApplicationFixture } from './fixture.ts'

let fixture: ApplicationFixture
beforeEach(async () => {
  fixture = await applicationFixture()
})
afterEach(() => fixture.close())

async function withPlatform(platform: Partial<PlatformPorts>): Promise<void> {
  await fixture.close()
  fixture = await applicationFixture(platform)
}

async function bodyOf(...chunks: string[]): Promise<AsyncIterable<Uint8Array>> {
  await Promise.resolve()
  return (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk))
  })()
}

const TO_B = [{ kind: 'device', device: DEVICE_B }] as const
const PAGE_INFO = { kind: 'page', platform: 'linux', version: '0', canOpen: false, canStartAtLogin: false, canNotify: false, canChoose: false } as const

describe('the tray', () => {
  test('takes files and folders by path, gives out ids, and counts folders', async () => {
    const { application, root } = fixture
    await mkdir(join(root, 'Photos/deep'), { recursive: true })
    await writeFile(join(root, 'Photos/a'), 'aaa')
    await writeFile(join(root, 'Photos/deep/b'), 'bb')
    await writeFile(join(root, 'note.txt'), 'hello')
    const added = await application.addPaths([join(root, 'Photos'), join(root, 'note.txt'), join(root, 'note.txt')])
    expect(added.map(({ name, kind }) => ({ name, kind }))).toEqual([{ name: 'Photos', kind: 'folder' }, { name: 'note.txt', kind: 'file' }])
    expect(JSON.stringify(added)).not.toContain(root)
    await expect.poll(() => application.handlers['source:list']({})).toMatchObject([{ files: 2, size: 5 }, { size: 5 }])
    const again = await application.addPaths([join(root, 'note.txt')])
    expect(again[0]?.sourceId).toBe(added[1]?.sourceId)
  })

  test('says why something cannot be sent, and sends the rest', async () => {
    const { application, root, engine } = fixture
    await writeFile(join(root, 'good'), '1')
    await writeFile(join(root, 'vanishes'), '1')
    engine.handlers['transfer:send'] = () => ({ transferIds: ['t'] })
    const sources = await application.addPaths([join(root, 'good'), join(root, 'vanishes'), join(root, 'never'), '/dev/null'])
    expect(sources.map((source) => source.error?.code)).toEqual([undefined, undefined, 'PATH_NOT_FOUND', 'FILE_NOT_REGULAR'])
    await rm(join(root, 'vanishes'))
    const ids = sources.slice(0, 2).map((source) => source.sourceId)
    expect(await application.handlers['send:start']({ sourceIds: ids, targets: [...TO_B] })).toEqual({ transferIds: ['t'] })
    expect(engine.called('transfer:send')).toEqual([{ paths: [join(root, 'good')], targets: TO_B }])
    const left = await application.handlers['source:list']({})
    expect(left.map((source) => [source.name, source.error?.code])).toEqual([['vanishes', 'PATH_NOT_FOUND'], ['never', 'PATH_NOT_FOUND'], ['null', 'FILE_NOT_REGULAR']])
  })

  test('refuses unknown ids, and nothing that can be read', async () => {
    const { application, root } = fixture
    const send = (sourceIds: string[]) => application.handlers['send:start']({ sourceIds, targets: [...TO_B] })
    await expect(send(['/etc/passwd'])).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    const [gone] = await application.addPaths([join(root, 'never')])
    await expect(send([gone?.sourceId ?? ''])).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
  })

  test('keeps what was not taken when the engine refuses the send', async () => {
    const { application, root } = fixture
    await writeFile(join(root, 'a'), '1')
    const [source] = await application.addPaths([join(root, 'a')])
    await expect(application.handlers['send:start']({ sourceIds: [source?.sourceId ?? ''], targets: [...TO_B] })).rejects.toMatchObject({ code: 'ENGINE_INTERNAL' })
    expect(await application.handlers['source:list']({})).toHaveLength(1)
  })

  test('sends to a typed address only when it is known, or the user trusts it', async () => {
    const { application, root, engine } = fixture
    await writeFile(join(root, 'a'), '1')
    const address = { host: '10.0.0.9', port: 4680 }
    engine.handlers['transfer:send'] = () => ({ transferIds: ['t'] })
    engine.handlers['device:list'] = () => []
    const [source] = await application.addPaths([join(root, 'a')])
    const args = { sourceIds: [source?.sourceId ?? ''], targets: [{ kind: 'address', ...address } as const] }
    await expect(application.handlers['send:start'](args)).rejects.toMatchObject({ code: 'TRUST_UNKNOWN_KEY' })
    engine.handlers['device:list'] = () => [fakeDevice({ addresses: [{ ...address, source: 'typed', lastSeenMs: 0 }] })]
    await expect(application.handlers['send:start'](args)).resolves.toEqual({ transferIds: ['t'] })
  })

  test('announces the whole tray, not more often than five times a second', async () => {
    const { application, events, clock } = fixture
    for (let index = 0; index < 50; index++) await application.handlers['source:add-text']({ text: `note ${index}` })
    clock.run(1000)
    const heard = events.filter(({ event }) => event === 'source:changed')
    expect(heard.length).toBeLessThanOrEqual(3)
    expect(heard.at(-1)?.payload).toMatchObject({ sources: { length: 50 } })
  })
})

describe('texts and pictures', () => {
  test('a text becomes a message file, which stays until every transfer is over', async () => {
    const { application, engine, home } = fixture
    engine.handlers['transfer:send'] = () => ({ transferIds: ['one', 'two'] })
    const source = await application.handlers['source:add-text']({ text: 'Ring twice\nhttps://example.org' })
    expect(source).toMatchObject({ kind: 'text', name: 'Ring twice', size: 30 })
    await application.handlers['send:start']({ sourceIds: [source.sourceId], targets: [...TO_B] })
    const [sent] = engine.called('transfer:send') as { paths: string[] }[]
    const path = sent?.paths[0] ?? ''
    expect(isMessageFile(path.split('/').at(-1) ?? '', 30)).toBe(true)
    expect(await readFile(path, 'utf8')).toBe('Ring twice\nhttps://example.org')
    engine.emit('transfer:changed', fakeTransfer({ id: 'one', state: { kind: 'finished', complete: true } }))
    engine.emit('transfer:changed', fakeTransfer({ id: 'two', state: { kind: 'failed', error: { code: 'NET_LOST', message: '' } } }))
    await new Promise((resolve) => setImmediate(resolve))
    expect(await readFile(path, 'utf8')).toContain('Ring')
    engine.emit('transfer:changed', fakeTransfer({ id: 'two', state: { kind: 'cancelled', by: 'us' } }))
    await expect.poll(() => readdir(join(home, 'outbox'))).toEqual([])
  })

  test('a text that leaves the tray leaves the disk', async () => {
    const { application, home } = fixture
    const source = await application.handlers['source:add-text']({ text: 'secret' })
    expect(await readdir(join(home, 'outbox'))).toHaveLength(1)
    await application.handlers['source:remove']({ sourceId: source.sourceId })
    await expect.poll(() => readdir(join(home, 'outbox'))).toEqual([])
  })

  test('refuses an empty text, one over a MiB, and bytes that are no picture', async () => {
    const { application } = fixture
    await expect(application.handlers['source:add-text']({ text: ' \n' })).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await expect(application.handlers['source:add-text']({ text: 'ä'.repeat(600_000) })).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await expect(application.addPicture(Buffer.from('#!/bin/sh'))).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  })

  test("takes the clipboard's picture", async () => {
    const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(20)])
    await withPlatform({ clipboardImage: () => Promise.resolve(png) })
    expect(await fixture.application.handlers['source:add-clipboard-image']({})).toMatchObject({ kind: 'image', size: 28 })
    await withPlatform({ clipboardImage: () => Promise.resolve(null) })
    expect(await fixture.application.handlers['source:add-clipboard-image']({})).toBeNull()
  })
})

describe('uploads of a page', () => {
  beforeEach(() => withPlatform({ info: PAGE_INFO }))

  test('come file by file, and can be sent when they are whole', async () => {
    const { application, engine } = fixture
    engine.handlers['transfer:send'] = () => ({ transferIds: ['t'] })
    const { sourceId } = await application.handlers['source:begin-upload']({ name: 'Trip', kind: 'folder', size: 7, files: 2 })
    await application.upload(sourceId, 'a.txt', await bodyOf('ab', 'c'))
    await expect(application.handlers['send:start']({ sourceIds: [sourceId], targets: [...TO_B] })).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await expect(application.handlers['source:finish-upload']({ sourceId })).rejects.toThrow(/1 of 2/)
    await application.upload(sourceId, 'deep/b.txt', await bodyOf('defg'))
    expect(await application.handlers['source:finish-upload']({ sourceId })).toMatchObject({ name: 'Trip', size: 7, files: 2 })
    await application.handlers['send:start']({ sourceIds: [sourceId], targets: [...TO_B] })
    const [sent] = engine.called('transfer:send') as { paths: string[] }[]
    expect(await readFile(join(sent?.paths[0] ?? '', 'deep/b.txt'), 'utf8')).toBe('defg')
  })

  test.each(['../out', 'a/../../out', '/etc/x', '', 'a//b', '.', 'a\0b', `${'d/'.repeat(70)}f`, 'x'.repeat(300)])('refuse the path %j', async (path) => {
    const { application } = fixture
    const { sourceId } = await application.handlers['source:begin-upload']({ name: 'Trip', kind: 'folder', size: 100, files: 9 })
    await expect(application.upload(sourceId, path, await bodyOf('x'))).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  })

  test('refuse more than was announced, the same name twice, and unknown ids', async () => {
    const { application } = fixture
    const { sourceId } = await application.handlers['source:begin-upload']({ name: 'f', kind: 'folder', size: 4, files: 2 })
    await expect(application.upload(sourceId, 'big', await bodyOf('abcde'))).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await application.upload(sourceId, 'big', await bodyOf('ab'))
    await expect(application.upload(sourceId, 'big', await bodyOf('ab'))).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await application.upload(sourceId, 'other', await bodyOf('cd'))
    await expect(application.upload(sourceId, 'third', await bodyOf(''))).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await expect(application.upload('nobody', 'x', await bodyOf('x'))).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  })

  test.each(['..', 'a/b', ''])('cannot be named %j', async (name) => {
    await expect(fixture.application.handlers['source:begin-upload']({ name, kind: 'file', size: 1, files: 1 })).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  })
})

describe('folders', () => {
  test('are named by the ids that a choice gave, in settings, policies and answers', async () => {
    const { root } = fixture
    await withPlatform({ chooseFolder: () => Promise.resolve(root) })
    await mkdir(root, { recursive: true })
    const { application, engine } = fixture
    engine.handlers['settings:set'] = (patch) => patch as never
    engine.handlers['device:set-policy'] = () => fakeDevice()
    engine.handlers['request:accept'] = () => null
    engine.handlers['device:list'] = () => [fakeDevice({ policy: { accept: 'ask', folder: '/elsewhere' } })]
    const choice = await application.handlers['folder:choose']({})
    expect(choice).toMatchObject({ path: root, freeBytes: expect.any(Number) as number })
    const folderId = choice?.folderId ?? ''
    await application.handlers['settings:set']({ receiveFolderId: folderId, theme: 'dark' })
    await application.handlers['request:accept']({ requestId: 'r', folderId })
    for (const folder of [{ folderId }, { folderId: null }, {}]) await application.handlers['device:set-policy']({ deviceId: DEVICE_B, policy: { accept: 'always', ...folder } })
    expect(engine.called('settings:set')).toEqual([{ theme: 'dark', receiveFolder: root }])
    expect(engine.called('request:accept')).toEqual([{ requestId: 'r', folder: root }])
    expect(engine.called('device:set-policy').map((args) => (args as { policy: unknown }).policy)).toEqual([
      { accept: 'always', folder: root },
      { accept: 'always' },
      { accept: 'always', folder: '/elsewhere' },
    ])
    await expect((async () => await application.handlers['settings:set']({ receiveFolderId: '/etc' }))()).rejects.toThrow(/not chosen here/)
    await rm(root, { recursive: true, force: true })
  })

  test('that are typed must be there, absolute and writable', async () => {
    const { application, root } = fixture
    const choose = (typed: string) => application.handlers['folder:choose']({ typed })
    await expect(choose('relative/x')).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await expect(choose(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    await writeFile(join(root, 'file'), '')
    await expect(choose(join(root, 'file'))).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    await expect(choose(root)).resolves.toMatchObject({ path: root })
    if (process.getuid?.() === 0) return
    await mkdir(join(root, 'locked'))
    await chmod(join(root, 'locked'), 0o500)
    await expect(choose(join(root, 'locked'))).rejects.toMatchObject({ code: 'FOLDER_READ_ONLY' })
  })
})

describe('what was received', () => {
  const received = (over: Partial<ReceivedFile> = {}): ReceivedFile => ({
    id: 'r1', name: 'a.pdf', path: 'a.pdf', kind: 'file', deviceId: DEVICE_B, deviceName: 'there', size: 1, digest: null, receivedAtMs: 0, state: 'here', verified: true, ...over,
  })
  const found = (path: string | null, over: Partial<ReceivedFile> = {}): void => {
    fixture.engine.handlers['received:get'] = () => ({ file: received(over), path })
  }

  test('is opened by id; a program or script is only shown in its folder', async () => {
    const { application, opened, shown } = fixture
    found('/in/a.pdf')
    await application.handlers['received:open']({ id: 'r1' })
    for (const name of ['setup.EXE', 'run.sh', 'a.desktop', 'x.lnk', 'y.jar', 'z.cmd . ']) {
      found(`/in/${name}`, { name })
      await application.handlers['received:open']({ id: 'r1' })
    }
    expect(opened).toEqual(['/in/a.pdf'])
    expect(shown).toHaveLength(6)
    found(null)
    await expect(application.handlers['received:show']({ id: 'r1' })).rejects.toMatchObject({ code: 'FILE_VANISHED' })
  })

  test('a message is read as text, bounded, and never through a link', async () => {
    const { application, root } = fixture
    const path = join(root, 'message.txt')
    await writeFile(path, 'hello \u202Eworld')
    found(path, { kind: 'message' })
    expect(await application.handlers['received:text']({ id: 'r1' })).toEqual({ text: 'hello \u202Eworld', truncated: false })
    await expect(application.handlers['received:open']({ id: 'r1' })).rejects.toMatchObject({ code: 'USAGE_INVALID' })
    await writeFile(path, 'x'.repeat(1024 * 1024 + 5))
    const long = await application.handlers['received:text']({ id: 'r1' })
    expect([long.text.length, long.truncated]).toEqual([1024 * 1024, true])
    await symlink(path, join(root, 'link'))
    found(join(root, 'link'), { kind: 'message' })
    await expect(application.handlers['received:text']({ id: 'r1' })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    found(path)
    await expect(application.handlers['received:text']({ id: 'r1' })).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  })
})

describe('status and quitting', () => {
  test('the status is announced when it differs, at most once a second', async () => {
    const { engine, events, clock } = fixture
    let active = 0
    engine.handlers['engine:status'] = () => fakeStatus({ activeTransfers: (active += 1) })
    for (let index = 0; index < 40; index++) {
      engine.emit('transfer:changed', fakeTransfer({ id: String(index) }))
      await clock.advance(100)
    }
    const said = events.filter(({ event }) => event === 'engine:status-changed')
    expect(said.length).toBeGreaterThanOrEqual(4)
    expect(said.length).toBeLessThanOrEqual(5)
  })

  test('quitting names what would stop, and leaves out what is paused', async () => {
    const { application, engine } = fixture
    const all = [
      fakeTransfer({ id: 'a', roots: ['x', 'y'] }),
      fakeTransfer({ id: 'b', direction: 'receive', state: { kind: 'queued' } }),
      fakeTransfer({ id: 'c', state: { kind: 'paused', by: 'us' } }),
    ]
    engine.handlers['transfer:list'] = (args) => pageOf(all, args)
    expect(await application.handlers['app:quit-info']({})).toEqual({ activeTransfers: 1, waitingTransfers: 1, names: ['x and 1 more to there', 'a.txt from there'] })
  })

  test('the folder of a transfer is shown only if it is one', async () => {
    const { application, engine, root, opened } = fixture
    engine.handlers['transfer:get'] = () => fakeTransfer({ folder: root })
    await application.handlers['transfer:show']({ transferId: 'a' })
    await writeFile(join(root, 'run.sh'), '')
    engine.handlers['transfer:get'] = () => fakeTransfer({ folder: join(root, 'run.sh') })
    await expect(application.handlers['transfer:show']({ transferId: 'a' })).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    expect(opened).toEqual([root])
  })

  test('after a start, what no transfer needs any more is removed from the outbox', async () => {
    const { application, engine, home } = fixture
    engine.handlers['transfer:send'] = () => ({ transferIds: ['alive'] })
    const source = await application.handlers['source:add-text']({ text: 'x' })
    await application.handlers['send:start']({ sourceIds: [source.sourceId], targets: [...TO_B] })
    const { createApplication } = await import('../../electron/application/application.ts')
    const restart = (complete: boolean) => {
      engine.handlers['transfer:get'] = () => fakeTransfer({ state: { kind: 'finished', complete } })
      return createApplication({ engine, home, platform: { info: PAGE_INFO } })
    }
    const first = restart(false)
    await expect.poll(() => engine.called('transfer:get')).toHaveLength(1)
    expect((await readdir(join(home, 'outbox'))).length).toBe(2)
    first.close()
    const second = restart(true)
    await expect.poll(() => readdir(join(home, 'outbox'))).toEqual([])
    second.close()
  })
})
