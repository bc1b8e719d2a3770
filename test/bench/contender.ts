import type { Measured } from './measure.ts'
import type { ThreadProfile } from './profile.ts'
import type { ThreadProbe } from './probe.ts'
import type { Workload } from './workloads.ts'

export interface Contender {
  readonly name: string
  readonly encryption: string
  /** When it says it is done, what is on the disk? */
  readonly durability: string
  /** Carries one file and no folder: left out of the other workloads. */
  readonly oneFile?: boolean
  /** Only asked for by name, or for these workloads: a variant of another one. */
  readonly onlyFor?: readonly string[]
  /** How to get it, when it is not here; null when it is. */
  missing(): string | null
  /** Starts what runs all the time, e.g. a daemon. `root` is a folder of its own. */
  prepare(root: string): Promise<PreparedContender>
}

export interface PreparedContender {
  /** Sends the workload into `target`, an empty folder: it arrives there under its own name. */
  run(workload: Workload, target: string): Promise<Measured>
  /** Forgets what was sent before: a first send is what is measured, unless the workload says otherwise. Absent: it never knows. */
  fresh?(): Promise<void>
  /** Breaks off when about half of it has come; what `run` then does is to go on. Absent: it can't. */
  sendHalf?(workload: Workload, target: string): Promise<void>
  /** One more run, with the event loops of its threads watched: apart, for watching costs. */
  probe?(workload: Workload, target: string): Promise<readonly ThreadProbe[]>
  /** One more run under V8's profiler. */
  profile?(workload: Workload, target: string): Promise<readonly ThreadProfile[]>
  close(): Promise<void>
}
