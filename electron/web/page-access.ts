import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../engine/util/clock.ts'
import type { Random } from '../engine/util/random.ts'

const SECRET_BYTES = 32
const MAX_SESSIONS = 16
/** Since its last request; an open page keeps it. */
const SESSION_IDLE_MS = 24 * 3600_000

/** One browser that has shown the token. Several pages and windows of it share it. */
export interface PageSession {
  readonly key: string
  lastUsedMs: number
  /** Open sockets. */
  pages: number
  uploads: number
}

/**
 * Who may use the page: whoever brings the one-time token, and from then on the cookie it was exchanged for. Both are 256
 * random bits, compared in constant time; a used token is replaced at once. Nothing of it is written down.
 */
export class PageAccess {
  readonly #random: Random
  readonly #clock: Clock
  readonly #rotated: () => void
  readonly #sessions = new Map<string, PageSession>()
  #token: string

  constructor(ports: { readonly random: Random; readonly clock: Clock; readonly rotated: () => void }) {
    this.#random = ports.random
    this.#clock = ports.clock
    this.#rotated = ports.rotated
    this.#token = this.#secret()
  }

  /** Good for one browser. */
  get token(): string {
    return this.#token
  }

  /** The new session's cookie value, or undefined for a wrong or used token. */
  exchange(given: string): string | undefined {
    if (!timingSafeEqual(digestOf(given), digestOf(this.#token))) return undefined
    this.#token = this.#secret()
    this.#makeRoom()
    const secret = this.#secret()
    const key = digestOf(secret).toString('hex')
    this.#sessions.set(key, { key, lastUsedMs: this.#clock.monotonic(), pages: 0, uploads: 0 })
    this.#rotated()
    return secret
  }

  /** Found by digest, so that how long it takes says nothing about the secret. */
  session(secret: string | undefined): PageSession | undefined {
    if (secret === undefined) return undefined
    const session = this.#sessions.get(digestOf(secret).toString('hex'))
    if (!session) return undefined
    if (session.pages === 0 && this.#clock.monotonic() - session.lastUsedMs > SESSION_IDLE_MS) {
      this.#sessions.delete(session.key)
      return undefined
    }
    session.lastUsedMs = this.#clock.monotonic()
    return session
  }

  /** The one unused for longest goes, one without open pages first. */
  #makeRoom(): void {
    if (this.#sessions.size < MAX_SESSIONS) return
    const [oldest] = [...this.#sessions.values()].sort((a, b) => Number(a.pages > 0) - Number(b.pages > 0) || a.lastUsedMs - b.lastUsedMs)
    if (oldest) this.#sessions.delete(oldest.key)
  }

  #secret(): string {
    return Buffer.from(this.#random.bytes(SECRET_BYTES)).toString('base64url')
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
