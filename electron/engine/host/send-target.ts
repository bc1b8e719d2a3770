import { isIPv4 } from 'node:net'
import { HoldfastError } from '../../../shared/errors.ts'
import type { SendTarget } from '../../../shared/ipc/contract.ts'
import type { Address, DeviceId } from '../../../shared/model/device.ts'
import { parseDeviceId } from '../identity/device-id.ts'
import { formatAddress, parseAddress } from '../net/address.ts'

/** Meant as an address: a colon and no space. Names may have colons; a device that has one and no space goes by its id. */
const LIKE_ADDRESS = /^\S*:\S*$/

/** What people type for a device: `HOST:PORT`, its id, or its name. Throws USAGE_INVALID, for mistyped addresses too. */
export function parseTarget(text: string): SendTarget {
  const typed = text.trim()
  if (typed === '') throw new HoldfastError('USAGE_INVALID', 'A device is HOST:PORT, a device id, or the name of a paired device.')
  const deviceId = tryParse(() => parseDeviceId(typed))
  if (deviceId !== undefined) return { kind: 'device', device: deviceId }
  if (isIPv4(typed)) throw new HoldfastError('USAGE_INVALID', `${typed} has no port. Write ${typed}:4680, if Holdfast listens there as usual.`)
  return LIKE_ADDRESS.test(typed) ? { kind: 'address', ...parseAddress(typed) } : { kind: 'device', device: typed }
}

export function formatTarget(target: SendTarget): string {
  return target.kind === 'address' ? formatAddress(target) : target.device
}

/** A listening address, `HOST:PORT`; port 0 picks one. Throws USAGE_INVALID. */
export function parseListenAddress(text: string): Address {
  return parseAddress(text)
}

/** In any case, with or without dashes. Throws USAGE_INVALID. */
export function parseTrustedId(text: string): DeviceId {
  return parseDeviceId(text)
}

function tryParse<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
