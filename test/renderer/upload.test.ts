import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HoldfastError } from '../../shared/errors.ts'
import type { AppCommandName, AppReply } from '../../shared/ipc/app-contract.ts'
import { BATCH_MAX_BYTES, BATCH_MAX_FILE_BYTES, type BatchReply } from '../../shared/ipc/upload-batch.ts'
import { BatchDecoder } from '../../electron/web/batch-decoder.ts'
import type { DroppedFile, DroppedItem } from '../../renderer/dropped.ts'
import { packBatch } from '../../renderer/pack-batch.ts'
import { planUpload } from '../../renderer/upload-plan.ts'
import { uploadDropped } from '../../renderer/upload.ts'

/** What `fetch` was asked for, and how it answers. */
interface Put {
  readonly url: string
  readonly names: readonly string[]
}
let puts: Put[]
let answer: (url: string, names: readonly string[]) => Response | Promise<Response>
let calls: { command: string; args: unknown }[]

const reply = (value: Partial<BatchReply> = {}): Response => Response.json({ failed: [], sources: [], ...value })

async function namesIn(url: string, body: Blob): Promise<readonly string[]> {
  if (!url.includes('upload-batch')) return [new URL(url, 'http://x').searchParams.get('path') ?? '']
  return [...new BatchDecoder().push(new Uint8Array(await body.arrayBuffer()))].map(({ name = '' }) => name)
}

beforeEach(() => {
  puts = []
  calls = []
  answer = (url) => (url.includes('upload-batch') ? reply() : new Response(null, { status: 204 }))
  vi.stubGlobal('fetch', async (url: string, { body }: { body: Blob }) => {
    const names = await namesIn(url, body)
    puts.push({ url, names })
    return await answer(url, names)
  })
})
afterEach(() => vi.unstubAllGlobals())

/** Gone from the disk since it was dropped. */
class VanishedFile extends File {
  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.reject(new DOMException('gone', 'NotReadableError'))
  }
  override slice(): Blob {
    return this
  }
}

const file = (path: string, size = 4): DroppedFile => ({ path, file: new File([new Uint8Array(size)], path.split('/').at(-1) ?? '', { lastModified: 1 }) })
const vanished = (path: string, size = 4): DroppedFile => ({ path, file: new VanishedFile([new Uint8Array(size)], path) })
const folder = (files: readonly DroppedFile[]): DroppedItem => ({ name: 'Trip', kind: 'folder', files })
const loose = (dropped: DroppedFile): DroppedItem => ({ name: dropped.path, kind: 'file', files: [dropped] })

const call = <C extends AppCommandName>(command: C, args: unknown): Promise<AppReply<C>> => {
  calls.push({ command, args })
  return Promise.resolve({ sourceId: 'id', name: 'Trip', kind: 'folder' } as unknown as AppReply<C>)
}
const upload = (items: readonly DroppedItem[], isOnline = true): Promise<unknown> => uploadDropped({ items, unreadable: [] }, call, () => isOnline)
const LARGE = BATCH_MAX_FILE_BYTES + 1

test('small files share requests that are batches with the longest names, large ones have their own', () => {
  const files = Array.from({ length: 3000 }, (_, index) => file(`${index}`, index % 1000 === 999 ? LARGE : (index * 7919) % 40_000))
  const jobs = [...planUpload(files)]
  expect(jobs.filter(({ kind }) => kind === 'file')).toHaveLength(3)
  const batches = jobs.flatMap((job) => (job.kind === 'batch' ? [job.files] : []))
  expect(jobs.flatMap((job) => (job.kind === 'batch' ? job.files : [job.file])).map(({ path }) => Number(path)).sort((a, b) => a - b)).toEqual(files.map((_, index) => index))
  for (const some of batches) expect(some.reduce((sum, { file: { size } }) => sum + size + 4096 + 14, 0)).toBeLessThan(BATCH_MAX_BYTES)
  expect(batches.length).toBeLessThan(100)
})

test('a thousand loose files are a few requests and nothing is announced', async () => {
  await upload(Array.from({ length: 1000 }, (_, index) => loose(file(`f${index}`))))
  expect(puts.map(({ url }) => url)).toEqual(Array.from({ length: 4 }, () => './upload-batch'))
  expect(new Set(puts.flatMap(({ names }) => names)).size).toBe(1000)
  expect(calls).toEqual([])
})

test('a vanished file in the middle is named, and the rest of its folder arrives', async () => {
  const files = [file('a'), vanished('gone'), file('d/b'), file('large', LARGE), vanished('large-gone', LARGE)]
  answer = (url) => (url.includes('upload-batch') ? reply() : url.includes('gone') ? Promise.reject(new TypeError('Failed to fetch')) : new Response(null, { status: 204 }))
  await expect(upload([folder(files)])).rejects.toThrow(/^"(large-)?gone" was left out.* 1 other file was left out too\.$/)
  expect(puts.flatMap(({ names }) => names).sort()).toEqual(['a', 'd/b', 'large', 'large-gone'])
  expect(calls.map(({ command }) => command)).toEqual(['source:begin-upload', 'source:finish-upload'])
  expect(calls[1]?.args).toEqual({ sourceId: 'id', leftOut: 2 })
})

test('what the application refuses is named as it was called here', async () => {
  answer = () => reply({ failed: [{ index: 1, error: { code: 'USAGE_INVALID', message: 'No such name.' } }] })
  await expect(upload([loose(file('good')), loose(file('bad'))])).rejects.toThrow('"bad" was left out: No such name.')
})

test('a folder of which nothing can be read does not stay on the tray', async () => {
  await expect(upload([folder([vanished('a'), vanished('b')])])).rejects.toMatchObject({ code: 'FILE_VANISHED' })
  expect(calls.map(({ command }) => command)).toEqual(['source:begin-upload', 'source:remove'])
  expect(puts).toEqual([])
})

test('a full disk ends the folder at once, and it does not stay', async () => {
  answer = () => reply({ failed: [{ index: 0, error: { code: 'DISK_FULL', message: 'Full.' } }] })
  await expect(upload([folder(Array.from({ length: 5000 }, (_, index) => file(`${index}`)))])).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(puts.length).toBeLessThanOrEqual(3)
  expect(calls.at(-1)?.command).toBe('source:remove')
})

test('Holdfast going away ends it all, and says so', async () => {
  answer = () => Promise.reject(new TypeError('Failed to fetch'))
  const items = [loose(file('a')), ...Array.from({ length: 50 }, () => folder([file('b')]))]
  await expect(upload(items, false)).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' })
  expect(puts).toHaveLength(1)
})

test('what could not be read of the drop itself is said with the rest', async () => {
  const unreadable = [new HoldfastError('FILE_UNREADABLE', '"x" cannot be read.')]
  await expect(uploadDropped({ items: [loose(file('a'))], unreadable }, call, () => true)).rejects.toThrow('"x" cannot be read.')
  expect(puts.flatMap(({ names }) => names)).toEqual(['a'])
})

test('a name longer than any system has is left out before it is sent', async () => {
  const { packed, unreadable } = await packBatch([file('a'), file('ü'.repeat(2049))])
  expect([packed.length, unreadable.length]).toEqual([1, 1])
})
