import type { HoldfastError } from '../../../shared/errors.ts'
import type { ConflictAnswer, ConflictPolicy } from '../../../shared/model/transfer.ts'
import type { TransferRecord } from './record.ts'

export interface ConflictQuestion {
  readonly path: string
  readonly here: { readonly size: number; readonly mtimeMs: number }
  readonly offered: { readonly size: number; readonly mtimeMs: number }
}

/** What a receive needs of the engine around it. */
export interface ReceivePorts {
  /** The content here may be compared before it travels: the device is paired. */
  readonly compare: boolean
  readonly onConflict: ConflictPolicy
  /** Resolves when the user has answered. Rejects when the signal aborts. */
  ask(record: TransferRecord, question: ConflictQuestion, signal: AbortSignal): Promise<ConflictAnswer>
  /** Undefined: so many bytes may be moved to the trash, and count as moved there. */
  trashProblem(root: string, bytes: number): Promise<HoldfastError | undefined>
  freeBytes(root: string): Promise<number>
  /** Undefined: the receive folder can be written to. */
  folderProblem(root: string): Promise<HoldfastError | undefined>
}
