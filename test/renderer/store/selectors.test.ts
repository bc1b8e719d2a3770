import { describe, expect, test } from 'vitest'
import { announcementOf } from '../../../renderer/store/announce.ts'
import { applyDeviceRemoved, applyReceived, applyTransfer, applyTransferRemoved } from '../../../renderer/store/apply.ts'
import { emptyPaged, itemAt, PAGE_SIZE, pagesOf, withItem, withPage } from '../../../renderer/store/paged.ts'
import { devicesOf, liveCount, openPairing, readinessOf, sectionsOf, totalSpeed, trayTotals } from '../../../renderer/store/selectors.ts'
import type { EngineStatus } from '../../../shared/ipc/contract.ts'
import { INITIAL, type State } from '../../../renderer/store/state.ts'
import { ALL, KEPT_SAMPLES, sampled, scaleOf, type Samples } from '../../../renderer/store/throughput.ts'
import { demoDevice, demoReceived, demoTransfer } from '../../support/demo-data.ts'

const device = demoDevice(2, 'Studio')
const active = demoTransfer(1, device, { kind: 'active' }, { bytesPerSecond: 5, createdAtMs: 1 })
const lost = demoTransfer(2, device, { kind: 'connecting', error: { code: 'NET_LOST', message: '' } }, { createdAtMs: 2 })
const queuedLate = demoTransfer(3, device, { kind: 'queued' }, { order: 9 })
const queuedSoon = demoTransfer(4, device, { kind: 'queued' }, { order: 1 })
const done = demoTransfer(5, device, { kind: 'finished', complete: true })

function stateWith(...transfers: State['transfers'][string][]): State {
  return transfers.reduce<State>((state, transfer) => ({ ...state, ...applyTransfer(state, transfer) }), INITIAL)
}

describe('transfers', () => {
  test('are under way, waiting in the order of the queue, or ended', () => {
    const state = stateWith(queuedLate, lost, active, done, queuedSoon)
    const { underWay, waiting } = sectionsOf(state.transfers)
    expect(underWay.map((transfer) => transfer.id)).toEqual([active.id, lost.id])
    expect(waiting.map((transfer) => transfer.id)).toEqual([queuedSoon.id, queuedLate.id])
    expect(liveCount(state)).toBe(4)
    expect(totalSpeed(state)).toBe(5)
  })

  test('one that ends makes the history be read again, once', () => {
    const running = stateWith(active)
    const ended = { ...running, ...applyTransfer(running, { ...active, state: { kind: 'finished', complete: true } }) }
    expect(ended.history.version).toBe(running.history.version + 1)
    const again = applyTransfer(ended, { ...active, state: { kind: 'finished', complete: true } })
    expect(again.history?.version).toBe(ended.history.version)
  })

  test('one that is removed closes its own page', () => {
    const state = { ...stateWith(active), transferId: active.id }
    expect(applyTransferRemoved(state, active.id)).toMatchObject({ transferId: null, transfers: {} })
  })

  test('news worth a word are said once', () => {
    expect(announcementOf(active, { ...active, bytes: 5 })).toBeNull()
    expect(announcementOf(undefined, done)).toBeNull()
    expect(announcementOf(active, { ...active, state: { kind: 'finished', complete: true } })).toEqual({ text: 'Untitled is complete, to Studio.', urgent: false })
    expect(announcementOf(active, { ...active, state: { kind: 'failed', error: { code: 'DISK_ERROR', message: '' } } })?.urgent).toBe(true)
  })
})

describe('devices', () => {
  test('reachable ones come first, strangers only while they are near', () => {
    const away = demoDevice(3, 'A away', { nearby: false })
    const gone = demoDevice(4, 'gone', { trust: 'seen', nearby: false })
    const near = demoDevice(5, 'near', { trust: 'seen' })
    const devices = Object.fromEntries([away, device, gone, near].map((item) => [item.id, item]))
    expect(devicesOf(devices)).toEqual({ paired: [device, away], others: [near] })
  })

  test('one that is forgotten is no target any more', () => {
    const state: State = { ...INITIAL, devices: { [device.id]: device }, draft: { deviceIds: [device.id], addresses: [], sending: false } }
    expect(applyDeviceRemoved(state, device.id)).toMatchObject({ devices: {}, draft: { deviceIds: [] } })
  })

  test('a running pairing comes before one that has ended', () => {
    const ended = { id: 'a', role: 'initiator', deviceId: 'x', deviceName: 'x', state: { kind: 'paired' } } as const
    const running = { ...ended, id: 'b', state: { kind: 'connecting' } } as const
    expect(openPairing({ ...INITIAL, pairings: { a: ended, b: running } })?.id).toBe('b')
    expect(openPairing({ ...INITIAL, pairings: { a: ended } })?.id).toBe('a')
    expect(openPairing(INITIAL)).toBeNull()
  })
})

describe('the tray', () => {
  test('counts what can be sent, and says while it is still counting', () => {
    const file = { sourceId: '1', name: 'a', kind: 'file', size: 10 } as const
    const folder = { sourceId: '2', name: 'b', kind: 'folder', size: 100, files: 7 } as const
    const broken = { ...file, sourceId: '3', error: { code: 'FILE_VANISHED', message: '' } } as const
    expect(trayTotals([file, folder, broken])).toEqual({ count: 2, files: 8, bytes: 110, counting: false })
    expect(trayTotals([{ sourceId: '4', name: 'c', kind: 'folder' }]).counting).toBe(true)
    expect(trayTotals([{ ...file, uploadedBytes: 3 }]).counting).toBe(true)
  })
})

describe('long lists', () => {
  const page = (index: number) => ({ total: 100_000, offset: index * PAGE_SIZE, items: Array.from({ length: PAGE_SIZE }, (_, at) => index * PAGE_SIZE + at) })

  test('only the pages near the one just read are kept', () => {
    let list = emptyPaged<number>('x')
    for (let index = 0; index < 40; index++) list = withPage(list, index, page(index))
    expect(Object.keys(list.pages).length).toBeLessThanOrEqual(12)
    expect(itemAt(list, 39 * PAGE_SIZE + 5)).toBe(3905)
    expect(itemAt(list, 5)).toBeUndefined()
    expect(list.total).toBe(100_000)
  })

  test('pages cover the rows that are seen', () => {
    expect(pagesOf(95, 205)).toEqual([0, 1, 2])
    expect(pagesOf(-3, 0)).toEqual([0])
  })

  test('one item is replaced in place, an unknown one changes nothing', () => {
    const list = withPage(emptyPaged<number>('x'), 0, page(0))
    expect(itemAt(withItem(list, (item) => item === 5, -5), 5)).toBe(-5)
    expect(withItem(list, (item) => item === -1, 0)).toBe(list)
  })

  test('a received file that changes is replaced; a new one makes the list be read again', () => {
    const [file, other] = demoReceived(2, [device])
    if (!file || !other) throw new Error('no files')
    const state: State = { ...INITIAL, received: withPage(emptyPaged(''), 0, { total: 1, offset: 0, items: [file] }) }
    const changed = applyReceived(state, 1, { ...file, state: 'deleted' }).received
    expect(changed && itemAt(changed, 0)?.state).toBe('deleted')
    expect(changed?.version).toBe(0)
    expect(applyReceived(state, 2, other).received?.version).toBe(1)
    expect(applyReceived(state, 1, null).received?.version).toBe(1)
  })
})

describe('throughput', () => {
  test('adds up, stands at zero while waiting, keeps two minutes, and ends when nothing has moved for that long', () => {
    let series: Readonly<Record<string, Samples>> = sampled({}, [active, { ...active, id: 'other', bytesPerSecond: 7 }])
    expect(series[ALL]).toEqual([12])
    series = sampled(series, [{ ...active, state: { kind: 'paused', by: 'us' } }])
    expect(series[active.id]).toEqual([5, 0])
    for (let second = 0; second < KEPT_SAMPLES; second++) series = sampled(series, [active])
    expect(series[active.id]).toHaveLength(KEPT_SAMPLES)
    for (let second = 0; second < KEPT_SAMPLES; second++) series = sampled(series, [])
    expect(series).toEqual({})
  })

  test('the scale is round and never below the curve', () => {
    for (const speed of [0, 1, 3, 99, 101, 5_000_001]) expect(scaleOf([speed])).toBeGreaterThanOrEqual(speed)
    expect(scaleOf([62_000_000])).toBe(100_000_000)
  })
})

describe('whether something would arrive', () => {
  const folder = '/home/ines/Holdfast'
  const status = (change: Partial<EngineStatus>): Pick<State, 'connection' | 'status'> => ({
    connection: { kind: 'online' },
    status: {
      deviceId: 'x', name: 'x', version: '1', home: '/h', pid: 1, listening: { host: '::', port: 4680 }, receiveFolder: folder,
      freeBytes: 1e9, activeTransfers: 0, waitingTransfers: 0, requests: 0, problems: [], ...change,
    },
  })
  test.each<[string, Partial<EngineStatus>, string]>([
    ['nothing is wrong', {}, 'ready'],
    ['it does not listen', { listening: null }, 'closed'],
    ['the folder is gone', { problems: [{ code: 'FOLDER_MISSING', message: 'x', details: { folder } }] }, 'folder-missing'],
    ['it cannot be written to, as the words say', { problems: [{ code: 'FOLDER_READ_ONLY', message: `${folder} is on a read-only volume.` }] }, 'read-only'],
    ['the folder of one device is gone', { problems: [{ code: 'FOLDER_MISSING', message: 'x', details: { folder: '/elsewhere' } }] }, 'ready'],
    ['the plain inbox has trouble', { problems: [{ code: 'PORT_IN_USE', message: 'The plain TCP inbox is not open.' }] }, 'ready'],
    ['there is no room', { freeBytes: 1000 }, 'full'],
  ])('%s', (_what, change, expected) => {
    expect(readinessOf(status(change))).toBe(expected)
  })
  test('nobody answers', () => {
    expect(readinessOf({ ...status({}), connection: { kind: 'offline', attempt: 1, retryAtMs: 0 } })).toBe('offline')
  })
})
