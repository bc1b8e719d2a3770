import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { framingCodec } from '../../../../electron/engine/plain/framing.ts'
import { CodecError } from '../../../../electron/engine/protocol/codec.ts'
import { chunks, decode, encode, Recorder } from './recorder.ts'

const LIMIT = 600

/** `overhead`: the most bytes of a message that a decoder may hold without having handed them over. */
const CASES: readonly { framing: string; overhead: number; body: fc.Arbitrary<Uint8Array>; many: boolean }[] = [
  { framing: 'eof', overhead: 0, body: bytes(), many: false },
  { framing: 'fixed:1', overhead: 0, body: bytes(1, 1), many: true },
  { framing: 'fixed:16', overhead: 0, body: bytes(16, 16), many: true },
  { framing: 'delimiter:\\n', overhead: 1, body: bytes(), many: true },
  { framing: 'delimiter:\\r\\n', overhead: 2, body: letters('\r\nab'), many: true },
  { framing: 'delimiter:aabaa', overhead: 5, body: letters('ab'), many: true },
  { framing: 'delimiter:\\x00\\x00', overhead: 2, body: letters('\0a'), many: true },
  { framing: 'length32', overhead: 4, body: bytes(), many: true },
  { framing: 'decimal:5', overhead: 5, body: bytes(), many: true },
  { framing: 'decimal:10', overhead: 10, body: bytes(), many: true },
  { framing: 'decimal:20', overhead: 20, body: bytes(), many: true },
  { framing: 'netstring', overhead: 5, body: bytes(), many: true },
  { framing: 'blocks', overhead: 4, body: bytes(), many: true },
  { framing: 'typed:01=fixed:16,02=length32,ff=delimiter:\\n', overhead: 5, body: bytes(), many: true },
  { framing: 'typed:00=blocks,0a=netstring,0b=decimal:3', overhead: 5, body: bytes(), many: true },
]

describe.each(CASES)('$framing', ({ framing, overhead, body, many }) => {
  const codec = framingCodec(framing, LIMIT)
  const types = [undefined, 0x00, 0x01, 0x02, 0x0a, 0x0b, 0xff]
  const message = fc
    .record({ body, type: fc.constantFrom(...types), slices: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 5 }) })
    .map(({ body, type, slices }) => ({ head: { length: body.length, ...(type === undefined ? {} : { type }) }, body, slices }))
    .filter(({ head, body }) => framing.startsWith('typed') === (head.type !== undefined) && carries(head, body))
  const messages = fc.array(message, many ? { maxLength: 8 } : { minLength: 1, maxLength: 1 })
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 })

  function carries(head: { length: number; type?: number }, bytes: Uint8Array): boolean {
    if (codec.refusal(head) !== undefined) return false
    const check = codec.bodyCheck?.(head)
    return check === undefined || (check.body(bytes) === undefined && check.end() === undefined)
  }

  test('any messages come back whole, however the stream is cut or joined', () => {
    fc.assert(
      fc.property(messages, cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.map(({ head, body, slices }) => encode(codec, head, body, slices)))
        for (const split of [sizes, [1], [stream.length + 1]]) {
          const received = decode(codec, stream, split).messages
          expect(received.map((one) => one.body.toString('hex'))).toEqual(sent.map((one) => Buffer.from(one.body).toString('hex')))
          expect(received.map((one) => one.head.type)).toEqual(sent.map((one) => one.head.type))
          for (const { head, body } of received) if (head.length !== undefined) expect(head.length).toBe(body.length)
        }
      }),
    )
  })

  test('no more than a header is ever held back', () => {
    fc.assert(
      fc.property(message, cuts, ({ head, body, slices }, sizes) => {
        const recorder = new Recorder()
        const decoder = codec.decoder(recorder)
        const stream = encode(codec, head, body, slices)
        const framingBytes = stream.length - body.length
        let pushed = 0
        for (const chunk of chunks(stream, sizes)) {
          decoder.push(chunk)
          pushed += chunk.length
          const heldOrFraming = pushed - recorder.bodyBytes
          expect(heldOrFraming).toBeLessThanOrEqual(framingBytes + overhead)
          expect(recorder.bodyBytes).toBeLessThanOrEqual(LIMIT)
        }
      }),
    )
  })

  test('a stream cut anywhere inside a message is truncated, and the messages before it are whole', () => {
    if (framing === 'eof') return
    fc.assert(
      fc.property(messages.filter((sent) => sent.length > 0), fc.nat(), cuts, (sent, where, sizes) => {
        const encoded = sent.map(({ head, body, slices }) => encode(codec, head, body, slices))
        const stream = Buffer.concat(encoded)
        const cut = where % stream.length
        const ends = encoded.map(((sum) => (one: Buffer) => (sum += one.length))(0))
        const whole = ends.filter((end) => end <= cut).length
        const recorder = new Recorder()
        const decoder = codec.decoder(recorder)
        for (const chunk of chunks(stream.subarray(0, cut), sizes)) decoder.push(chunk)
        if (cut === 0 || ends.includes(cut)) {
          expect(decoder.progress()).toBeUndefined()
          decoder.end()
        } else {
          expect(decoder.progress()).toBeTypeOf('string')
          expect(() => decoder.end()).toThrow(expect.objectContaining({ reason: 'truncated' }))
        }
        expect(recorder.messages).toHaveLength(whole)
      }),
    )
  })

  test('any bytes at all are decoded or refused, never anything else, and never over the limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), cuts, (stream, sizes) => {
        const recorder = new Recorder()
        try {
          const decoder = codec.decoder(recorder)
          for (const chunk of chunks(stream, sizes)) decoder.push(chunk)
          decoder.end()
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError)
        }
        for (const one of recorder.messages) expect(one.body.length).toBeLessThanOrEqual(LIMIT)
      }),
    )
  })
})

function bytes(minLength = 0, maxLength = 400): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength, maxLength })
}

/** Bodies in which a delimiter of these letters nearly comes, often. */
function letters(alphabet: string): fc.Arbitrary<Uint8Array> {
  return fc.array(fc.constantFrom(...alphabet), { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')))
}
