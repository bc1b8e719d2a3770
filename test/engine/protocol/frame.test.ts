import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CodecError } from '../../../electron/engine/protocol/codec.ts'
import { FrameDecoder, frameCodec } from '../../../electron/engine/protocol/frame.ts'
import type { FrameHead } from '../../../electron/engine/protocol/frame.ts'
import { FRAME_HEADER_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { hex, readGolden } from './golden.ts'

interface Seen {
  readonly frames: { head: FrameHead; body: string }[]
  goodbyes: number
}

function collector() {
  const seen: Seen = { frames: [], goodbyes: 0 }
  let head: FrameHead | undefined
  let parts: Uint8Array[] = []
  const sink = {
    begin(next: FrameHead) {
      head = next
      parts = []
    },
    body(bytes: Uint8Array) {
      parts.push(new Uint8Array(bytes))
    },
    finish() {
      seen.frames.push({ head: head!, body: hex(Buffer.concat(parts)) })
    },
    goodbye() {
      seen.goodbyes += 1
    },
  }
  return { seen, sink }
}

function frame(head: FrameHead, body: Uint8Array): Uint8Array {
  return Buffer.concat([frameCodec.encodeHead(head), body])
}

const frames = fc.array(
  fc.record({
    type: fc.constantFrom(0x20, 0x22, 0x80, 0x81, 0x7f, 0x2b),
    id: fc.maxSafeNat(),
    ack: fc.maxSafeNat(),
    body: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 8 },
)

describe('frames', () => {
  it.each(readGolden<{ frame: { type: number; id: number; ack: number }; body: string; bytes: string }[]>('frames'))(
    'golden: type $frame.type',
    ({ frame: expected, body, bytes }) => {
      const bodyBytes = Buffer.from(body, 'hex')
      const head = { ...expected, bodyLength: bodyBytes.length }
      expect(hex(frame(head, bodyBytes))).toBe(bytes)
      const { seen, sink } = collector()
      const decoder = new FrameDecoder(sink, () => 100)
      decoder.push(Buffer.from(bytes, 'hex'))
      decoder.end()
      expect(seen.frames).toEqual([{ head, body }])
    },
  )

  it('survive any split and any join', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 })), fc.boolean(), (list, cuts, bye) => {
        const expected = list.map(({ body, ...head }) => ({ head: { ...head, bodyLength: body.length }, body: hex(body) }))
        const stream = Buffer.concat([
          ...list.map(({ body, ...head }) => frame({ ...head, bodyLength: body.length }, body)),
          ...(bye ? [frameCodec.encodeGoodbye!()] : []),
        ])
        const { seen, sink } = collector()
        const decoder = frameCodec.decoder(sink)
        let at = 0
        for (const cut of cuts) {
          decoder.push(stream.subarray(at, at + cut))
          at += cut
        }
        decoder.push(stream.subarray(at))
        decoder.end()
        expect(seen).toEqual({ frames: expected, goodbyes: bye ? 1 : 0 })
      }),
    )
  })

  it('stops where the sink says so, and goes on from there', () => {
    const bodies = [new Uint8Array([1, 2, 3]), new Uint8Array(), new Uint8Array([4])]
    const stream = Buffer.concat(bodies.map((body, id) => frame({ type: 0x80, id, ack: 0, bodyLength: body.length }, body)))
    const { seen, sink } = collector()
    const decoder: FrameDecoder = new FrameDecoder({
      ...sink,
      begin(head) {
        sink.begin(head)
        decoder.halt()
      },
    })
    const stops: number[] = []
    for (let at = 0; at < stream.length; ) stops.push((at = decoder.decode(stream, at)))
    expect(stops).toEqual([21, 45, 66, 67])
    expect(seen.frames.map((entry) => entry.body)).toEqual(['010203', '', '04'])
  })

  const rejected: [string, string, CodecError['reason']][] = [
    ['a length shorter than the header', '00000010', 'bad-head'],
    ['a length over everything, before the type', '7fffffff', 'too-large'],
    ['a body over its type’s limit, before the id', '00001012' + '2b', 'too-large'],
    ['a pure ack with a body', '00000012' + '05', 'too-large'],
    ['an id over 2^53−1', '00000011' + '2b' + '0020000000000000' + '0000000000000000', 'bad-head'],
    ['bytes after goodbye', '0000000000', 'after-goodbye'],
  ]
  it.each(rejected)('reject %s', (_what, bytes, reason) => {
    const decoder = frameCodec.decoder(collector().sink)
    expect(() => decoder.push(Buffer.from(bytes, 'hex'))).toThrow(expect.objectContaining({ name: 'CodecError', reason }) as Error)
  })

  it('name how much came when the stream ends too early', () => {
    const whole = frame({ type: 0x2b, id: 1, ack: 0, bodyLength: 10 }, new Uint8Array(10))
    for (let length = 1; length < whole.length; length++) {
      const decoder = frameCodec.decoder(collector().sink)
      decoder.push(whole.subarray(0, length))
      const text = length < FRAME_HEADER_BYTES ? `${length} bytes of 21` : `${length - 21} bytes of 10`
      expect(() => decoder.end()).toThrow(text)
    }
  })
})
