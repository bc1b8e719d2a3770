import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { InlineLanes } from '../../../electron/engine/folder/inline-lanes.ts'
import { WorkerLanes } from '../../../electron/engine/folder/lanes.ts'
import type { Lanes } from '../../../electron/engine/folder/ports.ts'
import { stampOfPath } from '../../../electron/engine/folder/stamps.ts'
import { stagedPath } from '../../../electron/engine/folder/staging.ts'
import { finishFile, packOf, plant, receivePlace, temporaryFolder, tree } from './place.ts'

const open: Lanes[] = []
const use = <T extends Lanes>(lanes: T): T => {
  open.push(lanes)
  return lanes
}
afterEach(async () => {
  for (const lanes of open.splice(0)) await lanes.close()
})

const placedAtMs: unknown = expect.any(Number)
const WANTED = { mtimeMs: 1_600_000_000_000, executable: false }

describe.each([
  ['InlineLanes', () => new InlineLanes()],
  ['WorkerLanes', () => new WorkerLanes({ writeLanes: 1 })],
  ['WorkerLanes with two write lanes', () => new WorkerLanes({ readLanes: 2, writeLanes: 2 })],
])('%s', (_, make) => {
  it('carries small files from packs into place', async () => {
    const { place, root } = receivePlace()
    const lanes = use(make())
    const entries = [
      { file: 0, kind: 'folder' as const, path: 'd', size: 0, mtimeMs: 0 },
      { file: 1, kind: 'file' as const, path: 'd/a', size: 5, mtimeMs: 0 },
      { file: 2, kind: 'file' as const, path: 'd/b', size: 4, mtimeMs: 0 },
    ]
    const prepared = await lanes.preparePage({ place, onConflict: 'keep-both', compare: true, entries, renamedRoots: {} })
    expect(prepared.outcomes.map((outcome) => outcome.kind)).toEqual(['free', 'free', 'free'])
    // Not awaited one by one: what follows must see what was given before.
    const packs = [lanes.writePack({ place, ...packOf([{ file: 1, content: 'alpha' }]), files: [WANTED] }), lanes.writePack({ place, ...packOf([{ file: 2, content: 'beta' }]), files: [WANTED] })]
    const flushed = lanes.flush({ place, files: [1, 2] })
    const finished = lanes.finish({ place, renamedRoots: {}, quarantine: true, files: [finishFile(1, 'd/a', 'alpha'), finishFile(2, 'd/b', 'beta')] })
    const cleaned = lanes.clean(place)
    expect(await Promise.all(packs)).toEqual([[{ kind: 'staged' }], [{ kind: 'staged' }]])
    await flushed
    expect(await finished).toEqual([{ kind: 'placed', finalPath: 'd/a', replaced: false, placedAtMs }, { kind: 'placed', finalPath: 'd/b', replaced: false, placedAtMs }])
    await cleaned
    await lanes.unstage({ place, files: [1, 2] })
    await lanes.finishFolders({ place, renamedRoots: {}, folders: [{ path: 'd', mtimeMs: 1 }] })
    expect(await lanes.digestFile({ place, path: 'd/a' })).toMatchObject({ size: 5 })
    expect(tree(root)).toEqual({ d: null, 'd/a': 'alpha', 'd/b': 'beta' })
  })

  it('rejects with the error’s code, and goes on', async () => {
    const { place, root } = receivePlace()
    const lanes = use(make())
    const missing = { ...place, root: join(root, 'none') }
    await expect(lanes.flush({ place: missing, files: [0] })).rejects.toMatchObject({ code: 'FOLDER_MISSING' })
    await lanes.clean(place)
  })
})

describe('WorkerLanes', () => {
  it('gets on with a digest while packs are read without a pause', async () => {
    const { place, root } = receivePlace()
    const lanes = use(new WorkerLanes())
    writeFileSync(join(root, 'long'), Buffer.alloc(20_000_000))
    const folder = temporaryFolder()
    const files = Array.from({ length: 64 }, (_, file) => {
      const source = join(folder, String(file))
      writeFileSync(source, Buffer.alloc(4096))
      return { file, attempt: 0, source, stamp: stampOfPath(source, lstatSync(source)) }
    })
    let [done, packs] = [false, 0]
    const readOn = async () => {
      const buffer = new SharedArrayBuffer(512 * 1024)
      while (!done && packs < 5_000) {
        const { length } = await lanes.readPack({ transfer: Buffer.alloc(16), buffer, offset: 0, files })
        expect(length).toBeGreaterThan(64 * 4096)
        packs += 1
      }
    }
    const reading = Promise.all(Array.from({ length: 16 }, readOn))
    const digest = await lanes.digestFile({ place, path: 'long' })
    done = true
    await reading
    expect(digest?.size).toBe(20_000_000)
    // Of messages that are there Node hands over a thousand in one turn of the event loop, and it took a turn for each block.
    expect(packs).toBeLessThan(500)
  })

  it('writes many packs of one transfer before it flushes', async () => {
    const { place } = receivePlace()
    const lanes = use(new WorkerLanes({ writeLanes: 2 }))
    lanes.warm('read')
    lanes.warm('write')
    const files = Array.from({ length: 200 }, (_, file) => file)
    const writes = files.map((file) => lanes.writePack({ place, ...packOf([{ file, content: `content ${file}` }]), files: [WANTED] }))
    await lanes.flush({ place, files })
    for (const file of files) expect(readFileSync(stagedPath(place, file), 'utf8')).toBe(`content ${file}`)
    await Promise.all(writes)
  })

  it('replaces a thread that died, and rejects what it had', async () => {
    const folder = temporaryFolder()
    const entry = join(folder, 'worker.mjs')
    writeFileSync(entry, `
      import { existsSync } from 'node:fs'
      import { parentPort } from 'node:worker_threads'
      parentPort.on('message', ({ id }) => {
        if (existsSync(${JSON.stringify(join(folder, 'fatal'))})) throw new Error('fatal')
        parentPort.postMessage({ id, ok: true, value: undefined })
      })`)
    const place = { root: folder, transferId: 'ab'.repeat(16) }
    const lanes = use(new WorkerLanes({ writeLanes: 1, entry: pathToFileURL(entry) }))
    plant(folder, { fatal: '' })
    const jobs = [lanes.clean(place), lanes.clean(place)]
    for (const result of await Promise.allSettled(jobs)) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ENGINE_INTERNAL' } })
    rmSync(join(folder, 'fatal'))
    await expect(lanes.clean(place)).resolves.toBeUndefined()
  })

  it('finishes what is under way when closed, and refuses the rest', async () => {
    const { place, root } = receivePlace()
    mkdirSync(join(root, 'd'))
    const lanes = new WorkerLanes()
    const write = lanes.writePack({ place, ...packOf([{ file: 0, content: 'x' }]), files: [WANTED] })
    await lanes.close()
    expect(await write).toEqual([{ kind: 'staged' }])
    await expect(lanes.clean(place)).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
    await lanes.close()
  })

  it('closes without ever having started', async () => {
    await new WorkerLanes().close()
  })
})
