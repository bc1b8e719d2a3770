import type { FolderId, FolderOffer, SyncFolder } from '../../shared/model/folder.ts'
import { listsOutdated, type FoldersState } from './folder-state.ts'

/** Pure: what each fact about shared folders changes. */

function without<T>(record: Readonly<Record<string, T>>, id: string): Readonly<Record<string, T>> {
  if (!(id in record)) return record
  const { [id]: _gone, ...rest } = record
  return rest
}

/** The truth, read afresh. A folder or conflict that is gone is no longer looked at. */
export function applyFolders(before: FoldersState, folders: readonly SyncFolder[], offers: readonly FolderOffer[]): FoldersState {
  const byId = Object.fromEntries(folders.map((folder) => [folder.id, folder]))
  const open = before.openId !== null && before.openId in byId
  return {
    ...before,
    byId,
    offers: Object.fromEntries(offers.map((offer) => [offer.folderId, offer])),
    lists: listsOutdated(before.lists),
    ...(open ? {} : { openId: null, copyPath: null }),
  }
}

export function applyFolder(before: FoldersState, folder: SyncFolder): FoldersState {
  return { ...before, byId: { ...before.byId, [folder.id]: folder }, offers: without(before.offers, folder.id) }
}

export function applyFolderRemoved(before: FoldersState, folderId: FolderId): FoldersState {
  const gone = before.openId === folderId ? { openId: null, copyPath: null } : {}
  return { ...before, byId: without(before.byId, folderId), ...gone }
}

export function applyFolderOffer(before: FoldersState, offer: FolderOffer): FoldersState {
  return { ...before, offers: { ...before.offers, [offer.folderId]: offer } }
}

export function applyFolderOfferRemoved(before: FoldersState, folderId: FolderId): FoldersState {
  return { ...before, offers: without(before.offers, folderId) }
}
