import { mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HoldfastError } from '../../shared/errors.ts'
import type { AppArgs, Source } from '../../shared/ipc/app-contract.ts'
import type { Outbox } from './outbox.ts'
import { pathError } from './path-error.ts'
import type { SourceTray } from './source-tray.ts'

const MAX_DEPTH = 64
const MAX_NAME_BYTES = 255

/** Folders remembered; more are made again, which does no harm. */
const MAX_FOLDERS = 4096

interface Upload {
  readonly sourceId: string
  readonly root: string
  readonly kind: 'file' | 'folder'
  readonly size: number
  readonly files: number
  bytes: number
  done: number
  /** Being written. */
  readonly open: Set<Promise<void>>
  /** Folders that are there, so that they are not made again for every file of theirs. */
  readonly folders: Set<string>
}

/**
 * What a browser drops on the page of `serve` comes as a stream and is kept in the outbox until it is sent. A page is not
 * trusted with more than it announced: names are checked, nothing is overwritten, and the size is a limit.
 */
export class Uploads {
  readonly #outbox: Outbox
  readonly #tray: SourceTray
  readonly #uploads = new Map<string, Upload>()

  constructor(outbox: Outbox, tray: SourceTray) {
    this.#outbox = outbox
    this.#tray = tray
  }

  async begin({ name, kind, size, files }: AppArgs<'source:begin-upload'>): Promise<Source> {
    checkSegment(name)
    if (kind === 'file' && files !== 1) throw new HoldfastError('USAGE_INVALID', 'One file is one file.')
    const { outboxId, path } = await this.#outbox.create(name)
    if (kind === 'folder') await mkdir(path)
    const source = this.#tray.add({
      source: { name, kind, size, uploadedBytes: 0, ...(kind === 'folder' ? { files } : {}) },
      path,
      outboxId,
      ready: false,
    })
    const { sourceId } = source
    this.#uploads.set(sourceId, { sourceId, root: path, kind, size, files, bytes: 0, done: 0, open: new Set(), folders: new Set() })
    return source
  }

  /**
   * Takes one file of an announced upload. `path`: for a folder, relative to it and slash-separated; for a file, its name.
   * `mtimeMs`: when it was last modified where it comes from, for it is to arrive so.
   * Throws USAGE_INVALID, DISK_FULL, DISK_ERROR, or what the body throws; a file that came in part is removed.
   */
  async write(sourceId: string, path: string, body: AsyncIterable<Uint8Array>, mtimeMs?: number): Promise<void> {
    const upload = this.#of(sourceId)
    const target = targetOf(upload, path)
    await this.#admitted(upload, this.#stream(upload, target, body, mtimeMs), path)
  }

  /** The same for a small file whose bytes are all there. */
  async writeSmall(sourceId: string, path: string, bytes: Uint8Array, mtimeMs?: number): Promise<void> {
    const upload = this.#of(sourceId)
    const target = targetOf(upload, path)
    await this.#admitted(upload, this.#whole(upload, target, bytes, mtimeMs), path)
  }

  /** A small file that nobody announced: a source of its own, ready when it is written. Throws as `write` does. */
  async addLoose(name: string, bytes: Uint8Array, mtimeMs?: number): Promise<Source> {
    checkSegment(name)
    const { outboxId, path } = await this.#outbox.create(name)
    try {
      await writeNew(path, bytes, mtimeMs)
      return this.#tray.add({ source: { name, kind: 'file', size: bytes.length }, path, outboxId, ready: true })
    } catch (error) {
      await this.#outbox.remove(outboxId).catch(() => undefined)
      throw diskError(error, name)
    }
  }

  /**
   * All announced files have come, but for those `leftOut` that the page could not read. Waits for what is still being
   * written, or taken back. Throws USAGE_INVALID when more is missing.
   */
  async finish(sourceId: string, leftOut = 0): Promise<Source> {
    const upload = this.#of(sourceId)
    await Promise.allSettled(upload.open)
    if (upload.done + leftOut !== upload.files) {
      throw new HoldfastError('USAGE_INVALID', `Only ${upload.done} of ${upload.files - leftOut} files came from the page. Drop it again.`)
    }
    this.#uploads.delete(sourceId)
    const files = upload.kind === 'folder' ? { files: upload.done } : {}
    this.#tray.update(sourceId, { size: upload.bytes, uploadedBytes: upload.bytes, ...files }, true)
    const entry = this.#tray.get(sourceId)
    if (!entry) throw new HoldfastError('USAGE_INVALID', 'That upload was removed.')
    return entry.source
  }

  /** Counts a file while it is written, and when it is whole. */
  async #admitted(upload: Upload, work: () => Promise<void>, path: string): Promise<void> {
    if (upload.done + upload.open.size >= upload.files) throw new HoldfastError('USAGE_INVALID', 'More files came than were announced.')
    const writing = work()
    upload.open.add(writing)
    try {
      await writing
      upload.done += 1
    } catch (error) {
      throw diskError(error, path)
    } finally {
      upload.open.delete(writing)
    }
  }

  #stream(upload: Upload, target: string, body: AsyncIterable<Uint8Array>, mtimeMs: number | undefined): () => Promise<void> {
    return async () => {
      await makeFolder(upload, target)
      const file = await open(target, 'wx', 0o600)
      let written = 0
      try {
        for await (const chunk of body) {
          this.#book(upload, chunk.length)
          written += chunk.length
          await writeAll(file, chunk)
        }
        if (mtimeMs !== undefined) await file.utimes(mtimeMs / 1000, mtimeMs / 1000)
      } catch (error) {
        upload.bytes -= written
        await rm(target, { force: true })
        throw error
      } finally {
        await file.close()
      }
    }
  }

  #whole(upload: Upload, target: string, bytes: Uint8Array, mtimeMs: number | undefined): () => Promise<void> {
    return async () => {
      this.#book(upload, bytes.length)
      try {
        await makeFolder(upload, target)
        await writeNew(target, bytes, mtimeMs)
      } catch (error) {
        upload.bytes -= bytes.length
        throw error
      }
    }
  }

  #book(upload: Upload, bytes: number): void {
    if (!this.#tray.get(upload.sourceId)) throw new HoldfastError('USAGE_INVALID', 'That upload was removed.')
    if (upload.bytes + bytes > upload.size) throw new HoldfastError('USAGE_INVALID', 'More bytes came than were announced.')
    upload.bytes += bytes
    this.#tray.update(upload.sourceId, { uploadedBytes: upload.bytes })
  }

  #of(sourceId: string): Upload {
    const upload = this.#uploads.get(sourceId)
    if (upload && this.#tray.get(sourceId)) return upload
    this.#uploads.delete(sourceId)
    throw new HoldfastError('USAGE_INVALID', 'There is no such upload.')
  }
}

async function makeFolder({ folders }: Upload, target: string): Promise<void> {
  const folder = dirname(target)
  if (folders.has(folder)) return
  await mkdir(folder, { recursive: true })
  if (folders.size >= MAX_FOLDERS) folders.clear()
  folders.add(folder)
}

/** A file that was not there; a part of it does not stay. */
async function writeNew(target: string, bytes: Uint8Array, mtimeMs: number | undefined): Promise<void> {
  const file = await open(target, 'wx', 0o600)
  try {
    await writeAll(file, bytes)
    if (mtimeMs !== undefined) await file.utimes(mtimeMs / 1000, mtimeMs / 1000)
  } catch (error) {
    await rm(target, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

function targetOf(upload: Upload, path: string): string {
  const segments = path.split('/')
  if (segments.length > MAX_DEPTH) throw new HoldfastError('USAGE_INVALID', `Folders deeper than ${MAX_DEPTH} are not taken.`)
  for (const segment of segments) checkSegment(segment)
  return upload.kind === 'file' ? upload.root : join(upload.root, ...segments)
}

/** One part of a path that stays one part on every platform. Throws USAGE_INVALID. */
function checkSegment(segment: string): void {
  const windows = process.platform === 'win32' && /[\\:*?"<>|]|[. ]$/.test(segment)
  const bad = segment === '' || segment === '.' || segment === '..' || segment.includes('/') || segment.includes('\0') || windows
  if (bad || Buffer.byteLength(segment) > MAX_NAME_BYTES) {
    throw new HoldfastError('USAGE_INVALID', `${JSON.stringify(segment.slice(0, 80))} cannot be the name of a file here.`)
  }
}

async function writeAll(file: { write(bytes: Uint8Array): Promise<{ bytesWritten: number }> }, chunk: Uint8Array): Promise<void> {
  let rest = chunk
  while (rest.length > 0) rest = rest.subarray((await file.write(rest)).bytesWritten)
}

function diskError(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'EEXIST') return new HoldfastError('USAGE_INVALID', 'The same name came twice.', { cause: error })
  if (typeof code === 'string' && code.startsWith('E')) return pathError(error, path)
  return error
}
