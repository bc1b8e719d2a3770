import { isIPv6 } from 'node:net'
import { plainHost } from './address.ts'

export interface ListenLimits {
  /** All sockets, whatever their state. */
  readonly sockets: number
  /** Sockets whose TLS handshake is not done yet. */
  readonly handshaking: number
  /** The same, of one remote address (of one /64 for IPv6: who has one has 2^64 addresses). */
  readonly handshakingPerAddress: number
  readonly handshakeMs: number
}

export const LISTEN_LIMITS: ListenLimits = {
  sockets: 1024,
  handshaking: 256,
  handshakingPerAddress: 16,
  handshakeMs: 10_000,
}

export interface SocketSlot {
  /** The handshake is done. */
  established(): void
  /** The socket is gone. Both may be called more than once. */
  closed(): void
}

/** Counts sockets. Pure bookkeeping, so that a flood costs one accept and one close each. */
export class SocketLimiter {
  #limits: ListenLimits
  #sockets = 0
  #handshaking = 0
  #byAddress = new Map<string, number>()

  constructor(limits: ListenLimits) {
    this.#limits = limits
  }

  get sockets(): number {
    return this.#sockets
  }

  get handshaking(): number {
    return this.#handshaking
  }

  /** Undefined: over a limit, close it at once. */
  admit(remoteAddress: string): SocketSlot | undefined {
    const group = addressGroup(remoteAddress)
    const ofGroup = this.#byAddress.get(group) ?? 0
    if (this.#sockets >= this.#limits.sockets) return undefined
    if (this.#handshaking >= this.#limits.handshaking || ofGroup >= this.#limits.handshakingPerAddress) return undefined
    this.#sockets += 1
    this.#handshaking += 1
    this.#byAddress.set(group, ofGroup + 1)

    let handshaking = true
    let open = true
    const established = () => {
      if (!handshaking) return
      handshaking = false
      this.#handshaking -= 1
      const left = (this.#byAddress.get(group) ?? 1) - 1
      if (left === 0) this.#byAddress.delete(group)
      else this.#byAddress.set(group, left)
    }
    return {
      established,
      closed: () => {
        established()
        if (open) this.#sockets -= 1
        open = false
      },
    }
  }
}

/** The address, or its first 64 bits for IPv6. */
export function addressGroup(address: string): string {
  const host = plainHost(address)
  if (!isIPv6(host)) return host
  const [bare = '', scope = ''] = host.split('%')
  const [head = '', tail] = bare.split('::')
  const left = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const right = tail === '' ? [] : tail.split(':')
    while (left.length + right.length < 8) left.push('0')
    left.push(...right)
  }
  return `${left.slice(0, 4).map((part) => parseInt(part, 16).toString(16)).join(':')}::/64%${scope}`
}
