import type { Events } from '../../shared/ipc/contract.ts'
import type { Address } from '../../shared/model/device.ts'
import type { Settings } from '../../shared/model/settings.ts'
import type { Devices } from './devices.ts'
import { startDiscovery, type DiscoveryService } from './discovery-service.ts'
import type { Identity } from './identity/device-key.ts'
import { listen, type Listener } from './net/listener.ts'
import type { Links } from './session/links.ts'
import type { Clock } from './util/clock.ts'
import type { Emitter } from './util/emitter.ts'

export interface NetworkOptions {
  readonly clock: Clock
  readonly identity: Identity
  readonly devices: Devices
  readonly events: Emitter<Events>
  links(): Links
  /** False: this engine only dials. */
  readonly listens: boolean
}

/** A change that can be made, and has to be, or not. */
export interface NetworkChange {
  commit(): Promise<void>
  abandon(): Promise<void>
}

/** Where this device listens and how it is found, as the settings say, also when they change. */
export class Network {
  readonly #options: NetworkOptions
  #listener: Listener | undefined
  #discovery: DiscoveryService | undefined
  #current: Settings | undefined

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  get address(): Address | undefined {
    return this.#listener?.address
  }

  /** Throws PORT_IN_USE, ADDRESS_UNAVAILABLE; what was before then goes on. */
  async apply(settings: Settings): Promise<void> {
    const change = await this.prepare(settings)
    await change.commit()
  }

  /**
   * Does of a change what may fail: where it will listen is open already, and what was before goes on beside it until
   * `commit`. Throws PORT_IN_USE, ADDRESS_UNAVAILABLE.
   */
  async prepare(settings: Settings): Promise<NetworkChange> {
    const before = this.#current
    const moved = !before || before.listen.host !== settings.listen.host || before.listen.port !== settings.listen.port
    const listener = this.#options.listens && moved ? await this.#listen(settings) : undefined
    return {
      abandon: async () => await listener?.close(),
      commit: async () => {
        if (listener) await this.#moveTo(listener, settings)
        this.#current = settings
        const told = !before || moved || before.name !== settings.name || before.discovery !== settings.discovery
        if (told) await this.#announce(settings)
      },
    }
  }

  /** Nobody is told of this device any more; connections stay. */
  async hide(): Promise<void> {
    const discovery = this.#discovery
    this.#discovery = undefined
    await discovery?.stop()
  }

  async close(): Promise<void> {
    await this.hide()
    await this.#listener?.close()
  }

  async #listen(settings: Settings): Promise<Listener> {
    const { identity, clock, links } = this.#options
    return await listen({ ...settings.listen, identity, clock, onTransport: (transport) => links().accept(transport) })
  }

  async #moveTo(listener: Listener, settings: Settings): Promise<void> {
    const { identity, events } = this.#options
    const old = this.#listener
    this.#listener = listener
    // Its connections are made again at once, to the new place.
    await old?.close()
    events.emit('engine:listening', { ...listener.address, deviceId: identity.deviceId, name: settings.name })
  }

  async #announce(settings: Settings): Promise<void> {
    await this.hide()
    if (!settings.discovery) return
    const { clock, identity, devices, links, events } = this.#options
    const self = { deviceId: identity.deviceId, name: settings.name, port: this.address?.port ?? 0 }
    this.#discovery = startDiscovery({ clock, self, devices, links: links(), events })
  }
}
