import { isIP, isIPv4 } from 'node:net'
import { HoldfastError } from '../../../shared/errors.ts'
import type { Address } from '../../../shared/model/device.ts'

export const DEFAULT_PORT = 4680

/** `HOST:PORT`, an IPv6 address in brackets. Port 0 is fine (listen: pick one). Throws USAGE_INVALID. */
export function parseAddress(text: string): Address {
  const address = split(text)
  if (!address || address.port === undefined) throw invalid(text)
  return { host: address.host, port: address.port }
}

/** As parseAddress, but the port may be left out, and a bare IPv6 address is one. */
export function parseAddressLoosely(text: string, defaultPort = DEFAULT_PORT): Address {
  if (isIP(text) === 6) return { host: text, port: defaultPort }
  const address = split(text)
  if (!address) throw invalid(text)
  return { host: address.host, port: address.port ?? defaultPort }
}

/** The inverse of parseAddress. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** Node shows IPv4 peers of a dual-stack socket as `::ffff:192.0.2.1`; people know them as `192.0.2.1`. */
export function plainHost(host: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)
  return mapped?.[1] ?? host
}

function split(text: string): { host: string; port: number | undefined } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text)
  if (!match) return undefined
  const [, bracketed, plain, digits] = match
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && port > 65_535) return undefined
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined
  const host = plain ?? ''
  return isIPv4(host) || isHostName(host) ? { host, port } : undefined
}

/** RFC 1123 names (underscores tolerated), so that nothing else reaches the resolver. Only-numeric names are mistyped IPv4. */
function isHostName(host: string): boolean {
  if (host.length > 253 || /^[\d.]+$/.test(host)) return false
  return /^(?!-)[\p{L}\p{N}_-]{1,63}(?<!-)(?:\.(?!-)[\p{L}\p{N}_-]{1,63}(?<!-))*\.?$/u.test(host)
}

function invalid(text: string): HoldfastError {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  return new HoldfastError(
    'USAGE_INVALID',
    `${shown} is no address. Write HOST:PORT, for example 192.168.1.20:${DEFAULT_PORT}, nas.local:${DEFAULT_PORT} or ` +
      `[fe80::1%eth0]:${DEFAULT_PORT}.`,
  )
}
