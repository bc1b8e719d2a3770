import type { NetworkInterfaceInfo } from 'node:os'
import { deviceIdOfSpki } from '../../../electron/engine/util/spki.ts'

export const idOf = (seed: string) => deviceIdOfSpki(Buffer.from(seed))

export function v4(address: string, netmask = '255.255.255.0'): NetworkInterfaceInfo {
  return { address, netmask, family: 'IPv4', mac: '02:00:00:00:00:01', internal: address.startsWith('127.'), cidr: null }
}

export function v6(address: string, netmask = 'ffff:ffff:ffff:ffff::'): NetworkInterfaceInfo {
  return { address, netmask, family: 'IPv6', mac: '02:00:00:00:00:01', internal: address === '::1', cidr: null, scopeid: 2 }
}
