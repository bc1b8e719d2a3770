import type { DeviceId } from '../../../shared/model/device.ts'
import type { Clock } from '../util/clock.ts'
import { lostError } from './close-codes.ts'
import type { PeerSession } from './peer-session.ts'
import type { Tunables } from './tunables.ts'

export interface KeeperOptions {
  readonly clock: Clock
  readonly tunables: Tunables
  isPaired(id: DeviceId): boolean
  isWanted(id: DeviceId): boolean
  onGone(session: PeerSession): void
}

/**
 * Which sessions exist and for how long: while wanted or connected, ten minutes beyond that, and of strangers no more than
 * a fixed number. A connection that this side opened and nobody wants any more is closed once it is idle.
 */
export class SessionKeeper {
  readonly #options: KeeperOptions
  readonly #sessions = new Map<DeviceId, PeerSession>()
  readonly #timers = new Map<DeviceId, () => void>()

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  get all(): readonly PeerSession[] {
    return [...this.#sessions.values()]
  }

  get(id: DeviceId): PeerSession | undefined {
    return this.#sessions.get(id)
  }

  /** Makes room for a stranger by forgetting the one that has been gone longest. False: all are connected. */
  hasRoom(id: DeviceId): boolean {
    const { isPaired, isWanted, tunables } = this.#options
    if (isPaired(id) || isWanted(id)) return true
    const strangers = this.all.filter((session) => !isPaired(session.peerId) && !isWanted(session.peerId))
    if (strangers.length < tunables.maxUnpairedSessions) return true
    const gone = strangers.filter((session) => !session.connected).sort((left, right) => left.lastUsedMs - right.lastUsedMs)[0]
    if (gone) this.#drop(gone)
    return gone !== undefined
  }

  add(session: PeerSession): void {
    this.#sessions.set(session.peerId, session)
  }

  /** Nobody wants this device any more. */
  unwanted(id: DeviceId): void {
    const session = this.#sessions.get(id)
    if (session) this.looksAfter(session)
  }

  /** To be called when a session has become connected, disconnected or unwanted. */
  looksAfter(session: PeerSession): void {
    this.#timers.get(session.peerId)?.()
    this.#timers.delete(session.peerId)
    if (this.#options.isWanted(session.peerId) || this.#sessions.get(session.peerId) !== session) return
    if (!session.connected) this.#later(session, this.#options.tunables.sessionKeptMs, () => this.#drop(session))
    else if (session.connection?.transport.dialed) this.#later(session, this.#options.tunables.lingerMs, () => this.#closeIdle(session))
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    for (const session of this.all) this.#drop(session)
  }

  #closeIdle(session: PeerSession): void {
    const { clock, tunables } = this.#options
    if (session.isIdle && clock.monotonic() - session.lastUsedMs >= tunables.lingerMs) {
      session.close('idle', lostError('The connection is not needed any more.'))
    } else this.looksAfter(session)
  }

  #later(session: PeerSession, delayMs: number, work: () => void): void {
    this.#timers.set(
      session.peerId,
      this.#options.clock.after(delayMs, () => {
        this.#timers.delete(session.peerId)
        if (!this.#options.isWanted(session.peerId)) work()
      }),
    )
  }

  #drop(session: PeerSession): void {
    this.#timers.get(session.peerId)?.()
    this.#timers.delete(session.peerId)
    this.#sessions.delete(session.peerId)
    session.forget()
    this.#options.onGone(session)
  }
}
