import type { DeviceId } from '../../../shared/model/device.ts'
import type { FolderId, FolderOffer } from '../../../shared/model/folder.ts'
import type { SharedFolder } from '../protocol/messages.ts'

const MAX_OFFERS_PER_DEVICE = 512

export interface OfferPorts {
  now(): number
  nameOf(id: DeviceId): string
  offered(offer: FolderOffer): void
  removed(id: FolderId): void
}

/** Folders that paired devices offer, and that nobody here has answered yet. Said again with every connection: not kept. */
export class Offers {
  readonly #ports: OfferPorts
  readonly #offers = new Map<DeviceId, Map<FolderId, FolderOffer>>()

  constructor(ports: OfferPorts) {
    this.#ports = ports
  }

  list(): readonly FolderOffer[] {
    const seen = new Map<FolderId, FolderOffer>()
    for (const offers of this.#offers.values()) for (const offer of offers.values()) if (!seen.has(offer.folderId)) seen.set(offer.folderId, offer)
    return [...seen.values()]
  }

  /** By each device that offers it. */
  of(id: FolderId): readonly FolderOffer[] {
    return [...this.#offers.values()].flatMap((offers) => offers.get(id) ?? [])
  }

  /** All that a device offers now. */
  set(deviceId: DeviceId, folders: readonly SharedFolder[]): void {
    const before = this.#offers.get(deviceId) ?? new Map<FolderId, FolderOffer>()
    const now = new Map<FolderId, FolderOffer>()
    for (const { folder, name, mode, files, bytes } of folders.slice(0, MAX_OFFERS_PER_DEVICE)) {
      const folderId = Buffer.from(folder).toString('hex')
      const offeredAtMs = before.get(folderId)?.offeredAtMs ?? this.#ports.now()
      now.set(folderId, { folderId, name, deviceId, deviceName: this.#ports.nameOf(deviceId), mode, content: { files, bytes }, offeredAtMs })
    }
    this.#offers.set(deviceId, now)
    for (const [id, offer] of now) if (JSON.stringify(before.get(id)) !== JSON.stringify(offer)) this.#ports.offered(offer)
    for (const id of before.keys()) if (this.of(id).length === 0) this.#ports.removed(id)
  }

  /** Answered. Returns who had offered it. */
  take(id: FolderId): readonly DeviceId[] {
    const devices: DeviceId[] = []
    for (const [deviceId, offers] of this.#offers) if (offers.delete(id)) devices.push(deviceId)
    if (devices.length > 0) this.#ports.removed(id)
    return devices
  }

  forget(deviceId: DeviceId): void {
    this.set(deviceId, [])
    this.#offers.delete(deviceId)
  }
}
