import { describe, expect, test } from 'vitest'
import { framingCodec } from '../../../../electron/engine/plain/framing.ts'
import { CodecError, type CodecErrorReason } from '../../../../electron/engine/protocol/codec.ts'
import { Recorder } from './recorder.ts'

const LIMIT = 1000

function failure(framing: string, stream: string, splitBytes = stream.length): { error: CodecError; messages: string[] } {
  const recorder = new Recorder()
  const decoder = framingCodec(framing, LIMIT).decoder(recorder)
  const bytes = Buffer.from(stream, 'latin1')
  try {
    for (let at = 0; at < bytes.length; at += splitBytes) decoder.push(bytes.subarray(at, at + splitBytes))
    decoder.end()
  } catch (error) {
    if (error instanceof CodecError) return { error, messages: recorder.messages.map((one) => one.body.toString('latin1')) }
    throw error
  }
  throw new Error('nothing was wrong')
}

const CASES: readonly (readonly [framing: string, stream: string, reason: CodecErrorReason, message: string])[] = [
  ['fixed:400', 'x'.repeat(12), 'truncated', '12 bytes of 400'],
  ['fixed:16', 'x'.repeat(17), 'truncated', '1 byte of 16'],
  ['length32', '\0\0', 'truncated', '2 bytes of 4 (header)'],
  ['length32', '\0\0\x01\x90hello world!', 'truncated', '12 bytes of 400'],
  ['length32', '\0\0\x01\x90', 'truncated', '0 bytes of 400'],
  ['length32', '\xff\xff\xff\xff', 'too-large', 'A message of 4294967295 bytes is over the limit of 1000'],
  ['decimal:5', '000', 'truncated', '3 bytes of 5 (header)'],
  ['decimal:5', '00400hello', 'truncated', '5 bytes of 400'],
  ['decimal:5', '12a45', 'bad-head', '"12a45" is no number'],
  ['decimal:5', '\x1b[31m', 'bad-head', '"\\x1b[31m" is no number'],
  ['decimal:5', '     ', 'bad-head', 'is no number'],
  ['decimal:5', '+0012', 'bad-head', 'is no number'],
  ['decimal:5', '-0001', 'bad-head', 'is negative'],
  ['decimal:5', '   -1', 'bad-head', 'is negative'],
  ['decimal:5', ' 123 ', 'bad-head', 'padded'],
  ['decimal:5', '\t 123', 'bad-head', 'padded'],
  ['decimal:5', '1 234', 'bad-head', 'is no number'],
  ['decimal:5', '99999', 'too-large', '99999 bytes is over the limit of 1000'],
  ['decimal:20', '99999999999999999999', 'too-large', '99999999999999999999 bytes'],
  ['netstring', '12', 'truncated', '2 bytes (header)'],
  ['netstring', '400:hello world!', 'truncated', '12 bytes of 400'],
  ['netstring', '5:hello', 'truncated', 'all 5 bytes, but not the ","'],
  ['netstring', '5:hello;', 'bad-head', 'must be followed by ",", not by ";"'],
  ['netstring', '-5:hello,', 'bad-head', 'negative'],
  ['netstring', ' 5:hello,', 'bad-head', 'begins with " "'],
  ['netstring', '5 :hello,', 'bad-head', 'no digit and no ":"'],
  ['netstring', ':,', 'bad-head', 'no digit'],
  ['netstring', '05:hello,', 'bad-head', 'leading zero'],
  ['netstring', '9'.repeat(500), 'too-large', 'or more bytes is over the limit of 1000'],
  ['delimiter:\\n', 'hello', 'truncated', '5 bytes without the delimiter "\\x0a"'],
  ['delimiter:\\r\\n', 'hello\r', 'truncated', '6 bytes without'],
  ['delimiter:\\n', 'x'.repeat(1001), 'too-large', 'No delimiter "\\x0a" came within the limit of 1000 bytes'],
  ['delimiter:ab', 'a'.repeat(1100), 'too-large', 'No delimiter'],
  ['blocks', '\0\0\0\x05hello', 'truncated', 'not the zero block'],
  ['blocks', '\0\0\0\x05hel', 'truncated', '3 bytes of 5 (block)'],
  ['blocks', '\0\0\0\x05hello\0', 'truncated', '1 byte of 4 (header)'],
  ['blocks', '\0\0\x03\xe8' + 'x'.repeat(1000) + '\0\0\0\x01', 'too-large', 'over the limit of 1000'],
  ['eof', 'x'.repeat(1001), 'too-large', 'longer than the limit of 1000 bytes'],
  ['typed:01=length32,02=fixed:4', '\x03', 'bad-head', 'type byte 03 is not in the map (01, 02)'],
  ['typed:01=length32,02=fixed:4', '\x02', 'truncated', 'nothing after its type byte 02'],
  ['typed:01=length32,02=fixed:4', '\x02abc', 'truncated', '3 bytes of 4'],
  ['typed:01=length32,02=fixed:4', '\x01\0\xff\0\0', 'too-large', 'over the limit'],
]

describe.each(CASES)('%s, given %j', (framing, stream, reason, message) => {
  test.each([stream.length, 16, 1])('in pieces of %i', (split) => {
    const { error } = failure(framing, stream, split)
    expect(error.reason).toBe(reason)
    expect(error.message).toContain(message)
  })
})

test('messages before the bad one have been handed over', () => {
  expect(failure('netstring', '3:one,3:two,x').messages).toEqual(['one', 'two'])
  expect(failure('decimal:5', '00003one    3two3    sixxxxxx', 1).messages).toEqual(['one', 'two', 'six'])
})

test('a length over the limit is refused before any of the body is awaited', () => {
  const decoder = framingCodec('length32', LIMIT).decoder(new Recorder())
  expect(() => decoder.push(Uint8Array.of(0, 0, 3, 233))).toThrow('over the limit')
})
