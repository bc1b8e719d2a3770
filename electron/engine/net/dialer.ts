import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { HoldfastError } from '../../../shared/errors.ts'
import type { Address, DeviceId } from '../../../shared/model/device.ts'
import type { Clock } from '../util/clock.ts'
import { deviceIdOfSpki } from '../util/spki.ts'
import { formatAddress } from './address.ts'
import { dialError, notHoldfast } from './net-error.ts'
import { tlsOptions, type TlsIdentity } from './tls-options.ts'
import { peerKeyOf, TlsTransport } from './tls-transport.ts'

/** Reused for every read. TLS hands over one record (16 KiB) at a time; more brings nothing. */
const READ_BUFFER_BYTES = 64 * 1024
const DIAL_TIMEOUT_MS = 15_000
/** Of a name's several addresses: Node gives each 250 ms by default, which no link by satellite meets. */
const ADDRESS_ATTEMPT_MS = 2_000

/** The Dialer of session/ports.ts over TCP and TLS. */
export interface TlsDialer {
  /**
   * Rejects with a HoldfastError by cause, with what `checkKey` threw, or with the signal's reason. Nothing but the
   * handshake has been sent when `checkKey` is called. That the peer accepts us is shown by its first message alone.
   */
  dial(address: Address, checkKey: (id: DeviceId, spki: Uint8Array) => void, signal: AbortSignal): Promise<TlsTransport>
}

export function createDialer(options: { identity: TlsIdentity; clock: Clock; timeoutMs?: number }): TlsDialer {
  const shared = tlsOptions(options.identity)
  const timeoutMs = options.timeoutMs ?? DIAL_TIMEOUT_MS
  return {
    dial: (address, checkKey, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        let transport: TlsTransport | undefined
        const socket = connect({
          ...shared,
          host: address.host,
          port: address.port,
          noDelay: true,
          autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
          onread: {
            buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
            callback: (length: number, buffer: Uint8Array) => {
              // We speak first: who sends before the key is checked is no Holdfast.
              if (transport) transport.receive(buffer.subarray(0, length))
              else fail(notHoldfast(address))
              return true
            },
          },
        } as ConnectionOptions)

        const settle = (finish: () => void) => {
          cancelTimeout()
          signal.removeEventListener('abort', onAbort)
          socket.off('error', onError)
          socket.off('close', onClose)
          socket.off('secureConnect', onSecure)
          finish()
        }
        const fail = (error: unknown) =>
          settle(() => {
            socket.on('error', () => undefined)
            socket.destroy()
            reject(error as Error)
          })
        const onError = (error: Error) => fail(dialError(error, address))
        const onClose = () => fail(dialError({ code: 'ECONNRESET' }, address))
        const onAbort = () => fail(signal.reason)
        const onSecure = () => {
          const peerKey = peerKeyOf(socket)
          if (!peerKey) return fail(notHoldfast(address))
          try {
            checkKey(deviceIdOfSpki(peerKey), peerKey)
          } catch (error) {
            return fail(error)
          }
          settle(() => {
            transport = new TlsTransport({ socket, peerKey, remote: address, dialed: true, clock: options.clock })
            resolve(transport)
          })
        }
        const cancelTimeout = options.clock.after(timeoutMs, () => fail(timeoutError(socket, address)))
        socket.on('error', onError)
        socket.on('close', onClose)
        socket.on('secureConnect', onSecure)
        signal.addEventListener('abort', onAbort, { once: true })
      }),
  }
}

function timeoutError(socket: TLSSocket, address: Address): HoldfastError {
  const at = formatAddress(address)
  const message = socket.connecting
    ? `Nothing answers at ${at}. The device may be off or asleep, or a firewall drops connections to it.`
    : `${at} accepts connections but stays silent. It may be very busy, or no Holdfast listens there.`
  return new HoldfastError('NET_TIMEOUT', message, { details: { host: address.host, port: address.port } })
}
