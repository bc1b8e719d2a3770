import { HoldfastError, toErrorData } from '../../shared/errors.ts'
import type { CommandArgs, CommandName, CommandReply, EngineClient, EventName, Events } from '../../shared/ipc/contract.ts'
import type { EngineOptions } from '../engine/engine-options.ts'
import type { EngineRole, OpenedEngine } from '../engine/host/open-engine.ts'
import { sleep, type Clock } from '../engine/util/clock.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000

export interface KeeperPorts {
  readonly clock: Clock
  open(options: EngineOptions, role: EngineRole): Promise<OpenedEngine>
}

/**
 * The home's engine for as long as the app runs: its own, or while `serve` or `receive` has the home, theirs. When that
 * one goes away another takes its place; calls wait for it, and listeners stay. `replaced` is heard each time, for
 * whoever keeps state.
 */
export class EngineKeeper implements EngineClient {
  readonly closed: Promise<void>
  readonly #ports: KeeperPorts
  readonly #options: EngineOptions
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>()
  readonly #replaced = new Set<() => void>()
  readonly #abort = new AbortController()
  #current: Promise<OpenedEngine>
  #resolveClosed = (): void => undefined

  private constructor(engine: OpenedEngine, options: EngineOptions, ports: KeeperPorts) {
    this.#options = options
    this.#ports = ports
    this.#current = Promise.resolve(engine)
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#adopt(engine)
  }

  /** Throws what an engine may fail to start with. */
  static async start(options: EngineOptions, ports: KeeperPorts): Promise<EngineKeeper> {
    return new EngineKeeper(await openEither(options, ports), options, ports)
  }

  async call<C extends CommandName>(command: C, args: CommandArgs<C>): Promise<CommandReply<C>> {
    return await (await this.#current).call(command, args)
  }

  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, set)
    const first = set.size === 0
    set.add(listener as (payload: never) => void)
    if (first) void this.#current.then((engine) => this.#listen(engine, event)).catch(() => undefined)
    return () => set.delete(listener as (payload: never) => void)
  }

  /** Whether it ends with this program. */
  async isOwn(): Promise<boolean> {
    return (await this.#current).own
  }

  onReplaced(listener: () => void): () => void {
    this.#replaced.add(listener)
    return () => this.#replaced.delete(listener)
  }

  async close(): Promise<void> {
    if (!this.#abort.signal.aborted) this.#abort.abort(new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is closing.'))
    const engine = await this.#current.catch(() => undefined)
    await engine?.close()
    this.#resolveClosed()
  }

  #adopt(engine: OpenedEngine): void {
    for (const [event, set] of this.#listeners) if (set.size > 0) this.#listen(engine, event)
    const gone = (): void => {
      if (this.#abort.signal.aborted) return
      this.#current = this.#reopen()
      this.#current.then(
        () => {
          for (const listener of [...this.#replaced]) listener()
        },
        () => undefined,
      )
    }
    engine.closed.then(gone, gone)
  }

  async #reopen(): Promise<OpenedEngine> {
    for (let waitMs = 0; ; waitMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, waitMs * 2))) {
      await sleep(this.#ports.clock, waitMs, this.#abort.signal)
      try {
        const engine = await openEither(this.#options, this.#ports)
        this.#adopt(engine)
        return engine
      } catch (error) {
        const problem = toErrorData(error)
        for (const listener of [...(this.#listeners.get('engine:problem') ?? [])]) (listener as (payload: Events['engine:problem']) => void)(problem)
      }
    }
  }

  /** One subscription an engine and event, passed on to whoever listens then. */
  #listen<E extends EventName>(engine: OpenedEngine, event: E): void {
    engine.on(event, (payload) => {
      for (const listener of [...(this.#listeners.get(event) ?? [])]) (listener as (payload: Events[E]) => void)(payload)
    })
  }
}

/** One's own if it can be had: a command that only lasts a moment is waited for. */
async function openEither(options: EngineOptions, ports: KeeperPorts): Promise<OpenedEngine> {
  try {
    return await ports.open(options, 'own')
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'ENGINE_ALREADY_RUNNING')) throw error
    return await ports.open(options, 'own-or-client')
  }
}
