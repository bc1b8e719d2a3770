import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { HoldfastError } from '../../../shared/errors.ts'
import type { Address } from '../../../shared/model/device.ts'
import type { Clock } from '../util/clock.ts'
import { formatAddress, plainHost } from './address.ts'
import { codeOf } from './net-error.ts'
import { LISTEN_LIMITS, SocketLimiter, type ListenLimits, type SocketSlot } from './socket-limits.ts'
import { tlsOptions, type TlsIdentity } from './tls-options.ts'
import { peerKeyOf, TlsTransport } from './tls-transport.ts'

const BACKLOG = 511

export interface ListenOptions extends Address {
  readonly identity: TlsIdentity
  readonly clock: Clock
  readonly limits?: ListenLimits
  /** An authenticated connection, of anybody: whether its key may do something is the session's decision. */
  readonly onTransport: (transport: TlsTransport) => void
  /** Accepting has failed for now (descriptors have run out, …); the listener goes on. */
  readonly onError?: (error: Error) => void
}

export interface Listener {
  /** As bound: with the port that was picked for port 0. */
  readonly address: Address
  readonly sockets: number
  readonly handshaking: number
  /** Stops accepting and closes every connection of this listener. */
  close(): Promise<void>
}

/**
 * Accepts TLS connections. `::` means IPv4 too, and IPv4 alone on machines without IPv6. Throws PORT_IN_USE,
 * ADDRESS_UNAVAILABLE.
 *
 * Sockets are counted before TLS allocates anything for them; who shows no device key or speaks another protocol is
 * closed without a word.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = options.limits ?? LISTEN_LIMITS
  const limiter = new SocketLimiter(limits)
  const sockets = new Set<Socket>()
  // Sockets in their handshake, by remote address and port, which are unique per listening socket.
  const waiting = new Map<string, { slot: SocketSlot; cancelTimeout: () => void }>()

  const tls = createTlsServer({ ...tlsOptions(options.identity), handshakeTimeout: limits.handshakeMs * 2 })
  tls.on('tlsClientError', (_error, socket) => socket.destroy())
  tls.on('secureConnection', (socket) => {
    const key = remoteKey(socket)
    const entry = waiting.get(key)
    waiting.delete(key)
    entry?.cancelTimeout()
    entry?.slot.established()
    socket.on('error', () => undefined)
    const peerKey = peerKeyOf(socket)
    if (!entry || !peerKey || socket.destroyed) return void socket.destroy()
    const remote = { host: plainHost(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
    options.onTransport(new TlsTransport({ socket, peerKey, remote, dialed: false, clock: options.clock }))
  })

  const accept = (socket: Socket) => {
    const slot = socket.remoteAddress === undefined ? undefined : limiter.admit(socket.remoteAddress)
    socket.on('error', () => undefined)
    if (!slot) return void socket.destroy()
    const key = remoteKey(socket)
    const cancelTimeout = options.clock.after(limits.handshakeMs, () => socket.destroy())
    waiting.set(key, { slot, cancelTimeout })
    sockets.add(socket)
    socket.on('close', () => {
      slot.closed()
      sockets.delete(socket)
      if (waiting.get(key)?.slot !== slot) return
      waiting.delete(key)
      cancelTimeout()
    })
    // Documented way to hand connections to a TLS server that were accepted elsewhere.
    tls.emit('connection', socket)
  }

  const tcp = await bind(options, accept)
  tcp.on('error', (error) => options.onError?.(error))
  const bound = tcp.address() as AddressInfo
  return {
    address: { host: bound.address, port: bound.port },
    get sockets() {
      return limiter.sockets
    },
    get handshaking() {
      return limiter.handshaking
    },
    close: () =>
      new Promise((resolve) => {
        tcp.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

async function bind(options: ListenOptions, accept: (socket: Socket) => void): Promise<Server> {
  try {
    return await bindTo(options.host, options.port, accept)
  } catch (error) {
    const code = codeOf(error)
    if (options.host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' || code === 'EINVAL')) {
      return bindTo('0.0.0.0', options.port, accept).catch((second: unknown) => {
        throw listenError(second, options)
      })
    }
    throw listenError(error, options)
  }
}

function bindTo(host: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createTcpServer({ noDelay: true }, accept)
    server.once('error', reject)
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

/** Why an address cannot be listened at, in words that help. */
export function listenError(error: unknown, address: Address): HoldfastError {
  const at = formatAddress(address)
  const details = { host: address.host, port: address.port }
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new HoldfastError(
        'PORT_IN_USE',
        `Port ${address.port} is in use by another program (${at}). Stop that program, or choose another port with --listen ` +
          '(port 0 picks a free one).',
        { cause: error, details },
      )
    case 'EACCES':
    case 'EPERM':
      return new HoldfastError(
        'ADDRESS_UNAVAILABLE',
        `Listening at ${at} is not permitted: ports below 1024 are the system's. Choose another with --listen.`,
        { cause: error, details },
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new HoldfastError(
        'ADDRESS_UNAVAILABLE',
        `The name ${address.host} is not known. Listen at an address of this machine.`,
        { cause: error, details },
      )
    default:
      return new HoldfastError(
        'ADDRESS_UNAVAILABLE',
        `${at} is no address of this machine now (${codeOf(error)}). Choose another with --listen, for example [::]:${address.port}.`,
        { cause: error, details },
      )
  }
}

function remoteKey(socket: Socket | TLSSocket): string {
  return `${socket.remoteAddress ?? ''}|${socket.remotePort ?? 0}`
}
