import { describe, expect, test } from 'vitest'
import type { IndexEntry } from '../../../electron/engine/protocol/messages.ts'
import { deviceTag } from '../../../electron/engine/sync/entry.ts'
import { blake3 } from '../../../electron/engine/util/digest.ts'
import { FOLDER } from '../../support/sync/sim-device.ts'
import { HostilePeer, SyncLab } from '../../support/sync/sync-lab.ts'

const folder = Buffer.from(FOLDER, 'hex')
const epoch = Buffer.alloc(8, 7)

async function attacked(): Promise<{ lab: SyncLab; peer: HostilePeer; tell(entries: readonly IndexEntry[]): void; entry(path: string, patch?: Partial<IndexEntry>): IndexEntry }> {
  const lab = new SyncLab(1)
  const victim = lab.device(0)
  const peer = new HostilePeer(victim)
  victim.join([peer.id])
  for (let index = 0; index < 10; index += 1) lab.write(0, `mine ${index}`, `content ${index}`)
  lab.start()
  await lab.rest()
  peer.up()
  peer.say({ type: 'folder-list', folders: [{ folder, name: 'x', mode: 'two-way', epoch, sequence: 0, files: 0, bytes: 0 }] })
  const tag = deviceTag(peer.id)
  let sequence = 0
  return {
    lab, peer,
    tell(entries) {
      peer.say({ type: 'index', folder, epoch, from: sequence, to: sequence + entries.length, entries })
      sequence += entries.length
    },
    entry: (path, patch = {}) => ({ path, kind: 'file', version: [[tag, 1]], size: 5, mtimeMs: 1_000, executable: false, digest: blake3('right'), modifiedBy: tag, ...patch }),
  }
}

const HOSTILE_NAMES = [
  '../a', '/etc/passwd', 'a/../../b', 'a//b', './a', 'a/.', '..', '.holdfast/folder', '.HOLDFAST/x', '.holdfast\u200b/x', 'a/.holdfast/staging/1', '\\\\host\\share', 'C:\\x',
  'a\u202egpj.exe', 'x'.repeat(300), 'a\nb', 'a\u0001b', 'a\u0000', '\u001b[31mred', '\ud800', '',
]

describe('a hostile member', () => {
  test('names what it likes: each is a problem of its own, and holds up nothing else', async () => {
    const { lab, peer, tell, entry } = await attacked()
    peer.answer = (message) => {
      if (message.type !== 'sync-get') return
      lab.world.after(5, () => {
        peer.data(message.request, message.items.map((_, item) => ({ item, block: 0, bytes: Buffer.from('right') })))
        peer.say({ type: 'sync-end', request: message.request, missing: [] })
      })
    }
    tell([...HOSTILE_NAMES.map((path) => entry(path)), ...HOSTILE_NAMES.map((path) => entry(path, { kind: 'folder' })), entry('good')])
    await lab.rest()
    expect(lab.tree(0)).toMatchObject({ good: 'right' })
    expect(Object.keys(lab.tree(0))).toHaveLength(11)
    const { items } = lab.device(0).store.problems(FOLDER, 0, 100)
    expect(new Set(items.map(({ error }) => error.code))).toEqual(new Set(['FILE_NAME_REFUSED']))
    expect(items.length).toBeGreaterThan(HOSTILE_NAMES.length - 3)
    expect(lab.device(0).store.openCount(FOLDER)).toBe(0)
  })

  test('gives absurd numbers: they are not taken, or are a problem of that file', async () => {
    const { lab, tell, entry } = await attacked()
    const many = Array.from({ length: 65 }, (_, index) => [`A${String(index).padStart(25, '0')}`, 1] as const)
    const own = deviceTag(lab.device(0).id)
    tell([
      entry('version 1', { version: many }), entry('version 2', { version: [] }), entry('version 3', { version: [['B'.repeat(26), 1], ['A'.repeat(26), 1]] }),
      entry('version 4', { version: [['B'.repeat(26), Infinity]] }), entry('version 5', { version: [['B'.repeat(26), -1]] }),
      entry('size 1', { size: -1 }), entry('size 2', { size: 2 ** 60 }), entry('size 3', { size: NaN }), entry('mtime', { mtimeMs: 9e15 }), entry('digest', { digest: Buffer.alloc(31) }),
      entry('huge', { size: 2 ** 50 }),
      entry('mine 0', { version: [[own, Number.MAX_SAFE_INTEGER]], kind: 'deleted', digest: new Uint8Array(0), size: 0 }),
    ])
    await lab.rest()
    expect(lab.device(0).store.problems(FOLDER, 0, 9).items).toMatchObject([{ path: 'huge', error: { code: 'DISK_FULL' } }])
    lab.write(0, 'mine 0', 'again')
    await lab.rest()
    expect(lab.tree(0)['mine 0']).toBe('again')
    for (const [, counter] of lab.device(0).store.local(FOLDER, 'mine 0')!.version) expect(counter).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
  })

  test('deletes everything: it asks', async () => {
    const { lab, peer, tell, entry } = await attacked()
    const told = peer.heard.flatMap((message) => (message.type === 'index' ? message.entries : []))
    expect(told).toHaveLength(10)
    tell(told.map(({ path, version }) => entry(path, { kind: 'deleted', digest: new Uint8Array(0), size: 0, version: [...version, [deviceTag(peer.id), 1]] })))
    await lab.rest()
    expect(lab.state(0).state).toMatchObject({ kind: 'asking', counts: { delete: 10 } })
    expect(Object.keys(lab.tree(0))).toHaveLength(10)
  })

  test('one by one, too', async () => {
    const { lab, peer, tell, entry } = await attacked()
    for (const { path, version } of peer.heard.flatMap((message) => (message.type === 'index' ? message.entries : []))) {
      tell([entry(path, { kind: 'deleted', digest: new Uint8Array(0), size: 0, version: [...version, [deviceTag(peer.id), 1]] })])
      await lab.rest(2_000)
    }
    expect(lab.state(0).state).toMatchObject({ kind: 'asking' })
    expect(Object.keys(lab.tree(0)).length).toBeGreaterThanOrEqual(5)
  })

  test('sends other bytes than it has announced: nothing comes of it but a problem', async () => {
    const { lab, peer, tell, entry } = await attacked()
    let asked = 0
    peer.answer = (message) => {
      if (message.type !== 'sync-get') return
      asked += 1
      lab.world.after(5, () => {
        peer.data(message.request, [{ item: 0, block: 0, bytes: Buffer.from('wrong') }])
        peer.say({ type: 'sync-end', request: message.request, missing: [] })
      })
    }
    tell([entry('a')])
    await lab.rest(60_000)
    expect(lab.tree(0)['a']).toBeUndefined()
    expect(lab.device(0).store.problems(FOLDER, 0, 9).items).toMatchObject([{ path: 'a', error: { code: 'PEER_PROTOCOL' } }])
    expect(asked).toBeLessThan(8)
  })

  test('lies about the blocks of a long file', async () => {
    const { lab, peer, tell, entry } = await attacked()
    peer.answer = (message) => {
      if (message.type === 'sync-digests-request') lab.world.after(5, () => peer.say({ type: 'sync-digests', request: message.request, firstBlock: 0, digests: Buffer.alloc(96, 1), last: true }))
    }
    tell([entry('long', { size: 2 * 2 ** 20 + 1 })])
    await lab.rest(60_000)
    expect(lab.device(0).store.problems(FOLDER, 0, 9).items).toMatchObject([{ path: 'long', error: { code: 'PEER_PROTOCOL' } }])
    expect(lab.device(0).volume.staged.size).toBe(0)
  })

  test('never answers: it is asked less and less, and others go on', async () => {
    const { lab, peer, tell, entry } = await attacked()
    let asked = 0
    peer.answer = (message) => {
      if (message.type === 'sync-get') asked += 1
    }
    tell([entry('a'), entry('b', { digest: blake3('other') })])
    await lab.rest(600_000)
    expect(asked).toBeGreaterThan(1)
    expect(asked).toBeLessThan(10)
    lab.write(0, 'new', 'told all the same')
    await lab.rest()
    expect(peer.heard.some((message) => message.type === 'index' && message.entries.some(({ path }) => path === 'new'))).toBe(true)
  })

  test('asks for what is not its business: denied, or not there; and answers nobody has asked for are dropped', async () => {
    const { lab, peer } = await attacked()
    const version = lab.device(0).store.local(FOLDER, 'mine 1')!.version
    peer.heard.length = 0
    const other = Buffer.alloc(16, 9)
    peer.say({ type: 'sync-get', request: 1, folder: other, items: [{ path: 'mine 1', version, firstBlock: 0, count: 1 }] })
    peer.say({ type: 'sync-get', request: 2, folder, items: [{ path: '../secret', version, firstBlock: 0, count: 1 }, { path: 'mine 1', version: [['A'.repeat(26), 99]], firstBlock: 0, count: 1 }, { path: 'mine 1', version, firstBlock: 7, count: 9 }] })
    for (let request = 10; request < 40; request += 1) peer.say({ type: 'sync-digests-request', request, folder, path: 'mine 1', version })
    peer.data(77, [{ item: 0, block: 0, bytes: Buffer.from('unasked') }])
    peer.say({ type: 'index', folder: other, epoch, from: 0, to: 1, entries: [] })
    peer.say({ type: 'index-ack', folder, epoch, sequence: 2 ** 50 })
    await lab.rest()
    const ends = peer.heard.flatMap((message) => (message.type === 'sync-end' ? [message] : []))
    expect(ends.find(({ request }) => request === 1)?.missing).toEqual([{ item: 0, reason: 'denied' }])
    expect(ends.find(({ request }) => request === 2)?.missing.map(({ reason }) => reason)).toEqual(['gone', 'changed', 'later'])
    expect(ends.some(({ missing }) => missing[0]?.reason === 'later')).toBe(true)
    expect(peer.heard.every((message) => message.type !== 'index-ack')).toBe(true)
  })
})
