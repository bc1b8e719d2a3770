import type { FolderId, FolderOffer, PlanCounts, PlanItem, SyncActivity, SyncConflict, SyncFolder, SyncProblem, TrashItem } from '../../shared/model/folder.ts'
import { emptyPaged, outdated, type Paged } from './paged.ts'

export const FOLDER_TABS = ['overview', 'plan', 'conflicts', 'problems', 'activity', 'trash', 'settings'] as const
export type FolderTab = (typeof FOLDER_TABS)[number]

/** What each long list of a folder holds. */
export interface FolderItems {
  readonly plan: PlanItem
  readonly conflicts: SyncConflict
  readonly problems: SyncProblem
  readonly activity: SyncActivity
  readonly trash: TrashItem
}
export type FolderListName = keyof FolderItems
export type FolderLists = { readonly [Name in FolderListName]: Paged<FolderItems[Name]> }

/** What the page Folders knows and looks at. */
export interface FoldersState {
  readonly byId: Readonly<Record<FolderId, SyncFolder>>
  readonly offers: Readonly<Record<FolderId, FolderOffer>>
  readonly openId: FolderId | null
  readonly tab: FolderTab
  /** The copy of the conflict that is looked at. */
  readonly copyPath: string | null
  readonly trashSearch: string
  /** What is being written in place of the saved list of what is left out. */
  readonly ignoreDraft: string | null
  readonly lists: FolderLists
  /** Of the plan that `lists.plan` shows. */
  readonly planCounts: PlanCounts | null
}

export const NO_LISTS: FolderLists = {
  plan: emptyPaged(''),
  conflicts: emptyPaged(''),
  problems: emptyPaged(''),
  activity: emptyPaged(''),
  trash: emptyPaged(''),
}

export const NO_FOLDERS: FoldersState = {
  byId: {},
  offers: {},
  openId: null,
  tab: 'overview',
  copyPath: null,
  trashSearch: '',
  ignoreDraft: null,
  lists: NO_LISTS,
  planCounts: null,
}

/** Whatever is shown of the lists is to be read again. */
export function listsOutdated(lists: FolderLists): FolderLists {
  return {
    plan: outdated(lists.plan),
    conflicts: outdated(lists.conflicts),
    problems: outdated(lists.problems),
    activity: outdated(lists.activity),
    trash: outdated(lists.trash),
  }
}
