import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { toErrorData } from '../../../shared/errors.ts'
import { packScan } from '../folder/scan-codec.ts'
import { scan } from '../folder/scan.ts'
import { sourcesOfSend } from '../folder/source-names.ts'
import type { AheadScan, FromAheadScan, ToAheadScan } from '../folder/source-scans.ts'

/** Batches that nobody has taken yet. */
const MAX_UNTAKEN = 64

/**
 * Looks at what a command is going to send, in the thread of the command, while the engine's own still loads. For an
 * engine that starts at once: what is not asked for soon is looked at anew.
 */
export class ScanAhead {
  readonly handle: AheadScan
  readonly #port: MessagePort
  readonly #abort = new AbortController()
  readonly #maxUntaken: number
  #untaken = 0
  #taken = (): void => undefined

  /** Throws what `sourcesOfSend` throws. */
  constructor(paths: readonly string[], maxUntaken = MAX_UNTAKEN) {
    this.#maxUntaken = maxUntaken
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.handle = { sources: sourcesOfSend(paths), startedAtMs: performance.timeOrigin + performance.now(), port: port2 }
    port1.on('message', (message: ToAheadScan) => {
      if (message === 'stop') return this.stop()
      this.#untaken -= 1
      this.#taken()
    })
    port1.unref()
    void this.#run()
  }

  /** For tests: so much was found that somebody must take some first. */
  get isAhead(): boolean {
    return this.#untaken >= this.#maxUntaken
  }

  stop(): void {
    this.#abort.abort()
    this.#taken()
    this.#port.close()
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    const post = (message: FromAheadScan) => {
      if (!signal.aborted) this.#port.postMessage(message, message.kind === 'batch' ? [message.batch.numbers.buffer as ArrayBuffer] : [])
    }
    try {
      for await (const batch of scan(this.handle.sources, { signal })) {
        post({ kind: 'batch', batch: packScan(batch) })
        this.#untaken += 1
        while (this.isAhead && !signal.aborted) await new Promise<void>((resolve) => (this.#taken = resolve))
      }
      post({ kind: 'end' })
    } catch (error) {
      post({ kind: 'failed', error: toErrorData(error) })
    }
  }
}
