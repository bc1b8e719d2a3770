import type { Address, DeviceId } from '../../../shared/model/device.ts'
import { MAX_SEEN_ADDRESSES, MAX_SEEN_DEVICES, type SeenDevice } from './ports.ts'

/** Not heard of for this long, while asked every minute: gone. */
export const GONE_AFTER_MS = 3.5 * 60_000
/** Who claims to be one device: its interfaces, and whoever forges it. */
const MAX_SOURCES = 4

interface Claim {
  readonly device: SeenDevice
  readonly heardAtMs: number
}

/**
 * What the network claims, bounded. A device is claimed by sources (sender addresses); all are kept, so that a forged
 * packet adds addresses that lead nowhere but removes none.
 */
export class SeenDevices {
  #ownId: DeviceId
  #claims = new Map<DeviceId, Map<string, Claim>>()

  constructor(ownId: DeviceId) {
    this.#ownId = ownId
  }

  /** Returns the device when this told something new. */
  hear(source: string, device: SeenDevice, nowMs: number): SeenDevice | undefined {
    if (device.deviceId === this.#ownId) return undefined
    let claims = this.#claims.get(device.deviceId)
    if (!claims) {
      if (this.#claims.size >= MAX_SEEN_DEVICES) return undefined
      claims = new Map()
      this.#claims.set(device.deviceId, claims)
    }
    const before = combine(claims)
    if (!claims.has(source) && claims.size >= MAX_SOURCES) return undefined
    claims.set(source, { device, heardAtMs: nowMs })
    const after = combine(claims)
    return before && isSame(before, after) ? undefined : after
  }

  /** A goodbye. Returns the id when nobody claims the device any more. */
  forget(source: string, deviceId: DeviceId): DeviceId | undefined {
    const claims = this.#claims.get(deviceId)
    if (!claims?.delete(source) || claims.size > 0) return undefined
    this.#claims.delete(deviceId)
    return deviceId
  }

  /** Drops what has not been heard of for GONE_AFTER_MS; returns devices that are gone with it. */
  expire(nowMs: number): DeviceId[] {
    const gone: DeviceId[] = []
    for (const [deviceId, claims] of this.#claims) {
      for (const [source, claim] of claims) if (nowMs - claim.heardAtMs > GONE_AFTER_MS) claims.delete(source)
      if (claims.size > 0) continue
      this.#claims.delete(deviceId)
      gone.push(deviceId)
    }
    return gone
  }

  list(): SeenDevice[] {
    return [...this.#claims.values()].flatMap((claims) => combine(claims) ?? [])
  }

  clear(): void {
    this.#claims.clear()
  }
}

function combine(claims: ReadonlyMap<string, Claim>): SeenDevice | undefined {
  const all = [...claims.values()].map((claim) => claim.device)
  const [first] = all
  if (!first || all.length === 1) return first
  // One address of each in turn: the first source cannot crowd out the others.
  const addresses = new Map<string, Address>()
  for (let at = 0; at < MAX_SEEN_ADDRESSES; at += 1) {
    for (const { addresses: own } of all) {
      const address = own[at]
      if (address && addresses.size < MAX_SEEN_ADDRESSES) addresses.set(`${address.host} ${address.port}`, address)
    }
  }
  return { ...first, addresses: [...addresses.values()] }
}

function isSame(one: SeenDevice, other: SeenDevice | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
