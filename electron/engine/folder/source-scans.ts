import type { MessagePort } from 'node:worker_threads'
import { HoldfastError, type ErrorData } from '../../../shared/errors.ts'
import type { Clock } from '../util/clock.ts'
import type { ScanItem } from './ports.ts'
import { unpackScan, type PackedScan } from './scan-codec.ts'
import { scan } from './scan.ts'

/** A scan that another thread began while the engine was starting (host/scan-ahead.ts). */
export interface AheadScan {
  /** Canonical, sorted. */
  readonly sources: readonly string[]
  /** Of `performance`, since the epoch. */
  readonly startedAtMs: number
  readonly port: MessagePort
}
export type FromAheadScan =
  | { readonly kind: 'batch'; readonly batch: PackedScan }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly error: ErrorData }
/** `took`: a batch, and may have another. */
export type ToAheadScan = 'took' | 'stop'

export interface SourceScan {
  /** Its sources were looked at no earlier; monotonic ms. */
  readonly startedAtMs: number
  readonly batches: AsyncIterable<readonly ScanItem[]>
}

/** What was seen longer ago is looked at anew. */
const FRESH_MS = 2_000

/** Looks at what is to be sent; what was looked at for it while the engine was starting is not looked at again. */
export class SourceScans {
  readonly #clock: Clock
  #ahead: AheadScan | undefined

  constructor(clock: Clock, ahead?: AheadScan) {
    this.#clock = clock
    this.#ahead = ahead
  }

  /** @param sources as `scan` takes them */
  begin(sources: readonly string[], signal: AbortSignal): SourceScan {
    const ahead = this.#ahead
    this.#ahead = undefined
    const nowMs = this.#clock.monotonic()
    if (ahead) {
      const ageMs = performance.timeOrigin + performance.now() - ahead.startedAtMs
      const isSame = ahead.sources.length === sources.length && ahead.sources.every((source, at) => source === sources[at])
      if (isSame && ageMs >= 0 && ageMs < FRESH_MS) return { startedAtMs: nowMs - ageMs, batches: take(ahead.port, signal) }
      stop(ahead.port)
    }
    return { startedAtMs: nowMs, batches: scan(sources, { signal }) }
  }

  close(): void {
    if (this.#ahead) stop(this.#ahead.port)
    this.#ahead = undefined
  }
}

async function* take(port: MessagePort, signal: AbortSignal): AsyncGenerator<readonly ScanItem[], void, undefined> {
  const come: FromAheadScan[] = []
  let wake = (): void => undefined
  port.on('message', (message: FromAheadScan) => {
    come.push(message)
    wake()
  })
  const abort = () => wake()
  signal.addEventListener('abort', abort)
  try {
    for (;;) {
      signal.throwIfAborted()
      const message = come.shift()
      if (!message) await new Promise<void>((resolve) => (wake = resolve))
      else if (message.kind === 'end') return
      else if (message.kind === 'failed') throw HoldfastError.from(message.error)
      else {
        port.postMessage('took' satisfies ToAheadScan)
        yield unpackScan(message.batch)
      }
    }
  } finally {
    signal.removeEventListener('abort', abort)
    stop(port)
  }
}

function stop(port: MessagePort): void {
  port.postMessage('stop' satisfies ToAheadScan)
  port.close()
}
