import { mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HoldfastError } from '../../shared/errors.ts'
import type { AppArgs, Source } from '../../shared/ipc/app-contract.ts'
import type { Outbox } from './outbox.ts'
import { pathError } from './path-error.ts'
import type { SourceTray } from './source-tray.ts'

const MAX_DEPTH = 64
const MAX_NAME_BYTES = 255

interface Upload {
  readonly root: string
  readonly kind: 'file' | 'folder'
  readonly size: number
  readonly files: number
  bytes: number
  done: number
  open: number
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
    this.#uploads.set(source.sourceId, { root: path, kind, size, files, bytes: 0, done: 0, open: 0 })
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
    if (upload.done + upload.open >= upload.files) throw new HoldfastError('USAGE_INVALID', 'More files came than were announced.')
    upload.open += 1
    let written = 0
    try {
      await mkdir(dirname(target), { recursive: true })
      const file = await open(target, 'wx', 0o600)
      try {
        for await (const chunk of body) {
          if (!this.#tray.get(sourceId)) throw new HoldfastError('USAGE_INVALID', 'That upload was removed.')
          if (upload.bytes + chunk.length > upload.size) throw new HoldfastError('USAGE_INVALID', 'More bytes came than were announced.')
          upload.bytes += chunk.length
          written += chunk.length
          await writeAll(file, chunk)
          this.#tray.update(sourceId, { uploadedBytes: upload.bytes })
        }
        if (mtimeMs !== undefined) await file.utimes(mtimeMs / 1000, mtimeMs / 1000)
      } catch (error) {
        await rm(target, { force: true })
        throw error
      } finally {
        await file.close()
      }
      upload.done += 1
    } catch (error) {
      upload.bytes -= written
      throw diskError(error, path)
    } finally {
      upload.open -= 1
    }
  }

  /** All announced files have come. Throws USAGE_INVALID otherwise. */
  finish(sourceId: string): Source {
    const upload = this.#of(sourceId)
    if (upload.done !== upload.files) {
      throw new HoldfastError('USAGE_INVALID', `Only ${upload.done} of ${upload.files} files came from the page. Drop it again.`)
    }
    this.#uploads.delete(sourceId)
    this.#tray.update(sourceId, { size: upload.bytes, uploadedBytes: upload.bytes }, true)
    const entry = this.#tray.get(sourceId)
    if (!entry) throw new HoldfastError('USAGE_INVALID', 'That upload was removed.')
    return entry.source
  }

  #of(sourceId: string): Upload {
    const upload = this.#uploads.get(sourceId)
    if (upload && this.#tray.get(sourceId)) return upload
    this.#uploads.delete(sourceId)
    throw new HoldfastError('USAGE_INVALID', 'There is no such upload.')
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
