import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pixelsOf } from '../../../electron/engine/sync/picture-size.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

describe('the size of a picture', () => {
  test.each([
    ['png', '89504e470d0a1a0a 0000000d 49484452 00001f40 00001770', 8000 * 6000],
    ['gif', '474946383961 e803 d007 00 00 00 2c 0000 0000 0100 0100', 1000 * 2000],
    ['gif', '474946383961 0100 0100 80 00 00 000000ffffff 21f9 04 00000000 00 2c 0100 0000 e703 d007', 1000 * 2000],
    ['jpeg', 'ffd8 ffe0 0004 0000 ffff c4 0003 00 ffc2 0011 08 1770 1f40 03', 8000 * 6000],
    ['webp', '52494646 00000000 57454250 56503858 0a000000 00000000 7f0700 370400', 1920 * 1080],
    ['webp', '52494646 00000000 57454250 5650384c 00000000 2f 7f c7 0d 01', 1920 * 1080],
    ['webp', '52494646 00000000 57454250 56503820 00000000 000000 9d012a 8007 3804', 1920 * 1080],
  ])('%s says it in its header', (type, hex, pixels) => {
    expect(pixelsOf(type, bytes(hex))).toBe(pixels)
  })

  test.each([
    ['png', '89504e470d0a1a0a'],
    ['png', '89504e470d0a1a0a 0000000d 49484452 00000000 00001770'],
    ['gif', '474946383961 e803 d007 00 00 00 3b'],
    ['jpeg', 'ffd8 ffe0 ffff 00'],
    ['jpeg', 'ffd8 0000'],
    ['webp', '52494646 00000000 57454250 41414141'],
    ['bmp', '424d'],
  ])('a broken %s says nothing', (type, hex) => {
    expect(pixelsOf(type, bytes(hex))).toBeUndefined()
  })

  test('no bytes throw, or are read for ever', () => {
    fc.assert(
      fc.property(fc.constantFrom('png', 'gif', 'jpeg', 'webp'), fc.uint8Array({ maxLength: 200 }), (type, body) => {
        const pixels = pixelsOf(type, type === 'jpeg' ? Uint8Array.from([0xff, 0xd8, 0xff, ...body]) : body)
        expect(pixels === undefined || pixels > 0).toBe(true)
      }),
    )
  })
})
