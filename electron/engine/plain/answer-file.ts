import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, open, rename, unlink, lstat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HoldfastError } from '../../../shared/errors.ts'
import { diskFailure, errnoOf } from '../folder/disk-errors.ts'

/** What the other side answered, one answer behind another, hidden until all of them are whole. */
export class AnswerFile {
  readonly #path: string
  readonly #handle: FileHandle
  #kept = 0
  #length = 0

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** In a folder on the volume where the answers will be. */
  static async create(folder: string): Promise<AnswerFile> {
    const path = join(folder, `.holdfast-answer-${randomBytes(8).toString('hex')}`)
    try {
      return new AnswerFile(path, await open(path, 'wx+', 0o644))
    } catch (error) {
      throw diskFailure(error, folder)
    }
  }

  /** Throws USAGE_INVALID when the name is taken: nothing is ever overwritten. */
  static async requireFree(path: string): Promise<void> {
    if (await lstat(path).then(() => true, () => false)) throw taken(path)
  }

  async write(slices: readonly Uint8Array[]): Promise<void> {
    try {
      for (const slice of slices) {
        for (let done = 0; done < slice.length; ) {
          const { bytesWritten } = await this.#handle.write(slice, done, slice.length - done, this.#length)
          done += bytesWritten
          this.#length += bytesWritten
        }
      }
    } catch (error) {
      throw diskFailure(error, dirname(this.#path))
    }
  }

  /** The answer is whole. Its length. */
  keep(): number {
    const bytes = this.#length - this.#kept
    this.#kept = this.#length
    return bytes
  }

  /** Forgets what came of an answer that was cut off. */
  async discard(): Promise<void> {
    this.#length = this.#kept
    await this.#handle.truncate(this.#kept)
  }

  /** Gives what was kept its name, durably and without replacing anything. */
  async moveTo(path: string): Promise<void> {
    try {
      await this.#handle.truncate(this.#kept)
      await this.#handle.sync()
      await this.#handle.close()
      await placeWithoutReplacing(this.#path, path)
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') throw taken(path)
      throw error instanceof HoldfastError ? error : diskFailure(error, dirname(path))
    }
  }

  async copyTo(stream: Writable): Promise<void> {
    await this.#handle.truncate(this.#kept)
    await pipeline(createReadStream(this.#path), stream, { end: false })
  }

  /** Leaves nothing behind, wherever it had got to. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
    await unlink(this.#path).catch(() => undefined)
  }
}

async function placeWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error
    await (await open(to, 'wx')).close()
    await rename(from, to)
  }
}

function taken(path: string): HoldfastError {
  return new HoldfastError('USAGE_INVALID', `${path} is there already and is not overwritten. Choose another name for the answer.`)
}
