import type { TLSSocket } from 'node:tls'
import type { HoldfastError } from '../../../shared/errors.ts'
import type { Address, DeviceId } from '../../../shared/model/device.ts'
import type { Clock } from '../util/clock.ts'
import { deviceIdOfSpki, isDeviceSpki } from '../util/spki.ts'
import { lostError } from './net-error.ts'
import { ALPN } from './tls-options.ts'

const KEEP_ALIVE_MS = 30_000
/** How long an ending connection may take to hand over what is queued. */
const CLOSING_MS = 15_000

/**
 * The Transport of session/ports.ts over one TLS socket whose handshake is done, dialled or accepted.
 *
 * A chunk is valid only during the `onData` call: a dialled socket reads into one buffer again and again. What TLS has
 * decrypted already when reading is paused (or before anybody listens) is kept, and is at most a few records.
 */
export class TlsTransport {
  readonly peerId: DeviceId
  readonly peerKey: Uint8Array
  readonly remote: Address
  readonly dialed: boolean
  #socket: TLSSocket
  #clock: Clock
  #dataListener: ((chunk: Uint8Array) => void) | undefined
  #kept: Uint8Array[] = []
  #paused = false
  #delivering = false
  #reading = false
  #ended = false
  #endListener: (() => void) | undefined
  #closeListener: ((error?: HoldfastError) => void) | undefined
  #closed: { error?: HoldfastError } | undefined
  #error: HoldfastError | undefined
  #discarding = false
  #cancelClosing: (() => void) | undefined

  constructor(options: { socket: TLSSocket; peerKey: Uint8Array; remote: Address; dialed: boolean; clock: Clock }) {
    const { socket } = options
    this.peerKey = options.peerKey
    this.peerId = deviceIdOfSpki(options.peerKey)
    this.remote = options.remote
    this.dialed = options.dialed
    this.#socket = socket
    this.#clock = options.clock
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    socket.setTimeout(0)
    socket.on('error', (error) => {
      this.#error ??= lostError(error)
    })
    socket.on('end', () => {
      this.#ended = true
      this.#endListener?.()
    })
    socket.on('close', () => this.#close())
    if (socket.destroyed) queueMicrotask(() => this.#close())
  }

  write(bytes: Uint8Array, onSent?: () => void): boolean {
    if (this.#discarding || !this.#socket.writable) return false
    return this.#socket.write(bytes, onSent && ((error) => (error ? undefined : onSent())))
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#dataListener = listener
    this.#read()
  }

  onDrain(listener: () => void): void {
    this.#socket.on('drain', listener)
  }

  onEnd(listener: () => void): void {
    this.#endListener = listener
    if (this.#ended) queueMicrotask(listener)
  }

  onClose(listener: (error?: HoldfastError) => void): void {
    this.#closeListener = listener
    const closed = this.#closed
    if (closed) queueMicrotask(() => listener(closed.error))
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#read()
  }

  /**
   * Sends what is queued and the end of our stream, and waits for theirs, for a bounded time. What still arrives is thrown
   * away: closing with unread bytes would reset the connection, and with it what the peer has not yet read of ours.
   */
  end(): void {
    if (this.#discarding || this.#closed) return
    this.#discarding = true
    this.#kept = []
    this.#read()
    this.#cancelClosing = this.#clock.after(CLOSING_MS, () => this.#socket.destroy())
    this.#socket.end()
  }

  destroy(error?: HoldfastError): void {
    this.#error ??= error
    this.#discarding = true
    this.#socket.destroy()
  }

  /** For the dialler's `onread`: bytes that arrived. */
  receive(chunk: Uint8Array): void {
    if (this.#discarding) return
    if (this.#dataListener && !this.#paused && !this.#delivering && this.#kept.length === 0) return this.#deliver(chunk)
    this.#kept.push(Uint8Array.from(chunk))
    if (!this.#dataListener) this.#socket.pause()
  }

  #read(): void {
    if (this.#delivering) return
    for (;;) {
      if (!this.#discarding && (this.#paused || !this.#dataListener)) return
      const chunk = this.#kept.shift()
      if (!chunk) break
      this.#deliver(chunk)
    }
    if (!this.#reading) {
      this.#reading = true
      this.#socket.on('data', (chunk: Uint8Array) => {
        this.receive(chunk)
        freeNow(chunk)
      })
    }
    this.#socket.resume()
  }

  #deliver(chunk: Uint8Array): void {
    this.#delivering = true
    try {
      this.#dataListener?.(chunk)
    } finally {
      this.#delivering = false
    }
    // The listener paused and resumed again: what was kept meanwhile is next.
    if (this.#kept.length > 0 && !this.#paused) queueMicrotask(() => this.#read())
  }

  #close(): void {
    if (this.#closed) return
    this.#cancelClosing?.()
    this.#discarding = true
    this.#kept = []
    this.#closed = this.#error ? { error: this.#error } : {}
    this.#closeListener?.(this.#error)
  }
}

/**
 * Gives a chunk's memory back at once instead of at the next collection. Node makes one buffer of 16 KiB for each TLS
 * record: left to the collector, thousands of them are freed together, the allocator returns the pages to the kernel, and
 * the next chunks fault each one in again (measured for 2 GiB received: 8.6 s of system time, and 2 s with this).
 */
function freeNow(chunk: Uint8Array): void {
  const memory = chunk.buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer }
  if (chunk.byteLength === memory.byteLength) memory.transfer?.(0)
}

/**
 * The peer's public key (SPKI, DER), or undefined when this is no Holdfast connection: another protocol was agreed on, or
 * the certificate is missing or holds something else than a device key. TLS 1.3 has proved that the peer owns it.
 */
export function peerKeyOf(socket: TLSSocket): Uint8Array | undefined {
  if (socket.alpnProtocol !== ALPN || socket.getProtocol() !== 'TLSv1.3') return undefined
  try {
    const spki = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' })
    return spki && isDeviceSpki(spki) ? spki : undefined
  } catch {
    return undefined
  }
}
