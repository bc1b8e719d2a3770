import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { HoldfastError, toErrorData } from '../../shared/errors.ts'
import type { CommandArgs, CommandName, CommandReply, EngineClient, Events } from '../../shared/ipc/contract.ts'
import type { Address } from '../../shared/model/device.ts'
import { commandsOf, type CommandHandlers } from './commands.ts'
import { Devices } from './devices.ts'
import type { EngineOptions } from './engine-options.ts'
import { folderMissing } from './folder/disk-errors.ts'
import { requireReceivable } from './folder-place.ts'
import { freeSpace } from './folder/free-space.ts'
import { WorkerLanes } from './folder/lanes.ts'
import { ReceiveFolder } from './folder/receive-folder.ts'
import { SourceScans, type AheadScan } from './folder/source-scans.ts'
import { loadOrCreateIdentity } from './identity/device-key.ts'
import { openJournal } from './journal/journal.ts'
import type { TransferRow } from './journal/ports.ts'
import { createDialer } from './net/dialer.ts'
import { Network } from './network.ts'
import { Pairings } from './pairings.ts'
import { BULK_BUFFER_BYTES } from './protocol/limits.ts'
import type { PairingMessage } from './protocol/messages.ts'
import { routeSession } from './session-router.ts'
import { Links } from './session/links.ts'
import { PlainService, plainFolders } from './plain-service.ts'
import { Received } from './received/received.ts'
import type { PeerSession } from './session/peer-session.ts'
import type { LinkTarget, SessionHandler } from './session/ports.ts'
import { EngineSettings } from './settings.ts'
import { FolderDisk } from './sync/disk/folder-disk.ts'
import { FolderWatcher } from './sync/disk/folder-watcher.ts'
import { SyncEngine } from './sync/sync.ts'
import { SyncService } from './sync-service.ts'
import { decideOffer } from './offer-policy.ts'
import type { SendTo } from './transfer/outgoing.ts'
import { RateLimit } from './transfer/rate-limit.ts'
import { Transfers } from './transfer/transfers.ts'
import { BytePool } from './util/byte-pool.ts'
import { systemClock } from './util/clock.ts'
import { Emitter } from './util/emitter.ts'
import { systemRandom } from './util/random.ts'

/** Buffers of one block each: what is read and not yet acknowledged, and what has arrived and is not yet written. */
const OUTGOING_BUFFERS = 24
const INCOMING_BUFFERS = 16

export type Engine = EngineClient

/**
 * Starts everything that makes Holdfast work, on this thread. The caller holds the home's lock. Throws HoldfastError
 * HOME_UNUSABLE, JOURNAL_CORRUPT, JOURNAL_NEWER, PORT_IN_USE, ADDRESS_UNAVAILABLE, FOLDER_MISSING, FOLDER_READ_ONLY.
 */
export async function startEngine(options: EngineOptions, ahead?: AheadScan): Promise<Engine> {
  const clock = systemClock
  const random = systemRandom
  const events = new Emitter<Events>()
  const undo: (() => void | Promise<void>)[] = []
  try {
    makeHome(options.home)
    const identity = await loadOrCreateIdentity(options.home)
    const journal = openJournal(join(options.home, 'journal.db'))
    undo.push(() => journal.close())
    const settings = new EngineSettings(journal.settings, options)
    const lanes = new WorkerLanes()
    lanes.warm(options.listen === false ? 'read' : 'write')
    undo.push(() => lanes.close())
    const scans = new SourceScans(clock, ahead)
    undo.push(() => scans.close())
    const devices = new Devices(journal.devices, clock, events)
    const folders = new Map<string, ReceiveFolder>()
    const openFolder = (folder: string, mayMake = true): ReceiveFolder => {
      // One that was used before and is gone may be on a disk that is not mounted: making it anew would hide that.
      const known = folders.get(folder) ?? ReceiveFolder.open(folder, { create: mayMake && !journal.transfers.wasReceivedInto(folder) })
      folders.set(folder, known)
      return known
    }
    if (options.listen !== false) {
      if (options.receiveFolder !== undefined) await requireReceivable(options.receiveFolder, journal.sync.folders(), 'known')
      try {
        openFolder(settings.current.receiveFolder)
      } catch (error) {
        // The app starts all the same: the watcher of received files says what is wrong, and transfers wait for the folder.
        if (options.receiveFolder !== undefined) throw error
      }
    }

    const network = new Network({ clock, identity, devices, events, links: () => links, listens: options.listen !== false })
    const links: Links = new Links({
      clock,
      random,
      dialer: createDialer({ identity, clock }),
      self: {
        id: identity.deviceId,
        get name() {
          return settings.current.name
        },
        app: `holdfast ${options.version}`,
        port: () => network.address?.port ?? 0,
      },
      inboundPool: new BytePool(BULK_BUFFER_BYTES, INCOMING_BUFFERS),
      isPaired: (id) => devices.isPaired(id),
      onIncoming: (id) => (id === identity.deviceId || (devices.row(id)?.policy.accept === 'never' && !sync.sharesWith(id)) ? 'untrusted' : 'ok'),
      onSession: (session): SessionHandler => {
        const pairing = { message: (message: PairingMessage) => pairings.handle(session, message), down: () => pairings.lost(session) }
        const handler = routeSession(pairing, transfers.handlerFor(session), sync.handlerFor(session))
        return {
          ...handler,
          up: (start, address) => {
            devices.connected(session.peerId, session.peerName, reachableAt(session))
            devices.linkChanged(session.peerId, { kind: 'connected', address, sinceMs: clock.now() })
            events.emit('link:connected', { deviceId: session.peerId, address })
            handler.up(start, address)
          },
          down: (error) => {
            devices.linkChanged(session.peerId, { kind: 'idle' })
            handler.down(error)
          },
        }
      },
    })
    // Undone in the opposite order: everybody is told goodbye before their sockets go.
    undo.push(() => network.close(), () => links.close(), () => network.hide())

    const pairings = new Pairings({
      clock,
      random,
      events,
      ownKey: identity.spki,
      nameOf: (id) => devices.nameOf(id),
      paired: (id, key, name) => {
        devices.pair(id, key, name)
        sync.paired(id)
        const session = links.session(id)
        if (session) devices.connected(id, name, reachableAt(session))
      },
    })
    undo.push(() => pairings.close())

    const sendTo = (resolved: { deviceId?: string; name: string; address?: Address; link: LinkTarget }): SendTo => ({
      ...(resolved.deviceId === undefined ? {} : { deviceId: resolved.deviceId }),
      deviceName: resolved.name,
      ...(resolved.address ? { address: resolved.address } : {}),
      connect: () => links.want(resolved.link),
    })
    const sendLimit = new RateLimit(clock, () => settings.current.maxSendBytesPerSecond)
    const transfers: Transfers = new Transfers(
      {
        clock,
        journal,
        lanes,
        scans,
        outgoing: new BytePool(BULK_BUFFER_BYTES, OUTGOING_BUFFERS),
        sendLimit,
        deviceRate: (id) => devices.row(id)?.policy.maxBytesPerSecond ?? 0,
        receiveRate: () => settings.current.maxReceiveBytesPerSecond,
      },
      events,
      random,
      {
        reconnect: (row: TransferRow) => {
          const known = devices.row(row.deviceId)
          if (row.target) {
            const trust = known ? ({ kind: 'device-id', deviceId: row.deviceId } as const) : undefined
            return sendTo(devices.target({ kind: 'address', ...row.target }, trust))
          }
          return sendTo(devices.target({ kind: 'device', device: row.deviceId }, undefined))
        },
        deviceName: (id) => devices.nameOf(id),
        isPaired: (id) => devices.isPaired(id),
        onConflict: () => settings.current.onConflict,
        decide: (id, offer) => decideOffer(devices.row(id), settings.current, offer),
        acceptAlways: (id) => {
          const row = devices.row(id)
          if (row?.trust === 'paired') devices.setPolicy(id, { ...row.policy, accept: 'always' })
        },
        session: (id) => links.session(id),
        openFolder: (folder) => void openFolder(folder),
        freeBytes: async (folder) => (await freeSpace(folder)).freeBytes,
        folderProblem: (folder) => {
          try {
            openFolder(folder).check()
            return Promise.resolve(undefined)
          } catch (error) {
            return Promise.resolve(error instanceof HoldfastError ? error : HoldfastError.from(toErrorData(error)))
          }
        },
      },
    )
    undo.push(() => transfers.close())

    const receivingFolders = () => [settings.current.receiveFolder, ...devices.policyFolders(), ...plainFolders(settings.current)]
    const received = new Received({
      clock,
      journal,
      events,
      folders: receivingFolders,
      check: (folder) => {
        const known = folders.get(folder)
        if (known) known.check()
        else if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw folderMissing(folder)
      },
    })
    undo.push(() => received.close())

    const plain = new PlainService({
      clock,
      random,
      events,
      lanes,
      settings: () => settings.current,
      openFolder: (folder, named) => {
        const opened = openFolder(folder, named)
        opened.check()
        return opened
      },
      arrivals: (folder) => received.plainArrivals(folder),
    })
    undo.push(() => plain.close())

    const sync: SyncService = new SyncService(
      {
        clock,
        random,
        events,
        devices,
        store: journal.sync,
        home: options.home,
        self: {
          id: identity.deviceId,
          get name() {
            return settings.current.name
          },
        },
        openDisk: (folderId, root) => new FolderDisk({ folderId, root, lanes, clock }),
        openWatcher: (root, ports) => new FolderWatcher({ root, ports, clock }),
        receiving: () => receivingFolders(),
        session: (id) => links.session(id),
        connect: (id) => links.want(devices.target({ kind: 'device', device: id }, undefined).link),
        sendLimit,
        receiveRate: () => settings.current.maxReceiveBytesPerSecond,
      },
      (ports) => new SyncEngine(ports),
    )
    undo.push(() => sync.close())

    await network.apply(settings.current)
    void received.start({ watch: options.listen !== false })
    if (options.listen !== false) await plain.start()
    await sync.start(options.syncFolders ?? (options.continueTransfers === 'all' ? 'keep' : 'none'))
    if (options.continueTransfers === 'all') {
      transfers.incoming.continueAll()
      transfers.outgoing.continueAll()
    }

    const handlers = commandsOf({
      options,
      identity,
      settings,
      devices,
      transfers,
      pairings,
      received,
      plain,
      sync,
      events,
      network,
      send: (paths, target, trust) => transfers.outgoing.send(paths, sendTo(devices.target(target, trust))),
      connect: (target) => links.want({ ...devices.target(target, { kind: 'first-use' }).link, checkKey: () => undefined }),
      freeBytes: async () => (await freeSpace(settings.current.receiveFolder).catch(() => undefined))?.freeBytes ?? null,
      disconnect: (id) => links.session(id)?.close('idle', new HoldfastError('TRUST_REFUSED', 'This device was forgotten.')),
    })
    return new RunningEngine(handlers, events, undo)
  } catch (error) {
    for (const step of undo.reverse()) await step()
    throw error
  }
}

class RunningEngine implements Engine {
  readonly closed: Promise<void>
  readonly #handlers: CommandHandlers
  readonly #events: Emitter<Events>
  readonly #undo: (() => void | Promise<void>)[]
  #resolveClosed!: () => void
  #closing: Promise<void> | undefined

  constructor(handlers: CommandHandlers, events: Emitter<Events>, undo: (() => void | Promise<void>)[]) {
    this.#handlers = handlers
    this.#events = events
    this.#undo = undo
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  async call<C extends CommandName>(command: C, args: CommandArgs<C>): Promise<CommandReply<C>> {
    if (this.#closing) throw new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is closing.')
    const handler = this.#handlers[command] as ((args: CommandArgs<C>) => CommandReply<C> | Promise<CommandReply<C>>) | undefined
    if (!handler) throw new HoldfastError('USAGE_INVALID', `There is no command ${String(command)}.`)
    return handler(args)
  }

  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): () => void {
    return this.#events.on(event, listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** In the opposite order of the start. */
  async #close(): Promise<void> {
    for (const step of this.#undo.reverse()) await step()
    this.#resolveClosed()
  }
}

function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new HoldfastError('HOME_UNUSABLE', `${home} can't be used as Holdfast's home. Choose another with --home.`, { cause: error })
  }
}

/** Where the peer can be dialled: the address we dialled, or its own with the port it says it listens on. */
function reachableAt(session: PeerSession): Address | undefined {
  const transport = session.connection?.transport
  if (!transport) return undefined
  if (transport.dialed) return transport.remote
  return session.peerPort > 0 ? { host: transport.remote.host, port: session.peerPort } : undefined
}
