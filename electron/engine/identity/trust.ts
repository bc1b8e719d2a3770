import { HoldfastError } from '../../../shared/errors.ts'
import type { SendTrust } from '../../../shared/ipc/contract.ts'
import type { Address, DeviceId } from '../../../shared/model/device.ts'
import { shortDeviceId } from './device-id.ts'

/** What trust needs to know of a device that is paired or pinned (journal/ports.ts: DeviceRow). */
export interface KnownDevice {
  readonly id: DeviceId
  readonly trust: 'paired' | 'pinned'
  readonly addresses: readonly Address[]
}

export type TrustTarget =
  /** A device of the list, by name or id: it alone may answer. */
  | { readonly kind: 'device'; readonly deviceId: DeviceId }
  /** What was typed. */
  | ({ readonly kind: 'address' } & Address)

export type KeyVerdict =
  /** Paired or pinned before. */
  | { readonly kind: 'known' }
  /** Trusted by this very command: pin it, for sending only. */
  | { readonly kind: 'pin' }
  | { readonly kind: 'refused'; readonly error: HoldfastError }

/**
 * Whether the key that answered may be sent to (DESIGN.md section 6). Pure.
 *
 * `--trust ID` is the most exact thing a user can say, so it decides alone. Otherwise a known key is fine wherever it
 * answers (addresses change hands), except where a pinned address answers with another pinned key. An unknown key at an
 * address that belongs to a known device is an alarm even with `--trust-first-use`: it is not the first use.
 */
export function judgeKey(
  devices: readonly KnownDevice[],
  target: TrustTarget,
  trust: SendTrust | undefined,
  answeredId: DeviceId,
): KeyVerdict {
  const answered = devices.find((device) => device.id === answeredId)
  if (target.kind === 'device') {
    if (answeredId !== target.deviceId) return refused(keyChanged(target.deviceId, answeredId))
    if (answered) return { kind: 'known' }
    const trusted = trust?.kind === 'first-use' || trust?.deviceId === answeredId
    return trusted ? { kind: 'pin' } : refused(unknownKey(answeredId))
  }
  if (trust?.kind === 'device-id') {
    if (trust.deviceId !== answeredId) return refused(keyMismatch(trust.deviceId, answeredId))
    return answered ? { kind: 'known' } : { kind: 'pin' }
  }
  if (answered?.trust === 'paired') return { kind: 'known' }
  const owners = devices.filter((device) => device.addresses.some((address) => isSame(address, target)))
  if (answered && (owners.length === 0 || owners.includes(answered))) return { kind: 'known' }
  const [owner] = owners
  if (owner) return refused(keyChanged(owner.id, answeredId))
  return trust?.kind === 'first-use' ? { kind: 'pin' } : refused(unknownKey(answeredId))
}

/** For a dialler: throws instead of refusing. */
export function keyChecker(
  devices: () => readonly KnownDevice[],
  target: TrustTarget,
  trust: SendTrust | undefined,
): (id: DeviceId) => void {
  return (id) => {
    const verdict = judgeKey(devices(), target, trust, id)
    if (verdict.kind === 'refused') throw verdict.error
  }
}

function refused(error: HoldfastError): KeyVerdict {
  return { kind: 'refused', error }
}

function unknownKey(seenId: DeviceId): HoldfastError {
  return new HoldfastError(
    'TRUST_UNKNOWN_KEY',
    `This device is not known yet; its id is ${seenId}. Pair with it (holdfast pair HOST:PORT), or compare this id with ` +
      `what \`holdfast status\` shows there and send with --trust ${seenId}.`,
    { details: { seenId } },
  )
}

function keyMismatch(expectedId: DeviceId, seenId: DeviceId): HoldfastError {
  return new HoldfastError(
    'TRUST_KEY_MISMATCH',
    `Another device than the trusted one answered: its id is ${seenId}, expected was ${expectedId}. Nothing was sent. Check the address and the id.`,
    { details: { expectedId, seenId } },
  )
}

function keyChanged(expectedId: DeviceId, seenId: DeviceId): HoldfastError {
  return new HoldfastError(
    'TRUST_KEY_CHANGED',
    `Another key answered where ${shortDeviceId(expectedId)}… was known: ${seenId}. Nothing was sent. If that device was set up ` +
      `anew or got another address, check its id there, then \`holdfast forget ${shortDeviceId(expectedId)}\` and pair again, or send ` +
      `with --trust ${seenId}; otherwise somebody may be posing as it.`,
    { details: { expectedId, seenId } },
  )
}

function isSame(one: Address, other: Address): boolean {
  return one.port === other.port && one.host.toLowerCase() === other.host.toLowerCase()
}
