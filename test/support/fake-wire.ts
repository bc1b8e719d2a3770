import type { HoldfastError } from '../../shared/errors.ts'
import { HoldfastError as Failure } from '../../shared/errors.ts'
import type { Address, DeviceId } from '../../shared/model/device.ts'
import type { Dialer, Transport } from '../../electron/engine/session/ports.ts'
import type { Clock } from '../../electron/engine/util/clock.ts'

export interface WireOptions {
  readonly latencyMs?: number
  /** Bytes queued in a sender before `write` says false. */
  readonly highWaterBytes?: number
  /** Bytes a paused receiver's side takes before the sender's queue stands still: the kernels' buffers. */
  readonly kernelBytes?: number
  /** How many bytes the next chunk has: any split of the stream. */
  readonly chunk?: () => number
  /** Cuts the wire when so many bytes have come through from the dialer, or from the acceptor. */
  readonly cut?: { readonly from: 'dialer' | 'acceptor'; readonly afterBytes: number }
  /** Bytes that come through in a millisecond, each way. Absent: at once after the latency. */
  readonly bytesPerMs?: number
  /** Sees what arrives, before it arrives; what it gives back arrives instead. */
  readonly tamper?: (from: 'dialer' | 'acceptor', bytes: Uint8Array) => Uint8Array
}

/**
 * One end of a fake connection. The bytes of a write are read when they are sent, not when they are written, as a socket
 * does: memory that is changed or given back too early shows.
 */
export class FakeTransport implements Transport {
  readonly peerId: DeviceId
  readonly peerKey: Uint8Array
  readonly remote: Address
  readonly dialed: boolean
  other!: FakeTransport
  sentBytes = 0
  /** Nothing goes through any more, and nobody is told: a pulled cable. */
  dead = false
  readonly #clock: Clock
  readonly #options: WireOptions
  #queue: { bytes: Uint8Array; onSent: (() => void) | undefined }[] = []
  #queuedBytes = 0
  #full = false
  #pumping = false
  #inbox: Uint8Array[] = []
  #inboxBytes = 0
  #paused = false
  #ended = false
  #endTold = false
  #closed = false
  #data: (chunk: Uint8Array) => void = () => {}
  #drain: () => void = () => {}
  #end: () => void = () => {}
  #close: (error?: HoldfastError) => void = () => {}

  constructor(peer: { id: DeviceId; key: Uint8Array; address: Address }, dialed: boolean, clock: Clock, options: WireOptions) {
    this.peerId = peer.id
    this.peerKey = peer.key
    this.remote = peer.address
    this.dialed = dialed
    this.#clock = clock
    this.#options = options
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  get isClosed(): boolean {
    return this.#closed
  }

  get isPaused(): boolean {
    return this.#paused
  }

  write(bytes: Uint8Array, onSent?: () => void): boolean {
    if (this.#closed || this.#ended) return false
    this.#queue.push({ bytes, onSent })
    this.#queuedBytes += bytes.length
    this.#schedule()
    if (this.#queuedBytes >= (this.#options.highWaterBytes ?? 64 * 1024)) this.#full = true
    return !this.#full
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#data = listener
  }

  onDrain(listener: () => void): void {
    this.#drain = listener
  }

  onEnd(listener: () => void): void {
    this.#end = listener
  }

  onClose(listener: (error?: HoldfastError) => void): void {
    this.#close = listener
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#clock.after(0, () => this.#read())
  }

  end(): void {
    this.#ended = true
    this.#schedule()
  }

  destroy(error?: HoldfastError): void {
    if (this.#closed) return
    this.#closed = true
    this.#queue = []
    this.#inbox = []
    this.#clock.after(0, () => this.#close(error))
    if (!this.dead) this.#clock.after(this.#latencyMs, () => this.other.destroy())
  }

  get #latencyMs(): number {
    return this.#options.latencyMs ?? 1
  }

  #schedule(): void {
    if (this.#pumping || this.#closed) return
    this.#pumping = true
    this.#clock.after(this.#latencyMs, () => {
      this.#pumping = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#queue.length > 0 && !this.#closed && !this.dead) {
      if (this.other.#inboxBytes >= (this.#options.kernelBytes ?? 64 * 1024)) return
      const { bytes, onSent } = this.#queue[0]!
      const rate = this.#options.bytesPerMs
      const most = rate === undefined ? bytes.length : Math.max(1, Math.floor(rate * Math.max(1, this.#latencyMs)))
      const piece = bytes.subarray(0, most)
      this.#queuedBytes -= piece.length
      if (piece.length < bytes.length) this.#queue[0] = { bytes: bytes.subarray(most), onSent }
      else this.#queue.shift()
      this.#deliver(new Uint8Array(piece))
      if (!this.#closed && piece.length === bytes.length) onSent?.()
      if (rate !== undefined && this.#queue.length > 0) return this.#schedule()
    }
    if (this.#closed || this.dead || this.#queue.length > 0) return
    if (this.#full) {
      this.#full = false
      this.#drain()
    }
    if (this.#ended && this.#queue.length === 0) this.other.#hearEnd()
  }

  #deliver(bytes: Uint8Array): void {
    const from = this.dialed ? 'dialer' : 'acceptor'
    const cut = this.#options.cut
    const left = cut?.from === from ? cut.afterBytes - this.sentBytes : Infinity
    const through = this.#options.tamper?.(from, bytes) ?? bytes
    this.sentBytes += bytes.length
    this.other.#arrive(through.subarray(0, Math.min(left, through.length)))
    if (left <= bytes.length) {
      this.other.destroy()
      this.destroy()
    }
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return
    this.#inbox.push(bytes)
    this.#inboxBytes += bytes.length
    this.#read()
  }

  #read(): void {
    while (this.#inbox.length > 0 && !this.#paused && !this.#closed) {
      const bytes = this.#inbox.shift()!
      this.#inboxBytes -= bytes.length
      let at = 0
      while (at < bytes.length && !this.#closed) {
        const length = Math.min(bytes.length - at, Math.max(1, this.#options.chunk?.() ?? bytes.length))
        if (this.#paused) {
          this.#inbox.unshift(bytes.subarray(at))
          this.#inboxBytes += bytes.length - at
          return
        }
        // The chunk's memory is the socket's: it is overwritten after the call.
        const chunk = new Uint8Array(bytes.subarray(at, at + length))
        this.#data(chunk)
        chunk.fill(0xdd)
        at += length
      }
    }
    if (!this.#paused) {
      this.other.#schedule()
      this.#tellEnd()
    }
  }

  #endHeard = false

  #hearEnd(): void {
    if (this.#endHeard || this.#closed) return
    this.#endHeard = true
    this.#tellEnd()
  }

  #tellEnd(): void {
    if (!this.#endHeard || this.#endTold || this.#inbox.length > 0 || this.#closed) return
    this.#endTold = true
    this.#end()
    if (this.#ended && this.#queue.length === 0) this.destroy()
    else this.#schedule()
  }
}

export interface FakeDevice {
  readonly id: DeviceId
  readonly key: Uint8Array
  readonly address: Address
}

/** Two joined transports: [the dialer's, the acceptor's]. */
export function fakeWire(clock: Clock, dialer: FakeDevice, acceptor: FakeDevice, options: WireOptions = {}): [FakeTransport, FakeTransport] {
  const near = new FakeTransport(acceptor, true, clock, options)
  const far = new FakeTransport({ ...dialer, address: { host: dialer.address.host, port: 50_000 } }, false, clock, options)
  near.other = far
  far.other = near
  return [near, far]
}

/** Where devices listen, and every wire between them. */
export class FakeNetwork {
  readonly wires: [FakeTransport, FakeTransport][] = []
  dials = 0
  /** For the wire that is dialed next. */
  options: (dial: number) => WireOptions = () => ({})
  /** Time from dialing until both have the transport. */
  connectMs = 1
  readonly #clock: Clock
  readonly #listening = new Map<string, { device: FakeDevice; accept: (transport: Transport) => void }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  listen(device: FakeDevice, accept: (transport: Transport) => void): () => void {
    const key = keyOf(device.address)
    this.#listening.set(key, { device, accept })
    return () => this.#listening.delete(key)
  }

  dialer(from: FakeDevice): Dialer {
    return {
      dial: (address, checkKey, signal) =>
        new Promise((resolve, reject) => {
          const dial = this.dials++
          const cancel = this.#clock.after(this.connectMs, () => {
            signal.removeEventListener('abort', onAbort)
            const target = this.#listening.get(keyOf(address))
            if (!target) return reject(new Failure('NET_REFUSED', 'Nothing listens there.'))
            try {
              checkKey(target.device.id, target.device.key)
            } catch (error) {
              return reject(error as Error)
            }
            const wire = fakeWire(this.#clock, from, target.device, this.options(dial))
            this.wires.push(wire)
            target.accept(wire[1])
            resolve(wire[0])
          })
          const onAbort = () => {
            cancel()
            reject(signal.reason as Error)
          }
          signal.addEventListener('abort', onAbort, { once: true })
        }),
    }
  }

  get openWires(): number {
    return this.wires.filter(([near, far]) => !near.isClosed || !far.isClosed).length
  }

  /** Cuts everything. */
  cut(): void {
    for (const [near, far] of this.wires) {
      near.destroy()
      far.destroy()
    }
  }
}

function keyOf(address: Address): string {
  return `${address.host} ${address.port}`
}
