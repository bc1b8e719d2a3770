import type { FolderDevice, SyncFolder } from '../../../shared/model/folder.ts'
import { DEVICE_B } from '../../support/fake-engine.ts'

export const PHOTOS = '0123456789abcdef0123456789abcdef'
export const NOTES = 'fedcba9876543210fedcba9876543210'

export function fakeMember(over: Partial<FolderDevice> = {}): FolderDevice {
  return { deviceId: DEVICE_B, deviceName: 'there', state: 'connected', toGet: { files: 0, bytes: 0 }, toSend: { files: 0, bytes: 0 }, ...over }
}

export function fakeFolder(over: Partial<SyncFolder> = {}): SyncFolder {
  return {
    id: PHOTOS,
    name: 'Photos',
    path: '/data/Photos',
    mode: 'two-way',
    state: { kind: 'up-to-date' },
    devices: [fakeMember()],
    content: { files: 3, bytes: 3_000 },
    conflicts: 0,
    problems: 0,
    trash: { files: 0, bytes: 0 },
    trashLimit: { bytes: 50_000_000_000, own: false },
    changedHere: 0,
    createdAtMs: 0,
    ...over,
  }
}
