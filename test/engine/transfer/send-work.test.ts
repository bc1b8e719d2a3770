import { expect, test } from 'vitest'
import { BLOCK_BYTES, PACK_FILE_BYTES, PACK_TARGET_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { Page } from '../../../electron/engine/transfer/page.ts'
import { SendWork, type SendTask } from '../../../electron/engine/transfer/send-work.ts'
import { SourceReader } from '../../../electron/engine/transfer/source-reader.ts'
import { fileEntry } from './fixtures.ts'

const STAMP = { size: 0, mtimeMs: 0, ctimeMs: 0, inode: 0 }

function workOf(...sizes: number[]): { page: Page; work: SendWork } {
  const page = new Page(0, sizes.map((size, i) => fileEntry(`f${i}`, size)))
  return { page, work: new SendWork(() => new SourceReader('/nowhere', STAMP)) }
}

function shape(task: SendTask | undefined): unknown {
  if (!task) return undefined
  return task.kind === 'pack' ? task.files.map((file) => file.position) : [task.position, task.offset, task.length, task.last]
}

test('small files travel packed, up to the target, in order', () => {
  const half = PACK_TARGET_BYTES / 2
  const { page, work } = workOf(0, 3, half, half, half, PACK_FILE_BYTES, 1)
  for (let i = 0; i < 7; i += 1) work.addFile(page, i)
  expect(shape(work.next())).toEqual([0, 1, 2])
  expect(shape(work.next())).toEqual([3, 4])
  // One that is larger than the target goes alone.
  expect(PACK_FILE_BYTES).toBeGreaterThan(PACK_TARGET_BYTES)
  expect(shape(work.next())).toEqual([5])
  expect(shape(work.next())).toEqual([6])
  expect(work.next()).toBeUndefined()
  expect(work.empty).toBe(true)
})

test('larger files go block by block, from where they were, and end with a marked one', () => {
  const { page, work } = workOf(2 * BLOCK_BYTES + 5, 1)
  work.addFile(page, 0, BLOCK_BYTES)
  work.addFile(page, 1)
  expect(shape(work.next())).toEqual([0, BLOCK_BYTES, BLOCK_BYTES, false])
  expect(shape(work.next())).toEqual([0, 2 * BLOCK_BYTES, 5, true])
  expect(shape(work.next())).toEqual([1])
})

test('what was not sent comes first again; what is dropped does not come', () => {
  const { page, work } = workOf(3 * BLOCK_BYTES, 1, 2)
  work.addFile(page, 0)
  work.addFile(page, 1)
  work.addFile(page, 2)
  const first = work.next()
  const second = work.next()
  if (!first || !second) throw new Error('no tasks')
  work.putBack([first, second])
  expect(shape(work.next())).toEqual(shape(first))
  work.drop(page, 0)
  expect(shape(work.next())).toEqual([1, 2])
  work.addBlock(page, 0, BLOCK_BYTES)
  expect(shape(work.next())).toEqual([0, BLOCK_BYTES, BLOCK_BYTES, true])
  work.addBlock(page, 0, 3 * BLOCK_BYTES)
  expect(work.empty).toBe(true)
})

test('files to compare are not packed with others', () => {
  const { page, work } = workOf(1, 1, 1)
  work.addFile(page, 0)
  work.addFile(page, 1, 0, Buffer.alloc(32))
  work.addFile(page, 2)
  expect([work.next(), work.next(), work.next()].map(shape)).toEqual([[0], [1], [2]])
})
