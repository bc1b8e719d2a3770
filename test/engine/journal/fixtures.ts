import type { DeviceRow, TransferRow } from '../../../electron/engine/journal/ports.ts'

export function transferRow(patch: Partial<TransferRow> & { id: string }): TransferRow {
  return {
    direction: 'send',
    deviceId: 'DEVICE-A',
    deviceName: 'a device',
    state: { kind: 'queued' },
    roots: ['photos'],
    folder: '/home/me',
    sourcesKey: 'key',
    sources: ['/home/me/photos'],
    bytes: 0,
    totalBytes: 2 ** 49,
    files: 0,
    totalFiles: 3,
    totalEntries: 4,
    counters: { retries: 0, duplicates: 0, resentBlocks: 0, resumedBytes: 0, skipped: 0, failed: 0 },
    order: 1,
    createdAtMs: 1_700_000_000_000,
    activeMs: 0,
    ...patch,
  }
}

export function deviceRow(patch: Partial<DeviceRow> & { id: string }): DeviceRow {
  return {
    publicKey: Buffer.from([1, 2, 3]),
    peerName: 'peer',
    trust: 'paired',
    policy: { accept: 'ask' },
    addresses: [],
    receivedBytes: 0,
    ...patch,
  }
}
