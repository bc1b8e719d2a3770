import { mkdir } from 'node:fs/promises'
import { HoldfastError } from '../../shared/errors.ts'
import type { Events } from '../../shared/ipc/contract.ts'
import type { DeviceId } from '../../shared/model/device.ts'
import type { SyncFolder } from '../../shared/model/folder.ts'
import type { Devices } from './devices.ts'
import { diskFailure } from './folder/disk-errors.ts'
import { placeFolder, requireReceivable } from './folder-place.ts'
import { KeptLink } from './kept-link.ts'
import { Knocking } from './knocking.ts'
import type { SyncStore } from './journal/sync-ports.ts'
import { BULK_BUFFER_BYTES } from './protocol/limits.ts'
import type { Link, Session } from './session/ports.ts'
import type { ReceivePace, SyncCommands, SyncEvent, SyncHandler, SyncHow, SyncPorts, SyncService as SyncPart } from './sync/engine-ports.ts'
import { RateLimit } from './transfer/rate-limit.ts'
import { BytePool } from './util/byte-pool.ts'
import type { Clock } from './util/clock.ts'
import type { Emitter } from './util/emitter.ts'

/** Pieces of files that are read and not yet acknowledged. */
const OUTGOING_BUFFERS = 12

export interface SyncServiceOptions extends Pick<SyncPorts, 'clock' | 'random' | 'self' | 'openDisk' | 'openWatcher'> {
  readonly store: SyncStore
  readonly events: Emitter<Events>
  readonly devices: Devices
  /** The engine's own; absolute. */
  readonly home: string
  /** Folders that deliveries are received into. */
  receiving(): readonly string[]
  session(id: DeviceId): Session | undefined
  connect(id: DeviceId): Link
  /** Of everything that is sent, transfers too. */
  readonly sendLimit: RateLimit
  /** Bytes per second; 0: no limit. */
  receiveRate(): number
}

/** Shared folders as the rest of the engine sees them. */
export class SyncService {
  readonly commands: SyncCommands
  readonly #options: SyncServiceOptions
  readonly #part: SyncPart
  readonly #links = new Map<DeviceId, Set<KeptLink>>()
  readonly #deviceLimits = new Map<DeviceId, RateLimit>()
  readonly #receiveLimit: RateLimit
  readonly #knocking: Knocking
  #how: SyncHow = 'none'
  #placing: Promise<unknown> = Promise.resolve()

  constructor(options: SyncServiceOptions, create: (ports: SyncPorts) => SyncPart) {
    const { clock, random, self, store, devices, events } = options
    this.#options = options
    this.#receiveLimit = new RateLimit(clock, () => options.receiveRate())
    this.#part = create({
      clock, random, self, store,
      openDisk: options.openDisk,
      openWatcher: options.openWatcher,
      nameOf: (id) => (devices.row(id) ? devices.nameOf(id) : undefined),
      resolveDevice: (text) => pairedDevice(devices, text),
      isPaired: (id) => devices.isPaired(id),
      session: (id) => options.session(id),
      wantConnection: (id) => this.#want(id),
      buffers: new BytePool(BULK_BUFFER_BYTES, OUTGOING_BUFFERS),
      takeSend: async (id, bytes, signal) => {
        await this.#limitOf(id, clock).take(bytes, signal)
        await options.sendLimit.take(bytes, signal)
      },
      receivePace: (id) => this.#receivePaceOf(id),
      emit: <E extends SyncEvent>(event: E, payload: Events[E]) => events.emit(event, payload),
    })
    this.#knocking = new Knocking({
      clock,
      devices: () => devices.list().filter((device) => device.trust === 'paired' && !this.#links.has(device.id)).map((device) => device.id),
      connect: (id) => options.connect(id),
    })
    this.commands = {
      ...this.#part.commands,
      'sync:add': (args) => this.#place(args.path, undefined, (path) => this.#part.commands['sync:add']({ ...args, path })),
      'sync:accept': (args) => this.#place(args.path, args.folderId, async (path) => {
        const offers = await this.#part.commands['sync:offers']({})
        if (offers.some(({ folderId }) => folderId === args.folderId)) await makeFolder(path)
        return await this.#part.commands['sync:accept']({ ...args, path })
      }),
    }
  }

  async start(how: SyncHow): Promise<void> {
    this.#how = how
    await this.#part.start(how)
    if (how === 'keep') this.#knocking.round()
  }

  async close(): Promise<void> {
    this.#knocking.close()
    await this.#part.close()
  }

  /** Asked for anew each time: a device that is forgotten and paired again on one conversation is another one. */
  handlerFor(session: Session): SyncHandler {
    const now = () => this.#part.handlerFor(session)
    return {
      message: (message) => now().message(message),
      data: (body, at) => now().data(body, at),
      up: (start) => now().up(start),
      down: () => now().down(),
      drain: () => now().drain(),
    }
  }

  /** Whether folders are shared with it, so that it may connect whatever its policy says about deliveries. */
  sharesWith(id: DeviceId): boolean {
    return this.#options.store.folders().some(({ members }) => members.some(({ deviceId, state }) => deviceId === id && state !== 'refused'))
  }

  /** Throws USAGE_INVALID unless deliveries may go there. */
  async requireReceivable(path: string): Promise<void> {
    await this.#placing
    await requireReceivable(path, this.#options.store.folders())
  }

  /** It is paired now, perhaps once more. */
  paired(id: DeviceId): void {
    this.#part.paired(id)
    for (const link of this.#links.get(id) ?? []) link.again()
    if (this.#how === 'keep' && !this.#links.has(id)) this.#knocking.at(id)
  }

  /** It is not paired any more: it leaves every folder. */
  forget(id: DeviceId): void {
    this.#part.forget(id)
    this.#deviceLimits.delete(id)
  }

  #want(id: DeviceId): () => void {
    const link = new KeptLink(this.#options.clock, () => this.#options.connect(id))
    const links = this.#links.get(id) ?? new Set()
    this.#links.set(id, links.add(link))
    return () => {
      links.delete(link)
      if (links.size === 0) this.#links.delete(id)
      link.release()
    }
  }

  #limitOf(id: DeviceId, clock: Clock): RateLimit {
    const known = this.#deviceLimits.get(id)
    if (known) return known
    const limit = new RateLimit(clock, () => this.#options.devices.row(id)?.policy.maxBytesPerSecond ?? 0)
    this.#deviceLimits.set(id, limit)
    return limit
  }

  /** Of everything that folders get, and of what they get from this device. */
  #receivePaceOf(id: DeviceId): ReceivePace {
    const { clock, devices } = this.#options
    const limits = [this.#receiveLimit, new RateLimit(clock, () => devices.row(id)?.policy.maxBytesPerSecond ?? 0)]
    return {
      get allowance() {
        return Math.min(...limits.map(({ allowance }) => allowance))
      },
      get waitMs() {
        return Math.max(...limits.map(({ waitMs }) => waitMs))
      },
      spend: (bytes) => {
        for (const limit of limits) limit.spend(bytes)
      },
    }
  }

  /** One after the other: two places that exclude each other must not be taken at once. */
  #place(path: string, id: string | undefined, take: (path: string) => Promise<SyncFolder>): Promise<SyncFolder> {
    const { store, home, receiving } = this.#options
    const placed = this.#placing.then(async () => {
      const shared = store.folders().filter((folder) => folder.id !== id)
      return await take(await placeFolder(path, { home, shared, receiving: receiving() }))
    })
    this.#placing = placed.catch(() => undefined)
    return placed
  }
}

/** Throws DEVICE_UNKNOWN, DEVICE_AMBIGUOUS. */
function pairedDevice(devices: Devices, text: string): DeviceId {
  const { id, trust } = devices.find(text)
  if (trust !== 'paired') throw new HoldfastError('DEVICE_UNKNOWN', 'Folders are shared with paired devices only: pair with it first.')
  return id
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw diskFailure(error, path)
  }
}
