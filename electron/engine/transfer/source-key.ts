import type { DeviceId } from '../../../shared/model/device.ts'
import { blake3 } from '../util/digest.ts'

/** Names "the same send" (DESIGN.md section 3): the same canonical sources, in any order. Hex. */
export function sourcesKey(sources: readonly string[]): string {
  return blake3(JSON.stringify([...sources].sort())).toString('hex')
}

/** Stands for a device at an address whose key is not known yet. */
export function addressKey(host: string, port: number): DeviceId {
  return `@${host}:${port}`
}

export function isAddressKey(deviceId: DeviceId): boolean {
  return deviceId === '' || deviceId.startsWith('@')
}
