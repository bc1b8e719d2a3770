import { describe, expect, test } from 'vitest'
import { framingCodec } from '../../../electron/engine/plain/framing.ts'

const LIMIT = 1 << 20

function tail(framing: string): number[] {
  return [...framingCodec(framing, LIMIT).encodeTail({ length: 0 })]
}

test('a delimiter may be written with escapes, as text, or both', () => {
  expect(tail('delimiter:\\n')).toEqual([10])
  expect(tail('delimiter:\\r\\n')).toEqual([13, 10])
  expect(tail('delimiter:\\t\\0\\\\\\x1F\\xff')).toEqual([9, 0, 0x5c, 0x1f, 0xff])
  expect(tail('delimiter:ä,:')).toEqual([0xc3, 0xa4, 0x2c, 0x3a])
  expect(tail('delimiter:\n')).toEqual([10])
})

test('the map of typed may hold delimiters with commas and colons', () => {
  const codec = framingCodec('typed:01=delimiter:,;,02=fixed:16,fF=decimal:5', LIMIT)
  expect([...codec.encodeTail({ type: 1, length: 0 })]).toEqual([0x2c, 0x3b])
  expect([...codec.encodeHead({ type: 2, length: 16 })]).toEqual([2])
  expect(Buffer.from(codec.encodeHead({ type: 255, length: 7 })).toString('latin1')).toBe('\xff00007')
})

test('typed sends a message with the first type that carries it', () => {
  const codec = framingCodec('typed:01=fixed:16,02=decimal:1,03=length32', LIMIT)
  expect(codec.headFor(16)).toEqual({ type: 1, length: 16 })
  expect(codec.headFor(9)).toEqual({ type: 2, length: 9 })
  expect(codec.headFor(500)).toEqual({ type: 3, length: 500 })
  expect(framingCodec('typed:01=fixed:16', LIMIT).refusal({ length: 15 })).toContain('no type')
})

test.each([
  ['', 'expected one of eof'],
  ['lines', 'expected one of eof'],
  ['EOF', 'expected one of'],
  ['eof:1', 'eof takes nothing behind it'],
  ['length32:4', 'length32 takes nothing behind it'],
  ['fixed', 'at least 1'],
  ['fixed:0', 'at least 1'],
  ['fixed:-1', 'at least 1'],
  ['fixed:1e3', 'at least 1'],
  ['fixed:2000000', 'over the limit of 1048576'],
  ['decimal', '1 to 20'],
  ['decimal:0', '1 to 20'],
  ['decimal:21', '1 to 20'],
  ['delimiter', 'needs the bytes'],
  ['delimiter:', 'needs the bytes'],
  ['delimiter:\\q', 'a backslash begins one of'],
  ['delimiter:\\x1', 'a backslash begins one of'],
  ['delimiter:' + 'x'.repeat(65), 'at most 64 bytes'],
  ['typed', 'needs a map'],
  ['typed:', 'needs a map'],
  ['typed:1=fixed:16', 'needs a map'],
  ['typed:01=fixed:16,', 'at least 1'],
  ['typed:01=eof', 'eof cannot be the rule'],
  ['typed:01=typed:02=fixed:1', 'typed cannot be the rule'],
  ['typed:01=fixed:1,01=fixed:2', 'twice'],
  ['typed:01=nothing', 'expected one of'],
])('%j is refused: %s', (framing, why) => {
  expect(() => framingCodec(framing, LIMIT)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID', message: expect.stringContaining(why) as string }))
})

describe('what a framing cannot carry is told before anything is sent', () => {
  test('by its length', () => {
    expect(framingCodec('fixed:16', LIMIT).refusal({ length: 15 })).toContain('exactly 16')
    expect(framingCodec('decimal:2', LIMIT).refusal({ length: 100 })).toContain('more digits')
    expect(framingCodec('length32', LIMIT).refusal({ length: 2 ** 32 })).toContain('at most 4294967295')
  })

  test.each([
    ['delimiter:\\n', ['hello\nworld']],
    ['delimiter:\\n', ['hello', '\n']],
    ['delimiter:ab', ['xa', 'bx']],
    ['delimiter:aa', ['xa']],
    ['delimiter:aba', ['xab']],
  ])('%s: a body that holds the delimiter, %j', (framing, slices) => {
    const check = framingCodec(framing, LIMIT).bodyCheck!({})!
    expect(slices.map((slice) => check.body(Buffer.from(slice))).find((one) => one !== undefined) ?? check.end()).toContain('holds the delimiter')
  })

  test('a body that only nearly holds it is fine', () => {
    const check = framingCodec('delimiter:\\r\\n', LIMIT).bodyCheck!({})!
    expect(check.body(Buffer.from('a\rb\nc\r'))).toBeUndefined()
    expect(check.end()).toBeUndefined()
  })
})
