import { HoldfastError } from '../../shared/errors.ts'
import type { Events } from '../../shared/ipc/contract.ts'
import type { DeviceId, LinkState, Pairing } from '../../shared/model/device.ts'
import {
  nextPairing,
  PAIRING_NONCE_BYTES,
  PAIRING_TIMEOUT_MS,
  startPairing,
  type PairingEvent,
  type PairingState,
  type PairingStep,
} from './identity/pairing.ts'
import { PairingLimiter } from './identity/pairing-limiter.ts'
import type { PairingMessage } from './protocol/messages.ts'
import type { Link, Session } from './session/ports.ts'
import type { Clock } from './util/clock.ts'
import type { Emitter } from './util/emitter.ts'
import type { Random } from './util/random.ts'

interface Running {
  readonly id: string
  readonly role: Pairing['role']
  deviceId: DeviceId
  state: PairingState | undefined
  session: Session | undefined
  link: Link | undefined
  readonly cleanup: (() => void)[]
}

export interface PairingsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly events: Emitter<Events>
  readonly ownKey: Uint8Array
  nameOf(id: DeviceId): string
  paired(id: DeviceId, publicKey: Uint8Array, peerName: string): void
}

/** Runs pairings over sessions: one at a time, started here or by the other device. */
export class Pairings {
  readonly #options: PairingsOptions
  readonly #limiter: PairingLimiter
  #running: Running | undefined
  #next = 1

  constructor(options: PairingsOptions) {
    this.#options = options
    this.#limiter = new PairingLimiter(options.clock)
  }

  list(): Pairing[] {
    return this.#running ? [this.#show(this.#running)] : []
  }

  /** Throws PAIRING_BUSY, PAIRING_TOO_MANY. */
  start(connect: () => Link): Pairing {
    const running = this.#admit('initiator', '')
    const link = connect()
    running.link = link
    running.cleanup.push(link.onState((state) => this.#onLink(running, state)), () => link.release())
    this.#onLink(running, link.state)
    return this.#show(running)
  }

  /** Throws REQUEST_UNKNOWN when it is over. */
  answer(id: string, accept: boolean): void {
    const running = this.#running
    if (running?.id !== id) throw new HoldfastError('REQUEST_UNKNOWN', 'This pairing is over.')
    if (!running.state) return this.#fail(running, new HoldfastError('PAIRING_REFUSED', 'Pairing was refused here.'))
    this.#step(running, { kind: 'answer', accept })
  }

  /** A message of a session, of paired and unpaired devices alike. */
  handle(session: Session, message: PairingMessage): void {
    let running = this.#running
    if (!running && message.type === 'pair-commit') running = this.#invite(session)
    if (!running || running.session !== session) {
      if (message.type === 'pair-commit') session.send({ type: 'pair-cancel', reason: 'busy' })
      return
    }
    this.#step(running, { kind: 'message', message })
  }

  lost(session: Session): void {
    if (this.#running?.session === session && this.#running.state) this.#step(this.#running, { kind: 'lost' })
  }

  close(): void {
    if (this.#running) this.#end(this.#running)
  }

  #admit(role: Pairing['role'], deviceId: DeviceId): Running {
    const admission = this.#limiter.admit()
    if (admission.kind === 'busy') throw new HoldfastError('PAIRING_BUSY', 'Another pairing is going on. Finish or refuse it first.')
    if (admission.kind === 'too-many') {
      const minutes = Math.ceil(admission.waitMs / 60_000)
      throw new HoldfastError('PAIRING_TOO_MANY', `Five pairings in ten minutes is the limit. Try again in ${minutes} min.`)
    }
    const running: Running = { id: String(this.#next++), role, deviceId, state: undefined, session: undefined, link: undefined, cleanup: [admission.end] }
    running.cleanup.push(this.#options.clock.after(PAIRING_TIMEOUT_MS, () => this.#timeout(running)))
    this.#running = running
    return running
  }

  #invite(session: Session): Running | undefined {
    let running: Running
    try {
      running = this.#admit('responder', session.peerId)
    } catch (error) {
      const tooMany = error instanceof HoldfastError && error.code === 'PAIRING_TOO_MANY'
      session.send({ type: 'pair-cancel', reason: tooMany ? 'too-many' : 'busy' })
      return undefined
    }
    running.session = session
    const keys = { initiator: session.peerKey, responder: this.#options.ownKey }
    this.#apply(running, startPairing('responder', keys, this.#options.random.bytes(PAIRING_NONCE_BYTES)))
    return running
  }

  #onLink(running: Running, state: LinkState): void {
    if (this.#running !== running || running.state) return
    if (state.kind === 'failed') return this.#fail(running, HoldfastError.from(state.error))
    // A person waits in front of the screen: the first failure is the answer.
    if (state.kind === 'waiting') return this.#fail(running, HoldfastError.from(state.error))
    const session = running.link?.session
    if (state.kind !== 'connected' || !session) return
    running.session = session
    running.deviceId = session.peerId
    const keys = { initiator: this.#options.ownKey, responder: session.peerKey }
    this.#apply(running, startPairing('initiator', keys, this.#options.random.bytes(PAIRING_NONCE_BYTES)))
  }

  #timeout(running: Running): void {
    if (running.state) this.#step(running, { kind: 'timeout' })
    else this.#fail(running, new HoldfastError('PAIRING_TIMEOUT', 'The other device could not be reached in two minutes.'))
  }

  #step(running: Running, event: PairingEvent): void {
    if (this.#running === running && running.state) this.#apply(running, nextPairing(running.state, event))
  }

  #apply(running: Running, step: PairingStep): void {
    running.state = step.state
    for (const message of step.send) running.session?.send(message)
    if (step.state.kind === 'paired' && running.session) {
      const { peerId, peerKey, peerName } = running.session
      this.#options.paired(peerId, peerKey, peerName)
    }
    this.#options.events.emit('pairing:changed', this.#show(running))
    if (step.state.kind === 'paired' || step.state.kind === 'failed') this.#end(running)
  }

  #fail(running: Running, error: HoldfastError): void {
    this.#apply(running, { state: { kind: 'failed', error }, send: [] })
  }

  #end(running: Running): void {
    if (this.#running === running) this.#running = undefined
    for (const undo of running.cleanup.splice(0)) undo()
  }

  #show(running: Running): Pairing {
    const { id, role, deviceId, state } = running
    const deviceName = running.session?.peerName ?? (deviceId === '' ? '' : this.#options.nameOf(deviceId))
    return { id, role, deviceId, deviceName, state: shownState(state) }
  }
}

function shownState(state: PairingState | undefined): Pairing['state'] {
  switch (state?.kind) {
    case 'compare':
      return { kind: state.confirmedHere ? 'confirmed-here' : 'compare', code: state.code }
    case 'paired':
      return { kind: 'paired' }
    case 'failed':
      return { kind: 'failed', error: state.error.toData() }
    default:
      return { kind: 'connecting' }
  }
}
