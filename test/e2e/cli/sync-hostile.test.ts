import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadOrCreateIdentity } from '../../../electron/engine/identity/device-key.ts'
import type { IndexEntry, SharedFolder } from '../../../electron/engine/protocol/messages.ts'
import { blake3 } from '../../../electron/engine/util/digest.ts'
import { HostilePeer, strangerIdentity } from '../../support/hostile-peer.ts'
import { SyncLab, happens, names, put, type SyncHome } from '../../support/sync-lab.ts'

const GUARD_MS = 120_000
const EPOCH = Buffer.from('e0e1e2e3e4e5e6e7', 'hex')
const NOTHING = new Uint8Array(0)
const FILES = 12

let lab: SyncLab
let a: SyncHome
let evilHome: SyncHome
let peer: HostilePeer
let mine: string
let folder: SharedFolder

/** A device that was paired, and is somebody else's by now: it has the key and the folder. */
beforeEach(async () => {
  lab = new SyncLab()
  a = await lab.home('a')
  evilHome = await lab.home('evil')
  await lab.pair(a, evilHome)
  for (let index = 0; index < FILES; index++) put(a, `file-${index}.txt`, `content ${index}`)
  await lab.share(a, evilHome)
  await lab.settle(a)
  mine = evilHome.receiver.deviceId.replaceAll('-', '').slice(0, 26)
  await evilHome.receiver.process.expectInterrupt(0)
  peer = await HostilePeer.dial(a.receiver.port, await loadOrCreateIdentity(evilHome.home), {}, a.receiver.address.split(':')[0])
  peer.hello()
  const list = await peer.next('folder-list')
  folder = list.folders[0]!
  peer.say({ type: 'folder-list', folders: [{ folder: folder.folder, name: '\u001b[2J', mode: 'two-way', epoch: EPOCH, sequence: 1000, files: 1, bytes: 1 }] })
})
afterEach(async () => {
  peer.destroy()
  await lab.close()
})

function file(path: string, content: string | Uint8Array, more: Partial<IndexEntry> = {}): IndexEntry {
  const bytes = Buffer.from(content)
  return { path, kind: 'file', version: [[mine, 5]], size: bytes.length, mtimeMs: 1, executable: false, digest: blake3(bytes), modifiedBy: mine, ...more }
}

function tell(entries: readonly IndexEntry[], from = 0): void {
  peer.say({ type: 'index', folder: folder.folder, epoch: EPOCH, from, to: from + entries.length, entries })
}

/** Answers every request with what `content` says, and names each path that was asked for. */
async function serve(content: (path: string) => string | undefined, until: (asked: Set<string>) => boolean): Promise<Set<string>> {
  const asked = new Set<string>()
  for (let from = 0; !until(asked); ) {
    const get = await peer.next('sync-get', from)
    from = peer.heard.indexOf(get) + 1
    const missing: { item: number; reason: 'gone' }[] = []
    for (const [item, { path }] of get.items.entries()) {
      asked.add(path)
      const answer = content(path)
      if (answer === undefined) missing.push({ item, reason: 'gone' })
      else peer.syncData(get.request, [{ item, block: 0, content: Buffer.from(answer) }])
    }
    peer.say({ type: 'sync-end', request: get.request, missing })
  }
  return asked
}

const HOSTILE = [
  '../escaped.txt', 'a/../../escaped.txt', '/absolute.txt', './dot.txt', 'a//b.txt', 'a/./b.txt', '..', 'trailing/', 'new\nline.txt', '\u001b[2Jansi.txt',
  'bidi\u202etxt.exe', '.holdfast/folder', '.holdfast/trash/x', '.HOLDFAST/folder', '.holdfast-other', 'deep/.holdfast/x', 'nul\u0000.txt', '\u0000', 'x'.repeat(256), 'é'.repeat(200),
]

describe('a paired device that turns hostile', { timeout: GUARD_MS }, () => {
  it('gets no name past the gate; what is honest beside it arrives', async () => {
    tell([...HOSTILE.map((path) => file(path, 'evil')), file('honest.txt', 'honest')])
    const asked = await serve((path) => (path === 'honest.txt' ? 'honest' : 'evil'), (seen) => seen.has('honest.txt'))
    await happens(a.receiver.process, 'honest.txt', 'got')
    expect([...asked].filter((path) => HOSTILE.includes(path))).toEqual([])
    expect(names(a)).toHaveLength(FILES + 1)
    expect(existsSync(lab.path('escaped.txt'))).toBe(false)
    expect(existsSync('/absolute.txt')).toBe(false)
    const status = await lab.did(a, ['sync', 'status'])
    expect(status[0]).toMatchObject({ problems: HOSTILE.length, conflicts: 0 })
    expect(status.filter((event) => event.event === 'problem')).toHaveLength(HOSTILE.length)
  })

  it('deletes nothing much unasked, however it claims that everything is gone', async () => {
    const gone = Array.from({ length: FILES }, (_, index): IndexEntry => {
      return { path: `file-${index}.txt`, kind: 'deleted', version: [[mine, 9_007_199_254_740_991]], size: 0, mtimeMs: 8.64e15, executable: false, digest: NOTHING, modifiedBy: mine }
    })
    // Versions that cover what is here: as if it had seen it all.
    const known = await peer.next('index')
    const covering = gone.map((entry) => {
      const theirs = known.entries.find(({ path }) => path === entry.path)
      return { ...entry, version: [...(theirs?.version ?? []).filter(([tag]) => tag !== mine), [mine, 9_007_199_254_740_991] as const].sort(([x], [y]) => (x < y ? -1 : 1)) }
    })
    tell(covering)
    await a.receiver.process.waitFor((event) => event.event === 'sync' && (event['state'] as { kind: string }).kind === 'asking')
    expect(names(a)).toHaveLength(FILES)
    await lab.did(a, ['sync', 'run', '--keep-mine', '--give-up-after', '1'], 1)
    expect(names(a)).toHaveLength(FILES)
  })

  it('puts nothing in place whose content is not what its digest says, and is left alone after that', async () => {
    tell([file('lie.txt', 'promised'), file('file-0.txt', 'replaced', { version: [[mine, 7]], mtimeMs: 4e12 }), file('true.txt', 'true')])
    await serve((path) => (path === 'true.txt' ? 'true' : 'something else'), (seen) => seen.size === 3)
    await happens(a.receiver.process, 'true.txt', 'got')
    expect(existsSync(join(a.folder, 'lie.txt'))).toBe(false)
    expect(readFileSync(join(a.folder, 'file-0.txt'), 'utf8')).toBe('content 0')
    expect(names(a).filter((name) => name.includes('conflict'))).toEqual([])
  })

  it('holds nothing up with files that are absurd', async () => {
    const tags = Array.from({ length: 64 }, (_, number) => `${'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[number % 32]}${number < 32 ? 'A' : 'B'}${'A'.repeat(24)}`).sort()
    tell([
      file('huge.bin', 'x', { size: 2 ** 50 }),
      file('future.txt', 'future', { mtimeMs: 8.64e15 }),
      file('past.txt', 'past', { mtimeMs: -8.64e15 }),
      file('many.txt', 'many', { version: tags.map((tag) => [tag, 9_007_199_254_740_991] as const), modifiedBy: tags[0]! }),
      file('file-1.txt/below', 'x'),
      { path: 'file-2.txt', kind: 'folder', version: [[mine, 1]], size: 0, mtimeMs: 0, executable: false, digest: NOTHING, modifiedBy: mine },
      file('fine.txt', 'fine'),
    ])
    await serve((path) => (path.endsWith('.txt') ? path.replace('.txt', '') : undefined), (seen) => seen.has('fine.txt'))
    await happens(a.receiver.process, 'fine.txt', 'got')
    expect(a.receiver.process.running).toBe(true)
    const status = await lab.did(a, ['sync', 'status'])
    expect(status[0]).toMatchObject({ event: 'sync' })
    expect(readFileSync(join(a.folder, 'file-0.txt'), 'utf8')).toBe('content 0')
  })

  it.each([
    ['an index of an unknown folder', () => peer.say({ type: 'index', folder: new Uint8Array(16).fill(7), epoch: EPOCH, from: 0, to: 1, entries: [file('x', 'x')] })],
    ['a request for an unknown folder', () => peer.say({ type: 'sync-get', request: 1, folder: new Uint8Array(16).fill(7), items: [{ path: 'file-0.txt', version: [[mine, 1]], firstBlock: 0, count: 1 }] })],
    ['a request for a file outside', () => peer.say({ type: 'sync-get', request: 1, folder: folder.folder, items: [{ path: '../a/key.pem', version: [[mine, 1]], firstBlock: 0, count: 1 }] })],
    ['data nobody asked for', () => peer.syncData(77, [{ item: 0, block: 0, content: Buffer.from('x') }])],
    ['answers to no question', () => {
      peer.say({ type: 'sync-end', request: 99, missing: [] })
      peer.say({ type: 'sync-digests', request: 99, firstBlock: 0, digests: new Uint8Array(32), last: true })
      peer.say({ type: 'index-ack', folder: folder.folder, epoch: EPOCH, sequence: 9_007_199_254_740_991 })
      peer.say({ type: 'sync-cancel', request: 99 })
    }],
  ])('learns and changes nothing by %s', async (_what, attack) => {
    attack()
    tell([file('after.txt', 'after')])
    await serve(() => 'after', (seen) => seen.has('after.txt'))
    await happens(a.receiver.process, 'after.txt', 'got')
    expect(peer.heard.filter(({ type }) => type === 'sync-data')).toEqual([])
    expect(names(a)).toHaveLength(FILES + 1)
  })

  it('is told nothing when it is not paired', async () => {
    const stranger = await HostilePeer.dial(a.receiver.port, await strangerIdentity(), {}, a.receiver.address.split(':')[0])
    stranger.hello()
    await stranger.next('hello')
    stranger.say({ type: 'folder-list', folders: [{ folder: folder.folder, name: 'x', mode: 'two-way', epoch: EPOCH, sequence: 1, files: 1, bytes: 1 }] })
    stranger.say({ type: 'index', folder: folder.folder, epoch: EPOCH, from: 0, to: 1, entries: [file('stranger.txt', 'x')] })
    stranger.say({ type: 'sync-get', request: 1, folder: folder.folder, items: [{ path: 'file-0.txt', version: [[mine, 1]], firstBlock: 0, count: 1 }] })
    stranger.say({ type: 'ping', nonce: 1n })
    await stranger.next('pong')
    expect(stranger.heard.map(({ type }) => type).filter((type) => type.startsWith('folder') || type.startsWith('index') || type.startsWith('sync'))).toEqual([])
    expect(await lab.did(a, ['sync', 'accept'])).toEqual([])
    stranger.destroy()
  })
})
