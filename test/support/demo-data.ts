import type { ReceivedFile } from '../../shared/ipc/app-contract.ts'
import type { Device, LinkState } from '../../shared/model/device.ts'
import type { Settings } from '../../shared/model/settings.ts'
import type { Request, Transfer, TransferCounters, TransferFile, TransferState } from '../../shared/model/transfer.ts'

/** Made-up devices, transfers and files for looking at the page: ordinary ones, and hostile ones. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A device id of the right shape, the same for the same seed. */
export function demoDeviceId(seed: number): string {
  let state = seed * 2654435761 + 1013904223
  const groups: string[] = []
  for (let group = 0; group < 13; group++) {
    let text = ''
    for (let at = 0; at < 4; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      text += ALPHABET[state >>> 27] ?? 'A'
    }
    groups.push(text)
  }
  return groups.join('-')
}

const hex = (seed: number, length: number): string => {
  let state = seed >>> 0
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    text += state.toString(16).padStart(8, '0')
  }
  return text.slice(0, length)
}

export const demoTransferId = (seed: number): string => hex(seed * 7919 + 13, 32)

/** Markup, right-to-left override, 255 bytes, a newline, zero-width, right-to-left script. */
export const HOSTILE_NAMES = [
  '<img src=x onerror="window.hacked=1">.png',
  'invoice\u202Efdp.exe',
  `${'a very long name that somebody made to push everything else off the edge of the window '.repeat(3).slice(0, 251)}.txt`,
  'two\nlines\tand\u0007bell.txt',
  'zero\u200Bwidth\uFEFF.doc',
  'תמונות מהטיול לים ולמדבר של כל המשפחה.zip',
] as const

export const NO_COUNTERS: TransferCounters = { retries: 0, duplicates: 0, resentBlocks: 0, resumedBytes: 0, skipped: 0, failed: 0 }

export function demoDevice(seed: number, name: string, options: Partial<Device> & { link?: LinkState } = {}): Device {
  return {
    id: demoDeviceId(seed),
    name,
    trust: 'paired',
    policy: { accept: 'ask' },
    addresses: [{ host: `192.168.1.${20 + seed}`, port: 4680, source: 'discovered', lastSeenMs: Date.now() - 40_000 }],
    nearby: true,
    link: { kind: 'idle' },
    lastSeenMs: Date.now() - 40_000,
    ...(options.trust === 'seen' ? {} : { pairedAtMs: Date.now() - seed * 86_400_000 * 9 }),
    ...options,
  }
}

export function demoTransfer(seed: number, device: Device, state: TransferState, options: Partial<Transfer> = {}): Transfer {
  return {
    id: demoTransferId(seed),
    direction: 'send',
    deviceId: device.id,
    deviceName: device.name,
    state,
    roots: ['Untitled'],
    folder: '/home/ines/Pictures',
    bytes: 0,
    totalBytes: 1_000_000,
    files: 0,
    totalFiles: 1,
    bytesPerSecond: 0,
    counters: NO_COUNTERS,
    order: seed,
    createdAtMs: Date.now() - 60_000 * seed,
    activeMs: 30_000,
    ...options,
  }
}

export function demoSettings(): Settings {
  return {
    name: 'Ines’ ThinkPad',
    receiveFolder: '/home/ines/Downloads/Holdfast',
    listen: { host: '::', port: 4680 },
    accept: 'paired',
    onConflict: 'keep-both',
    discovery: true,
    maxSendBytesPerSecond: 0,
    maxReceiveBytesPerSecond: 0,
    startAtLogin: true,
    theme: 'system',
    notifications: true,
    plain: { enabled: false, host: '127.0.0.1', port: 4681, framing: 'eof', maxMessageBytes: 1_000_000_000, maxConnections: 32 },
  }
}

const FOLDERS = ['2023/Azores', '2023/Winter', '2024/Lisbon', '2024/Garden', 'raw/card one', 'raw/card two']
const SIZES = [4_213_442, 2_810_233, 24_883_112, 61_222, 1_204_113, 8_812_009]

/** Row `index` of a transfer's files; those before `done` are confirmed, with the occasional failure and skip. */
export function demoFile(index: number, done: number, hostile: boolean): TransferFile {
  const hostileName = hostile ? HOSTILE_NAMES[index % 9] : undefined
  const size = SIZES[index % SIZES.length] ?? 1
  const name = hostileName ?? `IMG_${String(10_000 + index)}.${index % 6 === 2 ? 'dng' : 'jpg'}`
  const base = { index, kind: 'file', path: `Photos/${FOLDERS[index % FOLDERS.length]}/${name}`, size, resentBlocks: 0, duplicates: 0, retries: 0 } as const
  if (index % 487 === 7 && index < done) return { ...base, bytes: 0, state: 'failed', reason: 'Cannot be read: permission denied', retries: 2 }
  if (index % 331 === 5 && index < done) return { ...base, bytes: 0, state: 'skipped', reason: 'Already there, byte for byte', duplicates: 0 }
  if (index < done) {
    const again = index % 97 === 11
    return {
      ...base,
      bytes: size,
      state: 'delivered',
      digest: hex(index + 1, 64),
      ...(again ? { resentBlocks: 2, retries: 1, duplicates: 1 } : {}),
      ...(index % 53 === 3 ? { finalPath: `Photos/${name.replace('.', ' (2).')}` } : {}),
    }
  }
  if (index < done + 3) return { ...base, bytes: Math.floor(size * (0.8 - 0.25 * (index - done))), state: 'active' }
  return { ...base, bytes: 0, state: 'waiting' }
}

export function demoReceived(total: number, devices: readonly Device[]): ReceivedFile[] {
  const names = ['Contract signed.pdf', 'IMG_2041.jpg', 'rehearsal-take-3.flac', 'Quarterly report.xlsx', 'backup-2024.tar.zst', 'notes.md']
  const states = ['here', 'here', 'opened', 'here', 'renamed', 'here', 'deleted', 'here', 'moved', 'here', 'changed'] as const
  return Array.from({ length: total }, (_, index): ReceivedFile => {
    const device = devices[index % devices.length]
    const state = states[index % states.length] ?? 'here'
    const other = index === 4
    const message = index === 1
    const plain = index === 5
    const hostile = index >= 6 && index < 12 ? HOSTILE_NAMES[index - 6] : undefined
    const name = message ? 'Message.txt' : plain ? '2026-03-01 140509 000001.bin' : other ? 'torrent.part' : (hostile ?? names[index % names.length] ?? 'file')
    return {
      id: `received-${index}`,
      name,
      path: index % 3 === 0 && !message ? `Projects/2024/${name}` : name,
      kind: message ? 'message' : 'file',
      deviceId: other || plain ? null : (device?.id ?? null),
      deviceName: other ? null : plain ? 'Plain TCP 127.0.0.1' : (device?.name ?? null),
      size: message ? 212 : (SIZES[index % SIZES.length] ?? 1) * (1 + (index % 4)),
      digest: other ? null : hex(index + 77, 64),
      receivedAtMs: Date.now() - index * index * 900_000 - 120_000,
      state: message || other ? 'here' : state,
      ...(state === 'renamed' ? { nowPath: 'Projects/backup old.tar.zst' } : {}),
      ...(state === 'moved' ? { nowPath: '/media/archive/2024' } : {}),
      verified: !other && !plain,
    }
  })
}

export function demoOffer(device: Device, options: Partial<Extract<Request, { kind: 'transfer' }>> = {}): Request {
  return {
    kind: 'transfer',
    id: `offer-${device.id.slice(0, 4)}`,
    transferId: demoTransferId(900),
    deviceId: device.id,
    deviceName: device.name,
    paired: device.trust === 'paired',
    roots: ['Wedding photos', 'Guest list.xlsx', 'Speech final (really).docx', 'Music', 'Seating.pdf'],
    totalFiles: 1284,
    totalBytes: 8_412_000_000,
    folder: '/home/ines/Downloads/Holdfast',
    freeBytes: 212_000_000_000,
    createdAtMs: Date.now() - 5000,
    ...options,
  }
}

export function demoConflict(device: Device): Request {
  return {
    kind: 'conflict',
    id: 'conflict-1',
    transferId: demoTransferId(901),
    deviceId: device.id,
    deviceName: device.name,
    path: 'Projects/2024/Quarterly report.xlsx',
    here: { size: 88_213, mtimeMs: Date.now() - 86_400_000 * 3 },
    offered: { size: 91_004, mtimeMs: Date.now() - 3_600_000 },
    createdAtMs: Date.now() - 2000,
  }
}
