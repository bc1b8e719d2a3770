import { isIP } from 'node:net'
import { HoldfastError } from '../../shared/errors.ts'
import type { Events, SendTarget, SendTrust } from '../../shared/ipc/contract.ts'
import type { Address, AddressSource, Device, DeviceId, DevicePolicy, LinkState } from '../../shared/model/device.ts'
import { isDeviceId, parseDeviceId, shortDeviceId } from './identity/device-id.ts'
import { judgeKey, type TrustTarget } from './identity/trust.ts'
import type { DeviceRow, DeviceStore } from './journal/ports.ts'
import type { LinkTarget } from './session/ports.ts'
import type { Clock } from './util/clock.ts'
import type { Emitter } from './util/emitter.ts'

const MAX_REMEMBERED_ADDRESSES = 8
/** A connection proves an address again; writing that down more often than this tells nothing new. */
const REMEMBER_AGAIN_MS = 60_000

interface Seen {
  readonly name: string
  readonly addresses: readonly Address[]
  readonly atMs: number
}

/** The devices this one knows (journal) and sees (discovery, connections). A seen device is a hint, never an identity. */
export class Devices {
  readonly #store: DeviceStore
  readonly #clock: Clock
  readonly #events: Emitter<Events>
  #rows: Map<DeviceId, DeviceRow>
  #seen = new Map<DeviceId, Seen>()
  #links = new Map<DeviceId, LinkState>()
  #alarms = new Map<DeviceId, { seenId: DeviceId; atMs: number }>()

  constructor(store: DeviceStore, clock: Clock, events: Emitter<Events>) {
    this.#store = store
    this.#clock = clock
    this.#events = events
    this.#rows = new Map(store.list().map((row) => [row.id, row]))
  }

  row(id: DeviceId): DeviceRow | undefined {
    return this.#rows.get(id)
  }

  isPaired(id: DeviceId): boolean {
    return this.#rows.get(id)?.trust === 'paired'
  }

  nameOf(id: DeviceId): string {
    const row = this.#rows.get(id)
    return row?.name ?? row?.peerName ?? this.#seen.get(id)?.name ?? shortDeviceId(id)
  }

  /** Folders that policies of devices name. */
  policyFolders(): string[] {
    return [...this.#rows.values()].flatMap(({ policy }) => (policy.folder === undefined ? [] : [policy.folder]))
  }

  list(): Device[] {
    return [...new Set([...this.#rows.keys(), ...this.#seen.keys()])].map((id) => this.device(id))
  }

  device(id: DeviceId): Device {
    const row = this.#rows.get(id)
    const seen = this.#seen.get(id)
    const alarm = this.#alarms.get(id)
    return {
      id,
      name: this.nameOf(id),
      trust: row?.trust ?? 'seen',
      policy: row?.policy ?? { accept: 'ask' },
      addresses: this.#addressesOf(id),
      nearby: seen !== undefined,
      link: this.#links.get(id) ?? { kind: 'idle' },
      ...(row?.pairedAtMs === undefined ? {} : { pairedAtMs: row.pairedAtMs }),
      ...(row?.lastSeenMs === undefined ? {} : { lastSeenMs: row.lastSeenMs }),
      ...(alarm ? { keyAlarm: alarm } : {}),
    }
  }

  /** By id, by the unique beginning of an id (8 characters at least), or by name. Throws DEVICE_UNKNOWN, DEVICE_AMBIGUOUS. */
  find(text: string): DeviceRow {
    const rows = [...this.#rows.values()]
    const compact = text.replace(/[-\s]/g, '').toUpperCase()
    const byId = compact.length >= 8 ? rows.filter((row) => row.id.replaceAll('-', '').startsWith(compact)) : []
    const byName = rows.filter((row) => (row.name ?? row.peerName).toLowerCase() === text.toLowerCase())
    // A name means paired devices: a stranger may call himself what he likes.
    const paired = byName.filter((row) => row.trust === 'paired')
    const found = byId.length > 0 ? byId : paired
    if (found.length > 1) {
      throw new HoldfastError('DEVICE_AMBIGUOUS', `${found.length} devices are called that; use the id: ${found.map((row) => shortDeviceId(row.id)).join(', ')}.`)
    }
    const [row] = found
    if (!row) throw new HoldfastError('DEVICE_UNKNOWN', 'No paired device has this name or id; "holdfast devices" lists them, "holdfast pair HOST:PORT" adds one.')
    return row
  }

  rename(id: DeviceId, name: string): Device {
    return this.#put({ ...this.#need(id), name })
  }

  setPolicy(id: DeviceId, policy: DevicePolicy): Device {
    const row = this.#need(id)
    if (row.trust !== 'paired' && policy.accept === 'always') {
      throw new HoldfastError('USAGE_INVALID', 'Only a paired device can be accepted always: pair with it first.')
    }
    return this.#put({ ...row, policy })
  }

  forget(id: DeviceId): void {
    this.#store.remove(id)
    this.#rows.delete(id)
    this.#alarms.delete(id)
    if (this.#seen.has(id)) this.#changed(id)
    else this.#events.emit('device:removed', { deviceId: id })
  }

  pair(id: DeviceId, publicKey: Uint8Array, peerName: string): Device {
    const nowMs = this.#clock.now()
    const known = this.#rows.get(id)
    return this.#put({
      ...(known ?? this.#newRow(id, publicKey, peerName)),
      peerName,
      trust: 'paired',
      policy: { ...known?.policy, accept: 'always' },
      pairedAtMs: nowMs,
      lastSeenMs: nowMs,
    })
  }

  /** A connection stands: the name and the address it has now. Only known devices are remembered. */
  connected(id: DeviceId, peerName: string, address: Address | undefined): void {
    const row = this.#rows.get(id)
    if (!row) return
    const nowMs = this.#clock.now()
    const same = row.addresses[0]
    const fresh = !address || (same?.host === address.host && same.port === address.port && nowMs - same.lastSeenMs < REMEMBER_AGAIN_MS)
    if (fresh && row.peerName === peerName) return
    const others = row.addresses.filter((one) => one.host !== address?.host || one.port !== address.port)
    const addresses = address ? [{ ...address, lastSeenMs: nowMs }, ...others].slice(0, MAX_REMEMBERED_ADDRESSES) : row.addresses
    this.#put({ ...row, peerName, addresses, lastSeenMs: nowMs })
  }

  linkChanged(id: DeviceId, state: LinkState): void {
    this.#links.set(id, state)
    if (state.kind === 'idle') this.#links.delete(id)
    if (this.#rows.has(id) || this.#seen.has(id)) this.#changed(id)
  }

  seen(id: DeviceId, name: string, addresses: readonly Address[]): void {
    this.#seen.set(id, { name, addresses, atMs: this.#clock.now() })
    this.#changed(id)
  }

  gone(id: DeviceId): void {
    if (!this.#seen.delete(id)) return
    if (this.#rows.has(id)) this.#changed(id)
    else this.#events.emit('device:removed', { deviceId: id })
  }

  /** How to reach a target, and which keys it may answer with. Names mean paired devices only. */
  target(target: SendTarget, trust: SendTrust | undefined): { deviceId?: DeviceId; name: string; address?: Address; link: LinkTarget } {
    if (target.kind === 'address') {
      const { host, port } = target
      const known = trust?.kind === 'device-id' ? parseDeviceId(trust.deviceId) : this.#ownerOf({ host, port })
      return {
        ...(known === undefined ? {} : { deviceId: known }),
        name: known === undefined ? (isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`) : this.nameOf(known),
        address: { host, port },
        link: this.#linkTarget({ kind: 'address', host, port }, trust, known, [{ host, port }]),
      }
    }
    const id = isDeviceId(target.device) && trust ? parseDeviceId(target.device) : this.find(target.device).id
    return { deviceId: id, name: this.nameOf(id), link: this.#linkTarget({ kind: 'device', deviceId: id }, trust, id, []) }
  }

  #linkTarget(target: TrustTarget, trust: SendTrust | undefined, id: DeviceId | undefined, typed: readonly Address[]): LinkTarget {
    return {
      ...(id === undefined ? {} : { deviceId: id }),
      addresses: () => uniqueAddresses([...typed, ...(id === undefined ? [] : this.#addressesOf(id))]),
      checkKey: (answered, spki) => {
        const verdict = judgeKey([...this.#rows.values()], target, trust, answered)
        if (verdict.kind === 'refused') {
          if (id !== undefined && answered !== id && this.#rows.has(id)) this.#alarm(id, answered)
          throw verdict.error
        }
        if (id !== undefined && answered !== id) {
          throw new HoldfastError(
            'TRUST_KEY_MISMATCH',
            `${this.nameOf(answered)} answers at this address now, and not ${this.nameOf(id)}. Nothing was sent. Send to it by name, or with --trust ${answered}.`,
            { details: { expectedId: id, seenId: answered } },
          )
        }
        if (verdict.kind === 'pin' && !this.#rows.has(answered)) {
          const nowMs = this.#clock.now()
          const addresses = typed.map((address) => ({ ...address, lastSeenMs: nowMs }))
          this.#put({ ...this.#newRow(answered, spki, shortDeviceId(answered)), addresses })
        }
      },
    }
  }

  #alarm(id: DeviceId, seenId: DeviceId): void {
    this.#alarms.set(id, { seenId, atMs: this.#clock.now() })
    this.#changed(id)
  }

  #ownerOf(address: Address): DeviceId | undefined {
    for (const row of this.#rows.values()) {
      if (row.addresses.some((one) => one.host.toLowerCase() === address.host.toLowerCase() && one.port === address.port)) return row.id
    }
    return undefined
  }

  #addressesOf(id: DeviceId): Device['addresses'] {
    const seen = this.#seen.get(id)
    const mark = (source: AddressSource, lastSeenMs: number) => (address: Address) => ({ host: address.host, port: address.port, source, lastSeenMs })
    const discovered = (seen?.addresses ?? []).map(mark('discovered', seen?.atMs ?? 0))
    const remembered = (this.#rows.get(id)?.addresses ?? []).map((address) => mark('remembered', address.lastSeenMs)(address))
    return uniqueAddresses([...discovered, ...remembered])
  }

  #newRow(id: DeviceId, publicKey: Uint8Array, peerName: string): DeviceRow {
    return { id, publicKey, peerName, trust: 'pinned', policy: { accept: 'ask' }, addresses: [], receivedBytes: 0 }
  }

  #need(id: DeviceId): DeviceRow {
    const row = this.#rows.get(id)
    if (!row) throw new HoldfastError('DEVICE_UNKNOWN', 'This device is not paired.')
    return row
  }

  #put(row: DeviceRow): Device {
    // Received bytes are counted in the journal alone.
    this.#store.put({ ...row, receivedBytes: this.#store.get(row.id)?.receivedBytes ?? 0 })
    this.#rows.set(row.id, row)
    return this.#changed(row.id)
  }

  #changed(id: DeviceId): Device {
    const device = this.device(id)
    this.#events.emit('device:changed', device)
    return device
  }
}

function uniqueAddresses<A extends Address>(addresses: readonly A[]): A[] {
  const seen = new Set<string>()
  return addresses.filter(({ host, port }) => {
    const key = `${host.toLowerCase()} ${port}`
    return !seen.has(key) && seen.add(key)
  })
}
