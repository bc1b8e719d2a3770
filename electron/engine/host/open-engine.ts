import { HoldfastError, toErrorData } from '../../../shared/errors.ts'
import type { EngineClient } from '../../../shared/ipc/contract.ts'
import type { EngineOptions } from '../engine-options.ts'
import type { HomeLock } from '../journal/home-lock.ts'
import { connectLocal, listenLocal, type LocalListener } from '../net/local-socket.ts'
import { sleep, systemClock, type Clock } from '../util/clock.ts'
import { connectEngine, serveEngine } from './channel.ts'
import { StreamPipe } from './stream-pipe.ts'
import { EngineWorker } from './worker-host.ts'

/** How long to wait for an engine that is just starting or closing, and does not answer. */
const PATIENCE_MS = 15_000
/** How long for one that answers, but belongs to a command that may end soon. */
const COMMAND_MS = 5_000
const RETRY_MS = 50

/**
 * `own`: only an engine of one's own will do (`receive`, `serve`, the app); `own-or-client`: one's own, else the running
 * one (`send`); `client-or-own`: mostly there is one (`status`).
 */
export type EngineRole = 'own' | 'own-or-client' | 'client-or-own'

export interface OpenedEngine extends EngineClient {
  /** Whether it was started here, and ends with this process. */
  readonly own: boolean
}

/** What opening needs of the world; tests put their own in. */
export interface OpenPorts {
  readonly clock: Clock
  spawn(): Pick<EngineWorker, 'start' | 'abandon'>
  tryLock(home: string): Promise<HomeLock | undefined>
  listen: typeof listenLocal
  connect: typeof connectLocal
}

export const systemPorts: OpenPorts = {
  clock: systemClock,
  spawn: () => new EngineWorker(),
  // Loads SQLite: after the worker was told to load, and not at all for a client.
  tryLock: async (home) => (await import('../journal/home-lock.ts')).tryLockHome(home),
  listen: listenLocal,
  connect: connectLocal,
}

/**
 * The engine of a home: taken into this process when the home's lock is free (and then served to other commands over the
 * local socket), else the one that runs already. Throws ENGINE_ALREADY_RUNNING, HOME_UNUSABLE, and what an engine may
 * fail to start with.
 */
export async function openEngine(options: EngineOptions, role: EngineRole, ports: OpenPorts = systemPorts): Promise<OpenedEngine> {
  if (role === 'client-or-own') {
    const running = await tryConnect(options.home, ports)
    if (running) return running
  }
  // Loads while the lock is taken.
  const worker = ports.spawn()
  let used = false
  try {
    const startMs = ports.clock.monotonic()
    for (;;) {
      const lock = await ports.tryLock(options.home)
      if (lock) {
        used = true
        return await startOwn(options, worker, lock, ports)
      }
      const running = await tryConnect(options.home, ports)
      if (running && role !== 'own') return running
      const waitedMs = ports.clock.monotonic() - startMs
      if (running) {
        const error = await alreadyRunning(running, options.home)
        await running.close()
        if (error || waitedMs >= COMMAND_MS) throw error ?? runningFor(options.home)
      } else if (waitedMs >= PATIENCE_MS) {
        throw runningFor(options.home)
      }
      await sleep(ports.clock, RETRY_MS)
    }
  } finally {
    if (!used) await worker.abandon()
  }
}

async function startOwn(
  options: EngineOptions,
  worker: Pick<EngineWorker, 'start' | 'abandon'>,
  lock: HomeLock,
  ports: OpenPorts,
): Promise<OpenedEngine> {
  let engine: EngineClient | undefined
  let listener: LocalListener
  const clients = new Set<() => void>()
  try {
    engine = await worker.start(options)
    const served = engine
    listener = await ports.listen(options.home, (socket) => {
      const pipe = new StreamPipe(socket)
      const turnDeaf = serveEngine(served, pipe)
      clients.add(turnDeaf)
      pipe.onClose(() => clients.delete(turnDeaf))
    })
  } catch (error) {
    await engine?.close()
    lock.release()
    throw error
  }
  const opened = engine
  const release = once(async () => {
    await listener.close()
    lock.release()
  })
  void opened.closed.then(release, release)
  return {
    own: true,
    closed: opened.closed,
    call: (command, args) => opened.call(command, args),
    on: (event, listen) => opened.on(event, listen),
    async close() {
      // Nobody attaches to an engine that ends, or asks it for anything; but whoever is there hears what still happens.
      listener.stop()
      for (const turnDeaf of clients) turnDeaf()
      await opened.close()
      await release()
    },
  }
}

async function tryConnect(home: string, ports: OpenPorts): Promise<OpenedEngine | undefined> {
  try {
    const client = connectEngine(new StreamPipe(await ports.connect(home)))
    return {
      own: false,
      closed: client.closed,
      call: (command, args) => client.call(command, args),
      on: (event, listener) => client.on(event, listener),
      close: () => client.close(),
    }
  } catch (error) {
    if (toErrorData(error).code === 'ENGINE_NOT_RUNNING') return undefined
    throw error
  }
}

/** An engine that listens will stay; one that does not is a command that ends soon. */
async function alreadyRunning(running: EngineClient, home: string): Promise<HoldfastError | undefined> {
  try {
    const status = await running.call('engine:status', {})
    return status.listening ? runningFor(home, status.pid) : undefined
  } catch {
    return undefined
  }
}

function runningFor(home: string, pid?: number): HoldfastError {
  const process = pid === undefined ? '' : ` (process ${pid})`
  return new HoldfastError(
    'ENGINE_ALREADY_RUNNING',
    `Holdfast is running already for ${home}${process}. Stop it first, or use another --home.`,
    { details: { home, ...(pid === undefined ? {} : { pid }) } },
  )
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= work())
}
