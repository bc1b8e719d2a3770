import { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { Clock } from '../util/clock.ts'
import { Emitter } from '../util/emitter.ts'
import { readService, type Advertisement, type RawService } from './advertisement.ts'
import { openMdnsResponder, type OpenResponder, type Responder, type ResponderHandlers } from './mdns-responder.ts'
import { systemInterfaces, watchNetwork } from './network-change.ts'
import type { Discovery, SeenDevice } from './ports.ts'
import { SeenDevices } from './seen-devices.ts'
import type { Interfaces } from './sort-addresses.ts'

/** When to ask after the start; then each minute. */
const QUERY_AFTER_MS = [1_000, 3_000, 10_000, 30_000]
const QUERY_EVERY_MS = 60_000
const MAX_RESPONDERS = 8

export interface MdnsOptions {
  /** Who we are; `port` 0 means that we do not listen and only look. */
  readonly advertisement: Advertisement
  readonly clock: Clock
  readonly openResponder?: OpenResponder
  readonly readInterfaces?: () => Interfaces
}

/** DNS-SD over multicast DNS on every IPv4 interface, or on loopback where there is no other. */
export class MdnsDiscovery implements Discovery {
  #advertisement: Advertisement
  #clock: Clock
  #openResponder: OpenResponder
  #readInterfaces: () => Interfaces
  #emitter = new Emitter<{ seen: SeenDevice; gone: DeviceId; problem: HoldfastError }>()
  #seen: SeenDevices
  #responders = new Map<string, Responder>()
  #cancelQuery: (() => void) | undefined
  #stopWatching: (() => void) | undefined
  #queries = 0
  #lastProblem: string | undefined

  constructor(options: MdnsOptions) {
    this.#advertisement = options.advertisement
    this.#clock = options.clock
    this.#openResponder = options.openResponder ?? openMdnsResponder()
    this.#readInterfaces = options.readInterfaces ?? systemInterfaces
    this.#seen = new SeenDevices(options.advertisement.deviceId)
  }

  start(): void {
    if (this.#stopWatching) return
    this.#stopWatching = watchNetwork(
      this.#clock,
      (change) => {
        if (change === 'addresses') void this.#close(false)
        this.#open()
        this.#queries = 0
        this.#query()
      },
      this.#readInterfaces,
    )
    this.#queries = 0
    this.#open()
    this.#scheduleQuery()
  }

  async stop(): Promise<void> {
    if (!this.#stopWatching) return
    this.#stopWatching()
    this.#stopWatching = undefined
    this.#cancelQuery?.()
    this.#cancelQuery = undefined
    this.#seen.clear()
    this.#lastProblem = undefined
    await this.#close(true)
  }

  onSeen(listener: (device: SeenDevice) => void): () => void {
    return this.#emitter.on('seen', listener)
  }

  onGone(listener: (deviceId: DeviceId) => void): () => void {
    return this.#emitter.on('gone', listener)
  }

  onProblem(listener: (error: HoldfastError) => void): () => void {
    return this.#emitter.on('problem', listener)
  }

  seen(): readonly SeenDevice[] {
    return this.#seen.list()
  }

  #open(): void {
    for (const interfaceAddress of multicastInterfaces(this.#readInterfaces())) {
      if (this.#responders.has(interfaceAddress)) continue
      let opening = true
      let failed = false
      const handlers: ResponderHandlers = {
        up: (service) => this.#hear(service),
        down: (service) => this.#goodbye(service),
        failed: (error) => {
          if (opening) failed = true
          else this.#discard(interfaceAddress, responder)
          if (this.#responders.size === 0) this.#report(error)
        },
      }
      const advertisement = this.#advertisement.port > 0 ? this.#advertisement : undefined
      const responder = this.#openResponder({ interfaceAddress, advertisement, handlers, clock: this.#clock })
      opening = false
      if (failed) void responder.close(false)
      else this.#responders.set(interfaceAddress, responder)
    }
    if (this.#responders.size === 0 && !this.#lastProblem) this.#report(new Error('there is no network interface'))
  }

  /** It may have failed after it was replaced by another. */
  #discard(interfaceAddress: string, responder: Responder): void {
    if (this.#responders.get(interfaceAddress) === responder) this.#responders.delete(interfaceAddress)
    void responder.close(false)
  }

  async #close(goodbye: boolean): Promise<void> {
    const all = [...this.#responders.values()]
    this.#responders.clear()
    await Promise.all(all.map((responder) => responder.close(goodbye)))
  }

  #query(): void {
    for (const responder of this.#responders.values()) responder.query()
    for (const deviceId of this.#seen.expire(this.#clock.monotonic())) this.#emitter.emit('gone', deviceId)
    this.#scheduleQuery()
  }

  #scheduleQuery(): void {
    this.#cancelQuery?.()
    this.#cancelQuery = this.#clock.after(QUERY_AFTER_MS[this.#queries] ?? QUERY_EVERY_MS, () => {
      // An interface that could not be used may have become usable.
      this.#open()
      this.#query()
    })
    this.#queries += 1
  }

  #hear(service: RawService): void {
    if (!this.#stopWatching) return
    this.#lastProblem = undefined
    const device = readService(service, this.#readInterfaces())
    if (!device) return
    const news = this.#seen.hear(sourceOf(service), device, this.#clock.monotonic())
    if (news) this.#emitter.emit('seen', news)
  }

  #goodbye(service: RawService): void {
    const device = readService(service, this.#readInterfaces())
    const gone = device && this.#seen.forget(sourceOf(service), device.deviceId)
    if (gone) this.#emitter.emit('gone', gone)
  }

  #report(error: Error): void {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (this.#lastProblem === error.message) return
    this.#lastProblem = error.message
    const inUse = code === 'EADDRINUSE' || code === 'EACCES'
    const message = inUse
      ? 'Devices nearby cannot be found: another program holds the port of multicast DNS (5353) for itself. Addresses typed by hand work.'
      : `Devices nearby cannot be found: multicast does not work on this network now (${code === '' ? error.message : code}). ` +
        'Addresses typed by hand work.'
    this.#emitter.emit('problem', new HoldfastError(inUse ? 'PORT_IN_USE' : 'NET_UNREACHABLE', message, { cause: error }))
  }
}

/** One IPv4 address per interface, loopback only where there is nothing else. */
export function multicastInterfaces(interfaces: Interfaces): string[] {
  const found = Object.values(interfaces).flatMap((infos) => infos?.find((info) => info.family === 'IPv4') ?? [])
  const external = found.filter((info) => !info.internal)
  return (external.length > 0 ? external : found).map((info) => info.address).slice(0, MAX_RESPONDERS)
}

/** Who claims it: its address, whichever of our interfaces heard it. */
function sourceOf(service: RawService): string {
  const from = service.referer?.address
  return typeof from === 'string' ? from : ''
}
