import { HoldfastError } from '../../../shared/errors.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import { CodecError } from '../protocol/codec.ts'
import { PROTOCOL_VERSION } from '../protocol/message-types.ts'
import type { CloseCode } from '../protocol/messages.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'

const CLOSED_BY_PEER: { readonly [Code in CloseCode]: readonly [ErrorCode, string] } = {
  version: ['PEER_VERSION', `The other device does not speak protocol ${PROTOCOL_VERSION}, which this one speaks. Update the older of the two.`],
  busy: ['NET_BUSY', 'The other device has too many connections just now. It is tried again.'],
  untrusted: ['TRUST_REFUSED', 'The other device does not accept this one. Pair the two devices first.'],
  protocol: ['PEER_PROTOCOL', 'The other device could not understand what this one sent, and closed the connection.'],
  replaced: ['NET_LOST', 'A newer connection between the two devices took the place of this one.'],
  simultaneous: ['NET_BUSY', 'Both devices dialed each other at the same moment, and the other connection is used.'],
  'shutting-down': ['PEER_SHUTTING_DOWN', 'Holdfast is closing on the other device. It continues when it is started again.'],
}

/** What the peer's `close` means here. Its own words are not shown: they are anybody's. */
export function closeError(code: CloseCode): HoldfastError {
  const [errorCode, message] = CLOSED_BY_PEER[code]
  return new HoldfastError(errorCode, message)
}

export function versionError(theirs: number): HoldfastError {
  const message = `This device speaks protocol ${PROTOCOL_VERSION} and the other one ${theirs}. Update ${theirs > PROTOCOL_VERSION ? 'this' : 'the other'} device.`
  return new HoldfastError('PEER_VERSION', message, { details: { ours: PROTOCOL_VERSION, theirs } })
}

export function lostError(reason: string): HoldfastError {
  return new HoldfastError('NET_LOST', reason)
}

/** What went wrong while reading from a peer, as an error to show and the code to tell the peer. */
export function readFailure(error: unknown): { readonly error: HoldfastError; readonly code: CloseCode } {
  if (error instanceof ProtocolError || error instanceof CodecError) {
    const code = error instanceof ProtocolError ? error.closeCode : 'protocol'
    return { code, error: new HoldfastError('PEER_PROTOCOL', `The other device sent what is not allowed: ${error.message}.`, { cause: error }) }
  }
  if (error instanceof HoldfastError) return { error, code: 'protocol' }
  const text = error instanceof Error ? error.message : String(error)
  return { code: 'protocol', error: new HoldfastError('ENGINE_INTERNAL', `A message could not be processed: ${text}`, { cause: error }) }
}
