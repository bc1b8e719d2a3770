import { describe, expect, it } from 'vitest'
import { readBlockHeader, readBlockTarget, readPack, writeBlockHeader } from '../../../electron/engine/protocol/bulk.ts'
import type { BlockHeader } from '../../../electron/engine/protocol/bulk.ts'
import { PackBuilder } from '../../../electron/engine/protocol/pack-builder.ts'
import { BLOCK_BYTES, MAX_BULK_BODY_BYTES, PACK_FILE_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { ProtocolError } from '../../../electron/engine/protocol/protocol-error.ts'
import { blake3, fileDigest } from '../../../electron/engine/util/digest.ts'
import { hex, readGolden } from './golden.ts'

const golden = readGolden<{
  block: { header: BlockHeader; payload: string; body: string }
  pack: { transfer: Uint8Array; files: { file: number; attempt: number; content: string }[]; body: string }
}>('bulk')
const transfer = golden.pack.transfer

function pack(contents: readonly string[], at = 0, most = contents.length): { memory: Buffer; length: number } {
  const memory = Buffer.alloc(at + 4096)
  const builder = new PackBuilder(memory, at, transfer, most)
  for (const [file, content] of contents.entries()) {
    const length = memory.write(content, builder.dataAt)
    builder.add(file, file, length, blake3(content))
  }
  return { memory, length: builder.finish() }
}

describe('blocks', () => {
  it('golden', () => {
    const payload = Buffer.from(golden.block.payload, 'hex')
    const memory = new Uint8Array(new SharedArrayBuffer(200))
    writeBlockHeader(memory, 21, golden.block.header)
    memory.set(payload, 21 + 64)
    expect(hex(memory.subarray(21, 21 + 64 + payload.length))).toBe(golden.block.body)
    const header = readBlockHeader(memory, 21, 64 + payload.length)
    expect({ ...header, transfer: hex(header.transfer), digest: hex(header.digest) }).toEqual({
      ...golden.block.header, transfer: hex(golden.block.header.transfer), digest: hex(golden.block.header.digest),
    })
    expect(readBlockTarget(memory, 21).offset).toBe(golden.block.header.offset)
    expect(hex(blake3(payload))).toBe(hex(golden.block.header.digest))
  })

  it('refuses wrong lengths and offsets', () => {
    const memory = new Uint8Array(64 + BLOCK_BYTES + 1)
    const write = (offset: number) => writeBlockHeader(memory, 0, { transfer, file: 1, attempt: 0, offset, digest: new Uint8Array(32) })
    write(0)
    expect(readBlockHeader(memory, 0, 64 + BLOCK_BYTES).offset).toBe(0)
    expect(() => readBlockHeader(memory, 0, 64)).toThrow(ProtocolError)
    expect(() => readBlockHeader(memory, 0, 64 + BLOCK_BYTES + 1)).toThrow(ProtocolError)
    expect(() => readBlockHeader(memory.subarray(0, 70), 0, 80)).toThrow(ProtocolError)
    write(5)
    expect(() => readBlockHeader(memory, 0, 100)).toThrow(ProtocolError)
    write(2 ** 50)
    expect(() => readBlockHeader(memory, 0, 100)).toThrow(ProtocolError)
  })
})

describe('packs', () => {
  it('golden', () => {
    const { memory, length } = pack(golden.pack.files.map((entry) => entry.content))
    expect(hex(memory.subarray(0, length))).toBe(golden.pack.body)
  })

  it('are read as they were built, with a gap in the table closed', () => {
    const contents = ['one', '', 'three'.repeat(50)]
    for (const most of [3, 4, 40]) {
      const { memory, length } = pack(contents, 21, most)
      const read = readPack(memory, 21, length)
      expect(hex(read.transfer)).toBe(hex(transfer))
      expect(read.entries.map((entry) => memory.toString('utf8', entry.at, entry.at + entry.length))).toEqual(contents)
      expect(read.entries.map((entry) => hex(entry.digest))).toEqual(contents.map((content) => hex(blake3(content))))
    }
  })

  it('know their room', () => {
    const memory = new Uint8Array(new SharedArrayBuffer(MAX_BULK_BODY_BYTES + 21))
    const builder = new PackBuilder(memory, 21, transfer, 1)
    expect(builder.room).toBe(MAX_BULK_BODY_BYTES - 20 - 44)
    expect(builder.finish()).toBe(0)
    builder.add(1, 0, 10, new Uint8Array(32))
    expect(builder.room).toBe(-1)
    expect(() => builder.add(2, 0, 0, new Uint8Array(32))).toThrow(RangeError)
    expect(() => new PackBuilder(memory, 0, transfer, 1025)).toThrow(RangeError)
  })

  it('are refused when their table does not fit their body', () => {
    const { memory, length } = pack(['one', 'two'])
    expect(readPack(memory, 0, length).entries).toHaveLength(2)
    for (let wrong = 0; wrong < length + 3; wrong++) {
      if (wrong !== length) expect(() => readPack(memory, 0, wrong)).toThrow(ProtocolError)
    }
    for (const value of [0, 1, 3, 1025, 2 ** 32 - 1]) {
      const bad = Buffer.from(memory.subarray(0, length))
      bad.writeUInt32BE(value, 16)
      expect(() => readPack(bad, 0, length)).toThrow(ProtocolError)
    }
    for (const value of [0, 4, PACK_FILE_BYTES + 1, 2 ** 32 - 1]) {
      const bad = Buffer.from(memory.subarray(0, length))
      bad.writeUInt32BE(value, 28)
      expect(() => readPack(bad, 0, length)).toThrow(ProtocolError)
    }
  })
})

describe('file digests', () => {
  it.each(readGolden<{ size: number; blocks: string; digest: string }[]>('digests'))('golden: $size bytes', ({ size, blocks, digest }) => {
    expect(hex(fileDigest(size, Buffer.from(blocks, 'hex')))).toBe(digest)
  })
})
