import { useCallback, useEffect, useRef } from 'react'
import type { SyncFolder } from '../../../shared/model/folder.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { folderListKey, loadFolderList } from '../../store/folder-load.ts'
import type { FolderItems, FolderListName } from '../../store/folder-state.ts'
import type { Paged } from '../../store/paged.ts'

/** A plan is made anew for every reading, so it is read less often while the folder changes. */
const EVERY_MS: Readonly<Record<FolderListName, number>> = { plan: 4000, conflicts: 1000, problems: 1000, activity: 1000, trash: 1000 }

export interface FolderListHold<T> {
  readonly list: Paged<T>
  /** What is shown is of this folder, though perhaps of the search before. */
  readonly mine: boolean
  load(pages: readonly number[]): void
}

/** A long list of a folder: the pages in sight, read again when the folder has changed, but only so often. */
export function useFolderList<Name extends FolderListName>(name: Name, folder: SyncFolder): FolderListHold<FolderItems[Name]> {
  const app = useApp()
  const list: Paged<FolderItems[Name]> = useAppState(({ folders }) => folders.lists[name])
  const key = useAppState(({ folders }) => folderListKey(folders, name, folder.id))
  const shown = useRef<readonly number[]>([0])
  const readAtMs = useRef(0)
  const read = useCallback(
    (pages: readonly number[]): void => {
      shown.current = pages
      readAtMs.current = Date.now()
      loadFolderList(app, name, folder.id, pages)
    },
    [app, name, folder.id],
  )

  useEffect(() => {
    const waitMs = Math.max(0, readAtMs.current + EVERY_MS[name] - Date.now())
    const timer = setTimeout(() => read(shown.current), waitMs)
    return () => clearTimeout(timer)
  }, [name, folder, read])

  useEffect(() => read([0]), [key, read])
  useEffect(() => {
    if (list.version > 0) read(shown.current)
  }, [list.version, read])

  return { list, mine: list.key !== '' && list.key.startsWith(folder.id), load: read }
}
