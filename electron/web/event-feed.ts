import type { AppEventName, AppEvents } from '../../shared/ipc/app-contract.ts'
import type { Clock } from '../engine/util/clock.ts'

/** A page gets at most ten rounds of events a second. */
const ROUND_MS = 100
/** Announcements that have no subject; a page that misses some reads the truth anyway. */
const MAX_LOOSE = 100

export interface AppEvent {
  readonly event: AppEventName
  readonly payload: unknown
}

/**
 * Gathers events for one page, the newest of each subject: what is not yet sent is replaced by what comes after it, so a
 * page that reads slowly costs no more than the number of subjects.
 */
export class EventFeed {
  readonly #clock: Clock
  readonly #send: (events: readonly AppEvent[]) => void
  readonly #maySend: () => boolean
  #waiting = new Map<string, AppEvent>()
  #loose = 0
  #cancel: (() => void) | undefined

  /** @param maySend false: the page has not read what it got; it is asked again every round. */
  constructor(clock: Clock, maySend: () => boolean, send: (events: readonly AppEvent[]) => void) {
    this.#clock = clock
    this.#maySend = maySend
    this.#send = send
  }

  push<E extends AppEventName>(event: E, payload: AppEvents[E]): void {
    const key = this.#keyOf(event, payload)
    if (key === undefined) return
    const before = this.#waiting.get(key)
    // Removed and put in again: what happened last comes last.
    this.#waiting.delete(key)
    this.#waiting.set(key, { event, payload: before ? merged(event, before.payload, payload) : payload })
    if (this.#cancel) return
    this.#flush()
    this.#cancel = this.#clock.after(ROUND_MS, () => this.#round())
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = () => undefined
    this.#waiting.clear()
  }

  #round(): void {
    this.#cancel = undefined
    if (this.#waiting.size === 0) return
    this.#flush()
    this.#cancel = this.#clock.after(ROUND_MS, () => this.#round())
  }

  #flush(): void {
    if (!this.#maySend()) return
    const events = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#loose = 0
    this.#send(events)
  }

  #keyOf(event: AppEventName, payload: unknown): string | undefined {
    const subject = payload as Partial<Record<'id' | 'transferId' | 'deviceId' | 'requestId', string>>
    switch (event) {
      case 'transfer:changed':
      case 'transfer:removed':
        return `transfer ${subject.id ?? subject.transferId}`
      case 'device:changed':
      case 'device:removed':
        return `device ${subject.id ?? subject.deviceId}`
      case 'request:changed':
      case 'request:removed':
        return `request ${subject.id ?? subject.requestId}`
      case 'pairing:changed':
        return `pairing ${subject.id}`
      case 'link:connected':
      case 'link:retry':
      case 'engine:problem':
      case 'app:navigate':
        return this.#loose < MAX_LOOSE ? `loose ${(this.#loose += 1)}` : undefined
      default:
        return event
    }
  }
}

function merged(event: AppEventName, before: unknown, after: unknown): unknown {
  if (event !== 'received:changed') return after
  const [first, second] = [before as AppEvents['received:changed'], after as AppEvents['received:changed']]
  return { total: second.total, file: first.file?.id === second.file?.id ? second.file : null }
}
