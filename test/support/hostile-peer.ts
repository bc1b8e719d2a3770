import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOrCreateIdentity, type Identity } from '../../electron/engine/identity/device-key.ts'
import { createDialer } from '../../electron/engine/net/dialer.ts'
import { listen, type Listener } from '../../electron/engine/net/listener.ts'
import type { TlsTransport } from '../../electron/engine/net/tls-transport.ts'
import { writeBlockHeader } from '../../electron/engine/protocol/bulk.ts'
import { encodeCbor } from '../../electron/engine/protocol/cbor.ts'
import { decodeControl, encodeControl } from '../../electron/engine/protocol/control.ts'
import { FrameDecoder, writeFrameHead, type FrameHead } from '../../electron/engine/protocol/frame.ts'
import { BLOCK_HEADER_BYTES, BULK_BUFFER_BYTES, FRAME_HEADER_BYTES } from '../../electron/engine/protocol/limits.ts'
import { ACK, isBulk, MESSAGE_TYPES, messageName, type CborMessage, type MessageName } from '../../electron/engine/protocol/message-types.ts'
import { BLOCK, PACK, SYNC_DATA, type ManifestEntry } from '../../electron/engine/protocol/messages.ts'
import { PackBuilder } from '../../electron/engine/protocol/pack-builder.ts'
import { SyncDataBuilder } from '../../electron/engine/protocol/sync-data.ts'
import { systemClock } from '../../electron/engine/util/clock.ts'
import { blake3 } from '../../electron/engine/util/digest.ts'
import { hangGuard } from './hang-guard.ts'

const HANG_MS = 60_000

/** What a peer has heard: messages, and bulk frames by their type alone. */
export type Heard = CborMessage | { readonly type: 'block' | 'pack' | 'sync-data' | 'goodbye' }

/** A key of its own, kept nowhere. */
export async function strangerIdentity(): Promise<Identity> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-stranger-'))
  try {
    return await loadOrCreateIdentity(home)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

export function frameOf(type: number, id: number, body: Uint8Array, ack = 0): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + body.length)
  writeFrameHead(bytes, 0, type, id, ack, body.length)
  bytes.set(body, FRAME_HEADER_BYTES)
  return bytes
}

/**
 * A device that has a key and speaks TLS, frames and messages, and otherwise does as it likes: whatever a test wants a
 * Holdfast to survive. Acknowledges what it hears unless told not to read.
 */
export class HostilePeer {
  readonly heard: Heard[] = []
  readonly transport: TlsTransport
  #received = 0
  #nextId = 1
  #closed = false
  #wake = new Set<() => void>()

  constructor(transport: TlsTransport, options: { readonly reads?: boolean } = {}) {
    this.transport = transport
    if (options.reads !== false) this.#read()
    transport.onEnd(() => this.#end())
    transport.onClose(() => this.#end())
  }

  static async dial(port: number, identity: Identity, options: { readonly reads?: boolean } = {}, host = '127.0.0.1'): Promise<HostilePeer> {
    const dialer = createDialer({ identity, clock: systemClock })
    return new HostilePeer(await dialer.dial({ host, port }, () => undefined, new AbortController().signal), options)
  }

  /** A server whose every connection is given to `serve`. */
  static async listen(identity: Identity, serve: (peer: HostilePeer) => void, options: { readonly reads?: boolean } = {}): Promise<Listener> {
    return listen({
      host: '127.0.0.1',
      port: 0,
      identity,
      clock: systemClock,
      onTransport: (transport) => serve(new HostilePeer(transport, options)),
    })
  }

  get closed(): boolean {
    return this.#closed
  }

  write(bytes: Uint8Array): void {
    this.transport.write(bytes)
  }

  /** A message with the next id (or none, as its type is), or with the id given. */
  say(message: CborMessage, id?: number): void {
    const { code, sequenced } = MESSAGE_TYPES[message.type]
    this.write(frameOf(code, id ?? (sequenced ? this.#nextId++ : 0), encodeControl(message), this.#received))
  }

  /** A body that no encoder of ours would write, under a type. */
  sayCbor(name: MessageName, body: unknown): void {
    const { code, sequenced } = MESSAGE_TYPES[name]
    this.write(frameOf(code, sequenced ? this.#nextId++ : 0, encodeCbor(body), this.#received))
  }

  hello(version = 1): void {
    this.say({ type: 'hello', version, received: 0n, name: '\u001b[2Jevil\u202e', app: 'hostile', port: 0 })
  }

  offer(transfer: Uint8Array, entries: number, bytes: number, roots: readonly string[] = ['x']): void {
    this.say({ type: 'offer', transfer, roots, files: entries, entries, pages: 1, bytes })
  }

  /** Entries as they are, past every check of this side. */
  manifest(transfer: Uint8Array, entries: readonly ManifestEntry[]): void {
    const packed = entries.map(({ kind, path, size, mtimeMs, executable }) => [(kind === 'folder' ? 1 : 0) | (executable ? 2 : 0), path, size, mtimeMs])
    this.sayCbor('manifest', { transfer, page: 0, entries: packed })
  }

  pack(transfer: Uint8Array, files: readonly { readonly file: number; readonly content: Uint8Array; readonly digest?: Uint8Array }[]): void {
    const body = new Uint8Array(BULK_BUFFER_BYTES)
    const builder = new PackBuilder(body, 0, transfer, files.length)
    for (const { file, content, digest } of files) {
      body.set(content, builder.dataAt)
      builder.add(file, 0, content.length, digest ?? blake3(content))
    }
    this.write(frameOf(PACK, this.#nextId++, body.subarray(0, builder.finish()), this.#received))
  }

  block(transfer: Uint8Array, file: number, offset: number, content: Uint8Array, digest: Uint8Array = blake3(content)): void {
    const body = new Uint8Array(BLOCK_HEADER_BYTES + content.length)
    writeBlockHeader(body, 0, { transfer, file, attempt: 0, offset, digest })
    body.set(content, BLOCK_HEADER_BYTES)
    this.write(frameOf(BLOCK, this.#nextId++, body, this.#received))
  }

  /** Pieces of what was asked for, whatever they hold. */
  syncData(request: number, pieces: readonly { readonly item: number; readonly block: number; readonly content: Uint8Array }[]): void {
    const body = new Uint8Array(BULK_BUFFER_BYTES)
    const builder = new SyncDataBuilder(body, 0, request, pieces.length)
    for (const { item, block, content } of pieces) {
      body.set(content, builder.dataAt)
      builder.add(item, block, content.length)
    }
    this.write(frameOf(SYNC_DATA, this.#nextId++, body.subarray(0, builder.finish()), this.#received))
  }

  /** The first message of this type, of those after `from`. */
  async next<Name extends Heard['type']>(name: Name, from = 0): Promise<Extract<Heard, { type: Name }>> {
    let at = from
    const search = async () => {
      for (;;) {
        for (; at < this.heard.length; at++) {
          const message = this.heard[at]
          if (message?.type === name) return message as Extract<Heard, { type: Name }>
        }
        if (this.#closed) throw new Error(`closed without ${name}\n${this.log}`)
        await new Promise<void>((resolve) => this.#wake.add(resolve))
      }
    }
    return hangGuard(search(), HANG_MS, `the message ${name}`, () => this.log)
  }

  async untilClosed(): Promise<void> {
    const search = async () => {
      while (!this.#closed) await new Promise<void>((resolve) => this.#wake.add(resolve))
    }
    return hangGuard(search(), HANG_MS, 'the end of the connection', () => this.log)
  }

  destroy(): void {
    this.transport.destroy()
  }

  get log(): string {
    return this.heard.map((message) => JSON.stringify(message, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).join('\n')
  }

  #read(): void {
    let head: FrameHead
    let parts: Uint8Array[] = []
    const decoder = new FrameDecoder({
      begin: (next) => {
        head = next
        parts = []
      },
      body: (bytes) => void (isBulk(head.type) || parts.push(Uint8Array.from(bytes))),
      finish: () => this.#hear(head, Buffer.concat(parts)),
      goodbye: () => this.#take({ type: 'goodbye' }),
    })
    this.transport.onData((chunk) => {
      try {
        decoder.push(chunk)
      } catch {
        this.destroy()
      }
    })
  }

  #hear(head: FrameHead, body: Uint8Array): void {
    if (head.id > 0) {
      this.#received = Math.max(this.#received, head.id)
      this.write(frameOf(ACK, 0, new Uint8Array(0), this.#received))
    }
    if (isBulk(head.type)) return this.#take({ type: head.type === BLOCK ? 'block' : head.type === PACK ? 'pack' : 'sync-data' })
    const name = messageName(head.type)
    if (name) this.#take(decodeControl(name, body))
  }

  #take(message: Heard): void {
    this.heard.push(message)
    this.#awaken()
  }

  #end(): void {
    this.#closed = true
    this.#awaken()
  }

  #awaken(): void {
    const waiting = [...this.#wake]
    this.#wake.clear()
    for (const wake of waiting) wake()
  }
}
