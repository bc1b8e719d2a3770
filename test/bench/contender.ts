import type { Measured } from './measure.ts'
import type { Workload } from './workloads.ts'

export interface Contender {
  readonly name: string
  readonly encryption: string
  /** When it says it is done, what is on the disk? */
  readonly durability: string
  /** Carries one file and no folder: left out of the other workloads. */
  readonly oneFile?: boolean
  /** How to get it, when it is not here; null when it is. */
  missing(): string | null
  /** Starts what runs all the time, e.g. a daemon. `root` is a folder of its own. */
  prepare(root: string): Promise<PreparedContender>
}

export interface PreparedContender {
  /** Sends the workload into `target`, an empty folder: it arrives there under its own name. */
  run(workload: Workload, target: string): Promise<Measured>
  close(): Promise<void>
}
