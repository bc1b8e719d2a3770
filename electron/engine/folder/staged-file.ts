import { constants } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { HoldfastError } from '../../../shared/errors.ts'
import { diskFailure, errnoOf } from './disk-errors.ts'
import { toFileTime } from './file-times.ts'
import type { ReceivePlace } from './ports.ts'
import { NO_FOLLOW } from './resolve-inside.ts'
import { ensureStaging, stagedPath } from './staging.ts'

const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW
const RESUME = constants.O_RDWR | NO_FOLLOW

/**
 * A large file on its way in: blocks at their offsets, several at a time, durable when `sync` returns. Every method throws
 * HoldfastError DISK_FULL, DISK_ERROR, FOLDER_MISSING or FOLDER_READ_ONLY.
 */
export class StagedFile {
  readonly path: string
  readonly #root: string
  readonly #handle: FileHandle
  #closed: Promise<void> | undefined

  private constructor(path: string, root: string, handle: FileHandle) {
    this.path = path
    this.#root = root
    this.#handle = handle
  }

  /**
   * `resume`: continues the one that is there; FILE_VANISHED when there is none, and the file has to start over. Otherwise
   * makes a new one, in place of any other of this number.
   */
  static async open(place: ReceivePlace, file: number, options: { readonly resume: boolean }): Promise<StagedFile> {
    const path = stagedPath(place, file)
    try {
      ensureStaging(place)
      return new StagedFile(path, place.root, options.resume ? await open(path, RESUME) : await create(path))
    } catch (error) {
      if (options.resume && ['ENOENT', 'ELOOP'].includes(errnoOf(error) ?? '')) {
        throw new HoldfastError('FILE_VANISHED', 'What had arrived of this file was deleted; it has to start over.', { cause: error })
      }
      throw diskFailure(error, place.root)
    }
  }

  /** All of the `length` bytes of `buffer` from `offset` on. */
  async write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<void> {
    await this.#guard(async () => {
      for (let done = 0; done < length; ) {
        const { bytesWritten } = await this.#handle.write(buffer, offset + done, length - done, position + done)
        done += bytesWritten
      }
    })
  }

  /** What was written is on disk when it returns; together with its size, without its times. */
  async sync(): Promise<void> {
    await this.#guard(() => this.#handle.datasync())
  }

  /** Gives it its size, mode and time, and makes all of that durable. Nothing may be written after. */
  async finalize(facts: { readonly size: number; readonly mtimeMs: number; readonly executable: boolean }): Promise<void> {
    await this.#guard(async () => {
      await this.#handle.truncate(facts.size)
      if (facts.executable && process.platform !== 'win32') {
        const { mode } = await this.#handle.stat()
        // To be run by whom the umask lets read it.
        await this.#handle.chmod((mode & 0o777) | ((mode & 0o444) >> 2))
      }
      const time = toFileTime(facts.mtimeMs)
      // A time is an ornament: some volumes can't hold it.
      await this.#handle.utimes(time, time).catch(() => undefined)
      await this.#handle.sync()
    })
  }

  /** The second call does nothing. */
  close(): Promise<void> {
    this.#closed ??= this.#handle.close()
    return this.#closed
  }

  /** Closes and removes it. */
  async discard(): Promise<void> {
    await this.close()
    await this.#guard(() => removeIfThere(this.path))
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw diskFailure(error, this.#root)
    }
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, CREATE, 0o644)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    await removeIfThere(path)
    return await open(path, CREATE, 0o644)
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
