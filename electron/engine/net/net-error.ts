import { HoldfastError } from '../../../shared/errors.ts'
import type { Address } from '../../../shared/model/device.ts'
import { formatAddress } from './address.ts'

/** Why an address could not be dialled, in words that help. Covers name lookup, TCP and the TLS handshake. */
export function dialError(error: unknown, address: Address): HoldfastError {
  if (error instanceof HoldfastError) return error
  const code = codeOf(error)
  const at = formatAddress(address)
  const make = (holdfastCode: ConstructorParameters<typeof HoldfastError>[0], message: string) =>
    new HoldfastError(holdfastCode, message, { cause: error, details: { host: address.host, port: address.port } })

  switch (code) {
    case 'ECONNREFUSED':
      return make('NET_REFUSED', `Nothing listens at ${at}. Start Holdfast there, and check the port.`)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return make('NET_UNREACHABLE', `No way leads to ${at} now. Check that both devices are on the same network (or VPN).`)
    case 'EACCES':
    case 'EPERM':
      return make('NET_UNREACHABLE', `This machine's firewall forbids connecting to ${at}.`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
    case 'EAI_FAIL':
      return make('NET_NAME_UNKNOWN', `No device is known by the name ${address.host}. Check the spelling, or use its IP address.`)
    case 'ETIMEDOUT':
      return make('NET_TIMEOUT', `Nothing answers at ${at}. The device may be off or asleep, or a firewall drops connections to it.`)
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return make('NET_LOST', `${at} closed the connection before it was set up. It may be busy or restarting, or no Holdfast listens there.`)
    default:
      break
  }
  if (isTlsCode(code)) {
    return isDamage(code)
      ? make('NET_TLS', `The encrypted connection to ${at} could not be set up (${code}). Something on the way may alter the data.`)
      : notHoldfast(address, error)
  }
  return make('NET_LOST', `The connection to ${at} failed (${code === '' ? 'unknown reason' : code}).`)
}

export function notHoldfast(address: Address, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'NET_NOT_HOLDFAST',
    `Something else than Holdfast listens at ${formatAddress(address)}. Check the address and the port.`,
    { cause, details: { host: address.host, port: address.port } },
  )
}

/** Why an established connection ended. */
export function lostError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  const code = codeOf(error)
  if (isTlsCode(code)) {
    return new HoldfastError('NET_TLS', `The connection was damaged on its way (${code}).`, { cause: error })
  }
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ENETDOWN') {
    return new HoldfastError('NET_LOST', `The connection was lost: the other device cannot be reached any more (${code}).`, { cause: error })
  }
  return new HoldfastError('NET_LOST', `The connection was lost${code === '' ? '' : ` (${code})`}.`, { cause: error })
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}

/** OpenSSL's and BoringSSL's reasons, as Node names them, and Node's own. */
function isTlsCode(code: string): boolean {
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO'
}

/** Reasons that only a Holdfast with garbled bytes between us gives; whatever else fails a handshake speaks another protocol. */
function isDamage(code: string): boolean {
  return /BAD_RECORD_MAC|DECRYPT|BAD_SIGNATURE|DIGEST_CHECK|BAD_DECRYPT/.test(code)
}
