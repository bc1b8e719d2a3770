import { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { shownName } from '../folder/names.ts'
import type { SyncMissing } from '../protocol/messages.ts'
import type { Entry } from './entry.ts'
import type { LongFetch } from './long-fetch.ts'
import type { RemoteEntry } from './ports.ts'

/** One file that is being got. */
export interface Job {
  readonly target: Entry
  /** Who has exactly this, under which version. */
  sources: RemoteEntry[]
  readonly long: LongFetch | undefined
  /** Of the file here that goes to the trash in exchange. */
  readonly replacedBytes: number
  /** `asked`: a small file, or the digests of a long one. `here`: complete and verified. */
  state: 'waiting' | 'asked' | 'preparing' | 'here'
  bytes?: Uint8Array
}

/** Under which version that device has it. */
export function sourceAt(job: Job, deviceId: DeviceId): RemoteEntry | undefined {
  return job.sources.find((source) => source.deviceId === deviceId)
}

/** Of one device and one path. */
export function keyOf(deviceId: DeviceId, path: string): string {
  return `${deviceId}\n${path}`
}

export function sizeOf(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { target }) => sum + target.size, 0)
}

export function whyNot(path: string, reason: SyncMissing | 'wrong'): HoldfastError {
  const name = shownName(path)
  if (reason === 'wrong') return new HoldfastError('PEER_PROTOCOL', `What the other device sends for ${name} is not what it has announced. It is asked again later.`)
  if (reason === 'unreadable') return new HoldfastError('FILE_UNREADABLE', `The other device can't read ${name}. Look at its permissions there.`)
  if (reason === 'denied') return new HoldfastError('FILE_UNREADABLE', `The other device does not give ${name}. Share the folder with it again.`)
  return new HoldfastError('FILE_CHANGING', `${name} keeps changing on the other device. It comes when it is quiet.`)
}
