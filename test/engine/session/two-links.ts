import { Links } from '../../../electron/engine/session/links.ts'
import type { LinksOptions } from '../../../electron/engine/session/links.ts'
import type { PeerSession } from '../../../electron/engine/session/peer-session.ts'
import type { Link, SessionStart } from '../../../electron/engine/session/ports.ts'
import { BLOCK, type ControlMessage } from '../../../electron/engine/protocol/messages.ts'
import { FRAME_HEADER_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { BytePool } from '../../../electron/engine/util/byte-pool.ts'
import type { Random } from '../../../electron/engine/util/random.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import type { FakeDevice, FakeNetwork } from '../../support/fake-wire.ts'

let sides = 0

export const POOL_BUFFER_BYTES = 8192

/** A seeded source of chance (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { unit, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(unit() * 256)) }
}

export function device(name: string, port = 4680): FakeDevice {
  return { id: name, key: new Uint8Array(Buffer.from(`key of ${name}`)), address: { host: `host-${name}`, port } }
}

/** What one side has seen of its sessions, in order. */
export interface Seen {
  messages: number[]
  bulk: number[]
  all: string[]
  duplicates: number
  resent: number
  acknowledged: number
  drains: number
  starts: SessionStart[]
  downs: string[]
  gone: number
}

export interface Side {
  readonly links: Links
  readonly seen: Seen
  readonly pool: BytePool
  readonly sendPool: BytePool
  /** Called at each `up`. */
  onUp: (session: PeerSession, start: SessionStart) => void
  /** When false, bulk buffers are kept on loan in `kept`. */
  releaseBulk: boolean
  readonly kept: { release(): void }[]
}

export interface SideOptions extends Partial<Omit<LinksOptions, 'clock' | 'dialer' | 'self' | 'onSession'>> {
  /** Default: true, at each `up`. */
  readonly allowBulk?: boolean
  readonly pools?: { pool: BytePool; sendPool: BytePool }
}

export function side(clock: FakeClock, network: FakeNetwork, self: FakeDevice, options: SideOptions = {}): Side {
  const pool = options.pools?.pool ?? new BytePool(POOL_BUFFER_BYTES, 4)
  const sendPool = options.pools?.sendPool ?? new BytePool(POOL_BUFFER_BYTES, 16)
  const seen: Seen = {
    messages: [], bulk: [], all: [], duplicates: 0, resent: 0, acknowledged: 0, drains: 0, starts: [], downs: [], gone: 0,
  }
  const links: Links = new Links({
    clock,
    random: seeded((sides += 1)),
    dialer: network.dialer(self),
    self: { id: self.id, name: `name of ${self.id}`, app: 'test', port: () => self.address.port },
    inboundPool: pool,
    onSession: (session) => ({
      message(message) {
        const value = numberOf(message)
        seen.messages.push(value)
        seen.all.push(`m${value}`)
      },
      bulk(_type, body, bodyOffset) {
        const value = body.bytes.readUInt32BE(bodyOffset + 16)
        if (body.length > bodyOffset + 64 && body.bytes.subarray(bodyOffset + 64, body.length).some((byte) => byte !== value % 251)) {
          throw new Error(`the bytes of bulk ${value} are not what was sent`)
        }
        seen.bulk.push(value)
        seen.all.push(`b${value}`)
        if (result.releaseBulk) body.release()
        else result.kept.push(body)
      },
      duplicate() {
        seen.duplicates += 1
      },
      up(start) {
        seen.starts.push(start)
        if (options.allowBulk !== false) session.allowBulk(true)
        result.onUp(session, start)
      },
      down(error) {
        seen.downs.push(error.code)
      },
      drain() {
        seen.drains += 1
      },
      resent() {
        seen.resent += 1
      },
      acknowledged() {
        seen.acknowledged += 1
      },
    }),
    onSessionGone: () => (seen.gone += 1),
    onIncoming: () => 'ok',
    isPaired: () => true,
    ...options,
  })
  const result: Side = { links, seen, pool, sendPool, onUp: () => {}, releaseBulk: true, kept: [] }
  network.listen(self, (transport) => links.accept(transport))
  return result
}

export function wantOf(from: Side, to: FakeDevice): Link {
  return from.links.want({ deviceId: to.id, addresses: () => [to.address], checkKey: () => {} })
}

/** A small control message that carries a number. */
export function numbered(value: number): ControlMessage {
  return { type: 'block-request', transfer: new Uint8Array(16), file: value, attempt: 0, offset: 0 }
}

function numberOf(message: ControlMessage): number {
  return message.type === 'block-request' ? message.file : -1
}

/** A bulk message that carries a number, and bytes that tell whether they arrived whole. */
export function sendNumberedBulk(from: Side, session: PeerSession, value: number, payloadBytes = 30): boolean {
  const buffer = from.sendPool.acquire()
  if (!buffer) return false
  buffer.length = FRAME_HEADER_BYTES + 64 + payloadBytes
  buffer.bytes.fill(0, 0, FRAME_HEADER_BYTES + 64)
  buffer.bytes.writeUInt32BE(value, FRAME_HEADER_BYTES + 16)
  buffer.bytes.fill(value % 251, FRAME_HEADER_BYTES + 64, buffer.length)
  session.sendBulk(BLOCK, buffer)
  return true
}
