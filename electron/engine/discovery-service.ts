import type { Events } from '../../shared/ipc/contract.ts'
import type { DeviceId } from '../../shared/model/device.ts'
import type { Devices } from './devices.ts'
import { MdnsDiscovery } from './discovery/mdns-discovery.ts'
import { watchNetwork } from './discovery/network-change.ts'
import type { Discovery } from './discovery/ports.ts'
import { PROTOCOL_VERSION } from './protocol/message-types.ts'
import type { Links } from './session/links.ts'
import type { Clock } from './util/clock.ts'
import type { Emitter } from './util/emitter.ts'

export interface DiscoveryService {
  stop(): Promise<void>
}

export interface DiscoveryServiceOptions {
  readonly clock: Clock
  /** Who we are; port 0: this engine does not listen, so it only looks. */
  readonly self: { readonly deviceId: DeviceId; readonly name: string; readonly port: number }
  readonly devices: Devices
  readonly links: Links
  readonly events: Emitter<Events>
}

/** Joins discovery to the rest: what is seen is listed, and whoever waits for it tries at once. */
export function startDiscovery(options: DiscoveryServiceOptions): DiscoveryService {
  const { clock, self, devices, links, events } = options
  const discovery: Discovery = new MdnsDiscovery({
    clock,
    advertisement: { ...self, version: PROTOCOL_VERSION },
  })
  discovery.onSeen((device) => {
    devices.seen(device.deviceId, device.name, device.addresses)
    links.nudge(device.deviceId)
  })
  discovery.onGone((id) => devices.gone(id))
  discovery.onProblem((error) => events.emit('engine:problem', error.toData()))
  discovery.start()
  const stopWatching = watchNetwork(clock, () => links.nudge())
  return {
    stop: async () => {
      stopWatching()
      await discovery.stop()
    },
  }
}
