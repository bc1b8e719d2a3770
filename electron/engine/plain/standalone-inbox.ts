import { WorkerLanes } from '../folder/lanes.ts'
import { ReceiveFolder } from '../folder/receive-folder.ts'
import type { Clock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { FolderArrivals } from './folder-arrivals.ts'
import type { PlainInboxEvent } from './inbox-events.ts'
import type { PlainInboxOptions } from './inbox-options.ts'
import { PlainInbox } from './plain-inbox.ts'

export interface StandaloneInbox {
  readonly inbox: PlainInbox
  /** Absolute: where messages go. */
  readonly folder: string
  /** Stops the inbox and its thread. */
  close(): Promise<void>
}

/**
 * An inbox with a receive folder and a write lane of its own, for a process without an engine. Makes the folder. Throws
 * USAGE_INVALID and the errors of ReceiveFolder.
 */
export function openStandaloneInbox(
  options: PlainInboxOptions,
  ports: { readonly folder: string; readonly clock: Clock; readonly report: (event: PlainInboxEvent) => void },
): StandaloneInbox {
  const { root } = ReceiveFolder.open(ports.folder, { create: true })
  const lanes = new WorkerLanes({ readLanes: 0, writeLanes: 1 })
  const arrivals = new FolderArrivals(root, lanes)
  const inbox = new PlainInbox(options, { clock: ports.clock, random: systemRandom, arrivals, report: ports.report })
  return {
    inbox,
    folder: root,
    async close() {
      await inbox.stop()
      await lanes.close()
    },
  }
}
