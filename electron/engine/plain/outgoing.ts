import { realpath } from 'node:fs/promises'
import { HoldfastError } from '../../../shared/errors.ts'
import { shownName } from '../folder/names.ts'
import { UNTRUE_SIZE } from '../folder/read-pack.ts'
import { SourceFile } from '../folder/source-file.ts'

/** One message to send: a file in the product. Opened anew for each attempt. */
export interface Outgoing {
  /** As events name it. */
  readonly path: string
  /** Rejects with a FILE_… error. */
  open(): Promise<OpenOutgoing>
}

export interface OpenOutgoing {
  readonly length: number
  /**
   * All of it, from the start; may be asked for again. Rejects with FILE_CHANGING instead of giving the last slice when it
   * is not what it was when it was opened, so that a mixture never arrives whole.
   */
  slices(): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

const SLICE_BYTES = 256 * 1024

/** A file's content as one message. A link is followed: the user named it. */
export function fileOutgoing(path: string): Outgoing {
  return {
    path,
    async open() {
      const target = await realpath(path).catch(() => path)
      const file = await SourceFile.open(target)
      const { stamp } = await file.stampNow()
      if (stamp.size === 0 && (await file.read(Buffer.alloc(1), 0, 1, 0)) > 0 && (await file.unchanged(stamp))) {
        await file.close()
        throw untrueSize(path)
      }
      return { length: stamp.size, slices: () => slicesOf(file, stamp.size), close: () => file.close() }
    },
  }
}

function untrueSize(path: string): HoldfastError {
  return new HoldfastError('FILE_UNREADABLE', `${shownName(path)} can't be sent. ${UNTRUE_SIZE}`)
}

async function* slicesOf(file: SourceFile, length: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < length; ) {
    const buffer = Buffer.allocUnsafe(Math.min(SLICE_BYTES, length - offset))
    const count = await file.read(buffer, 0, buffer.length, offset)
    offset += count
    if (count < buffer.length && (await file.unchanged())) throw untrueSize(file.path)
    if (count < buffer.length || (offset === length && !(await file.unchanged()))) {
      throw new HoldfastError('FILE_CHANGING', `${shownName(file.path)} changes while it is sent. It is sent again when it rests.`)
    }
    yield buffer
  }
}
