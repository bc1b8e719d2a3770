import type { Page } from '../../shared/ipc/contract.ts'
import type { FolderId } from '../../shared/model/folder.ts'
import type { App } from './app.ts'
import type { FolderItems, FolderListName, FoldersState } from './folder-state.ts'
import { emptyPaged, PAGE_SIZE, withPage, type Paged } from './paged.ts'

/** Pages being read, so that a row that is drawn sixty times a second asks once. True: asked for again meanwhile. */
const reading = new Map<string, boolean>()

type Readers = { readonly [Name in FolderListName]: (range: { folderId: FolderId; offset: number; limit: number }) => Promise<Page<FolderItems[Name]>> }

function readersOf({ bridge, store }: App): Readers {
  return {
    plan: async (range) => {
      const { counts, ...page } = await bridge.call('sync:plan', range)
      store.setState(({ folders }) => ({ folders: { ...folders, planCounts: counts } }))
      return page
    },
    conflicts: (range) => bridge.call('sync:conflicts', range),
    problems: (range) => bridge.call('sync:problems', range),
    activity: (range) => bridge.call('sync:activity', range),
    trash: (range) => {
      const { trashSearch } = store.getState().folders
      return bridge.call('sync:trash', { ...range, ...(trashSearch ? { search: trashSearch } : {}) })
    },
  }
}

/** Names a list: another folder, or another search, is another list. */
export function folderListKey(folders: FoldersState, name: FolderListName, folderId: FolderId): string {
  return name === 'trash' ? `${folderId} ${folders.trashSearch}` : folderId
}

function withList<Name extends FolderListName>(folders: FoldersState, name: Name, list: Paged<FolderItems[Name]>): FoldersState {
  return { ...folders, lists: { ...folders.lists, [name]: list } }
}

async function readPage<Name extends FolderListName>(app: App, name: Name, folderId: FolderId, page: number): Promise<void> {
  const key = folderListKey(app.store.getState().folders, name, folderId)
  const mark = `${name} ${key} ${page}`
  if (reading.has(mark)) {
    reading.set(mark, true)
    return
  }
  reading.set(mark, false)
  try {
    const reply = await readersOf(app)[name]({ folderId, offset: page * PAGE_SIZE, limit: PAGE_SIZE })
    app.store.setState(({ folders }) => {
      if (folderListKey(folders, name, folderId) !== key) return {}
      const before: Paged<FolderItems[Name]> = folders.lists[name]
      // Another search: the old rows stay in sight until the first new page has come.
      const list = before.key === key ? before : emptyPaged<FolderItems[Name]>(key)
      return before.key === key || page === 0 ? { folders: withList(folders, name, withPage(list, page, reply)) } : {}
    })
  } catch {
    // The connection's state, or the next change of the folder, brings it again; the rows stay as they were.
  } finally {
    const again = reading.get(mark) === true
    reading.delete(mark)
    if (again) void readPage(app, name, folderId, page)
  }
}

/** Reads these pages of a list of this folder. */
export function loadFolderList(app: App, name: FolderListName, folderId: FolderId, pages: readonly number[]): void {
  for (const page of pages) void readPage(app, name, folderId, page)
}
