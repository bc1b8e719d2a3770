import type { FolderMode } from '../../../shared/model/folder.ts'
import type { SyncHandler, SyncPorts, SyncSession } from '../../../electron/engine/sync/engine-ports.ts'
import type { SyncStore, SyncWatcherPorts } from '../../../electron/engine/sync/ports.ts'
import { SyncEngine } from '../../../electron/engine/sync/sync.ts'
import { RateLimit } from '../../../electron/engine/transfer/rate-limit.ts'
import type { PooledBuffer } from '../../../electron/engine/util/byte-pool.ts'
import { MemoryDisk, MemoryVolume } from './memory-disk.ts'
import { MemoryStore } from './memory-store.ts'
import type { Wire, WireEnd } from './sim-wire.ts'
import { clockOf, Life, type World } from './sim-world.ts'

export const FOLDER = 'f'.repeat(32)
const NOTHING = new SharedArrayBuffer(0)
const WRITES = new Set(['putFolder', 'patchFolder', 'putMember', 'removeMember', 'removeFolder', 'putLocal', 'restamp', 'putRemote', 'dropRemote', 'openAll', 'markOpen', 'close', 'putBlocks', 'putProblem', 'clearProblem', 'addActivity'])

/** A device: a disk and an index that stay, and an engine that comes and goes. */
export class SimDevice implements WireEnd {
  readonly id: string
  readonly letter: string
  readonly volume: MemoryVolume
  readonly store = new MemoryStore()
  readonly wires: Wire[] = []
  readonly errors: string[] = []
  /** Devices that are no real ones. */
  readonly strangers = new Map<string, SyncSession>()
  readonly emitted: { event: string; payload: unknown }[] = []
  mode: FolderMode
  skewMs = 0
  /** What a disk step takes at least, by its name. */
  readonly stepMs: Record<string, number> = {}
  /** 0: no limit. */
  receiveBytesPerSecond = 0
  life: Life | undefined
  engine: SyncEngine | undefined
  #watcher: SyncWatcherPorts | undefined
  readonly #sessions = new Map<Wire, { life: Life; session: SyncSession }>()
  readonly #world: World
  readonly #bufferBytes: number
  /** How often a disk step takes time. */
  readonly slowness: number

  constructor(world: World, letter: string, options: { mode: FolderMode; slowness: number; bufferBytes: number }) {
    this.#world = world
    this.letter = letter
    this.id = Array.from({ length: 13 }, () => letter.repeat(4)).join('-')
    this.mode = options.mode
    this.slowness = options.slowness
    this.#bufferBytes = options.bufferBytes
    this.volume = new MemoryVolume(() => world.nowMs + this.skewMs)
    this.volume.marker = FOLDER
    this.volume.lost = (content) => this.errors.push(`${letter} has lost ${content}`)
  }

  join(members: readonly string[], paused = false): void {
    this.store.putFolder({
      id: FOLDER, name: 'Shared', path: '/shared', mode: this.mode, paused, createdAtMs: 1, epoch: this.letter.charCodeAt(0).toString(16).padStart(16, '0'),
      members: members.map((deviceId) => ({ deviceId, state: 'member' })),
    })
  }

  handler(peer: string): SyncHandler | undefined {
    const wire = this.wires.find(({ ends }) => ends.some(({ id }) => id === peer))
    return this.engine && wire && this.life ? this.engine.handlerFor(this.#session(wire, this.life)) : undefined
  }

  start(): void {
    if (this.engine) return
    this.#world.note(`${this.letter} starts`)
    const life = new Life(() => this.crash())
    this.life = life
    this.engine = new SyncEngine(this.#ports(life))
    this.engine.start().catch((error: unknown) => this.errors.push(String(error)))
  }

  /** All memory is gone; disk and index are as they were at this instant. */
  crash(): void {
    if (!this.life) return
    this.#world.note(`${this.letter} crashes`)
    this.life.dead = true
    this.life = undefined
    this.engine = undefined
    this.#watcher = undefined
    for (const wire of this.wires) wire.cut(true)
  }

  /** Something happened to the files. */
  notify(paths: readonly string[]): void {
    this.#watcher?.changed(paths)
  }
  unsure(): void {
    this.#watcher?.unsure()
  }

  get idle(): boolean {
    return this.engine?.folder(FOLDER).idle ?? true
  }

  #session(wire: Wire, life: Life): SyncSession {
    const known = this.#sessions.get(wire)
    if (known?.life === life) return known.session
    const session = wire.session(this.id, () => life.dead)
    this.#sessions.set(wire, { life, session })
    return session
  }

  #ports(life: Life): SyncPorts {
    const world = this.#world
    const gate = { step: (what: string) => this.#diskStep(life, what) }
    return {
      clock: clockOf(world, life, () => this.skewMs),
      random: { unit: () => world.random.unit(), bytes: (count) => Uint8Array.from({ length: count }, () => world.random.integer(0, 255)) },
      store: guarded(this.store, life),
      openDisk: (id) => new MemoryDisk(this.volume, id, gate),
      openWatcher: (_, ports) => {
        if (!life.dead) this.#watcher = ports
        return { start: () => Promise.resolve(), close: () => Promise.resolve() }
      },
      self: { id: this.id, name: `Device ${this.letter}` },
      nameOf: (id) => `Device ${id[0]}`,
      resolveDevice: (text) => text,
      isPaired: () => true,
      session: (id) => {
        const wire = this.wires.find(({ ends }) => ends.some((end) => end.id === id))
        return wire ? this.#session(wire, life) : life.dead ? undefined : this.strangers.get(id)
      },
      wantConnection: () => () => undefined,
      buffers: { take: () => Promise.resolve(this.#buffer()) },
      takeSend: () => Promise.resolve(),
      receivePace: () => new RateLimit(clockOf(world, life, () => this.skewMs), () => this.receiveBytesPerSecond),
      emit: (event, payload) => {
        if (life.dead) return
        if (event !== 'sync:changed' && event !== 'sync:files') this.emitted.push({ event, payload })
        if (event === 'sync:changed' && 'state' in payload && payload.state.kind === 'waiting') this.errors.push(`${this.letter}: ${payload.state.error.code} ${payload.state.error.message}`)
      },
    }
  }

  #buffer(): PooledBuffer {
    return { bytes: Buffer.alloc(this.#bufferBytes), shared: NOTHING, length: 0, release: () => undefined }
  }

  async #diskStep(life: Life, what: string): Promise<void> {
    if (life.step()) return await new Promise<void>(() => undefined)
    if (what !== 'stat' && what !== 'amount' && what !== 'check') this.#world.note(`${this.letter} disk ${what}`)
    const leastMs = this.stepMs[what]
    if (leastMs !== undefined) await this.#world.sleep(leastMs)
    const { random } = this.#world
    if (random.unit() >= this.slowness) return
    await this.#world.sleep(random.integer(1, 40))
    if (life.dead) await new Promise<void>(() => undefined)
  }
}

/** What a dead engine writes does not arrive; a transaction that it dies in leaves nothing. */
function guarded(store: MemoryStore, life: Life): SyncStore {
  const died = new Error('died in a transaction')
  return new Proxy(store, {
    get: (_, name) => {
      const value = store[name as keyof MemoryStore] as (...args: unknown[]) => unknown
      if (name === 'transaction') {
        return <T>(work: () => T): T => {
          let result: { value: T } | undefined
          try {
            return store.transaction(() => {
              result = { value: work() }
              if (life.dead) throw died
              return result.value
            })
          } catch (error) {
            if (error === died && result) return result.value
            throw error
          }
        }
      }
      if (!WRITES.has(name as string)) return value.bind(store)
      return (...args: unknown[]) => (life.step() ? undefined : value.apply(store, args))
    },
  })
}
