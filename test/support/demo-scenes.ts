import type { Device } from '../../shared/model/device.ts'
import { demoDevice, demoDeviceId, demoReceived, demoTransfer, HOSTILE_NAMES, NO_COUNTERS } from './demo-data.ts'
import { DemoEngine } from './demo-engine.ts'
import { demoActivity, demoConflicts, demoFolder, demoFolderDevice, demoPlanItem, demoProblems, demoTrash } from './demo-folder-data.ts'

const retryAt = (): number => Date.now() + 4000

/** An engine that knows nobody and has done nothing: the first start. */
export function emptyScene(): DemoEngine {
  return new DemoEngine()
}

/** Shared folders in every state; all of them share the lists. */
function addFolders({ folders }: DemoEngine, [studio, nas, phone]: readonly [Device, Device, Device]): void {
  const away = demoFolderDevice(phone, { state: 'offline', lastInSyncMs: Date.now() - 7_200_000 })
  folders.problems = demoProblems()
  folders.conflicts = demoConflicts([studio, nas])
  folders.activity = demoActivity(400, [studio, nas])
  folders.trash = demoTrash(3120, [studio, nas])
  folders.planCounts = { get: 9, replace: 104, delete: 812, rename: 12, conflict: 3, bytes: 91_000_000 }
  folders.plan = { total: 1031, item: (index) => demoPlanItem(index, studio.name) }
  const trash = { files: 3120, bytes: 9_120_000_000 }
  folders.put(demoFolder(1, 'Documents', [demoFolderDevice(studio), demoFolderDevice(nas), away], { conflicts: 5, problems: 5, trash }))
  folders.put(demoFolder(2, 'Garden plans', [demoFolderDevice(studio, { toGet: { files: 3, bytes: 12_000_000 } })], { state: { kind: 'syncing', left: { files: 3, bytes: 12_000_000 }, bytesPerSecond: 4_200_000 }, content: { files: 212, bytes: 41_000_000 } }))
  folders.put(demoFolder(3, 'Music', [demoFolderDevice(nas), demoFolderDevice(phone, { state: 'invited' })], { mode: 'send-only', path: '/media/big disk/Music' }))
  folders.put(demoFolder(4, 'Photos', [demoFolderDevice(studio)], { state: { kind: 'asking', token: 'plan-1', counts: folders.planCounts, totalFiles: 1020 } }))
  folders.put(demoFolder(5, 'Recordings', [demoFolderDevice(nas)], { path: '/media/stick/Recordings', state: { kind: 'missing', error: { code: 'FOLDER_MISSING', message: 'The folder /media/stick/Recordings is not there, or something else is in its place.' } } }))
  folders.put(demoFolder(6, 'Scans', [demoFolderDevice(nas)], { state: { kind: 'scanning', files: 12_034, bytes: 9_000_000_000, totalFiles: 40_120 } }))
  folders.put(demoFolder(7, HOSTILE_NAMES[1], [demoFolderDevice({ ...studio, name: HOSTILE_NAMES[2] })], { state: { kind: 'paused' }, mode: 'receive-only', changedHere: 12 }))
}

/** A Tuesday: devices in every state of reach, transfers in every state, a hundred thousand files in one of them. */
export function busyScene(): DemoEngine {
  const engine = new DemoEngine()
  const studio = engine.putDevice(demoDevice(2, 'Studio Mac', { link: { kind: 'connected', address: { host: '192.168.1.22', port: 4680 }, sinceMs: Date.now() - 60_000 } }))
  const nas = engine.putDevice(demoDevice(3, 'Attic NAS', { policy: { accept: 'always', folder: '/media/archive', quotaBytes: 500_000_000_000 }, link: { kind: 'connected', address: { host: '192.168.1.23', port: 4680 }, sinceMs: Date.now() - 600_000 } }))
  const phone = engine.putDevice(demoDevice(4, 'Tomás', { link: { kind: 'waiting', attempt: 3, error: { code: 'NET_LOST', message: 'The connection to Tomás was lost.' }, retryAtMs: retryAt() } }))
  engine.putDevice(demoDevice(5, 'Office desktop', { nearby: false, link: { kind: 'waiting', attempt: 6, error: { code: 'NET_TIMEOUT', message: 'Nobody answered at 10.20.0.14:4680 within ten seconds.' }, retryAtMs: Date.now() + 23_000 }, lastSeenMs: Date.now() - 86_400_000 * 2 }))
  engine.putDevice(demoDevice(6, 'Old laptop', { nearby: false, lastSeenMs: Date.now() - 86_400_000 * 40 }))
  engine.putDevice(demoDevice(7, 'Kitchen tablet', { keyAlarm: { seenId: demoDeviceId(66), atMs: Date.now() - 300_000 } }))
  engine.putDevice(demoDevice(8, 'Mara’s PC', { trust: 'seen' }))
  engine.putDevice(demoDevice(9, `Meeting room \u202Eneerg${' with a name that never ends'.repeat(6)}`, { trust: 'seen' }))

  const photos = engine.putTransfer(demoTransfer(1, studio, { kind: 'active' }, { roots: ['Photos', 'catalog.lrcat'], bytes: 261_400_000_000, totalBytes: 412_800_000_000, files: 63_120, totalFiles: 100_000, bytesPerSecond: 86_400_000, timeLeftMs: 1_752_000, counters: { ...NO_COUNTERS, retries: 2, resentBlocks: 14, duplicates: 3, resumedBytes: 88_000_000_000, skipped: 191, failed: 129 } }))
  engine.hostileFiles.add(photos.id)
  engine.putTransfer(demoTransfer(2, nas, { kind: 'active' }, { direction: 'receive', roots: ['backup-2024.tar.zst'], folder: '/media/archive', bytes: 7_120_000_000, totalBytes: 9_800_000_000, bytesPerSecond: 31_200_000, timeLeftMs: 86_000 }))
  engine.putTransfer(demoTransfer(3, phone, { kind: 'connecting', error: { code: 'NET_LOST', message: 'The connection was lost.' }, attempt: 3, retryAtMs: retryAt() }, { direction: 'receive', roots: ['Holiday videos'], bytes: 1_900_000_000, totalBytes: 4_120_000_000, files: 12, totalFiles: 31, counters: { ...NO_COUNTERS, retries: 3, resentBlocks: 5 } }))
  engine.putTransfer(demoTransfer(4, studio, { kind: 'queued' }, { roots: ['Sound library'], totalBytes: 24_000_000_000, totalFiles: 1840 }))
  engine.putTransfer(demoTransfer(5, studio, { kind: 'queued' }, { roots: [HOSTILE_NAMES[2], 'b', 'c'], totalBytes: 812_000, totalFiles: 3 }))
  engine.putTransfer(demoTransfer(6, nas, { kind: 'paused', by: 'us' }, { roots: ['Scans 1998–2006'], bytes: 410_000_000, totalBytes: 2_210_000_000, files: 80, totalFiles: 431 }))
  engine.putTransfer(demoTransfer(7, nas, { kind: 'waiting-for-space', neededBytes: 9_000_000_000, freeBytes: 2_100_000_000 }, { direction: 'receive', roots: ['vm-images'], bytes: 4_000_000_000, totalBytes: 13_000_000_000, files: 1, totalFiles: 3 }))

  const ended = [
    { roots: ['Contract signed.pdf'], totalBytes: 812_000, state: { kind: 'finished', complete: true } },
    { roots: ['rehearsal-take-3.flac', 'rehearsal-take-4.flac'], totalBytes: 912_000_000, totalFiles: 2, state: { kind: 'finished', complete: true } },
    { roots: ['Website'], totalBytes: 212_000_000, totalFiles: 4210, state: { kind: 'finished', complete: false }, counters: { ...NO_COUNTERS, failed: 3, skipped: 2 } },
    { roots: [HOSTILE_NAMES[1]], totalBytes: 12_000, state: { kind: 'refused', error: { code: 'TRANSFER_REFUSED', message: 'declined here' } } },
    { roots: ['ubuntu.iso'], totalBytes: 5_100_000_000, state: { kind: 'failed', error: { code: 'TRUST_KEY_CHANGED', message: 'Another key answered.' } } },
    { roots: [HOSTILE_NAMES[0]], totalBytes: 52_000, state: { kind: 'cancelled', by: 'them' } },
  ] as const
  for (let index = 0; index < 240; index++) {
    const { state, totalBytes, roots, ...rest } = ended[index % ended.length] ?? ended[0]
    const bytes = state.kind === 'finished' ? totalBytes : Math.floor(totalBytes / 3)
    engine.putTransfer(demoTransfer(1000 + index, index % 2 === 0 ? studio : nas, state, { direction: index % 3 === 0 ? 'receive' : 'send', totalBytes, bytes, roots, ...rest, createdAtMs: Date.now() - index * 4_000_000 - 900_000, finishedAtMs: Date.now() - index * 4_000_000 - 600_000, activeMs: 8000 + index * 10 }))
  }
  engine.received = demoReceived(2400, [studio, nas, phone])
  addFolders(engine, [studio, nas, phone])
  engine.sources = [
    { sourceId: 's1', name: 'Lisbon 2024', kind: 'folder', size: 8_412_000_000, files: 1284 },
    { sourceId: 's2', name: 'Speech final (really).docx', kind: 'file', size: 48_200 },
    { sourceId: 's3', name: 'Old archive', kind: 'folder' },
    { sourceId: 's4', name: 'The door code is 4711, ring twice.', kind: 'text', size: 212 },
    { sourceId: 's5', name: HOSTILE_NAMES[2], kind: 'file', size: 9_120_000 },
    { sourceId: 's6', name: 'on a stick that is gone.mov', kind: 'file', size: 912_000_000, error: { code: 'FILE_VANISHED', message: 'It is no longer there.' } },
  ]
  return engine
}
