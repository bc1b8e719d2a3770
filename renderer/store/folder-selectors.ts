import type { Device } from '../../shared/model/device.ts'
import type { FolderOffer, SyncConflict, SyncFolder } from '../../shared/model/folder.ts'
import type { FoldersState } from './folder-state.ts'
import type { Paged } from './paged.ts'
import { devicesOf } from './selectors.ts'
import type { State } from './state.ts'

/** By name, so that the list stands still while folders are at work. */
export function foldersOf(byId: FoldersState['byId']): readonly SyncFolder[] {
  return Object.values(byId).sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id))
}

export function folderOffersOf(offers: FoldersState['offers']): readonly FolderOffer[] {
  return Object.values(offers).sort((a, b) => a.offeredAtMs - b.offeredAtMs || a.folderId.localeCompare(b.folderId))
}

/** Whether the folder waits for something that only a person can do. */
export function needsDecision(folder: SyncFolder): boolean {
  const { kind } = folder.state
  return kind === 'asking' || kind === 'missing' || kind === 'waiting' || folder.conflicts > 0
}

/** How many folders and offers wait for the user. */
export function folderQuestions({ folders }: State): number {
  let count = Object.keys(folders.offers).length
  for (const folder of Object.values(folders.byId)) if (needsDecision(folder)) count += 1
  return count
}

/** Paired devices that a folder may be shared with and is not yet, reachable ones first. */
export function shareable(devices: State['devices'], folder?: SyncFolder): readonly Device[] {
  const members = new Set(folder?.devices.map((device) => device.deviceId))
  return devicesOf(devices).paired.filter((device) => !members.has(device.id))
}

export interface ConflictPlace {
  readonly conflict: SyncConflict
  /** From 0. */
  readonly index: number
  readonly previous: SyncConflict | null
  readonly next: SyncConflict | null
}

/** A conflict among those that have been read, with its neighbours; null when it is not among them (any more). */
export function conflictPlace(list: Paged<SyncConflict>, copyPath: string, pageSize: number): ConflictPlace | null {
  for (const [page, items] of Object.entries(list.pages)) {
    const at = items.findIndex((item) => item.copyPath === copyPath)
    const conflict = items[at]
    if (!conflict) continue
    const index = Number(page) * pageSize + at
    if (index >= (list.total ?? 0)) continue
    const beside = (other: number): SyncConflict | null =>
      other >= (list.total ?? 0) ? null : (list.pages[Math.floor(other / pageSize)]?.[other % pageSize] ?? null)
    return { conflict, index, previous: index > 0 ? beside(index - 1) : null, next: beside(index + 1) }
  }
  return null
}
