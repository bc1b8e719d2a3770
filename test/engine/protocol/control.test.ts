import { encode } from 'cborg'
import { describe, expect, it } from 'vitest'
import { decodeControl, encodeControl } from '../../../electron/engine/protocol/control.ts'
import { MESSAGE_TYPES, bodyLimitBytes, isSequenced, messageName } from '../../../electron/engine/protocol/message-types.ts'
import type { CborMessage, MessageName } from '../../../electron/engine/protocol/message-types.ts'
import type { Manifest, Receipt, Want } from '../../../electron/engine/protocol/messages.ts'
import { ProtocolError } from '../../../electron/engine/protocol/protocol-error.ts'
import { hex, readGolden } from './golden.ts'

const golden = readGolden<{ type: number; message: CborMessage; body: string }[]>('control')
const transfer = new Uint8Array(16)
const digest = new Uint8Array(32)
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const decodeValue = (name: MessageName, value: unknown) => decodeControl(name, encode(value))

describe('golden messages', () => {
  it('covers every message', () => {
    expect(new Set(golden.map((entry) => entry.message.type))).toEqual(new Set(Object.keys(MESSAGE_TYPES)))
  })

  it.each(golden)('$message.type', ({ type, message, body }) => {
    expect(MESSAGE_TYPES[message.type].code).toBe(type)
    expect(messageName(type)).toBe(message.type)
    expect(hex(encodeControl(message))).toBe(body)
    expect(decodeControl(message.type, bytes(body))).toEqual(message)
  })
})

describe('message types', () => {
  it('has no number twice', () => {
    const codes = Object.values(MESSAGE_TYPES).map((facts) => facts.code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  it('knows limits and sequencing of unknown types', () => {
    expect(bodyLimitBytes(0x7f)).toBe(512 * 1024)
    expect(isSequenced(0x7f)).toBeUndefined()
    expect(bodyLimitBytes(0x05)).toBe(0)
  })
})

describe('strictness', () => {
  const refused: [string, MessageName, string][] = [
    ['a tag', 'done', 'a1687472616e73666572c0' + '50' + '00'.repeat(16)],
    ['a float', 'ping', 'a1656e6f6e6365fb3ff0000000000000'],
    ['undefined', 'ping', 'a1656e6f6e6365f7'],
    ['an indefinite map', 'ping', 'bf656e6f6e636501ff'],
    ['indefinite text', 'pair-cancel', 'a166726561736f6e7f6762' + '757379ff'],
    ['a key twice', 'ping', 'a2656e6f6e636501656e6f6e636502'],
    ['a number in more bytes than needed', 'ping', 'a1656e6f6e63651801'],
    ['a negative number', 'ping', 'a1656e6f6e636520'],
    ['bytes after the map', 'ping', 'a1656e6f6e63650100'],
    ['no map', 'ping', '01'],
    ['nothing', 'ping', ''],
    ['a number as key', 'ping', 'a10101'],
    ['depth', 'pair-confirm', 'a16161' + '81'.repeat(20) + '01'],
    ['a promise of many values', 'pair-confirm', 'a161619affffffff'],
    ['bad UTF-8', 'pair-confirm', 'a16161' + '62c328'],
    ['a surrogate in UTF-8', 'pair-confirm', 'a16161' + '63eda080'],
    ['overlong UTF-8', 'pair-confirm', 'a16161' + '62c0af'],
    ['text that is cut', 'pair-confirm', 'a16161' + '6561'],
  ]
  it.each(refused)('refuses %s', (_what, name, body) => {
    expect(() => decodeControl(name, bytes(body))).toThrow(ProtocolError)
  })

  it('ignores keys of later versions', () => {
    expect(decodeValue('ping', { nonce: 5, later: [1, 'x'] })).toEqual({ type: 'ping', nonce: 5n })
  })

  it('keeps a byte order mark and __proto__ as what they are', () => {
    const entries = ['\ufeffa', '__proto__', '\ufeff' + 'long '.repeat(20)].map((path) => ({ kind: 'file' as const, path, size: 1, mtimeMs: 1, executable: false }))
    const message: Manifest = { type: 'manifest', transfer, page: 0, entries }
    expect(decodeControl('manifest', encodeControl(message))).toEqual(message)
    expect(() => decodeControl('ping', bytes('a1695f5f70726f746f5f5f01'))).toThrow(ProtocolError)
  })

  const wrong: [string, MessageName, unknown][] = [
    ['a short transfer id', 'done', { transfer: new Uint8Array(15) }],
    ['a missing key', 'durable', { transfer, file: 1, attempt: 0 }],
    ['an unknown close code', 'close', { code: 'because', message: '' }],
    ['a long name', 'hello', { version: 1, received: 0, name: 'x'.repeat(257), app: '', port: 0 }],
    ['a port too high', 'hello', { version: 1, received: 0, name: '', app: '', port: 65536 }],
    ['too many roots', 'offer', { transfer, roots: Array.from({ length: 21 }, () => 'a'), files: 1, entries: 1, pages: 1, bytes: 1 }],
    ['too many pages', 'offer', { transfer, roots: [], files: 1, entries: 1, pages: 2 ** 22 + 1, bytes: 1 }],
    ['an offset inside a block', 'block-request', { transfer, file: 1, attempt: 0, offset: 5 }],
    ['part of a digest', 'digests', { transfer, file: 1, firstBlock: 0, digests: new Uint8Array(33) }],
    ['too many entries', 'manifest', { transfer, page: 0, entries: Array.from({ length: 1025 }, () => [0, 'a', 1, 1]) }],
    ['a folder with bytes', 'manifest', { transfer, page: 0, entries: [[1, 'a', 1, 1]] }],
    ['an executable folder', 'manifest', { transfer, page: 0, entries: [[3, 'a', 0, 1]] }],
    ['an empty path', 'manifest', { transfer, page: 0, entries: [[0, '', 1, 1]] }],
    ['a long path', 'manifest', { transfer, page: 0, entries: [[0, 'é'.repeat(2049), 1, 1]] }],
    ['a deep path', 'manifest', { transfer, page: 0, entries: [[0, 'a/'.repeat(128) + 'b', 1, 1]] }],
    ['a huge size', 'manifest', { transfer, page: 0, entries: [[0, 'a', 2 ** 50 + 1, 1]] }],
    ['a longer entry', 'manifest', { transfer, page: 0, entries: [[0, 'a', 1, 1, 1]] }],
    ['an entry that is a map', 'manifest', { transfer, page: 0, entries: [{ path: 'a' }] }],
    ['fewer digests than entries', 'manifest', { transfer, page: 0, entries: [[0, 'a', 1, 1], [0, 'b', 1, 1]], digests: digest }],
    ['digests that are none', 'manifest', { transfer, page: 0, entries: [[0, 'a', 1, 1]], digests: 'x'.repeat(32) }],
    ['more bits than a page has entries', 'want', { transfer, page: 0, items: [], identical: new Uint8Array(129) }],
    ['bits that are none', 'want', { transfer, page: 0, items: [], identical: [1] }],
    ['a page over the last', 'manifest', { transfer, page: 2 ** 22, entries: [[0, 'a', 1, 1]] }],
    ['a file of another page', 'want', { transfer, page: 0, items: [[1024, 4]] }],
    ['an unknown kind', 'want', { transfer, page: 0, items: [[0, 5]] }],
    ['too much of an item', 'want', { transfer, page: 0, items: [[0, 4, 1]] }],
    ['no digest', 'want', { transfer, page: 0, items: [[0, 0]] }],
    ['an unknown refusal', 'want', { transfer, page: 0, items: [[0, 3, 'mood', '']] }],
    ['a digest of what failed', 'receipt', { transfer, items: [[0, 2, digest]] }],
    ['no digest of what came', 'receipt', { transfer, items: [[0, 0, new Uint8Array(0)]] }],
    ['too many receipts', 'receipt', { transfer, items: Array.from({ length: 1025 }, (_, file) => [file, 0, digest]) }],
  ]
  it.each(wrong)('refuses %s', (_what, name, value) => {
    expect(() => decodeValue(name, value)).toThrow(ProtocolError)
  })
})

describe('encoding', () => {
  it('cuts text for people at whole characters', () => {
    const hello = decodeControl('hello', encodeControl({ type: 'hello', version: 1, received: 0n, name: '😀'.repeat(100), app: 'a\ud800b', port: 1 }))
    expect(hello).toMatchObject({ name: '😀'.repeat(64), app: 'a\ufffdb' })
    const item = { file: 0, outcome: 'failed' as const, digest: new Uint8Array(0), message: 'é'.repeat(1000) }
    const receipt = decodeControl('receipt', encodeControl({ type: 'receipt', transfer, items: [item] })) as Receipt
    expect(receipt.items[0]!.message).toBe('é'.repeat(512))
  })

  it('sends modification times as whole milliseconds', () => {
    const entry = { kind: 'file' as const, path: 'a', size: 0, mtimeMs: 1700000000123.456, executable: false }
    const page = decodeControl('manifest', encodeControl({ type: 'manifest', transfer, page: 0, entries: [entry] })) as Manifest
    expect(page.entries[0]!.mtimeMs).toBe(1700000000123)
  })

  it('throws a RangeError when a list is too long for its frame', () => {
    const items = Array.from({ length: 300 }, (_, file) => ({ file, kind: 'done' as const, digest, finalPath: 'p'.repeat(4000) }))
    const want: Want = { type: 'want', transfer, page: 0, items }
    expect(() => encodeControl(want)).toThrow(RangeError)
  })
})
