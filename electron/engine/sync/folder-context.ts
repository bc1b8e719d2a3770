import type { HoldfastError } from '../../../shared/errors.ts'
import type { FolderId, FolderMode, SyncActivity } from '../../../shared/model/folder.ts'
import type { Clock } from '../util/clock.ts'
import type { DeviceTag } from './entry.ts'
import type { SyncDisk, SyncStore } from './ports.ts'
import type { Turns } from './turns.ts'

/** What the parts of one shared folder here have in common. */
export interface FolderContext {
  readonly id: FolderId
  /** This device in versions. */
  readonly tag: DeviceTag
  readonly mode: FolderMode
  readonly clock: Clock
  readonly store: SyncStore
  readonly disk: SyncDisk
  /** For whatever decides about an entry by what is on disk. */
  readonly turns: Turns
  /** Aborted when the folder is closed: nothing is begun after that. */
  readonly signal: AbortSignal
  /** As people here call it. */
  deviceName(tag: DeviceTag): string
  /** The index here has changed: others are to be told. `ignoreFile`: what is ignored may have changed too. */
  recorded(ignoreFile: boolean): void
  /** Something is open. */
  wake(): void
  /** These are not on disk as the index has them: they are looked at once more. */
  lookAgain(paths: readonly string[]): void
  happened(items: readonly SyncActivity[]): void
  /** Something that is shown is another now. */
  changed(): void
  /** `look`: as it is on disk; else about what is to be done there. */
  problem(path: string, error: HoldfastError, from?: 'look' | 'plan'): void
  solved(path: string): void
  /** What is here is what should be here. */
  settled(paths: readonly string[]): void
  /** Something holds up all of the folder. */
  trouble(error: unknown): void
}

/** Gitignore patterns for this folder, on all devices. */
export const IGNORE_FILE = '.holdfastignore'

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || folder === '' || path.startsWith(`${folder}/`)
}
