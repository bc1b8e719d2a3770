import { basename } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { FolderId, FolderMode, SyncFolder } from '../../../shared/model/folder.ts'
import { MAX_SHARED_FOLDERS } from '../protocol/limits.ts'
import type { SharedFolder } from '../protocol/messages.ts'
import { createCommands } from './commands.ts'
import type { SyncCommands, SyncHandler, SyncHow, SyncPorts, SyncService, SyncSession } from './engine-ports.ts'
import { FolderReporter } from './folder-reporter.ts'
import { FolderSync } from './folder-sync.ts'
import { Offers } from './offers.ts'
import { SyncPeer } from './peer.ts'
import type { FolderRow } from './ports.ts'

interface Running {
  readonly folder: FolderSync
  readonly reporter: FolderReporter
}

/** All shared folders of this device, and the devices they are shared with. */
export class SyncEngine implements SyncService {
  readonly commands: SyncCommands
  readonly #ports: SyncPorts
  readonly #folders = new Map<FolderId, Running>()
  readonly #peers = new Map<DeviceId, SyncPeer>()
  readonly #wishes = new Map<DeviceId, () => void>()
  readonly #begunAnew = new Set<FolderId>()
  readonly #offers: Offers
  #how: SyncHow = 'none'
  #closed = false

  constructor(ports: SyncPorts) {
    this.#ports = ports
    this.#offers = new Offers({
      now: () => ports.clock.now(),
      nameOf: (id) => this.#nameOf(id),
      offered: (offer) => ports.emit('sync:offered', offer),
      removed: (folderId) => ports.emit('sync:offer-removed', { folderId }),
    })
    this.commands = createCommands(this, ports)
  }

  async start(how: SyncHow = 'keep'): Promise<void> {
    this.#how = how
    for (const row of this.#ports.store.folders()) this.#open(row)
    this.#wish()
    for (const peer of this.#peers.values()) peer.announce()
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const release of this.#wishes.values()) release()
    this.#wishes.clear()
    for (const peer of this.#peers.values()) peer.close()
    for (const { reporter } of this.#folders.values()) reporter.close()
    await Promise.all([...this.#folders.values()].map(({ folder }) => folder.close()))
  }

  handlerFor(session: SyncSession): SyncHandler {
    return this.#peer(session.peerId)
  }

  paired(id: DeviceId): void {
    this.#wish()
    this.#peer(id).announce()
  }

  forget(id: DeviceId): void {
    for (const { folder } of this.#folders.values()) if (folder.row.members.some(({ deviceId }) => deviceId === id)) this.#leave(folder, id)
    this.#offers.forget(id)
    this.#peers.get(id)?.close()
    this.#peers.delete(id)
    this.#wish()
  }

  // — for the commands —

  get offers(): Offers {
    return this.#offers
  }

  views(): readonly SyncFolder[] {
    return [...this.#folders.values()].map(({ reporter }) => reporter.view())
  }

  view(id: FolderId): SyncFolder {
    return this.#running(id).reporter.view()
  }

  folder(id: FolderId): FolderSync {
    return this.#running(id).folder
  }

  async trashChanged(id: FolderId): Promise<void> {
    const { folder, reporter } = this.#running(id)
    folder.trashChanged()
    await reporter.countTrash()
  }

  /** A folder of this device, new or accepted. `offeredBy` are members already. */
  async add(options: { id?: FolderId; name?: string; path: string; mode: FolderMode; invited: readonly DeviceId[]; offeredBy: readonly DeviceId[] }): Promise<SyncFolder> {
    const id = options.id ?? hex(this.#ports.random.bytes(16))
    if (this.#folders.size >= MAX_SHARED_FOLDERS) throw new HoldfastError('USAGE_INVALID', `No more than ${MAX_SHARED_FOLDERS} folders can be shared.`)
    await this.#ports.openDisk(id, options.path).adopt()
    const row: FolderRow = {
      id,
      name: options.name ?? (basename(options.path) || options.path),
      path: options.path,
      mode: options.mode,
      paused: false,
      createdAtMs: this.#ports.clock.now(),
      epoch: hex(this.#ports.random.bytes(8)),
      members: [
        ...options.offeredBy.map((deviceId) => ({ deviceId, state: 'member' as const })),
        ...options.invited.map((deviceId) => ({ deviceId, state: 'invited' as const })),
      ],
    }
    this.#ports.store.putFolder(row)
    this.#open(row)
    this.#shareChanged(row.members.map(({ deviceId }) => deviceId))
    const view = this.view(id)
    this.#ports.emit('sync:changed', view)
    return view
  }

  /** Offers it to the device; one that has offered it itself is a member at once. */
  share(id: FolderId, deviceId: DeviceId): void {
    const { folder } = this.#running(id)
    const known = folder.row.members.find((member) => member.deviceId === deviceId)
    if (known && known.state !== 'refused') return
    const offered = this.#offers.of(id).some((offer) => offer.deviceId === deviceId)
    folder.putMember({ deviceId, state: offered ? 'member' : 'invited' })
    if (offered) this.#offers.take(id)
    this.#shareChanged([deviceId])
    folder.changed()
  }

  unshare(id: FolderId, deviceId: DeviceId): void {
    const { folder } = this.#running(id)
    this.#leave(folder, deviceId)
    this.#shareChanged([deviceId])
    folder.changed()
  }

  async remove(id: FolderId): Promise<void> {
    const { folder, reporter } = this.#running(id)
    const devices = folder.row.members.map(({ deviceId }) => deviceId)
    this.#folders.delete(id)
    reporter.close()
    await folder.close()
    this.#ports.store.removeFolder(id)
    for (const deviceId of devices) {
      this.#peers.get(deviceId)?.leave(id)
      this.refuse(id, deviceId)
    }
    this.#shareChanged(devices)
    this.#ports.emit('sync:removed', { folderId: id })
    await folder.disk.release().catch(() => undefined)
  }

  refuse(id: FolderId, deviceId: DeviceId): void {
    const session = this.#ports.session(deviceId)
    if (session?.connected) session.send({ type: 'folder-refuse', folder: Buffer.from(id, 'hex') })
  }

  /** Name or mode: others see them in the list. */
  announce(id: FolderId): void {
    for (const { deviceId } of this.#running(id).folder.row.members) this.#peers.get(deviceId)?.announce()
  }

  // — inside —

  #running(id: FolderId): Running {
    const running = this.#folders.get(id)
    if (!running) throw new HoldfastError('SYNC_FOLDER_UNKNOWN', 'There is no such shared folder here.')
    return running
  }

  #open(row: FolderRow): void {
    const folder = new FolderSync(row, {
      ...this.#ports,
      how: this.#how,
      requests: ({ members }) => members.flatMap(({ deviceId, state }) => {
        const peer = state === 'member' && this.#isConnected(deviceId) ? this.#peers.get(deviceId) : undefined
        return peer ? [peer.requests] : []
      }),
      tell: (id) => {
        for (const { deviceId } of this.#folders.get(id)?.folder.row.members ?? []) this.#peers.get(deviceId)?.tell(id)
      },
      looked: (id) => {
        if (this.#folders.has(id)) this.announce(id)
      },
      changed: (id) => this.#folders.get(id)?.reporter.changed(),
      happened: (id, items) => this.#folders.get(id)?.reporter.happened(items),
    })
    const reporter = new FolderReporter(folder, {
      nameOf: (id) => this.#nameOf(id),
      isConnected: (id) => this.#isConnected(id),
      isLevel: (id) => this.#peers.get(id)?.isLevel(row.id) ?? false,
      changed: (view) => this.#ports.emit('sync:changed', view),
      files: (items) => this.#ports.emit('sync:files', { folderId: row.id, items }),
    })
    this.#folders.set(row.id, { folder, reporter })
    folder.start()
  }

  #peer(deviceId: DeviceId): SyncPeer {
    const known = this.#peers.get(deviceId)
    if (known) return known
    const ofPeer = () => [...this.#folders.values()].map(({ folder }) => folder).filter(({ row }) => {
      return row.members.some((member) => member.deviceId === deviceId && member.state !== 'refused')
    })
    const peer = new SyncPeer(deviceId, {
      clock: this.#ports.clock,
      store: this.#ports.store,
      buffers: this.#ports.buffers,
      isPaired: () => !this.#closed && this.#ports.isPaired(deviceId),
      session: () => this.#ports.session(deviceId),
      takeSend: (bytes, signal) => this.#ports.takeSend(deviceId, bytes, signal),
      pace: this.#ports.receivePace(deviceId),
      folders: ofPeer,
      listed: (folders) => this.#listed(deviceId, folders),
      refused: (id) => this.#refused(deviceId, id),
      wentBack: (id) => this.#beginAnew(id),
      changed: () => {
        for (const folder of ofPeer()) folder.changed()
      },
      pump: () => {
        for (const folder of ofPeer()) folder.pump()
      },
      wake: () => {
        for (const folder of ofPeer()) folder.wake()
      },
      badName: (id, path) => this.#folders.get(id)?.folder.problem(path, new HoldfastError('FILE_NAME_REFUSED', 'Another device has a file with a name that can\'t be kept here. Rename it there.')),
    })
    this.#peers.set(deviceId, peer)
    return peer
  }

  /** All that the device shares with this one: it has accepted what it names, and left what it does not name any more. */
  #listed(deviceId: DeviceId, folders: readonly SharedFolder[]): void {
    const listed = new Map(folders.map((shared) => [hex(shared.folder), shared]))
    for (const { folder } of this.#folders.values()) {
      const member = folder.row.members.find((one) => one.deviceId === deviceId)
      if (!member) continue
      const isListed = listed.delete(folder.id)
      if (isListed && member.state !== 'member') {
        folder.putMember({ ...member, state: 'member' })
        this.#peers.get(deviceId)?.announce()
        folder.changed()
      } else if (!isListed && member.state === 'member') this.#refused(deviceId, folder.id)
    }
    this.#offers.set(deviceId, [...listed.values()])
  }

  #refused(deviceId: DeviceId, id: FolderId): void {
    const folder = this.#folders.get(id)?.folder
    const member = folder?.row.members.find((one) => one.deviceId === deviceId)
    if (!folder || !member || member.state === 'refused') return
    this.#ports.store.dropRemote(id, deviceId)
    folder.putMember({ deviceId, state: 'refused' })
    this.#peers.get(deviceId)?.leave(id)
    folder.heard()
    folder.changed()
    this.#wish()
  }

  /**
   * Another device holds more of the index here than can have been told: the journal is an older one, put back from a
   * backup, and its numbers would be taken for others. So all of it is told anew. Once a run, for a device may lie.
   */
  #beginAnew(id: FolderId): void {
    const folder = this.#folders.get(id)?.folder
    if (!folder || this.#begunAnew.has(id)) return
    this.#begunAnew.add(id)
    folder.patch({ epoch: hex(this.#ports.random.bytes(8)) })
    this.announce(id)
  }

  #leave(folder: FolderSync, deviceId: DeviceId): void {
    folder.removeMember(deviceId)
    this.#peers.get(deviceId)?.leave(folder.id)
  }

  #shareChanged(devices: readonly DeviceId[]): void {
    this.#wish()
    for (const deviceId of devices) this.#peers.get(deviceId)?.announce()
  }

  /** Connected to whoever shares a folder that is not paused. */
  #wish(): void {
    const wanted = new Set(this.#how === 'none' || this.#closed ? [] : [...this.#folders.values()].flatMap(({ folder: { row } }) => {
      return row.paused ? [] : row.members.filter(({ state }) => state !== 'refused').map(({ deviceId }) => deviceId)
    }))
    for (const [deviceId, release] of this.#wishes) {
      if (wanted.has(deviceId)) continue
      this.#wishes.delete(deviceId)
      release()
    }
    for (const deviceId of wanted) {
      if (!this.#wishes.has(deviceId) && this.#ports.isPaired(deviceId)) this.#wishes.set(deviceId, this.#ports.wantConnection(deviceId))
    }
  }

  /** After a folder was paused or resumed. */
  wish(): void {
    this.#wish()
  }

  #isConnected(deviceId: DeviceId): boolean {
    return this.#ports.isPaired(deviceId) && this.#ports.session(deviceId)?.connected === true
  }

  #nameOf(deviceId: DeviceId): string {
    return this.#ports.nameOf(deviceId) ?? deviceId.slice(0, 9)
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
