import type { DeviceId } from '../../../shared/model/device.ts'
import type { DeviceTag } from '../journal/sync-ports.ts'

export type { DeviceTag, Entry, LocalEntry, Stamp, Version } from '../journal/sync-ports.ts'

export function deviceTag(id: DeviceId): DeviceTag {
  return id.replaceAll('-', '').slice(0, 26)
}
