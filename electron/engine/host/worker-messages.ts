import type { MessagePort } from 'node:worker_threads'
import type { ErrorData } from '../../../shared/errors.ts'
import type { AheadScan } from '../folder/source-scans.ts'
import type { EngineOptions } from '../engine-options.ts'

/** To the engine's thread. `port` carries the channel; these messages only begin and end it. */
export type ToWorker =
  | { readonly kind: 'start'; readonly options: EngineOptions; readonly port: MessagePort; readonly ahead?: AheadScan }
  | { readonly kind: 'close' }

export type FromWorker =
  | { readonly kind: 'started' }
  /** It could not start; the thread ends. */
  | { readonly kind: 'failed'; readonly error: ErrorData }
  /** The engine has closed; the thread ends. */
  | { readonly kind: 'closed' }
