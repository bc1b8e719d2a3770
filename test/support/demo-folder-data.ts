import type { Device } from '../../shared/model/device.ts'
import type { ConflictPreview, FolderDevice, FolderOffer, PlanItem, SyncActivity, SyncConflict, SyncFolder, SyncProblem, TrashItem } from '../../shared/model/folder.ts'
import { HOSTILE_NAMES } from './demo-data.ts'

/** Made-up shared folders for looking at the page: ordinary ones, and hostile ones. */

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const digits = (seed: number, length: number): string => {
  let state = seed * 2_654_435_761 + 977
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    text += state.toString(16).padStart(8, '0')
  }
  return text.slice(0, length)
}

export const demoFolderId = (seed: number): string => digits(seed + 40, 32)

const NOTHING = { files: 0, bytes: 0 }

export function demoFolderDevice(device: Device, options: Partial<FolderDevice> = {}): FolderDevice {
  return { deviceId: device.id, deviceName: device.name, state: 'connected', toGet: NOTHING, toSend: NOTHING, lastInSyncMs: Date.now() - 2 * MINUTE_MS, ...options }
}

export function demoFolder(seed: number, name: string, devices: readonly FolderDevice[], options: Partial<SyncFolder> = {}): SyncFolder {
  return {
    id: demoFolderId(seed),
    name,
    path: `/home/ines/${name}`,
    mode: 'two-way',
    state: { kind: 'up-to-date' },
    devices,
    content: { files: 1284 * seed, bytes: 8_412_000_000 * seed },
    conflicts: 0,
    problems: 0,
    trash: NOTHING,
    trashLimit: { bytes: 50_000_000_000, own: false },
    changedHere: 0,
    createdAtMs: Date.now() - seed * 11 * DAY_MS,
    lastScanMs: Date.now() - seed * 7 * MINUTE_MS,
    ...options,
  }
}

export function demoFolderOffer(seed: number, device: Device, name: string, options: Partial<FolderOffer> = {}): FolderOffer {
  return {
    folderId: demoFolderId(seed),
    name,
    deviceId: device.id,
    deviceName: device.name,
    mode: 'two-way',
    content: { files: 12_034, bytes: 48_100_000_000 },
    offeredAtMs: Date.now() - seed * MINUTE_MS,
    ...options,
  }
}

const PLACES = ['2023/Azores', '2023/Winter', '2024/Lisbon', '2024/Garden', 'raw/card one', ''] as const
const SIZES = [4_213_442, 2_810_233, 24_883_112, 61_222, 1_204_113, 812] as const

const pathAt = (index: number, name: string): string => {
  const place = PLACES[index % PLACES.length] ?? ''
  return place === '' ? name : `${place}/${name}`
}
const nameAt = (index: number, hostile = true): string => (hostile && index % 7 < 3 && index < 21 ? (HOSTILE_NAMES[index % HOSTILE_NAMES.length] ?? 'x') : `IMG_${10_000 + index}.jpg`)
const sizeAt = (index: number): number => SIZES[index % SIZES.length] ?? 1

/** Row `index` of a plan that deletes most, replaces some, and does a little of everything else. */
export function demoPlanItem(index: number, deviceName: string): PlanItem {
  const path = pathAt(index, nameAt(index))
  const base = { path, size: sizeAt(index), deviceName }
  if (index % 11 === 1) return { ...base, action: 'conflict', otherPath: path.replace('.', ' (conflict, Studio Mac, 2026-03-01 10.12.44).') }
  if (index % 11 === 3) return { ...base, action: 'rename', otherPath: `old/${nameAt(index, false)}` }
  if (index % 11 === 4) return { ...base, action: 'get' }
  if (index % 11 === 6) return { path: PLACES[index % 5] ?? 'x', size: 0, action: 'remove-folder', deviceName }
  return { ...base, action: index % 5 === 2 ? 'replace' : 'delete' }
}

export function demoProblems(): SyncProblem[] {
  const at = (minutes: number): number => Date.now() - minutes * MINUTE_MS
  return [
    { path: 'Projects/2024/render.mov', error: { code: 'FILE_CHANGING', message: 'It is still being written; it is looked at again in 30 seconds.' }, sinceMs: at(4) },
    { path: 'Makefile', error: { code: 'FILE_CONFLICT', message: 'Its name differs from “makefile” only in case, which this disk cannot tell apart.' }, sinceMs: at(40) },
    { path: 'aux.c', error: { code: 'FILE_NAME_REFUSED', message: 'Windows does not allow this name.' }, sinceMs: at(90) },
    { path: 'private/keys.pem', error: { code: 'FILE_UNREADABLE', message: 'It may not be read by this user (permission denied).' }, sinceMs: at(2000) },
    { path: HOSTILE_NAMES[0], error: { code: 'DISK_ERROR', message: 'The disk reports an error while reading it.' }, sinceMs: at(9000) },
  ]
}

export function demoActivity(total: number, devices: readonly Device[]): SyncActivity[] {
  const kinds = ['got', 'got', 'told', 'replaced', 'renamed', 'deleted', 'conflict', 'restored', 'failed'] as const
  return Array.from({ length: total }, (_, index): SyncActivity => {
    const kind = kinds[index % kinds.length] ?? 'got'
    const path = pathAt(index, nameAt(index))
    const deviceName = devices[index % Math.max(1, devices.length)]?.name
    return {
      atMs: Date.now() - index * index * 20_000 - 12_000,
      kind,
      path,
      ...(kind === 'renamed' ? { otherPath: `old/${nameAt(index, false)}` } : {}),
      ...(kind === 'conflict' ? { otherPath: path.replace('.', ' (conflict, Attic NAS, 2026-03-01 10.12.44).') } : {}),
      ...(kind === 'deleted' ? {} : { size: sizeAt(index) }),
      ...(kind === 'told' || deviceName === undefined ? {} : { deviceName }),
      ...(kind === 'failed' ? { message: 'Cannot be read: permission denied' } : {}),
    }
  })
}

export function demoTrash(total: number, devices: readonly Device[]): TrashItem[] {
  return Array.from({ length: total }, (_, index): TrashItem => ({
    id: `trash-${index}`,
    path: pathAt(index, nameAt(index)),
    size: sizeAt(index),
    atMs: Date.now() - index * 3_700_000 - 90_000,
    reason: index % 3 === 0 ? 'replaced' : 'deleted',
    deviceName: index % 5 === 4 ? null : (devices[index % Math.max(1, devices.length)]?.name ?? null),
  }))
}

const copyOf = (path: string, device: string): string => {
  const dot = path.lastIndexOf('.')
  return `${path.slice(0, dot)} (conflict, ${device}, 2026-03-01 10.12.44)${path.slice(dot)}`
}

const TEXT = ['# Garden plan', '', 'Beds along the south wall first.', '', ...Array.from({ length: 24 }, (_, at) => `${at + 1}. ${['Beans', 'Peas', 'Kale', 'Leeks', 'Chard'][at % 5]} in row ${at + 1}`), '', 'Water in the morning.', 'Ask Tomás about the fence.', '']

/** Two edits of the same text, one of them with something hidden in it. */
export const DEMO_TEXTS: ConflictPreview = {
  original: { kind: 'text', cut: false, text: TEXT.with(2, 'Beds along the west wall first, then south.').with(28, 'Water in the evening.').join('\n') },
  copy: { kind: 'text', cut: false, text: [...TEXT.slice(0, 29), 'Ask Tomás about the fence and the \u202Egate.', '\t<script>alert(1)</script>', ''].join('\n') },
}

/** A picture of one colour, as small as a PNG gets. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export const DEMO_PICTURES: ConflictPreview = {
  original: { kind: 'image', type: 'png', base64: PIXEL },
  copy: { kind: 'image', type: 'svg+xml', base64: 'PHN2Zy8+' },
}

export function demoConflicts(devices: readonly Device[]): { readonly conflict: SyncConflict; readonly preview: ConflictPreview }[] {
  const now = Date.now()
  const device = (index: number): string => devices[index % Math.max(1, devices.length)]?.name ?? 'Laptop'
  const side = (seed: number, size: number, daysAgo: number) => ({ size, mtimeMs: now - daysAgo * DAY_MS - seed * MINUTE_MS, digest: digits(seed, 64) })
  const make = (index: number, path: string, preview: ConflictPreview, gone = false) => ({
    conflict: { copyPath: copyOf(path, device(index)), path, deviceName: device(index), copy: side(index, 12_400 + index, 1.5), original: gone ? null : side(index + 50, 12_912, 0.2) },
    preview: gone ? { ...preview, original: null } : preview,
  })
  return [
    make(0, 'Garden/Plan.md', DEMO_TEXTS),
    make(1, 'Pictures/Cover.png', DEMO_PICTURES),
    make(2, 'Accounts/2026.xlsx', { original: { kind: 'other' }, copy: { kind: 'other' } }),
    make(3, `Notes/${HOSTILE_NAMES[1]}`, DEMO_TEXTS),
    make(4, 'Letters/To the bank.txt', DEMO_TEXTS, true),
  ]
}
