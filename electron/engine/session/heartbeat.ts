import type { Clock } from '../util/clock.ts'
import { RoundTrip } from './round-trip.ts'
import type { Tunables } from './tunables.ts'
import { judge } from './watchdog.ts'

/** What the heartbeat needs to know of its connection, and what it may ask for. */
export interface HeartbeatPort {
  readonly insideFrame: boolean
  readonly isPaused: boolean
  /** When the oldest unacknowledged message was last written. */
  readonly oldestMs: number | undefined
  /** Each must end in `spoke`. */
  ack(): void
  alive(): void
  ping(nonce: bigint): void
  /** The oldest unacknowledged message once more. */
  repeat(): void
  drop(reason: string): void
}

/** Times and the one timer of a connected session. What they mean is decided in watchdog.ts. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #tunables: Tunables
  readonly #port: HeartbeatPort
  readonly #roundTrip: RoundTrip
  #heardMs: number
  #spokeMs: number
  #progressMs: number
  #pingedMs: number | undefined
  #repeated = false
  #pings = 0n
  #cancel: (() => void) | undefined
  #timerMs = Infinity
  #stopped = false

  constructor(clock: Clock, tunables: Tunables, port: HeartbeatPort) {
    this.#clock = clock
    this.#tunables = tunables
    this.#port = port
    this.#roundTrip = new RoundTrip(tunables.retransmitMinMs, tunables.retransmitMaxMs)
    this.#heardMs = this.#spokeMs = this.#progressMs = clock.monotonic()
  }

  /** Any bytes came. */
  heard(): void {
    this.#heardMs = this.#clock.monotonic()
    this.#pingedMs = undefined
    this.#repeated = false
    this.look()
  }

  /** A frame of ours was written. */
  spoke(): void {
    this.#spokeMs = this.#clock.monotonic()
  }

  /** The peer took something, or there is something for it to take since now. */
  progressed(): void {
    this.#progressMs = this.#clock.monotonic()
  }

  /** From a message's only write to its acknowledgement. */
  measured(elapsedMs: number): void {
    this.#roundTrip.sample(elapsedMs)
  }

  /** Acts if something is due, and sees to it that it will be looked at again in time. */
  look(): void {
    if (this.#stopped) return
    const now = this.#clock.monotonic()
    const port = this.#port
    const { verdict, againMs } = judge(
      {
        heardMs: this.#heardMs, spokeMs: this.#spokeMs, progressMs: this.#progressMs, pingedMs: this.#pingedMs, repeated: this.#repeated,
        insideFrame: port.insideFrame, paused: port.isPaused, oldestMs: port.oldestMs, timeoutMs: this.#roundTrip.timeoutMs,
      },
      this.#tunables,
      now,
    )
    if (verdict === 'wait') return this.#again(againMs, now)
    if (verdict === 'silent') return port.drop('The other device stopped answering.')
    if (verdict === 'stalled') return port.drop('The other device answers, but takes no data.')
    if (verdict === 'ack') port.ack()
    else if (verdict === 'alive') port.alive()
    else if (verdict === 'ping') {
      this.#pingedMs = now
      this.#pings += 1n
      port.ping(this.#pings)
    } else {
      this.#repeated = true
      port.repeat()
    }
    this.look()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  /** An earlier timer is left alone: it will look, find nothing, and set itself anew. */
  #again(atMs: number, now: number): void {
    if (this.#cancel && this.#timerMs <= atMs) return
    this.#cancel?.()
    this.#timerMs = atMs
    this.#cancel = this.#clock.after(Math.max(1, Math.ceil(atMs - now)), () => {
      this.#cancel = undefined
      this.look()
    })
  }
}
