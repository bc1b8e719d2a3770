import { isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

const MAX_SCOPES = 4

/**
 * Puts the addresses a device claims into the order to try them: those in a subnet of ours first, link-local IPv6 (which
 * needs an interface to be an address at all, so it is repeated with each) last. What cannot be a device is left out; so
 * is this machine's loopback, unless the claim came from this machine.
 */
export function sortAddresses(
  claimed: readonly string[],
  interfaces: Interfaces,
  options: { fromHere: boolean; limit: number },
): string[] {
  const own = Object.values(interfaces).flatMap((infos) => infos ?? [])
  const ranked = [...new Set(claimed)]
    .filter((host) => isIP(host) !== 0 && !host.includes('%'))
    .map((host) => ({ host, rank: rankOf(host, own, options.fromHere) }))
    .filter(({ rank }) => rank !== undefined)
  ranked.sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
  return ranked.flatMap(({ host }) => (isLinkLocal6(host) ? scoped(host, interfaces) : [host])).slice(0, options.limit)
}

/** Whether this is one of this machine's own addresses, or its loopback. */
export function isOwnAddress(host: string, interfaces: Interfaces): boolean {
  return isLoopback(host) || Object.values(interfaces).some((infos) => infos?.some((info) => info.address === host))
}

function rankOf(host: string, own: readonly NetworkInterfaceInfo[], fromHere: boolean): number | undefined {
  if (isLoopback(host)) return fromHere ? 4 : undefined
  const bits = bitsOf(host)
  if (isIP(host) === 4) {
    const first = Number(bits >> 24n)
    if (first === 0 || first >= 224) return undefined
    if (inSubnet(host, own)) return 0
    // 169.254/16 without a neighbour in it is a leftover.
    return bits >> 16n === 0xa9fen ? 5 : 2
  }
  if (bits === 0n || bits >> 120n === 0xffn || bits >> 32n === 0xffffn) return undefined
  if (isLinkLocal6(host)) return 6
  return inSubnet(host, own) ? 1 : 3
}

function inSubnet(host: string, own: readonly NetworkInterfaceInfo[]): boolean {
  const version = isIP(host)
  return own.some((info) => {
    if (info.internal || isIP(info.address) !== version) return false
    const mask = bitsOf(info.netmask)
    return mask !== 0n && (bitsOf(info.address) & mask) === (bitsOf(host) & mask)
  })
}

function scoped(host: string, interfaces: Interfaces): string[] {
  return Object.entries(interfaces)
    .filter(([, infos]) => infos?.some((info) => !info.internal && isLinkLocal6(info.address)))
    .slice(0, MAX_SCOPES)
    .map(([name, infos]) => `${host}%${process.platform === 'win32' ? scopeIdOf(infos) : name}`)
}

/** Windows numbers its interfaces. */
function scopeIdOf(infos: readonly NetworkInterfaceInfo[] | undefined): number {
  const info = infos?.find((one) => isLinkLocal6(one.address))
  return info?.family === 'IPv6' ? info.scopeid : 0
}

function isLoopback(host: string): boolean {
  return isIP(host) === 4 ? host.startsWith('127.') : isIP(host) === 6 && bitsOf(host) === 1n
}

function isLinkLocal6(host: string): boolean {
  return isIP(host) === 6 && bitsOf(host) >> 118n === 0x3fan
}

function bitsOf(host: string): bigint {
  if (isIP(host) === 4) return bitsOf4(host)
  let [text = ''] = host.split('%')
  const embedded = /\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0]
  if (embedded !== undefined) {
    const value = bitsOf4(embedded)
    text = `${text.slice(0, -embedded.length)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
  }
  const [head = '', tail] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  const parts = [...left, ...(tail === undefined ? [] : zeros), ...right]
  return parts.reduce((value, part) => (value << 16n) | BigInt(parseInt(part, 16)), 0n)
}

function bitsOf4(host: string): bigint {
  return host.split('.').reduce((value, part) => (value << 8n) | BigInt(Number(part)), 0n)
}
