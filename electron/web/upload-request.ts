import { statfs } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { HoldfastError } from '../../shared/errors.ts'
import type { Application } from '../application/application.ts'

/** Room that uploads leave on the home's volume, where the journal is. */
const RESERVE_BYTES = 256 * 1024 * 1024
/** A body that stands still for so long is given up. */
const IDLE_MS = 60_000
const MAX_PATH_LENGTH = 4096

/**
 * One file of an upload, as a stream into the application's outbox. Throws HoldfastError USAGE_INVALID, DISK_FULL and what
 * writing may fail with; a part of a file does not stay.
 */
export async function takeUpload(application: Application, home: string, request: IncomingMessage, url: URL): Promise<void> {
  const sourceId = decodePart(url.pathname.slice('/upload/'.length))
  const path = url.searchParams.get('path') ?? ''
  if (sourceId === '' || path === '' || path.length > MAX_PATH_LENGTH) throw new HoldfastError('USAGE_INVALID', 'An upload names its source and its path.')
  await announcedLength(home, request)
  await application.upload(sourceId, path, request as AsyncIterable<Uint8Array>, modifiedMs(url.searchParams.get('modified')))
}

/**
 * How long the body will be, when there is room for it; it is given up when it stands still. Throws USAGE_INVALID,
 * DISK_FULL.
 */
export async function announcedLength(home: string, request: IncomingMessage): Promise<number> {
  const length = Number(request.headers['content-length'] ?? NaN)
  if (!Number.isSafeInteger(length) || length < 0) throw new HoldfastError('USAGE_INVALID', 'An upload says how long it is.')
  const { bavail, bsize } = await statfs(home)
  const freeBytes = bavail * bsize
  if (length + RESERVE_BYTES > freeBytes) {
    throw new HoldfastError('DISK_FULL', `There is no room for this on the disk of ${home}, where it is kept until it is sent. Make room there, or use holdfast send.`, {
      details: { neededBytes: length + RESERVE_BYTES, freeBytes },
    })
  }
  request.setTimeout(IDLE_MS, () => request.destroy())
  return length
}

/** ms since the epoch, as the browser's File says; anything else: unknown. */
function modifiedMs(text: string | null): number | undefined {
  const ms = Number(text ?? Number.NaN)
  return Number.isSafeInteger(ms) ? ms : undefined
}

/** Of an address; empty when it is no text. */
export function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
