import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BATCH_MAX_FILE_BYTES, BATCH_MAX_NAME_BYTES, decodeBatchHead, encodeBatchHead } from '../../shared/ipc/upload-batch.ts'
import { BatchDecoder, type BatchFile } from '../../electron/web/batch-decoder.ts'
import { batchOf, recordOf } from '../support/upload-batch.ts'

const files = fc.array(
  fc.record({ name: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), modifiedMs: fc.integer({ min: -1e12, max: 4e12 }), bytes: fc.uint8Array({ maxLength: 60 }) }),
  { maxLength: 8 },
)

function decodeAll(decoder: BatchDecoder, chunks: Iterable<Uint8Array>): BatchFile[] {
  return [...chunks].flatMap((chunk) => [...decoder.push(chunk)])
}

function* split(body: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  const at = [...new Set(cuts.map((cut) => cut % (body.length + 1)))].sort((a, b) => a - b)
  for (const [index, from] of [0, ...at].entries()) yield body.subarray(from, at[index])
}

test('a head says what was said', () => {
  const head = { nameBytes: 4096, size: 262_144, modifiedMs: 1_700_000_000_123.5 }
  expect(Buffer.from(encodeBatchHead(head)).toString('hex')).toBe('1000000400004278bcfe5687b800')
  expect(decodeBatchHead(encodeBatchHead(head))).toEqual(head)
})

test('any files survive any split of their batch', () => {
  fc.assert(
    fc.property(files, fc.array(fc.nat()), (list, cuts) => {
      const decoder = new BatchDecoder()
      expect(decodeAll(decoder, split(batchOf(list), cuts))).toEqual(list)
      decoder.end()
    }),
  )
})

test('a batch that is cut anywhere gives what was whole before the cut, and says so', () => {
  const list = [{ name: 'a', bytes: 'one' }, { name: 'bb', bytes: '' }, { name: 'c', bytes: 'three' }]
  const ends = list.map((_, index) => batchOf(list.slice(0, index + 1)).length)
  const body = batchOf(list)
  for (let cut = 0; cut <= body.length; cut += 1) {
    const decoder = new BatchDecoder()
    const whole = decodeAll(decoder, [body.subarray(0, cut)])
    expect(whole.length).toBe(ends.filter((end) => end <= cut).length)
    if (cut === 0 || ends.includes(cut)) decoder.end()
    else expect(() => decoder.end()).toThrow(`inside its file ${whole.length + 1}. The ${whole.length} before it`)
  }
})

describe('numbers are checked before anything is kept for them', () => {
  test.each([
    { nameBytes: 0, size: 1 },
    { nameBytes: BATCH_MAX_NAME_BYTES + 1, size: 1 },
    { nameBytes: 65_535, size: 0 },
    { nameBytes: 1, size: BATCH_MAX_FILE_BYTES + 1 },
    { nameBytes: 1, size: 0xffff_ffff },
  ])('%j', (numbers) => {
    const decoder = new BatchDecoder()
    const body = Buffer.concat([recordOf({ name: 'before', bytes: 'x' }), encodeBatchHead({ ...numbers, modifiedMs: 0 })])
    const seen: BatchFile[] = []
    expect(() => {
      for (const file of decoder.push(body)) seen.push(file)
    }).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }))
    expect(seen.map(({ name }) => name)).toEqual(['before'])
  })
})

test.each([Number.NaN, Infinity, -Infinity, 1e300])('%d is no date', (modifiedMs) => {
  expect(decodeAll(new BatchDecoder(), [recordOf({ name: 'a', bytes: '', modifiedMs })])).toMatchObject([{ modifiedMs: undefined }])
})

test('a name that is no UTF-8 costs the others nothing', () => {
  const bad = Buffer.concat([encodeBatchHead({ nameBytes: 2, size: 1, modifiedMs: 0 }), Buffer.from([0xff, 0xfe, 1])])
  expect(decodeAll(new BatchDecoder(), [bad, recordOf({ name: 'good', bytes: 'x' })]).map(({ name }) => name)).toEqual([undefined, 'good'])
})
