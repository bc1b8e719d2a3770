import { cutToBytes, numberedName } from '../folder/names.ts'

const MAX_DEVICE_BYTES = 48
const MAX_NAME_BYTES = 255
// eslint-disable-next-line no-control-regex
const UNFIT = /[\u0000-\u001f\u007f-\u009f/\\<>:"|?*]|\p{Cf}|\p{Surrogate}/gu
/** Dates of a year with four digits. */
const MIN_YEAR_MS = Date.parse('0000-01-01T00:00:00Z')
const MAX_YEAR_MS = Date.parse('9999-12-31T23:59:59Z')

/**
 * Where an edit goes that was not the latest: `name (conflict, DEVICE, YYYY-MM-DD HH.MM.SS).ext` beside it, the time in
 * UTC. Every device makes the same of the same edit, and `number` says which of several such.
 */
export function conflictPath(path: string, device: string, mtimeMs: number, number = 1): string {
  const slash = path.lastIndexOf('/') + 1
  const name = path.slice(slash)
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : ''
  const tail = ` (conflict, ${deviceText(device)}, ${timeText(mtimeMs)})${number === 1 ? '' : ` (${number})`}${extension}`
  const stem = cutToBytes(name.slice(0, name.length - extension.length), MAX_NAME_BYTES - Buffer.byteLength(tail))
  return path.slice(0, slash) + stem + tail
}

/** `name (2).ext`, `name (3).ext`… beside a path. */
export function numberedPath(path: string, number: number): string {
  const slash = path.lastIndexOf('/') + 1
  return path.slice(0, slash) + numberedName(path.slice(slash), number, 'file')
}

function deviceText(device: string): string {
  const fit = device.replace(UNFIT, ' ').replace(/[,()]/g, ' ').replace(/\s+/g, ' ')
  return cutToBytes(fit, MAX_DEVICE_BYTES).replace(/^[. ]+|[. ]+$/g, '') || 'unknown device'
}

function timeText(mtimeMs: number): string {
  const fit = Math.min(Math.max(mtimeMs, MIN_YEAR_MS), MAX_YEAR_MS)
  return new Date(fit).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '.')
}
