import { HoldfastError } from '../../../shared/errors.ts'
import type { PlainCodec, PlainHead } from './codecs/plain-codec.ts'

export type PlainReply = 'ack' | 'echo' | 'none'

/** `1` or `18446744073709551615` as the body of an answer, with zeros before it where the framing wants a certain length. */
export interface Acknowledgement {
  readonly head: PlainHead
  readonly body: Uint8Array
}

/** Confirms the message whose head was `request`. Throws PLAIN_FRAMING when the framing cannot carry the number. */
export function acknowledgement(codec: PlainCodec, request: PlainHead, number: bigint): Acknowledgement {
  const type = request.type === undefined ? {} : { type: request.type }
  const exact = codec.exactLength?.(type)
  const body = new TextEncoder().encode(String(number).padStart(exact ?? 1, '0'))
  const head = { ...type, length: body.length }
  const check = codec.bodyCheck?.(head)
  const refusal = codec.refusal(head) ?? check?.body(body) ?? check?.end()
  if (refusal !== undefined) throw new HoldfastError('PLAIN_FRAMING', `The confirmation ${number} cannot be sent: ${refusal}.`)
  return { head, body }
}

/** The number that a confirmation holds: decimal digits, zeros or white space around them. Undefined: it is none. */
export function readAcknowledgement(body: Uint8Array): bigint | undefined {
  if (body.length > 64) return undefined
  const text = new TextDecoder('latin1').decode(body)
  const match = /^[ \t\r\n]*([0-9]+)[ \t\r\n]*$/.exec(text)
  return match ? BigInt(match[1]!) : undefined
}
