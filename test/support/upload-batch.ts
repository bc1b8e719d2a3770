import { encodeBatchHead } from '../../shared/ipc/upload-batch.ts'

export interface BatchEntry {
  readonly name: string
  readonly bytes: string | Uint8Array
  readonly modifiedMs?: number
}

/** One file as it travels in a batch. */
export function recordOf({ name, bytes, modifiedMs = Number.NaN }: BatchEntry): Buffer {
  const [text, content] = [Buffer.from(name), Buffer.from(bytes as Uint8Array)]
  return Buffer.concat([encodeBatchHead({ nameBytes: text.length, size: content.length, modifiedMs }), text, content])
}

/** The body of a batch of these files. */
export function batchOf(files: readonly BatchEntry[]): Buffer {
  return Buffer.concat(files.map(recordOf))
}
