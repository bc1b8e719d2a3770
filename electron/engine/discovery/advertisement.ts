import { isDeviceId } from '../identity/device-id.ts'
import { MAX_NAME_BYTES } from '../protocol/limits.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { isOwnAddress, sortAddresses, type Interfaces } from './sort-addresses.ts'
import { MAX_SEEN_ADDRESSES, type SeenDevice } from './ports.ts'

export const SERVICE_TYPE = 'holdfast'

/** A DNS-SD service as it came from the network: nothing in it is what it should be until checked. */
export interface RawService {
  readonly port?: unknown
  readonly txt?: unknown
  readonly addresses?: unknown
  /** Where the packet came from. */
  readonly referer?: { readonly address?: unknown } | undefined
}

/** What this device tells the network: `_holdfast._tcp`, with TXT `id`, `name`, `v`. */
export interface Advertisement {
  readonly deviceId: DeviceId
  readonly name: string
  readonly port: number
  readonly version: number
}

/** The unique part of the id, as instance and host name: several instances on one machine do not collide, nor do names. */
export function instanceName(deviceId: DeviceId): string {
  return `holdfast-${deviceId.slice(0, 14).replaceAll('-', '').toLowerCase()}`
}

/** One TXT string holds 255 bytes, key included. */
export function txtOf(advertisement: Advertisement): Record<string, string> {
  return { id: advertisement.deviceId, name: cleanName(advertisement.name, 200), v: String(advertisement.version) }
}

/** Undefined when anything about it is not as specified. */
export function readService(service: RawService, interfaces: Interfaces): SeenDevice | undefined {
  const { port } = service
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  const deviceId = textField(service.txt, 'id')
  const version = textField(service.txt, 'v')
  if (deviceId === undefined || !isDeviceId(deviceId) || version === undefined || !/^[1-9]\d{0,3}$/.test(version)) return undefined
  const claimed = Array.isArray(service.addresses) ? service.addresses.slice(0, 32).filter((one) => typeof one === 'string') : []
  const source = service.referer?.address
  const hosts = sortAddresses(typeof source === 'string' ? [...claimed, source] : claimed, interfaces, {
    fromHere: typeof source === 'string' && isOwnAddress(source, interfaces),
    limit: MAX_SEEN_ADDRESSES,
  })
  if (hosts.length === 0) return undefined
  return {
    deviceId,
    name: cleanName(textField(service.txt, 'name') ?? '', MAX_NAME_BYTES),
    addresses: hosts.map((host) => ({ host, port })),
    version: Number(version),
  }
}

function textField(txt: unknown, key: string): string | undefined {
  if (typeof txt !== 'object' || txt === null || !Object.hasOwn(txt, key)) return undefined
  const value = (txt as Record<string, unknown>)[key]
  return typeof value === 'string' ? value : undefined
}

/** Without control characters, and cut at a whole character. */
function cleanName(name: string, maxBytes: number): string {
  let clean = ''
  let bytes = 0
  for (const character of name.replace(/\p{C}/gu, '').trim()) {
    bytes += Buffer.byteLength(character)
    if (bytes > maxBytes) break
    clean += character
  }
  return clean
}
