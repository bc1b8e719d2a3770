import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import { Bonjour, type Service } from 'bonjour-service'
import type { Clock } from '../util/clock.ts'
import { instanceName, SERVICE_TYPE, txtOf, type Advertisement, type RawService } from './advertisement.ts'

export const MDNS_PORT = 5353
/** RFC 6762, section 17. */
const MAX_PACKET_BYTES = 9_000
const MAX_PACKETS_PER_SECOND = 500
/** The library keeps every service it hears of; past this it starts anew with the next question. */
const MAX_BROWSER_SERVICES = 512
const GOODBYE_MS = 500

export interface ResponderHandlers {
  /** Also again for a service that was heard before. */
  up(service: RawService): void
  down(service: RawService): void
  /** It works no more, or could not be set up: close it. */
  failed(error: Error): void
}

/** DNS-SD on one interface. */
export interface Responder {
  /** Asks who is there; everybody answers, so everybody is heard anew. */
  query(): void
  /** `goodbye`: tell the others first. */
  close(goodbye: boolean): Promise<void>
}

export type OpenResponder = (options: {
  /** IPv4 address of the interface. */
  interfaceAddress: string
  /** Absent: only listens. */
  advertisement: Advertisement | undefined
  handlers: ResponderHandlers
  clock: Clock
}) => Responder

/**
 * bonjour-service on a socket of our own, one per interface: with one for all, packets leave by the default route alone,
 * and by none where there is no such route. The library throws on some hostile packets and emits errors nobody can listen
 * for; GuardedSocket stands between.
 */
export function openMdnsResponder(port = MDNS_PORT): OpenResponder {
  return ({ interfaceAddress, advertisement, handlers, clock }) => {
    const udp = createSocket({ type: 'udp4', reuseAddr: true })
    const guarded = new GuardedSocket(udp, port, clock)
    let bonjour: Bonjour | undefined
    let browser: ReturnType<Bonjour['find']> | undefined
    let closed = false

    const query = () => {
      if (!bonjour || closed) return
      browser?.stop()
      const fresh = bonjour.find({ type: SERVICE_TYPE })
      browser = fresh
      const up = (service: Service) => {
        if (fresh.services.length > MAX_BROWSER_SERVICES) fresh.stop()
        else handlers.up(service)
      }
      fresh.on('up', up)
      fresh.on('txt-update', up)
      fresh.on('srv-update', up)
      fresh.on('down', (service) => handlers.down(service))
    }

    const fail = (error: Error) => {
      if (!closed) handlers.failed(error)
    }
    udp.on('error', fail)
    udp.bind(port, () => {
      if (closed) return
      try {
        const options = { socket: guarded, bind: false, port, interface: interfaceAddress }
        bonjour = new Bonjour(options as ConstructorParameters<typeof Bonjour>[0], () => undefined)
        // The library joins the group when its socket starts to listen.
        guarded.emit('listening')
        if (guarded.membershipError) throw guarded.membershipError
        if (advertisement) {
          const name = instanceName(advertisement.deviceId)
          bonjour.publish({
            name, host: `${name}.local`, type: SERVICE_TYPE, port: advertisement.port, txt: txtOf(advertisement), probe: false,
          })
        }
        query()
      } catch (error) {
        fail(error as Error)
      }
    })

    return {
      query,
      close: (goodbye) =>
        new Promise((resolve) => {
          if (closed) return resolve()
          closed = true
          browser?.stop()
          const library = bonjour
          const finish = () => {
            cancelWait()
            // Stops the library's timers; it closes the socket through GuardedSocket.
            if (library) library.destroy()
            guarded.close()
            resolve()
          }
          let finished = false
          const once = () => {
            if (!finished) finish()
            finished = true
          }
          const cancelWait = clock.after(GOODBYE_MS, once)
          if (library && goodbye) library.unpublishAll(once)
          else once()
        }),
    }
  }
}

/** The part of a datagram socket that multicast-dns uses. Passes on what is plausible, and survives what the library does not. */
class GuardedSocket extends EventEmitter {
  membershipError: Error | undefined
  #udp: Socket
  #closed = false

  constructor(udp: Socket, port: number, clock: Clock) {
    super()
    this.#udp = udp
    let second = 0
    let packets = 0
    udp.on('message', (message: Buffer, from: RemoteInfo) => {
      const now = Math.floor(clock.monotonic() / 1000)
      if (now !== second) packets = 0
      second = now
      packets += 1
      // RFC 6762, section 6: who answers does so from the mDNS port.
      if (packets > MAX_PACKETS_PER_SECOND || message.length > MAX_PACKET_BYTES || from.port !== port) return
      try {
        this.emit('message', message, from)
      } catch {
        // A packet that is well-formed DNS and makes no sense.
      }
    })
  }

  send(message: Uint8Array, offset: number, length: number, port: number, host: string, callback: (error: Error | null) => void): void {
    if (this.#closed) return callback(null)
    try {
      this.#udp.send(message, offset, length, port, host, callback)
    } catch (error) {
      callback(error as Error)
    }
  }

  address(): { port: number } {
    return this.#udp.address()
  }

  addMembership(group: string, interfaceAddress?: string): void {
    try {
      this.#udp.addMembership(group, interfaceAddress)
      this.membershipError = undefined
    } catch (error) {
      this.membershipError = error as Error
      throw error
    }
  }

  dropMembership(group: string, interfaceAddress?: string): void {
    this.#udp.dropMembership(group, interfaceAddress)
  }

  setMulticastInterface(interfaceAddress: string): void {
    this.#udp.setMulticastInterface(interfaceAddress)
  }

  setMulticastTTL(ttl: number): void {
    this.#udp.setMulticastTTL(ttl)
  }

  setMulticastLoopback(enabled: boolean): void {
    this.#udp.setMulticastLoopback(enabled)
  }

  close(callback?: () => void): void {
    if (this.#closed) return void callback?.()
    this.#closed = true
    this.#udp.close(callback)
  }
}
