import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { systemClock, type Clock } from '../../electron/engine/util/clock.ts'
import { FaultDirection } from './fault-direction.ts'
import { FaultSchedule } from './fault-schedule.ts'
import type { FaultSpec } from './fault-spec.ts'
import { seededRandom } from './seeded-random.ts'

export interface ProxyAddress {
  readonly host: string
  readonly port: number
}

export interface FaultProxyOptions {
  readonly to: ProxyAddress
  /** Default loopback and any free port. */
  readonly listen?: ProxyAddress
  readonly seed?: number
  readonly fault?: FaultSpec
  readonly clock?: Clock
}

export interface FaultCounters {
  connections: number
  active: number
  refused: number
  /** The target did not accept. */
  unreachable: number
  cuts: number
  halfCloses: number
  stalls: number
  flips: number
  bytesUp: number
  bytesDown: number
}

interface Link {
  readonly near: Socket
  readonly far: Socket
  readonly up: { readonly direction: FaultDirection; readonly schedule: FaultSchedule }
  readonly down: { readonly direction: FaultDirection; readonly schedule: FaultSchedule }
}

/** Room for a socket to work ahead; the only memory a connection takes, twice. */
const SOCKET_BUFFER_BYTES = 512 * 1024

const GRACEFUL_END_MS = 2_000

/**
 * A TCP proxy that harms what passes through it, the same way for the same seed. `setFault` counts for connections that
 * are open as well; `setTarget` for new ones.
 */
export class FaultProxy {
  readonly counters: FaultCounters = {
    connections: 0,
    active: 0,
    refused: 0,
    unreachable: 0,
    cuts: 0,
    halfCloses: 0,
    stalls: 0,
    flips: 0,
    bytesUp: 0,
    bytesDown: 0,
  }
  #options: FaultProxyOptions
  #clock: Clock
  #fault: FaultSpec
  #to: ProxyAddress
  #server: Server | undefined
  #host: string
  #port: number
  #links = new Set<Link>()
  #idle = new Set<Socket>()
  #cancelRefusal: (() => void) | undefined
  #paused = false
  #closed = false
  #waiting = new Set<{ readonly up: number; readonly resolve: () => void }>()

  private constructor(options: FaultProxyOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#fault = options.fault ?? {}
    this.#to = options.to
    this.#host = options.listen?.host ?? '127.0.0.1'
    this.#port = options.listen?.port ?? 0
  }

  static async listen(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    await proxy.#open()
    return proxy
  }

  get host(): string {
    return this.#host
  }

  get port(): number {
    return this.#port
  }

  setTarget(to: ProxyAddress): void {
    this.#to = to
  }

  setFault(fault: FaultSpec): void {
    this.#fault = fault
    for (const link of this.#links) this.#apply(link)
  }

  /** When that many bytes have gone up (from whoever dials) over all connections together. */
  reached(bytesUp: number): Promise<void> {
    if (this.counters.bytesUp >= bytesUp) return Promise.resolve()
    return new Promise((resolve) => void this.#waiting.add({ up: bytesUp, resolve }))
  }

  /** Ends every open connection now. */
  cutAll(how: 'rst' | 'fin' = 'rst'): void {
    for (const link of [...this.#links]) this.#cut(link, how)
    for (const socket of [...this.#idle]) socket.resetAndDestroy()
  }

  /** Nothing moves through open connections until `resume`, as when a cable is out. */
  pause(): void {
    this.#paused = true
    for (const link of this.#links) this.#eachDirection(link, (direction) => direction.hold())
  }

  resume(): void {
    this.#paused = false
    for (const link of this.#links) this.#eachDirection(link, (direction) => direction.release())
  }

  /** Nobody listens for that long: the system itself refuses connections. Open ones live on. */
  refuseFor(delayMs: number): void {
    this.#cancelRefusal?.()
    this.#shut()
    this.#cancelRefusal = this.#clock.after(delayMs, () => {
      this.#cancelRefusal = undefined
      void this.#open()
    })
  }

  close(): void {
    this.#closed = true
    this.#cancelRefusal?.()
    this.cutAll()
    this.#shut()
  }

  #open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { allowHalfOpen: true, noDelay: true, highWaterMark: SOCKET_BUFFER_BYTES }
      const server = createServer(options, (socket) => this.#accept(socket))
      server.once('error', reject)
      server.listen(this.#port, this.#host, () => {
        this.#port = (server.address() as AddressInfo).port
        this.#server = server
        resolve()
      })
    })
  }

  /** The port is free at once; open connections live on. */
  #shut(): void {
    this.#server?.close()
    this.#server = undefined
  }

  #accept(near: Socket): void {
    const ordinal = ++this.counters.connections
    near.on('error', () => near.destroy())
    if (this.#closed || ordinal <= (this.#fault.refuseFirst ?? 0)) {
      this.counters.refused++
      near.resetAndDestroy()
      return
    }
    near.pause()
    if (this.#fault.blackHole) {
      this.#idle.add(near)
      near.once('close', () => this.#idle.delete(near))
      return
    }
    const far = connect({
      ...this.#to,
      allowHalfOpen: true,
      noDelay: true,
      // Handed on to the stream, though the types do not say so.
      ...{ highWaterMark: SOCKET_BUFFER_BYTES },
    })
    let connected = false
    far.on('error', () => {
      if (!connected) this.counters.unreachable++
      near.resetAndDestroy()
    })
    this.#idle.add(near)
    near.once('close', () => {
      this.#idle.delete(near)
      if (!connected) far.destroy()
    })
    far.once('connect', () => {
      connected = true
      this.#idle.delete(near)
      if (near.destroyed) far.resetAndDestroy()
      else this.#join(near, far, ordinal)
    })
  }

  #join(near: Socket, far: Socket, ordinal: number): void {
    const seed = (this.#options.seed ?? 1) * 7919 + ordinal * 2
    const direction = (source: Socket, target: Socket, which: 'bytesUp' | 'bytesDown', add: number) => {
      const schedule = new FaultSchedule({}, seededRandom(seed + add))
      const flow = new FaultDirection(source, target, schedule, this.#clock, {
        cut: (how) => this.#cut(link, how),
        halfClosed: () => void this.counters.halfCloses++,
        stalled: () => void this.counters.stalls++,
        flipped: () => void this.counters.flips++,
        forwarded: (bytes) => this.#forwarded(which, bytes),
      })
      return { direction: flow, schedule }
    }
    const link: Link = { near, far, up: direction(near, far, 'bytesUp', 0), down: direction(far, near, 'bytesDown', 1) }
    this.#links.add(link)
    this.counters.active++
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      socket.once('close', () => this.#socketClosed(link, socket, other))
    }
    this.#apply(link)
    if (this.#paused) return this.#eachDirection(link, (flow) => flow.hold())
    near.resume()
    far.resume()
  }

  #forwarded(which: 'bytesUp' | 'bytesDown', bytes: number): void {
    this.counters[which] += bytes
    for (const one of this.#waiting) {
      if (this.counters.bytesUp < one.up) continue
      this.#waiting.delete(one)
      one.resolve()
    }
  }

  #apply(link: Link): void {
    for (const which of ['up', 'down'] as const) {
      const harmed = this.#fault.only === undefined || this.#fault.only === which
      const { direction, schedule } = link[which]
      schedule.replace(harmed ? this.#fault : {})
      direction.limit(harmed ? (this.#fault.slow?.bytesPerSecond ?? Infinity) : Infinity)
    }
  }

  #eachDirection(link: Link, act: (direction: FaultDirection) => void): void {
    act(link.up.direction)
    act(link.down.direction)
  }

  #socketClosed(link: Link, socket: Socket, other: Socket): void {
    const wholly = socket.readableEnded && socket.writableFinished
    // After a graceful end of both directions the other socket may still have bytes to deliver, and closes by itself.
    if (wholly && !other.destroyed) return
    this.#eachDirection(link, (flow) => flow.close())
    if (!this.#links.delete(link)) return
    this.counters.active--
    other.resetAndDestroy()
  }

  #cut(link: Link, how: 'rst' | 'fin'): void {
    if (!this.#links.delete(link)) return
    this.counters.active--
    this.counters.cuts++
    this.#eachDirection(link, (direction) => direction.close())
    for (const socket of [link.near, link.far]) {
      if (how === 'rst') socket.resetAndDestroy()
      else this.#endGracefully(socket)
    }
  }

  /** Reads on and forgets for a while: bytes left unread would turn the graceful end into a reset. */
  #endGracefully(socket: Socket): void {
    this.#idle.add(socket)
    const cancel = this.#clock.after(GRACEFUL_END_MS, () => socket.destroy())
    socket.once('close', () => {
      cancel()
      this.#idle.delete(socket)
    })
    socket.resume()
    socket.end()
  }
}

if (import.meta.main) {
  // Not awaited at the top: that module imports this one.
  void import('./fault-proxy-process.ts').then(({ runFaultProxy }) => runFaultProxy(process.argv.slice(2)))
}
