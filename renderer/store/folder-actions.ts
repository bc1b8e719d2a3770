import type { ConflictChoice, FolderId, FolderMode, SyncConflict, SyncFolder } from '../../shared/model/folder.ts'
import { t } from '../text/messages.ts'
import { visibleText } from '../text/visible-text.ts'
import { attempt, notify, speak } from './actions.ts'
import type { App } from './app.ts'
import { applyFolder } from './folder-apply.ts'
import { conflictPlace } from './folder-selectors.ts'
import { listsOutdated, NO_LISTS, type FoldersState, type FolderTab } from './folder-state.ts'
import { PAGE_SIZE } from './paged.ts'

function set(app: App, change: Partial<FoldersState>): void {
  app.store.setState(({ folders }) => ({ folders: { ...folders, ...change } }))
}

const refresh = (app: App): void => set(app, { lists: listsOutdated(app.store.getState().folders.lists) })

/** Null: the list of folders. A folder that asks opens with what it would do. */
export function openFolder(app: App, folderId: FolderId | null, tab?: FolderTab): void {
  const folder = folderId === null ? undefined : app.store.getState().folders.byId[folderId]
  app.store.setState({ page: 'folders' })
  set(app, {
    openId: folderId,
    tab: tab ?? (folder?.state.kind === 'asking' ? 'plan' : 'overview'),
    copyPath: null,
    trashSearch: '',
    ignoreDraft: null,
    lists: NO_LISTS,
    planCounts: null,
  })
}

export function openTab(app: App, tab: FolderTab): void {
  set(app, { tab, copyPath: null })
}

export function openConflict(app: App, copyPath: string | null): void {
  set(app, { tab: 'conflicts', copyPath })
}

export function setTrashSearch(app: App, trashSearch: string): void {
  set(app, { trashSearch })
}

export function setIgnoreDraft(app: App, ignoreDraft: string | null): void {
  set(app, { ignoreDraft })
}

/** Where Escape leads: from a conflict to the list, from a folder to all of them. False: it is at the top already. */
export function goUp(app: App): boolean {
  const { openId, copyPath } = app.store.getState().folders
  if (openId === null) return false
  if (copyPath !== null) openConflict(app, null)
  else openFolder(app, null)
  return true
}

/** What a change answered is shown at once; the event that follows says the same. */
function show(app: App, folder: SyncFolder): void {
  app.store.setState(({ folders }) => ({ folders: applyFolder(folders, folder) }))
}

export interface NewShare {
  /** Of a folder that the user chose. */
  readonly choiceId: string
  readonly devices: readonly string[]
  readonly mode: FolderMode
  readonly name: string
}

/** True when it has been done. */
export async function shareFolder(app: App, { choiceId, devices, mode, name }: NewShare): Promise<boolean> {
  const folder = await attempt(app, 'sync:add', { choiceId, devices, mode, ...(name ? { name } : {}) })
  if (!folder) return false
  show(app, folder)
  notify(app, 'good', t.folders.dialog.shared(visibleText(folder.name)))
  return true
}

export interface Acceptance {
  readonly folderId: FolderId
  /** Of the folder it goes to, or into. */
  readonly choiceId: string
  /** Name of a folder of its own in there. */
  readonly inside?: string
  readonly mode: FolderMode
}

export async function acceptFolder(app: App, acceptance: Acceptance): Promise<boolean> {
  const folder = await attempt(app, 'sync:accept', acceptance)
  if (!folder) return false
  show(app, folder)
  notify(app, 'good', t.folders.offers.accepted(visibleText(folder.name)))
  return true
}

export async function changeFolder(app: App, folderId: FolderId, change: { name?: string; mode?: FolderMode; paused?: boolean; trashLimitBytes?: number }): Promise<void> {
  const folder = await attempt(app, 'sync:set', { folderId, ...change })
  if (folder) show(app, folder)
}

export function togglePaused(app: App, { id, state }: SyncFolder): Promise<void> {
  return changeFolder(app, id, { paused: state.kind !== 'paused' })
}

export async function lookAgain(app: App, folderId: FolderId): Promise<void> {
  const folder = await attempt(app, 'sync:scan', { folderId })
  if (!folder) return
  show(app, folder)
  speak(app, t.folders.lookedAgain(visibleText(folder.name)))
}

export async function shareWith(app: App, folderId: FolderId, device: string): Promise<boolean> {
  const folder = await attempt(app, 'sync:share', { folderId, device })
  if (folder) show(app, folder)
  return folder !== undefined
}

export async function stopSharing(app: App, folderId: FolderId, device: string): Promise<void> {
  const folder = await attempt(app, 'sync:unshare', { folderId, device })
  if (folder) show(app, folder)
}

export async function removeFolder(app: App, { id, name }: SyncFolder): Promise<void> {
  const done = await attempt(app, 'sync:remove', { folderId: id })
  if (done !== undefined) notify(app, 'good', t.folders.settings.removed(visibleText(name)))
}

export async function answerFolder(app: App, folderId: FolderId, token: string, answer: 'apply' | 'keep-mine'): Promise<void> {
  const done = await attempt(app, 'sync:answer', { folderId, token, answer })
  if (done === undefined) return
  notify(app, 'good', answer === 'apply' ? t.folders.asking.done : t.folders.asking.kept)
  refresh(app)
}

/** Decides a conflict and goes on to the next one, so that many are decided in a row. */
export async function resolveConflict(app: App, folderId: FolderId, { copyPath }: SyncConflict, keep: ConflictChoice): Promise<void> {
  const place = conflictPlace(app.store.getState().folders.lists.conflicts, copyPath, PAGE_SIZE)
  const done = await attempt(app, 'sync:resolve', { folderId, copyPath, keep })
  if (done === undefined) return
  const { folders } = app.store.getState()
  const next = place?.next ?? place?.previous ?? null
  notify(app, 'good', next ? t.folders.conflict.resolved[keep] : `${t.folders.conflict.resolved[keep]} ${t.folders.conflict.allDone}`)
  set(app, {
    ...(folders.copyPath === copyPath ? { copyPath: next?.copyPath ?? null } : {}),
    lists: listsOutdated(folders.lists),
  })
}

export async function restoreFromTrash(app: App, folderId: FolderId, trashId: string): Promise<void> {
  const restored = await attempt(app, 'sync:restore', { folderId, trashId })
  if (!restored) return
  notify(app, 'good', t.folders.trash.restored(visibleText(restored.path)))
  refresh(app)
}

export async function emptyTrash(app: App, folderId: FolderId): Promise<void> {
  const done = await attempt(app, 'sync:empty-trash', { folderId })
  if (done !== undefined) refresh(app)
}
