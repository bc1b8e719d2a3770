import type { DeviceId } from '../../../shared/model/device.ts'
import type { FolderId } from '../../../shared/model/folder.ts'
import type { FolderList, SharedFolder, SyncMessage } from '../protocol/messages.ts'
import type { SessionStart } from '../session/ports.ts'
import type { BytePool, PooledBuffer } from '../util/byte-pool.ts'
import type { Clock } from '../util/clock.ts'
import type { ReceivePace, SyncHandler, SyncSession } from './engine-ports.ts'
import type { FolderSync } from './folder-sync.ts'
import { IndexExchange } from './index-exchange.ts'
import type { SyncStore } from './ports.ts'
import { Requests } from './requests.ts'
import { Server } from './server.ts'

export interface PeerPorts {
  readonly clock: Clock
  readonly store: SyncStore
  readonly buffers: Pick<BytePool, 'take'>
  isPaired(): boolean
  session(): SyncSession | undefined
  takeSend(bytes: number, signal: AbortSignal): Promise<void>
  readonly pace: ReceivePace
  /** Folders that are shared with it, by this device's word: offered or accepted. */
  folders(): readonly FolderSync[]
  listed(folders: readonly SharedFolder[]): void
  refused(folder: FolderId): void
  /** It holds more of the index here than it can have been told. */
  wentBack(folder: FolderId): void
  /** Connected, or not any more. */
  changed(): void
  /** All folders with it: there may be room for requests, or everything is to be looked at anew. */
  pump(): void
  wake(): void
  /** A name that can't be kept. */
  badName(folder: FolderId, path: string): void
}

/** One paired device: what is asked of it, what it asks, and who knows what of whose index. */
export class SyncPeer implements SyncHandler {
  readonly requests: Requests
  readonly #deviceId: DeviceId
  readonly #ports: PeerPorts
  readonly #server: Server
  readonly #exchanges = new Map<FolderId, IndexExchange>()

  constructor(deviceId: DeviceId, ports: PeerPorts) {
    this.#deviceId = deviceId
    this.#ports = ports
    this.requests = new Requests(deviceId, ports.clock, ports.session, { pace: ports.pace, freed: () => ports.pump(), again: () => ports.wake() })
    this.#server = new Server({
      deviceId,
      buffers: ports.buffers,
      session: ports.session,
      folder: (id) => this.#folder(id),
      takeSend: ports.takeSend,
    })
  }

  up(start: SessionStart): void {
    if (start !== 'resumed') {
      this.requests.reset()
      this.#server.reset()
      for (const exchange of this.#exchanges.values()) exchange.reset()
      this.announce()
    }
    this.#server.drain()
    for (const exchange of this.#exchanges.values()) exchange.tell()
    this.#ports.wake()
    this.#ports.changed()
  }

  down(): void {
    this.#ports.changed()
  }

  drain(): void {
    this.#server.drain()
  }

  message(message: SyncMessage): void {
    if (!this.#ports.isPaired()) return
    switch (message.type) {
      case 'folder-list':
        return this.#onList(message)
      case 'folder-refuse':
        return this.#ports.refused(hex(message.folder))
      case 'index':
        return this.#exchange(hex(message.folder))?.onIndex(message)
      case 'index-ack':
        return this.#exchange(hex(message.folder))?.onAck(message)
      case 'sync-get':
      case 'sync-digests-request':
        return this.#server.ask(message)
      case 'sync-cancel':
        return this.#server.cancel(message.request)
      case 'sync-digests':
        return this.requests.onDigests(message)
      case 'sync-end':
        return this.requests.onEnd(message)
    }
  }

  data(body: PooledBuffer, at: number): void {
    if (this.#ports.isPaired()) this.requests.onData(body, at)
    else body.release()
  }

  /** Says which folders are shared with it. */
  announce(): void {
    const session = this.#ports.session()
    if (!session?.connected || !this.#ports.isPaired()) return
    const folders = this.#ports.folders().map(({ row, isLooking }): SharedFolder => {
      const member = row.members.find(({ deviceId }) => deviceId === this.#deviceId)
      const held = member?.state === 'member' ? member.held : undefined
      return {
        folder: Buffer.from(row.id, 'hex'),
        name: row.name,
        mode: row.mode,
        epoch: Buffer.from(row.epoch, 'hex'),
        sequence: this.#ports.store.lastSequence(row.id),
        ...(held ? { held: { epoch: Buffer.from(held.epoch, 'hex'), sequence: held.sequence } } : {}),
        ...(isLooking ? { looking: true } : {}),
        ...this.#ports.store.content(row.id),
      }
    })
    session.send({ type: 'folder-list', folders })
  }

  /** The index of that folder here has grown. */
  tell(id: FolderId): void {
    this.#exchange(id)?.tell()
  }

  isLevel(id: FolderId): boolean {
    return this.#exchange(id)?.isLevel ?? false
  }

  /** It is a member no more: what it may come back with is told anew. */
  leave(id: FolderId): void {
    this.#exchanges.delete(id)
  }

  close(): void {
    this.requests.close()
    this.#server.reset()
  }

  #onList({ folders }: FolderList): void {
    this.#ports.listed(folders)
    let anew = false
    for (const { folder, epoch, sequence, held, looking = false } of folders) {
      const id = hex(folder)
      const exchange = this.#exchange(id)
      if (!exchange) continue
      const before = this.#folder(id)?.row.members.find(({ deviceId }) => deviceId === this.#deviceId)?.held
      if (before?.epoch === hex(epoch) && before.sequence > sequence) {
        exchange.forget()
        anew = true
      }
      exchange.begin(held && { epoch: hex(held.epoch), sequence: held.sequence }, { epoch: hex(epoch), sequence, looking })
    }
    // It must hear that nothing of its index is held any more.
    if (anew) this.announce()
  }

  /** Of a folder in which it is a member. */
  #folder(id: FolderId): FolderSync | undefined {
    if (!this.#ports.isPaired()) return undefined
    const folder = this.#ports.folders().find((one) => one.id === id)
    return folder?.row.members.some(({ deviceId, state }) => deviceId === this.#deviceId && state === 'member') ? folder : undefined
  }

  #exchange(id: FolderId): IndexExchange | undefined {
    if (!this.#folder(id)) return undefined
    const known = this.#exchanges.get(id)
    if (known) return known
    const exchange = new IndexExchange({
      store: this.#ports.store,
      row: () => this.#folder(id)?.row,
      member: () => this.#folder(id)?.row.members.find(({ deviceId }) => deviceId === this.#deviceId),
      putMember: (member) => this.#folder(id)?.putMember(member),
      session: this.#ports.session,
      heard: () => this.#folder(id)?.heard(),
      told: () => this.#folder(id)?.changed(),
      startSequence: () => this.#folder(id)?.startSequence ?? 0,
      wentBack: () => this.#ports.wentBack(id),
      badName: (path) => this.#ports.badName(id, path),
    })
    this.#exchanges.set(id, exchange)
    return exchange
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
