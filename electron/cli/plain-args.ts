import type { Address } from '../../shared/model/device.ts'
import { parseAddress } from '../engine/net/address.ts'
import { parseNumber, usageError } from './args.ts'

/** The port of the seed texts' examples. */
export const DEFAULT_PLAIN_PORT = 1060
const LOOPBACK = '127.0.0.1'

/** `HOST:PORT`, or `PORT` alone for loopback: nothing is open to the network unless its address was written out. */
export function parsePlainListen(text: string | undefined): Address {
  if (text === undefined) return { host: LOOPBACK, port: DEFAULT_PLAIN_PORT }
  const port = /^:?(\d{1,5})$/.exec(text)?.[1]
  return parseAddress(port === undefined ? text : `${LOOPBACK}:${port}`)
}

export function isLoopback({ host }: Address): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127\./i.test(host)
}

/** Seconds as milliseconds. */
export function parseSeconds(text: string | undefined, name: string, command: string, defaultMs: number): number {
  return text === undefined ? defaultMs : Math.round(parseNumber(text, name, command, { min: 0, max: 86_400 * 7 }) * 1000)
}

export function parseWhole(text: string | undefined, name: string, command: string, range: { min: number; max: number }, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = parseNumber(text, name, command, range)
  if (!Number.isInteger(value)) throw usageError(`--${name} takes a whole number`, command)
  return value
}

/** The one that was given; USAGE_INVALID when both were. */
export function oneOf(first: string | undefined, second: string | undefined, names: string, command: string): void {
  if (first !== undefined && second !== undefined) throw usageError(`only one of ${names}`, command)
}
