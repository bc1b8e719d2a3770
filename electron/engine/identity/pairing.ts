import { createHash, timingSafeEqual } from 'node:crypto'
import { HoldfastError, type ErrorCode } from '../../../shared/errors.ts'
import type { PairCancel, PairingMessage } from '../protocol/messages.ts'

/**
 * Pairing by comparing six digits, as PROTOCOL.md specifies it. H is SHA-256; `‖` joins bytes; Ipub and Rpub are the
 * SPKI (DER, 91 bytes) of the initiator's and the responder's certificates, as TLS has proved them; Ni and Nr are 32
 * random bytes each.
 *
 *     initiator                                         responder
 *     pair-commit { commitment: C }              →
 *                                                ←      pair-nonce { nonce: Nr }
 *     pair-reveal { nonce: Ni }                  →      checks C, else pair-cancel { reason: 'mismatch' }
 *     both show the code; each user who agrees: pair-confirm; paired when both have been sent and received
 *
 *     C    = SHA-256("holdfast/1 pair" ‖ Ipub ‖ Rpub ‖ Ni)
 *     code = first 8 bytes of SHA-256("sas" ‖ Ipub ‖ Rpub ‖ Ni ‖ Nr), as a big-endian u64, mod 10^6, in six digits
 *
 * Who sits in the middle has a key pair of its own on each side and must fix its Ni (towards the responder) and its Nr
 * (towards the initiator) before it learns the others': one guess in a million per attempt, and attempts are limited
 * (pairing-limiter.ts). Without the commitment it could search for nonces that make both codes equal.
 */
export type PairingState =
  /** Initiator: the commitment is sent. */
  | { readonly kind: 'committed'; readonly keys: PairingKeys; readonly nonce: Uint8Array }
  /** Responder: nothing has come yet. */
  | { readonly kind: 'invited'; readonly keys: PairingKeys; readonly nonce: Uint8Array }
  /** Responder: Nr is sent. */
  | { readonly kind: 'answered'; readonly keys: PairingKeys; readonly nonce: Uint8Array; readonly commitment: Uint8Array }
  | { readonly kind: 'compare'; readonly code: string; readonly confirmedHere: boolean; readonly confirmedThere: boolean }
  | { readonly kind: 'paired' }
  | { readonly kind: 'failed'; readonly error: HoldfastError }

export interface PairingKeys {
  /** SPKI in DER. */
  readonly initiator: Uint8Array
  readonly responder: Uint8Array
}

export type PairingEvent =
  | { readonly kind: 'message'; readonly message: PairingMessage }
  /** The user compared the codes. */
  | { readonly kind: 'answer'; readonly accept: boolean }
  /** PAIRING_TIMEOUT_MS have passed. */
  | { readonly kind: 'timeout' }
  /** The session was reset or closed: messages may be lost, so this pairing can't be trusted to end alike on both sides. */
  | { readonly kind: 'lost' }

export interface PairingStep {
  readonly state: PairingState
  /** To send, in this order. */
  readonly send: readonly PairingMessage[]
}

export const PAIRING_TIMEOUT_MS = 120_000
export const PAIRING_NONCE_BYTES = 32
const HASH_BYTES = 32

/** `nonce`: 32 fresh random bytes, for this pairing alone. */
export function startPairing(role: 'initiator' | 'responder', keys: PairingKeys, nonce: Uint8Array): PairingStep {
  if (nonce.length !== PAIRING_NONCE_BYTES) throw new RangeError('a pairing nonce has 32 bytes')
  if (role === 'responder') return { state: { kind: 'invited', keys, nonce }, send: [] }
  return {
    state: { kind: 'committed', keys, nonce },
    send: [{ type: 'pair-commit', commitment: pairingCommitment(keys, nonce) }],
  }
}

/** Pure. `paired` and `failed` are final: whatever comes then changes nothing. */
export function nextPairing(state: PairingState, event: PairingEvent): PairingStep {
  if (state.kind === 'paired' || state.kind === 'failed') return { state, send: [] }
  switch (event.kind) {
    case 'timeout':
      return fail('PAIRING_TIMEOUT', 'Pairing took too long. Start it again.', 'timeout')
    case 'lost':
      return fail('NET_LOST', 'The connection was lost while pairing. Start it again.')
    case 'answer':
      return onAnswer(state, event.accept)
    case 'message':
      return onMessage(state, event.message)
  }
}

export function pairingCommitment(keys: PairingKeys, initiatorNonce: Uint8Array): Uint8Array {
  return sha256('holdfast/1 pair', keys.initiator, keys.responder, initiatorNonce)
}

export function pairingCode(keys: PairingKeys, initiatorNonce: Uint8Array, responderNonce: Uint8Array): string {
  const hash = sha256('sas', keys.initiator, keys.responder, initiatorNonce, responderNonce)
  return String(hash.readBigUInt64BE(0) % 1_000_000n).padStart(6, '0')
}

function onAnswer(state: PairingState, accept: boolean): PairingStep {
  if (!accept) return fail('PAIRING_REFUSED', 'Pairing was refused here.', 'refused')
  if (state.kind !== 'compare' || state.confirmedHere) return { state, send: [] }
  const next: PairingState = state.confirmedThere ? { kind: 'paired' } : { ...state, confirmedHere: true }
  return { state: next, send: [{ type: 'pair-confirm' }] }
}

function onMessage(state: PairingState, message: PairingMessage): PairingStep {
  if (message.type === 'pair-cancel') return cancelled(message)
  if (state.kind === 'committed' && message.type === 'pair-nonce') {
    if (message.nonce.length !== PAIRING_NONCE_BYTES) return violation()
    const code = pairingCode(state.keys, state.nonce, message.nonce)
    return { state: compare(code), send: [{ type: 'pair-reveal', nonce: state.nonce }] }
  }
  if (state.kind === 'invited' && message.type === 'pair-commit') {
    if (message.commitment.length !== HASH_BYTES) return violation()
    const { keys, nonce } = state
    return {
      state: { kind: 'answered', keys, nonce, commitment: Uint8Array.from(message.commitment) },
      send: [{ type: 'pair-nonce', nonce }],
    }
  }
  if (state.kind === 'answered' && message.type === 'pair-reveal') {
    if (message.nonce.length !== PAIRING_NONCE_BYTES) return violation()
    if (!timingSafeEqual(pairingCommitment(state.keys, message.nonce), state.commitment)) return violation()
    return { state: compare(pairingCode(state.keys, message.nonce, state.nonce)), send: [] }
  }
  if (state.kind === 'compare' && message.type === 'pair-confirm' && !state.confirmedThere) {
    return { state: state.confirmedHere ? { kind: 'paired' } : { ...state, confirmedThere: true }, send: [] }
  }
  return violation()
}

function compare(code: string): PairingState {
  return { kind: 'compare', code, confirmedHere: false, confirmedThere: false }
}

function violation(): PairingStep {
  return fail('PEER_PROTOCOL', 'The other device broke the rules of pairing, or somebody interferes. Start it again.', 'mismatch')
}

const CANCELLED: Readonly<Record<PairCancel['reason'], readonly [ErrorCode, string]>> = {
  refused: ['PAIRING_REFUSED', 'Pairing was refused on the other device.'],
  busy: ['PAIRING_BUSY', 'The other device is pairing with somebody else. Try again in a minute.'],
  'too-many': ['PAIRING_TOO_MANY', 'The other device has seen too many pairings. Try again in ten minutes.'],
  timeout: ['PAIRING_TIMEOUT', 'Pairing took too long on the other device. Start it again.'],
  mismatch: ['PEER_PROTOCOL', 'The other device found that the codes cannot match: somebody may interfere. Start it again.'],
}

/** Not answered: both sides would go on cancelling. */
function cancelled(message: PairCancel): PairingStep {
  const [code, text] = CANCELLED[message.reason]
  return fail(code, text)
}

function fail(code: ErrorCode, text: string, reason?: PairCancel['reason']): PairingStep {
  return {
    state: { kind: 'failed', error: new HoldfastError(code, text) },
    send: reason ? [{ type: 'pair-cancel', reason }] : [],
  }
}

function sha256(label: string, ...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256').update(label, 'ascii')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
