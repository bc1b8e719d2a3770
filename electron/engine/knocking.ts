import type { DeviceId } from '../../shared/model/device.ts'
import type { Link } from './session/ports.ts'
import type { Clock } from './util/clock.ts'

/** How long a connection is tried for, and how long it is held once it stands. */
export const KNOCK_MS = 30_000
export const HOLD_MS = 5_000
export const ROUND_MS = 10 * 60_000

export interface KnockingPorts {
  readonly clock: Clock
  /** Paired devices to which no connection is wanted anyway. */
  devices(): readonly DeviceId[]
  connect(id: DeviceId): Link
}

/**
 * Connects to paired devices now and then, for a moment: a device that can't reach this one can offer it a folder only while
 * it is connected.
 */
export class Knocking {
  readonly #ports: KnockingPorts
  readonly #open = new Map<DeviceId, () => void>()
  #cancelRound: (() => void) | undefined
  #closed = false

  constructor(ports: KnockingPorts) {
    this.#ports = ports
  }

  /** At all of them now, and from now on. */
  round(): void {
    this.#cancelRound?.()
    if (this.#closed) return
    for (const id of this.#ports.devices()) this.at(id)
    this.#cancelRound = this.#ports.clock.after(ROUND_MS, () => this.round())
  }

  at(id: DeviceId): void {
    if (this.#closed || this.#open.has(id)) return
    const { clock, connect } = this.#ports
    let link: Link
    try {
      link = connect(id)
    } catch {
      // It was forgotten a moment ago.
      return
    }
    let cancel = clock.after(KNOCK_MS, () => end())
    const stop = link.onState(({ kind }) => {
      if (kind === 'connected') {
        cancel()
        cancel = clock.after(HOLD_MS, () => end())
      } else if (kind === 'failed') end()
    })
    const end = () => {
      cancel()
      stop()
      this.#open.delete(id)
      link.release()
    }
    this.#open.set(id, end)
    if (link.state.kind === 'failed' || link.state.kind === 'connected') end()
  }

  close(): void {
    this.#closed = true
    this.#cancelRound?.()
    for (const end of [...this.#open.values()]) end()
  }
}
