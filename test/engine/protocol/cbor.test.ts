import { decode as cborgDecode, encode as cborgEncode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor } from '../../../electron/engine/protocol/cbor-reader.ts'
import { encodeCbor } from '../../../electron/engine/protocol/cbor-writer.ts'
import { ProtocolError } from '../../../electron/engine/protocol/protocol-error.ts'
import { hex } from './golden.ts'

/** What messages may hold, as deep as they may hold it. */
const key = fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).filter((text) => text !== '__proto__')
const leaf = fc.oneof(
  fc.maxSafeInteger().filter((value) => !Object.is(value, -0)),
  fc.bigInt({ min: 1n << 53n, max: (1n << 64n) - 1n }),
  fc.bigInt({ min: -(1n << 64n), max: -(1n << 53n) - 1n }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 300 }),
  fc.boolean(),
  fc.constant(null),
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', maxDepth: 7 }, leaf, fc.array(tie('value'), { maxLength: 30 }), fc.dictionary(key, tie('value'), { maxKeys: 8, noNullPrototype: true })),
}))

/** The forms cborg takes that this protocol does not are what the tests of control.ts refuse one by one. */
const STRICT = { strict: true, allowIndefinite: false, allowUndefined: false, allowInfinity: false, allowNaN: false, rejectDuplicateMapKeys: true } as const

describe('CBOR, beside cborg', () => {
  it('is written as the canonical bytes that cborg writes', () => {
    fc.assert(fc.property(value, (some) => void expect(hex(encodeCbor(some))).toBe(hex(cborgEncode(some)))), { numRuns: 500 })
  })

  it('is read as what was written', () => {
    fc.assert(fc.property(value, (some) => void expect(decodeCbor(encodeCbor(some))).toEqual(some)), { numRuns: 500 })
  })

  it('is refused or read as cborg reads it, whatever the bytes are', () => {
    let read = 0
    const damaged = fc.tuple(value, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([some, at, byte]) => {
      const bytes = encodeCbor(some)
      bytes[at % bytes.length] = byte
      return bytes
    })
    const check = (bytes: Uint8Array) => {
      let found: unknown
      try {
        found = decodeCbor(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
        return
      }
      read += 1
      expect(found).toEqual(cborgDecode(bytes, STRICT))
    }
    fc.assert(fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 40 })), check), { numRuns: 3000 })
    expect(read).toBeGreaterThan(100)
  })
})

describe('text', () => {
  const scalars = [0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xffff, 0x1_0000, 0x10_ffff]

  it.each(scalars)('of U+%o comes back, wherever it stands', (point) => {
    for (const before of ['', 'a', '1234567', '12345678', '123456789012345']) {
      const text = `${before}${String.fromCodePoint(point)}${before}`
      expect(hex(encodeCbor(text))).toBe(hex(cborgEncode(text)))
      expect(decodeCbor(encodeCbor(text))).toBe(text)
    }
  })

  it('is UTF-8 and nothing else', () => {
    const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const byte = fc.constantFrom(0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff)
    let valid = 0
    const check = (bytes: readonly number[]) => {
      const body = Uint8Array.from([0x60 | bytes.length, ...bytes])
      let text: string
      try {
        text = utf8.decode(Uint8Array.from(bytes))
      } catch {
        expect(() => decodeCbor(body)).toThrow(ProtocolError)
        return
      }
      valid += 1
      expect(decodeCbor(body)).toBe(text)
    }
    fc.assert(fc.property(fc.array(byte, { maxLength: 12 }), check), { numRuns: 5000 })
    expect(valid).toBeGreaterThan(50)
  })

  it('with half a character is written with U+FFFD in its place', () => {
    expect(decodeCbor(encodeCbor('a\ud800b\udc00'))).toBe('a\ufffdb\ufffd')
  })
})

describe('what has no place in a message', () => {
  it.each([[1.5], [Number.NaN], [2 ** 53], [1n << 64n], [undefined], [[undefined]], [() => 1]])('is not written: %s', (some) => {
    expect(() => encodeCbor(some)).toThrow(RangeError)
  })

  it('what is undefined in a map is left out', () => {
    expect(decodeCbor(encodeCbor({ a: undefined, b: 1 }))).toEqual({ b: 1 })
  })
})
