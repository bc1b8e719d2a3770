import type { DeviceId } from '../../../shared/model/device.ts'
import type { FolderId } from '../../../shared/model/folder.ts'
import { BLOCK_BYTES, DIGEST_BYTES, FRAME_HEADER_BYTES, MAX_DIGESTS, MAX_GET_BYTES, MAX_SYNC_PIECES } from '../protocol/limits.ts'
import { SYNC_DATA, type SyncDigestsRequest, type SyncGet, type SyncMissing } from '../protocol/messages.ts'
import { SyncDataBuilder } from '../protocol/sync-data.ts'
import type { BytePool, PooledBuffer } from '../util/byte-pool.ts'
import type { SyncSession } from './engine-ports.ts'
import type { LocalEntry, Stamp, Version } from './entry.ts'
import type { FolderContext } from './folder-context.ts'
import { blockCount, blockLength, isBlockList, isLong } from './staging.ts'
import { compareVersions } from './version.ts'

/** More than anybody asks at a time who keeps to the rules. */
const MAX_WAITING = 8

export interface ServerPorts {
  readonly deviceId: DeviceId
  readonly buffers: Pick<BytePool, 'take'>
  session(): SyncSession | undefined
  /** A folder that is shared with the device; undefined for any other. */
  folder(id: FolderId): FolderContext | undefined
  takeSend(bytes: number, signal: AbortSignal): Promise<void>
}

type Ask = SyncGet | SyncDigestsRequest
type ServedEntry = LocalEntry & { readonly stamp: Stamp }

/** Gives one device the content it asks for, one request after the other: of files as the index has them, and of no others. */
export class Server {
  readonly #ports: ServerPorts
  #waiting: Ask[] = []
  #current: { readonly request: number; readonly stop: AbortController } | undefined
  #drained: (() => void) | undefined
  /** Of the conversation: what belongs to an earlier one is not answered. */
  #life = new AbortController()

  constructor(ports: ServerPorts) {
    this.#ports = ports
  }

  ask(message: Ask): void {
    if (this.#waiting.length >= MAX_WAITING) {
      const count = message.type === 'sync-get' ? message.items.length : 1
      this.#end(message.request, Array.from({ length: count }, (_, item) => ({ item, reason: 'later' })))
      return
    }
    this.#waiting.push(message)
    if (!this.#current) this.#next()
  }

  cancel(request: number): void {
    this.#waiting = this.#waiting.filter((message) => message.request !== request)
    if (this.#current?.request === request) this.#current.stop.abort()
  }

  /** There is room in the session's window again, or it is connected again. */
  drain(): void {
    this.#drained?.()
    this.#drained = undefined
  }

  reset(): void {
    this.#waiting = []
    this.#life.abort()
    this.#life = new AbortController()
  }

  #next(): void {
    const message = this.#waiting.shift()
    if (!message) return
    const stop = new AbortController()
    const life = this.#life.signal
    const current = { request: message.request, stop }
    this.#current = current
    const signal = AbortSignal.any([stop.signal, life])
    const work = message.type === 'sync-get' ? this.#give(message, signal) : this.#giveDigests(message, signal)
    work
      .then(
        (missing) => {
          if (!signal.aborted) this.#end(message.request, missing)
        },
        () => {
          // A folder that is missing, a disk that fails: what was not sent is not there now.
          const count = message.type === 'sync-get' ? message.items.length : 1
          if (!signal.aborted) this.#end(message.request, Array.from({ length: count }, (_, item) => ({ item, reason: 'later' })))
        },
      )
      .finally(() => {
        if (this.#current === current) this.#current = undefined
        this.#next()
      })
  }

  #end(request: number, missing: readonly { readonly item: number; readonly reason: SyncMissing }[]): void {
    this.#ports.session()?.send({ type: 'sync-end', request, missing })
  }

  async #give({ request, folder: folderId, items }: SyncGet, signal: AbortSignal): Promise<{ item: number; reason: SyncMissing }[]> {
    const missing: { item: number; reason: SyncMissing }[] = []
    const out = new Outgoing(this.#ports, request, signal, () => this.#room(signal))
    let bytes = 0
    try {
      for (const [item, { path, version, firstBlock, count }] of items.entries()) {
        const folder = this.#folder(folderId)
        const entry = folder ? find(folder, path, version) : 'denied'
        if (typeof entry === 'string' || !folder) {
          missing.push({ item, reason: typeof entry === 'string' ? entry : 'denied' })
          continue
        }
        for (let block = firstBlock; block < firstBlock + count; block += 1) {
          const length = blockLength(entry.size, block)
          bytes += length
          if (block >= blockCount(entry.size) || bytes > MAX_GET_BYTES) {
            missing.push({ item, reason: 'later' })
            break
          }
          const content = await folder.disk.read(path, entry.stamp, block * BLOCK_BYTES, length)
          signal.throwIfAborted()
          if (content?.length !== length) {
            folder.lookAgain([path])
            missing.push({ item, reason: 'changed' })
            break
          }
          await out.add(item, block, content, items.length - item)
        }
      }
      await out.flush()
    } finally {
      out.close()
    }
    return missing
  }

  async #giveDigests({ request, folder: folderId, path, version }: SyncDigestsRequest, signal: AbortSignal): Promise<{ item: number; reason: SyncMissing }[]> {
    const folder = this.#folder(folderId)
    const entry = folder ? find(folder, path, version) : 'denied'
    if (typeof entry === 'string' || !folder) return [{ item: 0, reason: typeof entry === 'string' ? entry : 'denied' }]
    const blocks = isLong(entry) ? await this.#blocksOf(folder, entry) : entry.digest
    signal.throwIfAborted()
    if (!blocks) return [{ item: 0, reason: 'changed' }]
    const count = blocks.length / DIGEST_BYTES
    for (let firstBlock = 0; firstBlock < count; firstBlock += MAX_DIGESTS) {
      const digests = blocks.subarray(firstBlock * DIGEST_BYTES, (firstBlock + MAX_DIGESTS) * DIGEST_BYTES)
      this.#ports.session()?.send({ type: 'sync-digests', request, firstBlock, digests, last: firstBlock + MAX_DIGESTS >= count })
    }
    return []
  }

  async #blocksOf({ store, id, disk, lookAgain }: FolderContext, entry: ServedEntry): Promise<Uint8Array | undefined> {
    const known = store.blocks(id, entry.digest)
    if (known) return known
    const [result] = await disk.hash([entry.path])
    if (result?.kind === 'hashed' && isBlockList(entry, result.blocks)) {
      store.putBlocks(id, entry.digest, result.blocks)
      return result.blocks
    }
    lookAgain([entry.path])
    return undefined
  }

  #folder(folder: Uint8Array): FolderContext | undefined {
    return this.#ports.folder(Buffer.from(folder).toString('hex'))
  }

  async #room(signal: AbortSignal): Promise<SyncSession> {
    for (;;) {
      signal.throwIfAborted()
      const session = this.#ports.session()
      if (session?.connected && session.canSendBulk) return session
      await new Promise<void>((resolve) => {
        this.#drained = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }
}

/** The `sync-data` message that is being filled. */
class Outgoing {
  readonly #ports: ServerPorts
  readonly #request: number
  readonly #signal: AbortSignal
  readonly #room: () => Promise<SyncSession>
  #buffer: PooledBuffer | undefined
  #builder: SyncDataBuilder | undefined

  constructor(ports: ServerPorts, request: number, signal: AbortSignal, room: () => Promise<SyncSession>) {
    this.#ports = ports
    this.#request = request
    this.#signal = signal
    this.#room = room
  }

  /** `left`: how many pieces may still come. */
  async add(item: number, block: number, content: Uint8Array, left: number): Promise<void> {
    if (this.#builder && this.#builder.room < content.length) await this.flush()
    if (!this.#builder || !this.#buffer) {
      this.#buffer = await this.#ports.buffers.take(this.#signal)
      const most = content.length * 2 > BLOCK_BYTES ? 1 : Math.min(left, MAX_SYNC_PIECES)
      this.#builder = new SyncDataBuilder(this.#buffer.bytes, FRAME_HEADER_BYTES, this.#request, Math.max(1, most))
    }
    this.#buffer.bytes.set(content, this.#builder.dataAt)
    this.#builder.add(item, block, content.length)
  }

  async flush(): Promise<void> {
    if (!this.#builder || !this.#buffer) return
    const length = this.#builder.finish()
    await this.#ports.takeSend(length, this.#signal)
    const session = await this.#room()
    const buffer = this.#buffer
    this.#buffer = undefined
    this.#builder = undefined
    buffer.length = FRAME_HEADER_BYTES + length
    session.sendBulk(SYNC_DATA, buffer)
  }

  close(): void {
    this.#buffer?.release()
    this.#buffer = undefined
    this.#builder = undefined
  }
}

/** Exactly this version, and on disk as the index has it. */
function find({ store, id, disk }: FolderContext, path: string, version: Version): ServedEntry | SyncMissing {
  const entry = store.local(id, path)
  if (entry?.kind !== 'file' || disk.ignores(path, 'file')) return 'gone'
  if (compareVersions(entry.version, version) !== 'equal' || entry.changedHere || !entry.stamp) return 'changed'
  return { ...entry, stamp: entry.stamp }
}
