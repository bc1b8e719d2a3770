import { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId, LinkState } from '../../../shared/model/device.ts'
import { Emitter } from '../util/emitter.ts'
import type { Link, LinkTarget, Session } from './ports.ts'
import type { Route } from './route.ts'

export interface Refusal {
  readonly want: Want
  readonly error: HoldfastError
}

/** One wish to be connected: what `Links.want` gives out. */
export class Want implements Link {
  readonly target: LinkTarget
  route: Route | undefined
  readonly #events = new Emitter<{ state: LinkState }>()
  readonly #onRelease: (want: Want) => void
  #state: LinkState = { kind: 'idle' }
  #released = false

  constructor(target: LinkTarget, onRelease: (want: Want) => void) {
    this.target = target
    this.#onRelease = onRelease
  }

  get state(): LinkState {
    return this.#state
  }

  get session(): Session | undefined {
    return this.route?.session
  }

  onState(listener: (state: LinkState) => void): () => void {
    return this.#events.on('state', listener)
  }

  nudge(): void {
    this.route?.nudge()
  }

  release(): void {
    if (this.#released) return
    this.#released = true
    this.#onRelease(this)
    this.route = undefined
    this.#state = { kind: 'idle' }
  }

  /** The route's news. */
  tell(state: LinkState): void {
    if (this.#released) return
    this.#state = state
    this.#events.emit('state', state)
  }

  /** This want alone can't go on: the key that answers is not one it may talk to. */
  fail(error: HoldfastError): void {
    this.route = undefined
    this.tell({ kind: 'failed', error: error.toData() })
  }

  /** Undefined: this key is welcome. */
  refusal(id: DeviceId, key: Uint8Array): Refusal | undefined {
    try {
      // Who wants it knows best what is wrong with another key, and what to do.
      this.target.checkKey(id, key)
      if (this.target.deviceId !== undefined && this.target.deviceId !== id) {
        throw new HoldfastError('TRUST_KEY_MISMATCH', 'Another device answered at this address.', {
          details: { expected: this.target.deviceId, seen: id },
        })
      }
      return undefined
    } catch (error) {
      return { want: this, error: error instanceof HoldfastError ? error : new HoldfastError('ENGINE_INTERNAL', String(error), { cause: error }) }
    }
  }
}
