import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isDeviceId, parseDeviceId, shortDeviceId } from '../../../electron/engine/identity/device-id.ts'
import { deviceIdOfSpki } from '../../../electron/engine/util/spki.ts'

// SHA-256 of nothing, in RFC 4648 base32, made with Python's base64.b32encode.
const EMPTY = '4OYM-IQUY-7QOB-JGX3-6TEJ-S35Z-EQT2-4QPE-MSNZ-GTFE-SWMR-W6CS-XBKQ'

test('is the grouped base32 of SHA-256', () => {
  expect(deviceIdOfSpki(new Uint8Array())).toBe(EMPTY)
  expect(shortDeviceId(EMPTY)).toBe('4OYM-IQUY')
})

test('is read in any case, with or without dashes and spaces', () => {
  for (const text of [EMPTY, EMPTY.toLowerCase(), EMPTY.replaceAll('-', ''), ` ${EMPTY.replaceAll('-', ' ')}\n`]) {
    expect(parseDeviceId(text)).toBe(EMPTY)
  }
  expect(isDeviceId(EMPTY)).toBe(true)
  expect(isDeviceId(EMPTY.toLowerCase())).toBe(false)
  expect(isDeviceId(EMPTY.replaceAll('-', ''))).toBe(false)
})

test.each([
  ['nothing', ''],
  ['too short', EMPTY.slice(0, -1)],
  ['too long', `${EMPTY}A`],
  ['a digit that is none', EMPTY.replace('4', '1')],
  ['bits that carry nothing set', `${EMPTY.slice(0, -1)}R`],
  ['very long', EMPTY + '-'.repeat(1_000_000)],
])('%s is refused', (_what, text) => {
  expect(() => parseDeviceId(text)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }))
  expect(isDeviceId(text)).toBe(false)
})

test('any key has one id, and only its own spelling is it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const id = deviceIdOfSpki(bytes)
      expect(id).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){12}$/)
      expect(isDeviceId(id) && parseDeviceId(id) === id).toBe(true)
    }),
  )
})
