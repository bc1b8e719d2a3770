import { HoldfastError } from '../../shared/errors.ts'
import { BATCH_HEAD_BYTES, BATCH_MAX_FILE_BYTES, BATCH_MAX_NAME_BYTES, decodeBatchHead, type BatchHead } from '../../shared/ipc/upload-batch.ts'

export interface BatchFile {
  /** Undefined: its bytes are no UTF-8. */
  readonly name: string | undefined
  /** Undefined: unknown, or no date. */
  readonly modifiedMs: number | undefined
  readonly bytes: Uint8Array
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** What a Date holds, in ms. */
const MAX_DATE_MS = 8.64e15

/**
 * Takes the records of an upload batch out of its body, however the body is split. Holds one record at most, and allocates
 * for it only after its numbers have been checked.
 */
export class BatchDecoder {
  #part: Uint8Array = new Uint8Array(BATCH_HEAD_BYTES)
  #filled = 0
  #head: BatchHead | undefined
  #files = 0

  /** The body is over. Throws USAGE_INVALID when it ended inside a record. */
  end(): void {
    if (!this.#head && this.#filled === 0) return
    throw new HoldfastError('USAGE_INVALID', `The upload ended inside its file ${this.#files + 1}. The ${this.#files} before it are kept.`)
  }

  /** The records that are whole with these bytes. Throws USAGE_INVALID for a record that cannot be. */
  *push(chunk: Uint8Array): Generator<BatchFile> {
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + this.#part.length - this.#filled)
      this.#part.set(some, this.#filled)
      this.#filled += some.length
      at += some.length
      if (this.#filled < this.#part.length) return
      const file = this.#take()
      if (file) yield file
    }
  }

  #take(): BatchFile | undefined {
    const whole = this.#part
    const head = this.#head
    this.#filled = 0
    if (!head) {
      this.#head = this.#checked(decodeBatchHead(whole))
      this.#part = new Uint8Array(this.#head.nameBytes + this.#head.size)
      return undefined
    }
    this.#head = undefined
    this.#part = new Uint8Array(BATCH_HEAD_BYTES)
    this.#files += 1
    const { nameBytes, modifiedMs } = head
    return {
      name: textOf(whole.subarray(0, nameBytes)),
      modifiedMs: Math.abs(modifiedMs) <= MAX_DATE_MS ? modifiedMs : undefined,
      bytes: whole.subarray(nameBytes),
    }
  }

  #checked(head: BatchHead): BatchHead {
    const { nameBytes, size } = head
    if (nameBytes > 0 && nameBytes <= BATCH_MAX_NAME_BYTES && size <= BATCH_MAX_FILE_BYTES) return head
    throw new HoldfastError('USAGE_INVALID', `File ${this.#files + 1} of the upload has no name, or is too large for a batch. The ${this.#files} before it are kept.`)
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}
