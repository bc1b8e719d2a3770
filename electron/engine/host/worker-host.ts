import { MessageChannel, Worker } from 'node:worker_threads'
import { HoldfastError } from '../../../shared/errors.ts'
import type { EngineClient } from '../../../shared/ipc/contract.ts'
import type { EngineOptions } from '../engine-options.ts'
import { collectEarly } from '../util/early-collection.ts'
import { connectEngine, errorOf } from './channel.ts'
import { PortPipe } from './port-pipe.ts'
import type { ScanAhead } from './scan-ahead.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

/** How long an engine may take to close before its thread is ended. */
const CLOSE_MS = 5_000

/** Of garbage between two collections: less costs speed with many small files, V8's 48 costs memory. */
const YOUNG_MB = 12
/** More than any engine needs. Told to V8 because it lets garbage grow to four times what is in use where there is no bound. */
const OLD_MB = 1024

/** The worker's file is a neighbour of this one: as source, and as bundled into out/. */
const WORKER_URL = new URL(import.meta.url.endsWith('.ts') ? './engine-worker.ts' : './engine-worker.js', import.meta.url)

/**
 * One worker thread for one engine (PERFORMANCE.md, "Threads"). Making it begins to load the engine, so make it early;
 * `start` may follow when the home is known to be free, or `abandon`.
 */
export class EngineWorker {
  readonly #worker: Worker
  readonly #exited: Promise<void>
  #failure: HoldfastError | undefined
  #endedWell = false
  #pipe: PortPipe | undefined
  #ahead: ScanAhead | undefined
  #onStarted: (() => void) | undefined
  #onEnded: ((error: HoldfastError) => void) | undefined

  constructor(url: URL = WORKER_URL) {
    collectEarly()
    this.#worker = new Worker(url, { name: 'engine', resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB } })
    this.#worker.on('message', (message: FromWorker) => this.#hear(message))
    this.#worker.on('error', (error) => {
      this.#failure ??= crashed(error)
    })
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#gone()
        resolve()
      })
    })
  }

  /** What the engine will be asked to send is being looked at already. */
  bring(ahead: ScanAhead): void {
    this.#ahead = ahead
  }

  /** Rejects with what the engine could not start for. The client's `close` closes the engine and ends the thread. */
  async start(options: EngineOptions): Promise<EngineClient> {
    const { port1, port2 } = new MessageChannel()
    this.#pipe = new PortPipe(port1)
    const client = connectEngine(this.#pipe)
    const started = new Promise<void>((resolve, reject) => {
      this.#onStarted = resolve
      this.#onEnded = reject
    })
    if (this.#failure) throw this.#failure
    const ahead = this.#ahead?.handle
    const message: ToWorker = { kind: 'start', options, port: port2, ...(ahead ? { ahead } : {}) }
    this.#worker.postMessage(message, ahead ? [port2, ahead.port] : [port2])
    try {
      await started
    } catch (error) {
      this.#pipe.close()
      await this.#exited
      throw error
    }
    return {
      closed: client.closed,
      call: (command, args) => client.call(command, args),
      on: (event, listener) => client.on(event, listener),
      close: () => this.#close(),
    }
  }

  /** Ends a thread that was never started. */
  async abandon(): Promise<void> {
    this.#endedWell = true
    this.#ahead?.stop()
    await this.#worker.terminate()
  }

  async #close(): Promise<void> {
    this.#worker.postMessage({ kind: 'close' } satisfies ToWorker)
    const timer = setTimeout(() => {
      this.#endedWell = true
      void this.#worker.terminate()
    }, CLOSE_MS)
    await this.#exited
    clearTimeout(timer)
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'started') this.#onStarted?.()
    else if (message.kind === 'closed') this.#endedWell = true
    else this.#failure ??= errorOf(message.error)
  }

  #gone(): void {
    this.#failure ??= this.#endedWell ? undefined : crashed()
    this.#onEnded?.(this.#failure ?? new HoldfastError('ENGINE_NOT_RUNNING', 'The engine was closed while it started.'))
    if (this.#failure) this.#pipe?.fail(this.#failure)
    else this.#pipe?.close()
  }
}

function crashed(cause?: unknown): HoldfastError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  return new HoldfastError('ENGINE_INTERNAL', `The engine has stopped unexpectedly${reason}. What was confirmed is safe; start again to go on.`, { cause })
}
