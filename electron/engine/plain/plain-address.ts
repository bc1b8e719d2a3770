import type { Address } from '../../../shared/model/device.ts'
import { formatAddress, parseAddress } from '../net/address.ts'

/** The port of the seed texts' examples. */
export const DEFAULT_PLAIN_PORT = 1060
const LOOPBACK = '127.0.0.1'

/**
 * Where to listen: `HOST:PORT`, or `PORT` alone for loopback. Nothing is open to the network unless its address was written
 * out. Throws USAGE_INVALID.
 */
export function parsePlainListen(text: string | undefined): Address {
  if (text === undefined) return { host: LOOPBACK, port: DEFAULT_PLAIN_PORT }
  const port = /^:?(\d{1,5})$/.exec(text)?.[1]
  return parseAddress(port === undefined ? text : `${LOOPBACK}:${port}`)
}

/** Where to dial: `HOST:PORT`. Throws USAGE_INVALID. */
export function parsePlainDial(text: string): Address {
  return parseAddress(text)
}

export function showPlainAddress(address: Address): string {
  return formatAddress(address)
}

export function isLoopback({ host }: Address): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127\./i.test(host)
}
