import { chmodSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadOrCreateIdentity } from '../../electron/engine/identity/device-key.ts'
import { assertNoPartial, compareTrees } from '../support/compare-trees.ts'
import { hangGuard } from '../support/hang-guard.ts'
import type { HoldfastProcess } from '../support/holdfast-process.ts'
import { Lab, type Receiver } from '../support/processes.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { missing, Program } from './plain/program.ts'

/**
 * A second implementation, in Python and written from PROTOCOL.md alone, on the other side of the real program: where the
 * two agree, the specification is enough to write a third.
 */
const noPython = missing('python3', ['--version'])
if (noPython !== undefined) console.warn(`skipped: ${noPython}`)

const PEER = fileURLToPath(new URL('holdfast_peer', import.meta.url))
const GOLDEN = fileURLToPath(new URL('../engine/protocol/golden', import.meta.url))
const GUARD_MS = 120_000
const MIB = 1 << 20
const BIG = 'Ünï 💻/größe.bin'
/** Sizes in bytes. */
const FILES: Readonly<Record<string, number>> = {
  nothing: 0,
  three: 3,
  run: 40,
  'largest of a pack': 128 * 1024,
  'smallest of blocks': 128 * 1024 + 1,
  [BIG]: 2 * MIB + 17,
  'Ünï 💻/日本語': 11,
}
const BYTES = Object.values(FILES).reduce((sum, size) => sum + size, 0)
const COUNT = Object.keys(FILES).length
const QUIET = { files: COUNT, bytes: BYTES, resumedBytes: 0, resentBlocks: 0, duplicates: 0, retries: 0, skipped: 0, failed: 0 }

interface Sent {
  readonly entries: Readonly<Record<string, { outcome: string; digest?: string; finalPath?: string; sentBytes: number }>>
  readonly links: readonly string[]
  readonly wanted: readonly (readonly [path: string, offset: number])[]
  readonly resent: number
  readonly duplicates: number
  readonly askedAgain: number
  readonly pages: number
  readonly pongs: number
}

interface Received {
  readonly files: Readonly<Record<string, string>>
  readonly links: readonly string[]
  readonly ends: readonly string[]
  readonly duplicates: number
  readonly bytes: number
  readonly offer: Readonly<Record<string, unknown>>
}

let lab: Lab
let source = ''
let programs: Program[] = []

beforeEach(async () => {
  lab = new Lab()
  source = await lab.folder('source')
  const random = seededRandom(7)
  mkdirSync(join(source, 'leer'))
  mkdirSync(join(source, 'Ünï 💻'))
  for (const [name, size] of Object.entries(FILES)) {
    writeFileSync(join(source, name), random.bytes(size))
    utimesSync(join(source, name), 1_600_000_000, 1_600_000_000 + size / 1000)
  }
  chmodSync(join(source, 'run'), 0o755)
})

afterEach(async () => {
  await Promise.all(programs.map((program) => program.stop()))
  programs = []
  await lab.close()
})

function python(args: readonly string[]): Program {
  const program = new Program('python3', [PEER, ...args])
  programs.push(program)
  return program
}

/** What the peer says at its end. */
async function result<T>(program: Program): Promise<T> {
  const { stdout } = await hangGuard(program.success(), GUARD_MS / 2, 'the Python peer', () => '')
  return JSON.parse(stdout.toString().trim().split('\n').at(-1) ?? '') as T
}

function sources(): string[] {
  return readdirSync(source).map((name) => join(source, name))
}

function digests(events: HoldfastProcess, name: 'received' | 'delivered'): Record<string, unknown> {
  return Object.fromEntries(events.eventsOf(name).map((event) => [event['path'], event['digest']]))
}

describe.skipIf(noPython !== undefined)('a peer in Python', { timeout: GUARD_MS }, () => {
  it('writes and reads every golden vector as this program does', async () => {
    const { vectors } = await result<{ vectors: number }>(python(['golden', GOLDEN]))
    expect(vectors).toBeGreaterThan(30)
  })

  describe('sends', () => {
    let receiver: Receiver

    beforeEach(async () => {
      await loadOrCreateIdentity(lab.path('peer'))
      receiver = await lab.receive(lab.path('home'), await lab.folder('in'), ['--accept', 'anyone'])
    })

    /** The peer's account; the receiver's folder, events and digests agree with it, each file once, but for `lost`. */
    async function send(faults: readonly string[] = [], lost: readonly string[] = []): Promise<Sent> {
      const identity = join(lab.path('peer'), 'identity')
      const args = ['send', '--identity', identity, '--peer', receiver.deviceId, '--port', String(receiver.port), ...faults]
      const sent = await result<Sent>(python([...args, ...sources()]))
      await receiver.process.waitFor('done')
      expect(compareTrees(source, receiver.folder)).toEqual(lost.map((path) => `${path}: missing`))
      const delivered = Object.entries(sent.entries).filter(([, entry]) => entry.outcome === 'delivered')
      expect(delivered.map(([path, { finalPath }]) => [path, finalPath])).toEqual(delivered.map(([path]) => [path, path]))
      expect(delivered.map(([path]) => path).sort()).toEqual(Object.keys(FILES).filter((path) => !lost.includes(path)).sort())
      expect(receiver.process.eventsOf('received')).toHaveLength(COUNT - lost.length)
      const ours = Object.fromEntries(delivered.map(([path, { digest }]) => [path, digest]))
      expect(digests(receiver.process, 'received')).toEqual(ours)
      return sent
    }

    /** The receiver's counters, and nothing unfinished left by it. */
    async function done(): Promise<unknown> {
      const counters = await receiver.process.waitFor('done')
      await receiver.process.expectInterrupt(0)
      expect(receiver.process.eventsOf('done')).toHaveLength(1)
      assertNoPartial(receiver.folder)
      return counters
    }

    it('files of every size, an empty folder and Unicode names', async () => {
      const sent = await send()
      expect(sent).toMatchObject({ links: ['new'], resent: 0, duplicates: 0, askedAgain: 0, pages: 1 })
      expect(sent.entries).toMatchObject({ leer: { outcome: 'folder' }, [BIG]: { sentBytes: FILES[BIG] } })
      expect(await done()).toMatchObject(QUIET)
    })

    it('in many small pages', async () => {
      expect((await send(['--page-entries', '1'])).pages).toBe(COUNT + 2)
      expect(await done()).toMatchObject(QUIET)
    })

    it('through a cut inside a frame: the same session goes on, and nothing comes twice', async () => {
      const sent = await send(['--cut-after', '2'])
      expect(sent.links).toEqual(['new', 'resumed'])
      expect(sent.resent).toBeGreaterThan(0)
      expect(sent.wanted).toHaveLength(COUNT)
      expect(await done()).toMatchObject({ ...QUIET, retries: 1 })
    })

    it('after a reset: what `want` says is sent, no more', async () => {
      const sent = await send(['--cut-after', '3', '--lose-session'])
      expect(sent.links).toEqual(['new', 'new'])
      // The first blocks of the big file were durable, everything else was delivered.
      expect(sent.wanted).toEqual([[BIG, MIB]])
      expect(await done()).toMatchObject({ ...QUIET, resumedBytes: BYTES - (FILES[BIG] ?? 0) + MIB, retries: 1 })
    })

    it('a block and a file that do not verify, and a message twice: asked for again, and dropped', async () => {
      const sent = await send(['--corrupt', '--repeat', '2'])
      expect(sent).toMatchObject({ links: ['new'], resent: 1, askedAgain: 2 })
      expect(await done()).toMatchObject({ ...QUIET, resentBlocks: 2, duplicates: 1 })
    })

    it('a file that changes meanwhile: it begins anew, and what still comes of the former attempt is not taken', async () => {
      const sent = await send(['--restart'])
      expect(sent.entries[BIG]?.sentBytes).toBe(MIB + (FILES[BIG] ?? 0))
      expect(await done()).toMatchObject(QUIET)
    })

    it('everything but a file that has vanished', async () => {
      const sent = await send(['--fail', 'three'], ['three'])
      expect(sent.entries['three']).toMatchObject({ outcome: 'vanished' })
      expect(await done()).toMatchObject({ files: COUNT - 1, failed: 1 })
    })

    it('as a later version would: unknown types and keys are skipped and acknowledged, a ping is answered', async () => {
      const sent = await send(['--later'])
      expect(sent).toMatchObject({ links: ['new'], resent: 0, pongs: 1 })
      expect(await done()).toMatchObject(QUIET)
    })
  })

  describe('receives', () => {
    let folder = ''
    let events: HoldfastProcess

    /** The peer's account of what the real sender sent it; both sides agree about every digest. */
    async function receive(...faults: string[]): Promise<Received> {
      await loadOrCreateIdentity(lab.path('peer'))
      const { deviceId } = await loadOrCreateIdentity(lab.path('home'))
      folder = await lab.folder('in')
      const certificate = join(lab.path('home'), 'identity', 'cert.pem')
      const identity = join(lab.path('peer'), 'identity')
      const who = ['--identity', identity, '--peer', deviceId, '--authority', certificate]
      const peer = python(['receive', ...who, '--dir', folder, ...faults])
      const port = await hangGuard(peer.port(), GUARD_MS / 2, 'the port of the Python peer', () => '')
      events = lab.run(lab.path('home'), ['send', ...sources(), '--to', `127.0.0.1:${port}`, '--trust-first-use'])
      await events.expectExit(0)
      const received = await result<Received>(peer)
      expect(compareTrees(source, folder)).toEqual([])
      expect(Object.keys(received.files).sort()).toEqual(Object.keys(FILES).sort())
      expect(events.eventsOf('delivered')).toHaveLength(COUNT)
      expect(digests(events, 'delivered')).toEqual(received.files)
      return received
    }

    it('files of every size, an empty folder and Unicode names', async () => {
      const received = await receive()
      expect(received).toMatchObject({ links: ['new'], duplicates: 0, bytes: BYTES })
      expect(received.offer).toMatchObject({ files: COUNT, entries: COUNT + 2, pages: 1, bytes: BYTES })
      expect(events.eventsOf('done')).toMatchObject([QUIET])
    })

    it('through a cut: the same session goes on, and nothing comes twice', async () => {
      const received = await receive('--cut-after', '2')
      expect(received).toMatchObject({ links: ['new', 'resumed'], duplicates: 0, bytes: BYTES })
      expect(events.eventsOf('done')).toMatchObject([{ files: COUNT, bytes: BYTES, retries: 1, resumedBytes: 0, failed: 0 }])
    })

    it('after a reset: nothing that was durable comes again', async () => {
      const received = await receive('--cut-after', '2', '--lose-session')
      expect(received).toMatchObject({ links: ['new', 'new'], duplicates: 0, bytes: BYTES })
      const [done] = events.eventsOf('done')
      expect(done).toMatchObject({ files: COUNT, bytes: BYTES, retries: 1, failed: 0 })
      expect(done?.['resumedBytes']).toBeGreaterThan(0)
    })

    it('and asks again for a block and a file that it could not keep', async () => {
      const received = await receive('--ask-again')
      expect(received).toMatchObject({ links: ['new'], duplicates: 0 })
      expect(received.bytes).toBeGreaterThan(BYTES)
      const [done] = events.eventsOf('done')
      expect(done).toMatchObject({ files: COUNT, bytes: BYTES, retries: 0, failed: 0 })
      expect(done?.['resentBlocks']).toBeGreaterThanOrEqual(2)
    })
  })
})
