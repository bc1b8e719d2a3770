import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Journal } from '../../../electron/engine/journal/ports.ts'
import { deviceRow, transferRow } from './fixtures.ts'

/** What every journal must do, whatever it keeps its rows in. `reopen` closes it and opens the same again. */
export function journalSuite(make: () => { journal: Journal; reopen: () => Journal; dispose: () => void }): void {
  let journal: Journal
  let reopen: () => Journal
  let dispose: () => void
  beforeEach(() => {
    ;({ journal, reopen, dispose } = make())
  })
  afterEach(() => dispose())

  describe('transfers', () => {
    test('come back as they were put in', () => {
      const plain = transferRow({ id: 'a' })
      const full = transferRow({
        id: 'b',
        direction: 'receive',
        state: { kind: 'waiting-for-space', neededBytes: 10, freeBytes: 5 },
        target: { host: '::1', port: 4680 },
        onConflict: 'ask',
        renamedRoots: JSON.parse('{"__proto__": "x (2)", "photos": "photos (2)"}') as Record<string, string>,
        roots: ['\u202Eevil\ud800', 'ok'],
        order: 1.5,
        finishedAtMs: 12,
      })
      journal.transfers.insert(plain)
      journal.transfers.insert(full)
      journal = reopen()
      expect(journal.transfers.get('a')).toEqual(plain)
      expect(journal.transfers.get('b')).toEqual(full)
      expect(Object.hasOwn(journal.transfers.get('a') ?? {}, 'target')).toBe(false)
      expect(journal.transfers.get('c')).toBeUndefined()
    })

    test('an id is taken once', () => {
      journal.transfers.insert(transferRow({ id: 'a' }))
      expect(() => journal.transfers.insert(transferRow({ id: 'a' }))).toThrow()
    })

    test('update changes what it is given and nothing else', () => {
      const row = transferRow({ id: 'a', target: { host: 'h', port: 1 } })
      journal.transfers.insert(row)
      journal.transfers.update('a', { bytes: 5, counters: { ...row.counters, retries: 2 } })
      journal.transfers.update('a', {})
      expect(journal.transfers.get('a')).toEqual({ ...row, bytes: 5, counters: { ...row.counters, retries: 2 } })
    })

    test('a transfer that goes on after its end has no end any more', () => {
      journal.transfers.insert(transferRow({ id: 'a' }))
      journal.transfers.update('a', { state: { kind: 'finished', complete: false }, finishedAtMs: 5 })
      expect(journal.transfers.get('a')?.finishedAtMs).toBe(5)
      expect(journal.transfers.findUnfinished('key', 'DEVICE-A')).toBeUndefined()
      journal.transfers.update('a', { state: { kind: 'queued' } })
      expect(journal.transfers.get('a')?.finishedAtMs).toBeUndefined()
      expect(journal.transfers.findUnfinished('key', 'DEVICE-A')?.id).toBe('a')
    })

    test('live and past ones listed together are paged as one list', () => {
      for (const order of [2, 1, 3]) journal.transfers.insert(transferRow({ id: `live-${order}`, order }))
      for (const at of [1, 3, 2]) journal.transfers.insert(transferRow({ id: `past-${at}`, state: { kind: 'finished', complete: true }, finishedAtMs: at }))
      const all = ['live-1', 'live-2', 'live-3', 'past-3', 'past-2', 'past-1']
      for (let offset = 0; offset <= 7; offset += 1) {
        for (let limit = 0; limit <= 7; limit += 1) {
          const { total, items } = journal.transfers.list({ offset, limit })
          expect([total, ...items.map(({ id }) => id)]).toEqual([6, ...all.slice(offset, offset + limit)])
        }
      }
    })

    test('are listed in queue order, ended ones newest first', () => {
      const done = { state: { kind: 'finished', complete: true } } as const
      journal.transfers.insert(transferRow({ id: 'old', ...done, finishedAtMs: 100 }))
      journal.transfers.insert(transferRow({ id: 'second', order: 2 }))
      journal.transfers.insert(transferRow({ id: 'new', ...done, finishedAtMs: 200 }))
      journal.transfers.insert(transferRow({ id: 'first', order: 1, direction: 'receive', deviceId: 'DEVICE-B' }))
      const ids = (filter: Parameters<typeof journal.transfers.list>[0]) => {
        const { total, items } = journal.transfers.list(filter)
        return [total, ...items.map((row) => row.id)]
      }
      expect(ids({ offset: 0, limit: 10 })).toEqual([4, 'first', 'second', 'new', 'old'])
      expect(ids({ ended: false, offset: 0, limit: 10 })).toEqual([2, 'first', 'second'])
      expect(ids({ ended: true, offset: 0, limit: 10 })).toEqual([2, 'new', 'old'])
      expect(ids({ offset: 1, limit: 2 })).toEqual([4, 'second', 'new'])
      expect(ids({ direction: 'receive', offset: 0, limit: 10 })).toEqual([1, 'first'])
      expect(ids({ deviceId: 'DEVICE-A', ended: false, offset: 0, limit: 10 })).toEqual([1, 'second'])
      expect(journal.transfers.maxOrder()).toBe(2)
    })

    test('the newest finished one like another is found, and nothing that is not like it', () => {
      const row = transferRow({ id: 'now', createdAtMs: 9 })
      const finished = { state: { kind: 'finished', complete: true }, finishedAtMs: 20 } as const
      const others = [
        { state: { kind: 'cancelled', by: 'us' } as const, finishedAtMs: 30 }, { ...finished, deviceId: 'OTHER' }, { ...finished, folder: '/home' },
        { ...finished, roots: ['other'] }, { ...finished, sourcesKey: 'other' }, { ...finished, direction: 'receive' as const },
      ]
      others.forEach((patch, i) => journal.transfers.insert(transferRow({ id: `other ${i}`, createdAtMs: 8, ...patch })))
      journal.transfers.insert(row)
      expect(journal.transfers.findFinishedLike(row)).toBeUndefined()
      for (const createdAtMs of [3, 5, 4]) journal.transfers.insert(transferRow({ id: String(createdAtMs), createdAtMs, ...finished }))
      expect(journal.transfers.findFinishedLike(row)?.id).toBe('5')
      journal.transfers.update('now', finished)
      expect(journal.transfers.findFinishedLike(row)?.id).toBe('5')
    })

    test('seals of a page are replaced, dropped, and go with their transfer', () => {
      journal.transfers.insert(transferRow({ id: 'a' }))
      journal.transfers.putSeals('a', 0, new Uint8Array([1]))
      journal.transfers.putSeals('a', 0, new Uint8Array([2, 3]))
      journal.transfers.putSeals('a', 1, new Uint8Array([4]))
      expect([...(journal.transfers.seals('a', 0) ?? [])]).toEqual([2, 3])
      journal.transfers.remove('a')
      expect(journal.transfers.seals('a', 1)).toBeUndefined()
      journal.transfers.insert(transferRow({ id: 'b' }))
      journal.transfers.putSeals('b', 0, new Uint8Array([1]))
      journal.transfers.dropSeals('b')
      expect(journal.transfers.seals('b', 0)).toBeUndefined()
    })

    test('the newest unfinished send of the same sources to the same device is found', () => {
      journal.transfers.insert(transferRow({ id: 'older', createdAtMs: 1 }))
      journal.transfers.insert(transferRow({ id: 'newer', createdAtMs: 2 }))
      journal.transfers.insert(transferRow({ id: 'ended', createdAtMs: 3, state: { kind: 'cancelled', by: 'us' } }))
      journal.transfers.insert(transferRow({ id: 'other', createdAtMs: 4, deviceId: 'DEVICE-B' }))
      expect(journal.transfers.findUnfinished('key', 'DEVICE-A')?.id).toBe('newer')
      expect(journal.transfers.findUnfinished('other', 'DEVICE-A')).toBeUndefined()
    })
  })

  describe('pages', () => {
    const page = {
      transferId: 'a',
      page: 0,
      entries: Buffer.from('entries'),
      states: Buffer.from([0, 1]),
      digests: Buffer.alloc(64, 1),
      details: Buffer.alloc(0),
    }

    test('keep their entries while their progress changes', () => {
      journal.transfers.insert(transferRow({ id: 'a' }))
      journal.transfers.putPage(page)
      journal.transfers.putPage({ ...page, page: 1 })
      const progress = { states: Buffer.from([2, 2]), digests: Buffer.alloc(64, 9), details: Buffer.from('x') }
      journal.transfers.updatePage('a', 1, progress)
      journal = reopen()
      expect(journal.transfers.page('a', 0)).toEqual(page)
      expect(journal.transfers.page('a', 1)).toEqual({ ...page, page: 1, ...progress })
      expect(journal.transfers.page('a', 2)).toBeUndefined()
      expect(journal.transfers.pageCount('a')).toBe(2)
      expect(() => journal.transfers.updatePage('a', 2, progress)).toThrow('no page 2')
    })

    test('belong to a transfer, and go with it', () => {
      expect(() => journal.transfers.putPage(page)).toThrow()
      journal.transfers.insert(transferRow({ id: 'a' }))
      journal.transfers.putPage(page)
      journal.transfers.appendBlocks('a', 0, 0, 0, Buffer.alloc(32))
      journal.transfers.remove('a')
      expect(journal.transfers.pageCount('a')).toBe(0)
      expect(journal.transfers.page('a', 0)).toBeUndefined()
      expect(journal.transfers.blocks('a', 0, 0).length).toBe(0)
    })
  })

  describe('blocks', () => {
    const digests = (from: number, count: number) => Buffer.concat(Array.from({ length: count }, (_, at) => Buffer.alloc(32, from + at)))

    test('are appended without a gap, per attempt', () => {
      journal.transfers.insert(transferRow({ id: 'a' }))
      journal.transfers.appendBlocks('a', 7, 0, 0, digests(0, 3))
      journal.transfers.appendBlocks('a', 7, 0, 3, digests(3, 1))
      journal.transfers.appendBlocks('a', 7, 1, 0, digests(9, 1))
      expect(() => journal.transfers.appendBlocks('a', 7, 0, 5, digests(5, 1))).toThrow('not contiguous')
      expect(() => journal.transfers.appendBlocks('a', 7, 0, 3, digests(3, 1))).toThrow('not contiguous')
      expect(() => journal.transfers.appendBlocks('a', 8, 0, 1, digests(1, 1))).toThrow('not contiguous')
      expect(() => journal.transfers.appendBlocks('a', 7, 0, 4, Buffer.alloc(31))).toThrow('32 bytes')
      expect(Buffer.from(journal.transfers.blocks('a', 7, 0)).equals(digests(0, 4))).toBe(true)
      expect(Buffer.from(journal.transfers.blocks('a', 7, 1)).equals(digests(9, 1))).toBe(true)
    })

    test('are dropped of one file or of all', () => {
      journal.transfers.insert(transferRow({ id: 'a' }))
      for (const file of [1, 2, 3]) journal.transfers.appendBlocks('a', file, 0, 0, digests(0, 1))
      journal.transfers.dropBlocks('a', 1)
      expect([1, 2, 3].map((file) => journal.transfers.blocks('a', file, 0).length)).toEqual([0, 32, 32])
      journal.transfers.dropBlocks('a')
      expect([1, 2, 3].map((file) => journal.transfers.blocks('a', file, 0).length)).toEqual([0, 0, 0])
    })
  })

  describe('devices', () => {
    test('are put, replaced, listed and removed', () => {
      const row = deviceRow({
        id: 'A',
        name: 'NAS',
        policy: { accept: 'always', quotaBytes: 2 ** 45 },
        addresses: [{ host: '192.0.2.1', port: 4680, lastSeenMs: 3 }],
        pairedAtMs: 1,
        lastSeenMs: 2,
      })
      journal.devices.put(deviceRow({ id: 'B' }))
      journal.devices.put(deviceRow({ id: 'A', name: 'before' }))
      journal.devices.put(row)
      journal = reopen()
      expect(journal.devices.get('A')).toEqual(row)
      expect(journal.devices.list()).toEqual([row, deviceRow({ id: 'B' })])
      journal.devices.remove('A')
      expect(journal.devices.get('A')).toBeUndefined()
    })

    test('count what was received from them', () => {
      journal.devices.put(deviceRow({ id: 'A', receivedBytes: 5 }))
      journal.devices.addReceivedBytes('A', 2 ** 40)
      journal.devices.addReceivedBytes('unknown', 1)
      expect(journal.devices.get('A')?.receivedBytes).toBe(2 ** 40 + 5)
    })
  })

  test('settings keep what was set', () => {
    expect(journal.settings.get()).toEqual({})
    journal.settings.set({ name: 'here', discovery: true, listen: { host: '::', port: 0 } })
    journal.settings.set({ discovery: false })
    journal = reopen()
    expect(journal.settings.get()).toEqual({ name: 'here', discovery: false, listen: { host: '::', port: 0 } })
  })

  describe('a transaction', () => {
    test('is all or nothing, with what nested ones did', () => {
      const attempt = () =>
        journal.transaction(() => {
          journal.devices.put(deviceRow({ id: 'A' }))
          journal.transaction(() => journal.devices.put(deviceRow({ id: 'B' })))
          throw new Error('cut')
        })
      expect(attempt).toThrow('cut')
      expect(journal.devices.list()).toEqual([])
    })

    test('returns what its work returns, and takes no promise', () => {
      expect(journal.transaction(() => journal.transaction(() => 5))).toBe(5)
      expect(() => journal.transaction(() => Promise.resolve())).toThrow('synchronous')
      journal.transaction(() => journal.devices.put(deviceRow({ id: 'A' })))
      expect(journal.devices.list().length).toBe(1)
    })
  })
}
