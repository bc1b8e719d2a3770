import type { DeviceId } from '../../../shared/model/device.ts'
import { Emitter } from '../util/emitter.ts'
import type { Discovery, SeenDevice } from './ports.ts'

/** A network without packets, for tests: every started discovery on it sees every other at once. */
export class MemoryNetwork {
  #members = new Map<DeviceId, { device: SeenDevice; emitter: Emitter<{ seen: SeenDevice; gone: DeviceId }> }>()

  discovery(device: SeenDevice): Discovery {
    const emitter = new Emitter<{ seen: SeenDevice; gone: DeviceId }>()
    const others = () => [...this.#members.values()].filter((member) => member.device.deviceId !== device.deviceId)
    return {
      start: () => {
        if (this.#members.has(device.deviceId)) return
        this.#members.set(device.deviceId, { device, emitter })
        for (const other of others()) {
          other.emitter.emit('seen', device)
          emitter.emit('seen', other.device)
        }
      },
      stop: async () => {
        if (!this.#members.delete(device.deviceId)) return
        for (const other of others()) other.emitter.emit('gone', device.deviceId)
      },
      onSeen: (listener) => emitter.on('seen', listener),
      onGone: (listener) => emitter.on('gone', listener),
      onProblem: () => () => undefined,
      seen: () => (this.#members.has(device.deviceId) ? others().map((other) => other.device) : []),
    }
  }
}
