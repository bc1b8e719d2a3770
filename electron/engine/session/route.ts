import { HoldfastError } from '../../../shared/errors.ts'
import type { Address, DeviceId, LinkState } from '../../../shared/model/device.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import { backoffMs } from './backoff.ts'
import type { Dialer, Transport } from './ports.ts'
import type { PeerSession } from './peer-session.ts'
import type { Tunables } from './tunables.ts'
import type { Refusal, Want } from './want.ts'

export interface RouteOptions {
  readonly clock: Clock
  readonly random: Random
  readonly dialer: Dialer
  readonly tunables: Tunables
  /** Says hello over a fresh transport. Rejects with the reason; resolves when the session is up. */
  greet(transport: Transport): Promise<PeerSession>
  /** The route has learned whose it is. If another route has that device already, it takes the wants over. */
  learned(route: Route, id: DeviceId): void
}

/**
 * The way to one device and the one reconnect loop on it, shared by everybody who wants that device. Without a device id
 * (an address was typed) it learns whose it is from the first connection.
 */
export class Route {
  deviceId: DeviceId | undefined
  readonly wants = new Set<Want>()
  readonly #options: RouteOptions
  #state: LinkState = { kind: 'idle' }
  #session: PeerSession | undefined
  #attempt = 0
  #cancelWait: (() => void) | undefined
  #abort: AbortController | undefined
  #connectedMs = 0

  constructor(deviceId: DeviceId | undefined, options: RouteOptions) {
    this.deviceId = deviceId
    this.#options = options
  }

  get state(): LinkState {
    return this.#state
  }

  get session(): PeerSession | undefined {
    return this.#session
  }

  add(want: Want): void {
    this.#adopt(want)
    if (this.#state.kind === 'idle' || this.#state.kind === 'failed') this.#begin()
    else if (this.#state.kind === 'waiting') this.nudge()
  }

  remove(want: Want): void {
    this.wants.delete(want)
    if (this.wants.size === 0) this.stop()
  }

  /** Takes everything over from a route that turned out to lead to the same device. */
  absorb(other: Route): void {
    const wants = [...other.wants]
    other.wants.clear()
    other.stop()
    for (const want of wants) this.#adopt(want)
  }

  nudge(): void {
    if (this.#state.kind === 'waiting') this.#begin()
  }

  /** No more attempts. A connection that is up stays: the session is not this route's. */
  stop(): void {
    this.#quiet()
    if (this.#state.kind !== 'connected') this.#set({ kind: 'idle' })
  }

  /** The device's session is up, whoever dialed. */
  connected(session: PeerSession): void {
    this.#quiet()
    this.#session = session
    this.#connectedMs = this.#options.clock.monotonic()
    for (const want of this.wants) this.#fail(want.refusal(session.peerId, session.peerKey))
    this.#set({ kind: 'connected', address: session.connection!.transport.remote, sinceMs: this.#options.clock.now() })
  }

  /**
   * The connection is gone. The next attempt is made at once when this one was of use: it lived, or at least was cut and
   * not ended for what one of the two said over it.
   */
  lost(error: HoldfastError): void {
    if (this.#state.kind !== 'connected') return
    const { clock, tunables } = this.#options
    const livedMs = clock.monotonic() - this.#connectedMs
    const cut = error.code === 'NET_LOST'
    if (livedMs >= (cut ? tunables.cutStableMs : tunables.stableMs)) this.#attempt = 0
    else if (cut) this.#attempt = Math.min(this.#attempt, 1)
    if (this.wants.size === 0) this.#set({ kind: 'idle' })
    else this.#after(error)
  }

  #begin(): void {
    this.#attempt = 0
    this.#after(undefined)
  }

  #after(error: HoldfastError | undefined): void {
    this.#quiet()
    if (error?.policy === 'stop') return this.#set({ kind: 'failed', error: error.toData() })
    const { clock, random, tunables } = this.#options
    this.#attempt += 1
    const waitMs = backoffMs(this.#attempt, random.unit(), { baseMs: tunables.backoffBaseMs, maxMs: tunables.backoffMaxMs })
    if (waitMs === 0 || !error) return void this.#dial()
    this.#cancelWait = clock.after(waitMs, () => void this.#dial())
    this.#set({ kind: 'waiting', attempt: this.#attempt, error: error.toData(), retryAtMs: clock.now() + waitMs })
  }

  #quiet(): void {
    this.#cancelWait?.()
    this.#cancelWait = undefined
    this.#abort?.abort()
    this.#abort = undefined
  }

  /** One attempt: every address in turn. */
  async #dial(): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    this.#set({ kind: 'connecting', attempt: this.#attempt })
    const errors: HoldfastError[] = []
    for (const address of this.#addresses()) {
      if (abort.signal.aborted) return
      this.#set({ kind: 'connecting', attempt: this.#attempt, address })
      const result = await this.#try(address, abort.signal)
      if (result === 'connected' || abort.signal.aborted) return
      errors.push(result.error)
      // The right device itself has said no: other addresses of it would say the same.
      if (result.spoken && result.error.policy === 'stop') break
    }
    if (abort.signal.aborted) return
    // A stranger at an old address is no reason to stop while the device may be at another one, switched off.
    const last = errors.at(-1)
    const error = last?.policy === 'stop' ? (errors.find((each) => each.policy !== 'stop' && each.code !== 'NET_TLS') ?? last) : last
    this.#after(error ?? new HoldfastError('DEVICE_NOT_FOUND_YET', 'No address of this device is known yet. It is dialed as soon as it shows up.'))
  }

  async #try(address: Address, signal: AbortSignal): Promise<'connected' | { readonly error: HoldfastError; readonly spoken: boolean }> {
    const { clock, dialer, tunables } = this.#options
    const dialing = new AbortController()
    const timedOut = new HoldfastError('NET_TIMEOUT', 'Nothing answers at this address. Is the other device on, and on this network?')
    // A signal of its own: once the transport is there, nothing may end it through the dialer any more.
    const onAbort = () => dialing.abort(timedOut)
    const cancelTimeout = clock.after(tunables.connectTimeoutMs, onAbort)
    signal.addEventListener('abort', onAbort)
    const settled = () => {
      cancelTimeout()
      signal.removeEventListener('abort', onAbort)
    }
    let spoken = false
    try {
      const transport = await dialer.dial(address, (id, key) => this.#check(id, key), dialing.signal).finally(settled)
      if (dialing.signal.aborted) {
        transport.destroy()
        throw timedOut
      }
      spoken = true
      if (this.deviceId === undefined) {
        this.deviceId = transport.peerId
        this.#options.learned(this, transport.peerId)
      }
      await this.#options.greet(transport)
      return 'connected'
    } catch (error) {
      return { error: dialing.signal.aborted ? timedOut : asHoldfastError(error), spoken }
    }
  }

  #addresses(): Address[] {
    const seen = new Set<string>()
    const all = [...this.wants].flatMap((want) => want.target.addresses())
    return all.filter(({ host, port }) => !seen.has(`${port} ${host}`) && seen.add(`${port} ${host}`))
  }

  /** Each want has its say about the key. Those that refuse it fail alone, unless all do. */
  #check(id: DeviceId, key: Uint8Array): void {
    const refusals = [...this.wants].flatMap((want) => want.refusal(id, key) ?? [])
    if (refusals.length > 0 && refusals.length === this.wants.size) throw refusals[0]!.error
    if (this.deviceId !== undefined && id !== this.deviceId) {
      throw new HoldfastError('TRUST_KEY_MISMATCH', 'Another device answered at this address.', { details: { expected: this.deviceId, seen: id } })
    }
    for (const refusal of refusals) this.#fail(refusal)
  }

  #adopt(want: Want): void {
    this.wants.add(want)
    want.route = this
    const session = this.#state.kind === 'connected' ? this.#session : undefined
    const refusal = session && want.refusal(session.peerId, session.peerKey)
    if (refusal) this.#fail(refusal)
    else want.tell(this.#state)
  }

  #fail(refusal: Refusal | undefined): void {
    if (!refusal) return
    this.wants.delete(refusal.want)
    refusal.want.fail(refusal.error)
  }

  #set(state: LinkState): void {
    this.#state = state
    for (const want of [...this.wants]) want.tell(state)
  }
}

function asHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  return new HoldfastError('ENGINE_INTERNAL', `Dialing failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}
