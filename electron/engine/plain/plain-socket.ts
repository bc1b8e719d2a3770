import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Address } from '../../../shared/model/device.ts'
import { HoldfastError } from '../../../shared/errors.ts'
import { formatAddress, plainHost } from '../net/address.ts'
import { listenError } from '../net/listener.ts'
import { dialError } from '../net/net-error.ts'
import type { Clock } from '../util/clock.ts'

export const DIAL_TIMEOUT_MS = 15_000
const BACKLOG = 256

export interface PlainListener {
  /** As bound: with the port that was picked for port 0. */
  readonly address: Address
  /** Stops accepting; connections live on. */
  close(): Promise<void>
}

/** Listens without TLS. Half-closed connections stay open: who streamed in may still read its answer. */
export function listenPlain(address: Address, onSocket: (socket: Socket) => void): Promise<PlainListener> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      socket.on('error', () => undefined)
      onSocket(socket)
    })
    const onError = (error: Error) => reject(listenError(error, address))
    server.once('error', onError)
    server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, () => {
      server.off('error', onError)
      // Accepting may fail for a moment (descriptors have run out); the listener goes on.
      server.on('error', () => undefined)
      const bound = server.address() as AddressInfo
      resolve({
        address: { host: bound.address, port: bound.port },
        close: () => new Promise((closed) => server.close(() => closed())),
      })
    })
  })
}

/** Connects without TLS. Rejects with a HoldfastError by cause, or with the signal's reason. */
export function dialPlain(address: Address, clock: Clock, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true, noDelay: true })
    const settle = (how: () => void) => {
      cancel()
      signal.removeEventListener('abort', onAbort)
      socket.off('error', onError)
      socket.off('connect', onConnect)
      how()
    }
    const fail = (error: unknown) =>
      settle(() => {
        socket.on('error', () => undefined)
        socket.destroy()
        reject(error as Error)
      })
    const onError = (error: unknown) => fail(plainDialError(error, address))
    const onAbort = () => fail(signal.reason)
    const onConnect = () => settle(() => resolve(socket))
    const cancel = clock.after(DIAL_TIMEOUT_MS, () => fail(dialError({ code: 'ETIMEDOUT' }, address)))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('error', onError)
    socket.once('connect', onConnect)
  })
}

export function remoteOf(socket: Socket): Address {
  return { host: plainHost(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
}

/** What refuses a plain connection need not be Holdfast. */
function plainDialError(error: unknown, address: Address): HoldfastError {
  const failure = dialError(error, address)
  if (failure.code !== 'NET_REFUSED') return failure
  const message = `Nothing listens at ${formatAddress(address)}. Start the other program there, and check the port.`
  return new HoldfastError('NET_REFUSED', message, { cause: error, ...(failure.details ? { details: failure.details } : {}) })
}
