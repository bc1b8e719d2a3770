import type { ErrorData } from '../../../shared/errors.ts'
import type { JobKind } from './lane-jobs.ts'

/** To a lane worker. */
export interface LaneRequest {
  readonly id: number
  readonly kind: JobKind
  readonly job: unknown
}

/** `end`: nothing is under way any more, and nothing will come. */
export type LaneMessage = LaneRequest | 'end'

/** Back from it. */
export type LaneReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ErrorData }
