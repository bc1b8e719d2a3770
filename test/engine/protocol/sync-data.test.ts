import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BLOCK_BYTES, MAX_BULK_BODY_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { ProtocolError } from '../../../electron/engine/protocol/protocol-error.ts'
import { SyncDataBuilder, readSyncData, readSyncDataRequest } from '../../../electron/engine/protocol/sync-data.ts'
import { hex, readGolden } from './golden.ts'

interface Piece {
  readonly item: number
  readonly block: number
  readonly content: string
}
const golden = readGolden<{ 'sync-data': { request: number; pieces: Piece[]; body: string } }>('bulk')['sync-data']

function build(request: number, pieces: readonly Piece[], at = 0, most = Math.max(1, pieces.length)): { memory: Buffer; length: number } {
  const memory = Buffer.alloc(at + 8 + 12 * most + pieces.reduce((total, { content }) => total + Buffer.byteLength(content), 0))
  const builder = new SyncDataBuilder(memory, at, request, most)
  for (const { item, block, content } of pieces) builder.add(item, block, memory.write(content, builder.dataAt))
  return { memory, length: builder.finish() }
}

function read(memory: Buffer, at: number, length: number) {
  const { request, pieces } = readSyncData(memory, at, length)
  return { request, pieces: pieces.map((piece) => ({ item: piece.item, block: piece.block, content: memory.toString('utf8', piece.at, piece.at + piece.length) })) }
}

describe('sync-data', () => {
  it('golden', () => {
    const { memory, length } = build(golden.request, golden.pieces)
    expect(hex(memory.subarray(0, length))).toBe(golden.body)
    expect(read(memory, 0, length)).toEqual({ request: golden.request, pieces: golden.pieces })
    expect(readSyncDataRequest(memory, 0)).toBe(golden.request)
  })

  it('is read as it was built, with the gap of what did not come closed', () => {
    const piece = fc.record({ item: fc.integer({ min: 0, max: 1023 }), block: fc.integer({ min: 0, max: 2 ** 30 - 1 }), content: fc.string({ maxLength: 200 }) })
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.nat(50), fc.nat(100), (pieces, request, gap, at) => {
        const { memory, length } = build(request, pieces, at, pieces.length + gap)
        expect(read(memory, at, length)).toEqual({ request, pieces: pieces.map((one) => ({ ...one, content: Buffer.from(one.content).toString('utf8') })) })
      }),
    )
  })

  it('knows its room: a whole block always fits', () => {
    const memory = new Uint8Array(MAX_BULK_BODY_BYTES + 21)
    const builder = new SyncDataBuilder(memory, 21, 1, 1)
    expect(builder.room).toBeGreaterThanOrEqual(BLOCK_BYTES)
    expect(builder.finish()).toBe(0)
    builder.add(0, 0, BLOCK_BYTES)
    expect(builder.room).toBe(-1)
    expect(() => builder.add(1, 0, 0)).toThrow(RangeError)
    expect(readSyncData(memory, 21, builder.finish()).pieces).toEqual([{ item: 0, block: 0, at: 41, length: BLOCK_BYTES }])
    expect(() => new SyncDataBuilder(memory, 0, 1, 1).add(0, 0, BLOCK_BYTES + 1)).toThrow(RangeError)
    expect(() => new SyncDataBuilder(memory, 0, 1, 0)).toThrow(RangeError)
    expect(() => new SyncDataBuilder(memory, 0, 1, 1025)).toThrow(RangeError)
  })

  it('is refused when its table does not fit its body', () => {
    const { memory, length } = build(7, [{ item: 0, block: 0, content: 'one' }, { item: 1, block: 3, content: '' }])
    for (let wrong = 0; wrong < length + 3; wrong++) {
      if (wrong !== length) expect(() => readSyncData(memory, 0, wrong)).toThrow(ProtocolError)
    }
    const withU32 = (value: number, at: number) => {
      const bad = Buffer.from(memory)
      bad.writeUInt32BE(value, at)
      return () => readSyncData(bad, 0, length)
    }
    for (const count of [0, 1, 3, 1025, 2 ** 32 - 1]) expect(withU32(count, 4)).toThrow(ProtocolError)
    for (const item of [1024, 2 ** 32 - 1]) expect(withU32(item, 8)).toThrow(ProtocolError)
    for (const block of [2 ** 30, 2 ** 32 - 1]) expect(withU32(block, 12)).toThrow(ProtocolError)
    for (const size of [0, 4, BLOCK_BYTES + 1, 2 ** 32 - 1]) expect(withU32(size, 16)).toThrow(ProtocolError)
  })

  it('any bytes are a message or a protocol error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 120 }), fc.nat(130), (bytes, length) => {
        try {
          for (const piece of readSyncData(bytes, 0, length).pieces) expect(piece.at + piece.length).toBeLessThanOrEqual(length)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
    )
  })
})
