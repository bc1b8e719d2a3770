import { open, type FileHandle } from 'node:fs/promises'
import { HoldfastError } from '../../../shared/errors.ts'
import { errnoOf } from './disk-errors.ts'
import { shownName } from './names.ts'
import type { SourceStamp } from './ports.ts'
import { READ_FLAGS } from './read-pack.ts'
import { isExecutable, sameStamp, stampOf, type StampedFile } from './stamps.ts'

/** A large file on its way out. Several reads may be under way at once. */
export class SourceFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #stamp: SourceStamp
  #closed: Promise<void> | undefined

  private constructor(path: string, handle: FileHandle, stamp: SourceStamp) {
    this.path = path
    this.#handle = handle
    this.#stamp = stamp
  }

  /**
   * `stamp`: as scanned, absent: as it is now. That it still is so is for `unchanged` to say. Links are not followed: the
   * scan has resolved them. Throws HoldfastError FILE_VANISHED, FILE_UNREADABLE or FILE_NOT_REGULAR.
   */
  static async open(path: string, stamp?: SourceStamp): Promise<SourceFile> {
    let handle: FileHandle
    try {
      handle = await open(path, READ_FLAGS)
    } catch (error) {
      throw sourceFailure(error, path)
    }
    try {
      const stats = await handle.stat()
      if (!stats.isFile()) throw new HoldfastError('FILE_NOT_REGULAR', `${shownName(path)} is no regular file any more, so it can't be sent.`)
      return new SourceFile(path, handle, stamp ?? stampOf(handle.fd, stats))
    } catch (error) {
      await handle.close()
      throw sourceFailure(error, path)
    }
  }

  /** Returns how many bytes were read: fewer than `length` only where the file ends. */
  async read(buffer: Uint8Array, bufferOffset: number, length: number, position: number): Promise<number> {
    try {
      let done = 0
      while (done < length) {
        const { bytesRead } = await this.#handle.read(buffer, bufferOffset + done, length - done, position + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return done
    } catch (error) {
      throw sourceFailure(error, this.path)
    }
  }

  async stampNow(): Promise<StampedFile> {
    try {
      const stats = await this.#handle.stat()
      return { stamp: stampOf(this.#handle.fd, stats), executable: isExecutable(stats) }
    } catch (error) {
      throw sourceFailure(error, this.path)
    }
  }

  async unchanged(stamp: SourceStamp = this.#stamp): Promise<boolean> {
    return sameStamp((await this.stampNow()).stamp, stamp)
  }

  /** The second call does nothing. */
  close(): Promise<void> {
    this.#closed ??= this.#handle.close()
    return this.#closed
  }
}

function sourceFailure(error: unknown, path: string): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  const name = shownName(path)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    return new HoldfastError('FILE_VANISHED', `${name} is not there any more. Send it again when it is back.`, { cause: error })
  }
  if (errno === 'ELOOP') {
    return new HoldfastError('FILE_NOT_REGULAR', `A symbolic link took the place of ${name}. Send it again to send what it points to.`, { cause: error })
  }
  return new HoldfastError('FILE_UNREADABLE', `${name} can't be read (${errno}). Check its permissions and its disk.`, { cause: error })
}
