import { readdirSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join, sep } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BATCH_MAX_BYTES, encodeBatchHead, type BatchReply } from '../../shared/ipc/upload-batch.ts'
import { batchOf, type BatchEntry } from '../support/upload-batch.ts'
import { PageLab, type Answer } from './fixture.ts'

let lab: PageLab
let cookie: string
beforeEach(async () => {
  lab = await PageLab.start()
  cookie = await lab.cookie()
})
afterEach(() => lab.close())

async function begin(files: number, size: number): Promise<string> {
  const page = await lab.connect({ cookie })
  const reply = (await page.call('source:begin-upload', { name: 'Trip', kind: 'folder', size, files })) as { value: { sourceId: string } }
  return reply.value.sourceId
}

const put = (sourceId: string | null, body: Buffer, headers: Record<string, string> = {}): Promise<Answer> =>
  lab.ask({ method: 'PUT', path: sourceId === null ? '/upload-batch' : `/upload-batch/${encodeURIComponent(sourceId)}`, headers: { cookie, ...headers }, body })

/** Of the outbox, the files' paths below their item. */
const kept = (): string[] =>
  readdirSync(lab.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).split(sep).slice(join(lab.home, 'outbox', 'x').split(sep).length).join('/'))
    .sort()

const replyOf = (answer: Answer): BatchReply => {
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body) as BatchReply
}

test('files of a folder come many at once, with their times', async () => {
  const sourceId = await begin(3, 9)
  const body = batchOf([{ name: 'a', bytes: 'aaa', modifiedMs: 1_600_000_000_000 }, { name: 'd/ü', bytes: 'bbbbb' }, { name: 'd/e/c', bytes: 'c' }])
  expect(replyOf(await put(sourceId, body))).toEqual({ failed: [], sources: [] })
  expect(kept()).toEqual(['Trip/a', 'Trip/d/e/c', 'Trip/d/ü'])
  const [item] = readdirSync(join(lab.home, 'outbox'))
  expect(statSync(join(lab.home, 'outbox', item ?? '', 'Trip', 'a')).mtimeMs).toBe(1_600_000_000_000)
  expect(await lab.application.handlers['source:finish-upload']({ sourceId })).toMatchObject({ files: 3, size: 9, uploadedBytes: 9 })
})

test('loose files are a source each', async () => {
  const body = batchOf([{ name: 'one', bytes: '1' }, { name: 'two', bytes: '' }, { name: 'one', bytes: 'again' }])
  const { failed, sources } = replyOf(await put(null, body))
  expect(failed).toEqual([])
  expect(sources.map(({ name, kind, size }) => [name, kind, size]).sort((a, b) => String(a).localeCompare(String(b)))).toEqual([['one', 'file', 1], ['one', 'file', 5], ['two', 'file', 0]])
  expect(await lab.application.handlers['source:list']({})).toHaveLength(3)
  for (const { sourceId } of sources) await lab.application.handlers['source:remove']({ sourceId })
  await expect.poll(kept).toEqual([])
})

const HOSTILE = ['../x', 'a/../../x', '/x', 'a//b', '.', 'a/./b', 'a\0b', 'x'.repeat(300), 'd/'.repeat(70)]

test('hostile names are named and refused, each by itself, and the rest is taken', async () => {
  const files: BatchEntry[] = HOSTILE.flatMap((name, index) => [{ name: `good-${index}`, bytes: 'g' }, { name, bytes: 'evil' }])
  const sourceId = await begin(files.length, 1000)
  const { failed } = replyOf(await put(sourceId, batchOf(files)))
  expect(failed.map(({ index }) => files[index]?.name)).toEqual(HOSTILE)
  expect(new Set(failed.map(({ error }) => error.code))).toEqual(new Set(['USAGE_INVALID']))
  expect(kept()).toEqual(HOSTILE.map((_, index) => `Trip/good-${index}`))
  expect(await lab.application.handlers['source:finish-upload']({ sourceId, leftOut: HOSTILE.length })).toMatchObject({ files: HOSTILE.length })

  const loose = replyOf(await put(null, batchOf([...HOSTILE, 'a/b', '..'].map((name) => ({ name, bytes: 'evil' })))))
  expect([loose.failed.length, loose.sources.length]).toEqual([HOSTILE.length + 2, 0])
  expect(kept()).toHaveLength(HOSTILE.length)
})

test('no more, no longer and no name twice than announced', async () => {
  const sourceId = await begin(2, 4)
  const { failed } = replyOf(await put(sourceId, batchOf([{ name: 'long', bytes: 'aaaaa' }, { name: 'fits', bytes: 'aa' }, { name: 'fits', bytes: 'a' }])))
  expect(failed.map(({ index }) => index)).toEqual([0, 2])
  const more = replyOf(await put(sourceId, batchOf([{ name: 'b', bytes: 'bb' }, { name: 'c', bytes: '' }])))
  expect(more.failed.map(({ index }) => index)).toEqual([1])
  expect(kept()).toEqual(['Trip/b', 'Trip/fits'])
})

test('a body that ends inside a record, or is none, keeps what was whole before', async () => {
  const sourceId = await begin(9, 900)
  const cut = batchOf([{ name: 'whole', bytes: 'w' }, { name: 'part', bytes: 'p'.repeat(50) }])
  const answer = await put(sourceId, cut.subarray(0, -1))
  expect([answer.status, JSON.parse(answer.body)]).toMatchObject([400, { code: 'USAGE_INVALID', message: expect.stringContaining('file 2') as string }])
  expect((await put(sourceId, Buffer.concat([batchOf([{ name: 'second', bytes: 's' }]), encodeBatchHead({ nameBytes: 0, size: 0, modifiedMs: 0 })]))).status).toBe(400)
  expect((await put(sourceId, Buffer.alloc(BATCH_MAX_BYTES + 1))).status).toBe(400)
  expect(kept()).toEqual(['Trip/second', 'Trip/whole'])
})

test('a connection that breaks in the middle leaves the whole files and no part of one', async () => {
  const sourceId = await begin(9, 900_000)
  const body = batchOf([{ name: 'whole', bytes: 'w' }, { name: 'part', bytes: Buffer.alloc(200_000) }])
  const socket = connect(lab.server.address.port, '127.0.0.1')
  socket.write(
    `PUT /upload-batch/${sourceId} HTTP/1.1\r\nhost: ${lab.host}\r\norigin: http://${lab.host}\r\ncookie: ${cookie}\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  socket.write(body.subarray(0, 100_000))
  await expect.poll(kept).toEqual(['Trip/whole'])
  socket.destroy()
  expect(replyOf(await put(sourceId, batchOf([{ name: 'after', bytes: 'a' }]))).failed).toEqual([])
  await expect.poll(kept).toEqual(['Trip/after', 'Trip/whole'])
  expect(readFileSync(join(lab.home, 'outbox', readdirSync(join(lab.home, 'outbox'))[0] ?? '', 'Trip', 'whole'), 'utf8')).toBe('w')
})

test('nobody else’s, nothing unknown, nothing without a length', async () => {
  const body = batchOf([{ name: 'a', bytes: 'a' }])
  expect((await put(null, body, { cookie: '' })).status).toBe(401)
  expect((await put(null, body, { origin: 'http://evil.example' })).status).toBe(403)
  expect((await put(null, body, { 'transfer-encoding': 'chunked' })).status).toBe(400)
  const { failed } = replyOf(await put('nobody', body))
  expect(failed).toMatchObject([{ index: 0, error: { code: 'USAGE_INVALID' } }])
  expect((await lab.ask({ method: 'PUT', path: '/upload-batch/a/b', headers: { cookie }, body })).status).toBe(404)
})
