import { FRAME_HEADER_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { decodeControl, encodeControl } from '../../../electron/engine/protocol/control.ts'
import type { ControlMessage, SyncMessage } from '../../../electron/engine/protocol/messages.ts'
import type { SyncHandler, SyncSession } from '../../../electron/engine/sync/engine-ports.ts'
import type { PooledBuffer } from '../../../electron/engine/util/byte-pool.ts'
import type { World } from './sim-world.ts'

const MAX_BULK = 6
const NOTHING = new SharedArrayBuffer(0)

type Item = { readonly kind: 'message'; readonly message: SyncMessage } | { readonly kind: 'data'; readonly bytes: Uint8Array }

export interface WireEnd {
  readonly id: string
  /** Undefined while it is dead. */
  handler(peer: string): SyncHandler | undefined
}

/** A conversation of two devices with its ends: in order, exactly once, and lost from some point on when it begins anew. */
export class Wire {
  readonly ends: readonly [WireEnd, WireEnd]
  readonly #world: World
  readonly #coded: boolean
  readonly #queues: [Item[], Item[]] = [[], []]
  readonly #pumping = [false, false]
  #generation = 0
  /** Bytes of content that have arrived. */
  dataBytes = 0
  up = false
  /** Of the next connection: what was under way is gone on both sides. */
  anew = true

  /** `coded`: messages go through the real codec. */
  constructor(world: World, a: WireEnd, b: WireEnd, coded: boolean) {
    this.#world = world
    this.ends = [a, b]
    this.#coded = coded
  }

  get quiet(): boolean {
    return this.#queues.every((queue) => queue.length === 0)
  }

  connect(): void {
    const [a, b] = this.ends.map((end, at) => end.handler(this.ends[1 - at]!.id))
    if (this.up || !a || !b) return
    this.#world.note(`${this.#name} up${this.anew ? ' anew' : ''}`)
    this.up = true
    const start = this.anew ? 'reset' : 'resumed'
    if (this.anew) this.#clear()
    this.anew = false
    a.up(start)
    b.up(start)
    this.#pump(0)
    this.#pump(1)
  }

  /** `anew`: neither side knows the conversation any more when they meet again. */
  cut(anew: boolean): void {
    if (this.up) this.#world.note(`${this.#name} down`)
    const was = this.up
    this.up = false
    this.#generation += 1
    this.anew ||= anew
    if (was) this.ends.forEach((end, at) => end.handler(this.ends[1 - at]!.id)?.down())
  }

  /** As the device with that id sees it. */
  session(id: string, isDead: () => boolean): SyncSession {
    const from = this.ends[0].id === id ? 0 : 1
    const wire = this
    return {
      peerId: this.ends[1 - from]!.id,
      get connected() {
        return wire.up && !isDead()
      },
      get canSendBulk() {
        return wire.#queues[from]!.filter(({ kind }) => kind === 'data').length < MAX_BULK
      },
      send: (message: ControlMessage) => {
        if (!isDead()) this.#send(from, { kind: 'message', message: message as SyncMessage })
      },
      sendBulk: (_type: number, body: PooledBuffer) => {
        if (!isDead()) this.#send(from, { kind: 'data', bytes: body.bytes.slice(FRAME_HEADER_BYTES, body.length) })
        body.release()
      },
    }
  }

  get #name(): string {
    return `${this.ends[0].id[0]}–${this.ends[1].id[0]}`
  }

  #send(from: number, item: Item): void {
    const queue = this.#queues[from]!
    // Control overtakes content.
    const at = item.kind === 'data' ? queue.length : queue.findIndex(({ kind }) => kind === 'data')
    queue.splice(at < 0 ? queue.length : at, 0, item)
    this.#pump(from)
  }

  #pump(from: number): void {
    if (!this.up || this.#pumping[from] || this.#queues[from]!.length === 0) return
    this.#pumping[from] = true
    const generation = this.#generation
    this.#world.after(this.#world.random.integer(1, 12), () => {
      this.#pumping[from] = false
      if (this.up && generation === this.#generation) this.#deliver(from)
      this.#pump(from)
    })
  }

  #deliver(from: number): void {
    const to = this.ends[1 - from]!
    const handler = to.handler(this.ends[from]!.id)
    const queue = this.#queues[from]!
    const full = queue.filter(({ kind }) => kind === 'data').length >= MAX_BULK
    const item = queue.shift()
    if (!item || !handler) return
    this.#world.note(`${this.ends[from]!.id[0]}>${to.id[0]} ${item.kind === 'message' ? describe(item.message) : 'data'}`)
    if (item.kind === 'message') handler.message(this.#coded ? recoded(item.message) : item.message)
    else {
      this.dataBytes += item.bytes.length
      handler.data({ bytes: Buffer.from(item.bytes), shared: NOTHING, length: item.bytes.length, release: () => undefined }, 0)
    }
    if (full) this.ends[from]!.handler(to.id)?.drain()
  }

  #clear(): void {
    this.#queues[0].length = 0
    this.#queues[1].length = 0
  }
}

function recoded(message: SyncMessage): SyncMessage {
  return decodeControl(message.type, encodeControl(message)) as SyncMessage
}

function describe(message: SyncMessage): string {
  if (message.type === 'index') return `index ${message.from}–${message.to} ${message.entries.map(({ path, kind, version }) => `${path}:${kind[0]}${version.map(([tag, counter]) => tag[0]! + counter).join('')}`).join(' ')}`
  if (message.type === 'sync-get') return `get ${message.items.map(({ path }) => path).join(' ')}`
  if (message.type === 'sync-end') return `end ${message.missing.map(({ item, reason }) => `${item}:${reason}`).join(' ')}`
  return message.type
}
