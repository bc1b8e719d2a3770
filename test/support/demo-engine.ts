import { HoldfastError, type ErrorData } from '../../shared/errors.ts'
import type { AppArgs, AppCommandName, AppEventName, AppEvents, AppHandlers, AppInfo, AppReply, PlainChange, ReceivedFile, Source } from '../../shared/ipc/app-contract.ts'
import type { EngineStatus, Page, PlainStatus } from '../../shared/ipc/contract.ts'
import type { Device, Pairing } from '../../shared/model/device.ts'
import type { Settings } from '../../shared/model/settings.ts'
import { ENDED, type Request, type Transfer, type TransferFile, type TransferState } from '../../shared/model/transfer.ts'
import { demoDevice, demoDeviceId, demoFile, demoSettings, demoTransfer, demoTransferId } from './demo-data.ts'
import { DemoFolders } from './demo-folders.ts'

type Listener = <E extends AppEventName>(event: E, payload: AppEvents[E]) => void

function pageOf<T>(items: readonly T[], { offset, limit }: { offset: number; limit: number }): Page<T> {
  return { total: items.length, offset, items: items.slice(offset, offset + limit) }
}

/**
 * An application without an engine: it answers the whole contract from memory, and scripts change what it knows. For
 * looking at the page and for tests of the page; it moves no bytes.
 */
export class DemoEngine {
  info: AppInfo = { kind: 'page', platform: 'linux', version: '0.1.0', canOpen: true, canStartAtLogin: true, canNotify: true, canChoose: false }
  settings: Settings = demoSettings()
  problems: ErrorData[] = []
  plainError: NonNullable<PlainStatus['lastError']> | undefined
  readonly devices = new Map<string, Device>()
  readonly transfers = new Map<string, Transfer>()
  readonly requests = new Map<string, Request>()
  readonly pairings = new Map<string, Pairing>()
  /** Transfers among whose files are hostile names; rows are made up as they are asked for. */
  readonly hostileFiles = new Set<string>()
  readonly folders = new DemoFolders((event, payload) => this.emit(event, payload), (deviceId) => this.#device(deviceId))
  sources: Source[] = []
  received: ReceivedFile[] = []
  messageText = 'The door code is 4711, ring twice.\nhttps://example.org/holdfast?a=1\n\u202Ereversed<script>alert(1)</script>'
  /** Every call in order, for tests. */
  readonly calls: { command: AppCommandName; args: unknown }[] = []
  /** Set to make a command fail once. */
  readonly failNext = new Map<AppCommandName, HoldfastError>()
  readonly #listeners = new Set<Listener>()
  #nextId = 1

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit<E extends AppEventName>(event: E, payload: AppEvents[E]): void {
    for (const listener of this.#listeners) listener(event, payload)
  }

  async call<C extends AppCommandName>(command: C, args: AppArgs<C>): Promise<AppReply<C>> {
    this.calls.push({ command, args })
    const failure = this.failNext.get(command)
    if (failure) {
      this.failNext.delete(command)
      throw failure
    }
    const handler = this.#handlers[command] as (args: AppArgs<C>) => AppReply<C>
    return handler(args)
  }

  status(): EngineStatus {
    const { plain } = this.settings
    const live = [...this.transfers.values()].filter((transfer) => !ENDED.has(transfer.state.kind))
    return {
      deviceId: demoDeviceId(1),
      name: this.settings.name,
      version: this.info.version,
      home: '/home/ines/.config/holdfast',
      pid: 4242,
      listening: { host: this.settings.listen.host, port: this.settings.listen.port },
      receiveFolder: this.settings.receiveFolder,
      freeBytes: 212_000_000_000,
      activeTransfers: live.filter((transfer) => transfer.state.kind === 'active').length,
      waitingTransfers: live.filter((transfer) => transfer.state.kind !== 'active').length,
      requests: this.requests.size,
      problems: this.problems,
      ...(plain.enabled ? { plain: { address: { host: plain.host, port: plain.port }, ...(this.plainError ? { lastError: this.plainError } : {}) } } : {}),
    }
  }

  putDevice(device: Device): Device {
    this.devices.set(device.id, device)
    this.emit('device:changed', device)
    return device
  }

  putTransfer(transfer: Transfer): Transfer {
    this.transfers.set(transfer.id, transfer)
    this.emit('transfer:changed', transfer)
    return transfer
  }

  setTransfer(id: string, change: Partial<Transfer>): Transfer {
    const before = this.transfers.get(id)
    if (!before) throw new HoldfastError('TRANSFER_UNKNOWN', 'There is no such transfer.')
    return this.putTransfer({ ...before, ...change })
  }

  setState(id: string, state: TransferState): Transfer {
    const ended = ENDED.has(state.kind)
    return this.setTransfer(id, { state, bytesPerSecond: 0, ...(ended ? { finishedAtMs: Date.now() } : {}) })
  }

  putRequest(request: Request): void {
    this.requests.set(request.id, request)
    this.emit('request:changed', request)
  }

  removeRequest(requestId: string): void {
    this.requests.delete(requestId)
    this.emit('request:removed', { requestId })
  }

  putPairing(pairing: Pairing): Pairing {
    this.pairings.set(pairing.id, pairing)
    this.emit('pairing:changed', pairing)
    return pairing
  }

  setProblems(problems: ErrorData[]): void {
    this.problems = problems
    this.emit('engine:status-changed', this.status())
  }

  putSources(sources: Source[]): void {
    this.sources = sources
    this.emit('source:changed', { sources })
  }

  setReceived(index: number, change: Partial<ReceivedFile>): void {
    const before = this.received[index]
    if (!before) return
    const file = { ...before, ...change }
    this.received[index] = file
    this.emit('received:changed', { total: this.received.length, file })
  }

  addReceived(file: ReceivedFile): void {
    this.received.unshift(file)
    this.emit('received:changed', { total: this.received.length, file })
  }

  /** Moves every active transfer on by this long. */
  advance(elapsedMs: number): void {
    for (const transfer of this.transfers.values()) {
      if (transfer.state.kind !== 'active') continue
      const bytes = Math.min(transfer.totalBytes, transfer.bytes + (transfer.bytesPerSecond * elapsedMs) / 1000)
      const files = Math.floor((bytes / transfer.totalBytes) * transfer.totalFiles)
      this.putTransfer({ ...transfer, bytes, files, timeLeftMs: ((transfer.totalBytes - bytes) / transfer.bytesPerSecond) * 1000 })
      if (bytes >= transfer.totalBytes) this.setState(transfer.id, { kind: 'finished', complete: true })
    }
  }

  addUpload(sourceId: string, bytes: number): void {
    this.putSources(this.sources.map((source) => (source.sourceId === sourceId ? { ...source, uploadedBytes: (source.uploadedBytes ?? 0) + bytes } : source)))
  }

  /** A small loose file, as it is when its batch has come. */
  addLoose(name: string, size: number): Source {
    return this.#addSource({ name, kind: 'file', size })
  }

  #addSource(source: Omit<Source, 'sourceId'>): Source {
    const added = { ...source, sourceId: `source-${this.#nextId++}` }
    this.putSources([...this.sources, added])
    return added
  }

  #filePage({ transferId, offset, limit, only }: AppArgs<'transfer:files'>): Page<TransferFile> {
    const transfer = this.transfers.get(transferId)
    if (!transfer) throw new HoldfastError('TRANSFER_UNKNOWN', 'There is no such transfer.')
    const hostile = this.hostileFiles.has(transferId)
    const row = (index: number): TransferFile => demoFile(index, transfer.files, hostile)
    if (!only) {
      const end = Math.min(transfer.totalFiles, offset + limit)
      return { total: transfer.totalFiles, offset, items: Array.from({ length: Math.max(0, end - offset) }, (_, at) => row(offset + at)) }
    }
    const matches: TransferFile[] = []
    for (let index = 0; index < transfer.totalFiles; index++) {
      const file = row(index)
      const unfinished = file.state === 'waiting' || file.state === 'active'
      if (only === 'unfinished' ? unfinished : file.state === only) matches.push(file)
    }
    return pageOf(matches, { offset, limit })
  }

  readonly #handlers: AppHandlers = {
    'app:info': () => this.info,
    'app:quit-info': () => ({ activeTransfers: 0, waitingTransfers: 0, names: [] }),
    'engine:status': () => this.status(),
    'settings:get': () => this.settings,
    'settings:set': (change) => {
      const { receiveFolderId, plain, ...rest } = change
      this.settings = {
        ...this.settings,
        ...rest,
        ...(receiveFolderId ? { receiveFolder: receiveFolderId.replace(/^folder:/, '') } : {}),
        ...(plain ? { plain: this.#plain(plain) } : {}),
      }
      this.emit('settings:changed', this.settings)
      this.emit('engine:status-changed', this.status())
      return this.settings
    },
    'device:list': () => [...this.devices.values()],
    'device:rename': ({ deviceId, name }) => this.putDevice({ ...this.#device(deviceId), name }),
    'device:set-policy': ({ deviceId, policy }) => {
      const device = this.#device(deviceId)
      const { folderId, ...rest } = policy
      const kept = folderId === undefined ? device.policy.folder : folderId === null ? undefined : folderId.replace(/^folder:/, '')
      this.putDevice({ ...device, policy: { ...rest, ...(kept === undefined ? {} : { folder: kept }) } })
      return null
    },
    'device:forget': ({ device }) => {
      this.devices.delete(device)
      this.emit('device:removed', { deviceId: device })
      return null
    },
    'pairing:list': () => [...this.pairings.values()],
    'pairing:start': ({ target }) => {
      const device = target.kind === 'device' ? this.#device(target.device) : demoDevice(40, target.host, { trust: 'seen' })
      return this.putPairing({ id: `pairing-${this.#nextId++}`, role: 'initiator', deviceId: device.id, deviceName: device.name, state: { kind: 'compare', code: '042137' } })
    },
    'pairing:answer': ({ pairingId, accept }) => {
      const pairing = this.pairings.get(pairingId)
      if (!pairing) throw new HoldfastError('REQUEST_UNKNOWN', 'That pairing is over.')
      if (!accept) {
        const error: ErrorData = { code: 'PAIRING_REFUSED', message: 'Pairing was refused here.' }
        this.putPairing({ ...pairing, state: { kind: 'failed', error } })
      } else if (pairing.state.kind === 'compare') {
        this.putPairing({ ...pairing, state: { kind: 'confirmed-here', code: pairing.state.code } })
      }
      return null
    },
    'transfer:list': ({ offset, limit, direction, ended }) => {
      const all = [...this.transfers.values()].filter(
        (transfer) => (direction === undefined || transfer.direction === direction) && (ended === undefined || ENDED.has(transfer.state.kind) === ended),
      )
      if (ended) all.sort((a, b) => (b.finishedAtMs ?? b.createdAtMs) - (a.finishedAtMs ?? a.createdAtMs))
      return pageOf(all, { offset, limit })
    },
    'transfer:get': ({ transferId }) => {
      const transfer = this.transfers.get(transferId)
      if (!transfer) throw new HoldfastError('TRANSFER_UNKNOWN', 'There is no such transfer.')
      return transfer
    },
    'transfer:files': (args) => this.#filePage(args),
    'transfer:pause': ({ transferId }) => this.#set(transferId, { kind: 'paused', by: 'us' }),
    'transfer:resume': ({ transferId }) => {
      this.setTransfer(transferId, { state: { kind: 'active' }, bytesPerSecond: 40_000_000 })
      return null
    },
    'transfer:cancel': ({ transferId }) => this.#set(transferId, { kind: 'cancelled', by: 'us' }),
    'transfer:retry': ({ transferId }) => this.#set(transferId, { kind: 'queued' }),
    'transfer:skip-file': () => null,
    'transfer:move': ({ transferId, before }) => {
      const queue = [...this.transfers.values()].filter((item) => !ENDED.has(item.state.kind) && item.id !== transferId).sort((a, b) => a.order - b.order)
      const moved = this.transfers.get(transferId)
      if (!moved) throw new HoldfastError('TRANSFER_UNKNOWN', 'There is no such transfer.')
      const at = before ? queue.findIndex((item) => item.id === before) : queue.length
      queue.splice(at < 0 ? queue.length : at, 0, moved)
      queue.forEach((item, order) => this.putTransfer({ ...item, order }))
      return null
    },
    'transfer:show': () => null,
    'request:list': () => [...this.requests.values()],
    'request:accept': ({ requestId }) => {
      this.removeRequest(requestId)
      return null
    },
    'request:refuse': ({ requestId }) => {
      this.removeRequest(requestId)
      return null
    },
    'folder:choose': ({ typed }) => ({ folderId: `folder:${typed ?? '/media/big disk'}`, path: typed ?? '/media/big disk', freeBytes: 4_000_000_000_000 }),
    'source:choose': ({ kind }) => [this.#addSource(kind === 'file' ? { name: 'chosen.pdf', kind, size: 812_004 } : { name: 'Chosen folder', kind, size: 81_200_400, files: 42 })],
    'source:list': () => this.sources,
    'source:remove': ({ sourceId }) => {
      this.putSources(this.sources.filter((source) => source.sourceId !== sourceId))
      return null
    },
    'source:clear': () => {
      this.putSources([])
      return null
    },
    'source:add-text': ({ text }) => this.#addSource({ name: text.split('\n')[0]?.slice(0, 60) ?? '', kind: 'text', size: new TextEncoder().encode(text).length }),
    'source:add-clipboard-image': () => null,
    'source:begin-upload': ({ name, kind, size, files }) => this.#addSource({ name, kind, size, uploadedBytes: 0, ...(kind === 'folder' ? { files } : {}) }),
    'source:finish-upload': ({ sourceId }) => {
      const source = this.sources.find((item) => item.sourceId === sourceId)
      if (!source) throw new HoldfastError('FILE_VANISHED', 'That upload is not on the tray any more.')
      return source
    },
    'send:start': ({ sourceIds, targets, trust }) => {
      if (targets.some((target) => target.kind === 'address') && !trust) {
        throw new HoldfastError('TRUST_UNKNOWN_KEY', 'Nobody has compared keys with that address yet. Pair first.')
      }
      const chosen = this.sources.filter((source) => sourceIds.includes(source.sourceId))
      const transferIds = targets.map((target) => {
        const device = target.kind === 'device' ? this.#device(target.device) : demoDevice(40, target.host)
        const seed = 500 + this.#nextId++
        const totalBytes = chosen.reduce((sum, source) => sum + (source.size ?? 0), 0)
        const totalFiles = chosen.reduce((sum, source) => sum + (source.files ?? 1), 0)
        this.putTransfer(demoTransfer(seed, device, { kind: 'active' }, { roots: chosen.map((source) => source.name), totalBytes, totalFiles, bytesPerSecond: 40_000_000, createdAtMs: Date.now() }))
        return demoTransferId(seed)
      })
      this.putSources(this.sources.filter((source) => !sourceIds.includes(source.sourceId)))
      return { transferIds }
    },
    'received:list': ({ offset, limit, search }) => {
      const words = search?.toLowerCase()
      const matches = words
        ? this.received.filter((file) => `${file.name} ${file.path} ${file.deviceName ?? ''}`.toLowerCase().includes(words))
        : this.received
      return pageOf(matches, { offset, limit })
    },
    'received:open': () => null,
    'received:show': () => null,
    'received:text': () => ({ text: this.messageText, truncated: false }),
    ...this.folders.handlers,
  }

  #set(transferId: string, state: TransferState): null {
    this.setState(transferId, state)
    return null
  }

  #plain({ folderId, ...rest }: PlainChange): Settings['plain'] {
    const folder = folderId === undefined ? this.settings.plain.folder : folderId?.replace(/^folder:/, '')
    return { ...rest, ...(folder === undefined ? {} : { folder }) }
  }

  #device(deviceId: string): Device {
    const device = this.devices.get(deviceId)
    if (!device) throw new HoldfastError('DEVICE_UNKNOWN', 'There is no such device.')
    return device
  }
}
