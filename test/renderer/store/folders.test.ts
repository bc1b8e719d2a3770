import { describe, expect, test } from 'vitest'
import type { Bridge } from '../../../renderer/bridge.ts'
import { goTo } from '../../../renderer/store/actions.ts'
import { createApp, type App } from '../../../renderer/store/app.ts'
import { goUp, openConflict, openFolder, resolveConflict, setTrashSearch } from '../../../renderer/store/folder-actions.ts'
import { folderAnnouncement } from '../../../renderer/store/folder-announce.ts'
import { applyFolder, applyFolderOffer, applyFolderRemoved, applyFolders } from '../../../renderer/store/folder-apply.ts'
import { loadFolderList } from '../../../renderer/store/folder-load.ts'
import { conflictPlace, folderQuestions, foldersOf, shareable } from '../../../renderer/store/folder-selectors.ts'
import { NO_FOLDERS } from '../../../renderer/store/folder-state.ts'
import { emptyPaged, itemAt, withPage } from '../../../renderer/store/paged.ts'
import { INITIAL } from '../../../renderer/store/state.ts'
import { startSync } from '../../../renderer/store/sync.ts'
import type { AppEventName, AppEvents } from '../../../shared/ipc/app-contract.ts'
import { demoDevice } from '../../support/demo-data.ts'
import { demoConflicts, demoFolder, demoFolderDevice, demoFolderOffer } from '../../support/demo-folder-data.ts'
import type { DemoEngine } from '../../support/demo-engine.ts'
import { busyScene } from '../../support/demo-scenes.ts'

const laptop = demoDevice(2, 'Laptop')
const folder = demoFolder(1, 'Documents', [demoFolderDevice(laptop)])
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Connected {
  readonly app: App
  readonly engine: DemoEngine
  stop(): void
}

/** The store connected to a demo engine without any transport, its truth read. */
async function online(engine = busyScene()): Promise<Connected> {
  const bridge: Bridge = {
    call: (command, args) => engine.call(command, args),
    on: (event, listener) =>
      engine.subscribe((name: AppEventName, payload: AppEvents[AppEventName]) => {
        if (name === event) (listener as (payload: unknown) => void)(payload)
      }),
    addDropped: () => Promise.resolve([]),
    addFiles: () => Promise.resolve([]),
    onConnection(listener) {
      listener({ kind: 'online' })
      return () => {}
    },
    reconnectNow() {},
  }
  const app = createApp(bridge)
  const stop = startSync(app)
  await settled()
  return { app, engine, stop }
}

const idOf = ({ engine }: Connected, name: string): string => [...engine.folders.byId.values()].find((item) => item.name === name)?.id ?? ''

describe('shared folders in the store', () => {
  test('are read with everything else, and follow what happens', async () => {
    const connected = await online()
    const { app, engine, stop } = connected
    expect(foldersOf(app.store.getState().folders.byId).map(({ name }) => name).slice(0, 3)).toEqual(['Documents', 'Garden plans', 'invoice\u202Efdp.exe'])
    engine.folders.set(idOf(connected, 'Music'), { state: { kind: 'paused' } })
    expect(app.store.getState().folders.byId[idOf(connected, 'Music')]?.state.kind).toBe('paused')
    const music = idOf(connected, 'Music')
    openFolder(app, music)
    await engine.call('sync:remove', { folderId: music })
    expect(app.store.getState().folders).toMatchObject({ openId: null })
    expect(app.store.getState().folders.byId[music]).toBeUndefined()
    stop()
  })

  test('an offer is said on every page, and is over when the folder is there', async () => {
    const { app, engine, stop } = await online()
    const [device] = engine.devices.values()
    const offer = demoFolderOffer(30, device ?? laptop, 'Wed\u202Eding')
    engine.folders.offer(offer)
    expect(app.store.getState().notices.at(-1)?.text).toBe('Studio Mac wants to share the folder Wed[U+202E]ding with you. Answer on the page Folders.')
    await engine.call('sync:accept', { folderId: offer.folderId, choiceId: 'folder:/srv', inside: 'Wedding', mode: 'two-way' })
    expect(app.store.getState().folders.offers).toEqual({})
    expect(app.store.getState().folders.byId[offer.folderId]?.path).toBe('/srv/Wedding')
    stop()
  })

  test('what waits for somebody is counted: offers, questions, conflicts, folders that are away', () => {
    const offer = demoFolderOffer(30, laptop, 'x')
    const asking = { ...demoFolder(2, 'b', []), state: { kind: 'missing', error: { code: 'FOLDER_MISSING', message: '' } } } as const
    const folders = [folder, asking, demoFolder(3, 'c', [], { conflicts: 2 })].reduce(applyFolder, applyFolderOffer(NO_FOLDERS, offer))
    expect(folderQuestions({ ...INITIAL, folders })).toBe(3)
  })

  test('a folder that is not there after a reconnect is no longer looked at', () => {
    const before = { ...applyFolder(NO_FOLDERS, folder), openId: folder.id, copyPath: 'x' }
    expect(applyFolders(before, [folder], [])).toMatchObject({ openId: folder.id, copyPath: 'x', lists: { trash: { version: 1 } } })
    expect(applyFolders(before, [], [])).toMatchObject({ openId: null, copyPath: null })
    expect(applyFolderRemoved(before, 'another').openId).toBe(folder.id)
  })

  test('only paired devices that have it not yet can get it', () => {
    const stranger = demoDevice(5, 'x', { trust: 'seen' })
    const tablet = demoDevice(6, 'Tablet')
    const devices = Object.fromEntries([laptop, stranger, tablet].map((device) => [device.id, device]))
    expect(shareable(devices, folder).map(({ name }) => name)).toEqual(['Tablet'])
    expect(shareable(devices)).toHaveLength(2)
  })

  test('what needs somebody is said once', () => {
    const asks = { ...folder, state: { kind: 'asking', token: 't', totalFiles: 9, counts: { get: 0, replace: 0, delete: 9, rename: 0, conflict: 0, bytes: 0 } } } as const
    expect(folderAnnouncement(folder, asks)).toEqual({ text: 'Documents would change a lot. It waits for your decision.', urgent: true })
    expect(folderAnnouncement(asks, asks)).toBeNull()
    expect(folderAnnouncement(undefined, asks)).toBeNull()
    expect(folderAnnouncement(folder, { ...folder, conflicts: 2 })?.text).toBe('Documents: 2 conflicts to look at.')
    expect(folderAnnouncement({ ...folder, conflicts: 2 }, { ...folder, conflicts: 1 })).toBeNull()
  })
})

describe('looking at a folder', () => {
  test('one that asks opens with what it would do; Escape leads up, step by step', async () => {
    const connected = await online()
    const { app, stop } = connected
    openFolder(app, idOf(connected, 'Photos'))
    expect(app.store.getState().folders.tab).toBe('plan')
    openConflict(app, 'x')
    expect(goUp(app)).toBe(true)
    expect(app.store.getState().folders).toMatchObject({ copyPath: null, openId: idOf(connected, 'Photos') })
    expect(goUp(app)).toBe(true)
    expect(goUp(app)).toBe(false)
    openFolder(app, idOf(connected, 'Photos'))
    goTo(app, 'send')
    expect(app.store.getState().folders.openId).toBeNull()
    stop()
  })

  test('a search keeps the old rows until the new ones are there; a late reply of another search is dropped', async () => {
    const connected = await online()
    const { app, stop } = connected
    const id = idOf(connected, 'Documents')
    openFolder(app, id, 'trash')
    loadFolderList(app, 'trash', id, [0])
    await settled()
    expect(app.store.getState().folders.lists.trash.total).toBe(3120)
    setTrashSearch(app, 'azores')
    loadFolderList(app, 'trash', id, [0])
    setTrashSearch(app, 'IMG_10005')
    expect(app.store.getState().folders.lists.trash.total).toBe(3120)
    loadFolderList(app, 'trash', id, [0])
    await settled()
    expect(app.store.getState().folders.lists.trash.total).toBe(1)
    stop()
  })

  test('a page asked for while it is read is read once more', async () => {
    const connected = await online()
    const { app, engine, stop } = connected
    const id = idOf(connected, 'Documents')
    openFolder(app, id, 'problems')
    for (let again = 0; again < 5; again++) loadFolderList(app, 'problems', id, [0])
    engine.folders.problems = []
    await settled()
    await settled()
    expect(app.store.getState().folders.lists.problems.total).toBe(0)
    expect(engine.calls.filter(({ command }) => command === 'sync:problems')).toHaveLength(2)
    stop()
  })

  test('a conflict that is decided makes place for the next, the last one for the list', async () => {
    const connected = await online()
    const { app, engine, stop } = connected
    const id = idOf(connected, 'Documents')
    const paths = engine.folders.conflicts.map(({ conflict }) => conflict.copyPath)
    openFolder(app, id, 'conflicts')
    const decide = async (): Promise<void> => {
      loadFolderList(app, 'conflicts', id, [0])
      await settled()
      const { copyPath, lists } = app.store.getState().folders
      const place = conflictPlace(lists.conflicts, copyPath ?? '', 100)
      if (!place) throw new Error('no such conflict')
      await resolveConflict(app, id, place.conflict, 'both')
    }
    openConflict(app, paths[3] ?? null)
    await decide()
    expect(app.store.getState().folders.copyPath).toBe(paths[4])
    await decide()
    expect(app.store.getState().folders.copyPath).toBe(paths[2])
    for (let left = 3; left > 0; left--) await decide()
    expect(app.store.getState().folders.copyPath).toBeNull()
    expect(app.store.getState().notices.at(-1)?.text).toBe('Kept both. No more conflicts.')
    stop()
  })

  test('conflicts that are no longer in the list are not found in what was read before', () => {
    const items = demoConflicts([laptop]).map(({ conflict }) => conflict)
    const [first, second] = items
    const list = withPage(emptyPaged<(typeof items)[number]>('x'), 0, { total: 1, offset: 0, items })
    expect(conflictPlace(list, first?.copyPath ?? '', 100)).toMatchObject({ index: 0, previous: null, next: null })
    expect(conflictPlace(list, second?.copyPath ?? '', 100)).toBeNull()
    expect(itemAt(list, 1)).toBe(second)
  })
})
