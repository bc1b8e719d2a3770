import type { Sqlite } from './sqlite.ts'
import { createCounterStore } from './sync-counters.ts'
import { createFolderStore } from './sync-folders.ts'
import { createNewsStore, createOpener, createOpenStore } from './sync-lists.ts'
import { createLocalStore } from './sync-local.ts'
import type { SyncStore } from './sync-ports.ts'
import { createRemoteStore } from './sync-remote.ts'
import { createSameness } from './sync-sameness.ts'

/**
 * The index of shared folders. Only what others may have been told of (this device's sequences) is flushed at once; the
 * rest may be lost in a power cut from the end, and is then found, told or looked at again.
 */
export function createSyncStore(database: Sqlite): SyncStore {
  const counters = createCounterStore(database)
  const opened = createOpener(database)
  const sameness = createSameness(database)
  const remote = createRemoteStore(database, counters, opened, sameness)
  return {
    transaction: (work) => database.transaction(work),
    ...createFolderStore(database, (id, deviceId) => remote.dropRemote(id, deviceId)),
    ...createLocalStore(database, counters, opened, sameness),
    ...remote,
    ...createOpenStore(database, counters, opened),
    ...createNewsStore(database, counters),
  }
}
