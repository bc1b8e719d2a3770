import { HoldfastError } from '../../../shared/errors.ts'
import type { Address } from '../../../shared/model/device.ts'
import { parseAddress } from '../net/address.ts'
import { framingCodec } from './framing.ts'

/** `HOST:PORT:FRAMING`, an IPv6 address in brackets: an inbox in one word. Throws USAGE_INVALID. */
export function parseInboxAddress(text: string, maxMessageBytes: number): Address & { readonly framing: string } {
  const match = /^((?:\[[^\]]*\]|[^:[\]]*):\d{1,5}):(.+)$/s.exec(text)
  if (!match) {
    throw new HoldfastError('USAGE_INVALID', `${JSON.stringify(text)} is no plain inbox. Write HOST:PORT:FRAMING, for example 127.0.0.1:1060:length32.`)
  }
  const framing = match[2]!
  framingCodec(framing, maxMessageBytes)
  return { ...parseAddress(match[1]!), framing }
}
