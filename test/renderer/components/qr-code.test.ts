import { describe, expect, test } from 'vitest'
import { correctionOf, qrModules, type Modules } from '../../../renderer/components/qr-code.ts'
import { demoDeviceId } from '../../support/demo-data.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const BLOCKS = [1, 1, 1, 2, 2, 4]
const DATA = [16, 28, 44, 64, 86, 108]
const CORRECTION = [10, 16, 26, 18, 24, 16]

/** Whether a module belongs to a finder, the timing, the alignment or the format: written for reading, unlike the encoder. */
function isFunction(x: number, y: number, size: number): boolean {
  if (x === 6 || y === 6) return true
  if (x < 9 && y < 9) return true
  if (x >= size - 8 && y < 9) return true
  if (x < 9 && y >= size - 8) return true
  return size > 21 && Math.abs(x - (size - 7)) <= 2 && Math.abs(y - (size - 7)) <= 2
}

function maskOf(modules: Modules): { level: number; mask: number } {
  let format = 0
  const bits: boolean[] = []
  for (let x = 0; x <= 5; x++) bits.push(modules[8]?.[x] ?? false)
  bits.push(modules[8]?.[7] ?? false, modules[8]?.[8] ?? false, modules[7]?.[8] ?? false)
  for (let y = 5; y >= 0; y--) bits.push(modules[y]?.[8] ?? false)
  for (const bit of bits) format = format * 2 + Number(bit)
  const plain = format ^ 0b101010000010010
  return { level: plain >> 13, mask: (plain >> 10) & 7 }
}

const MASKED: readonly ((i: number, j: number) => boolean)[] = [
  (i, j) => (i + j) % 2 === 0,
  (i) => i % 2 === 0,
  (_i, j) => j % 3 === 0,
  (i, j) => (i + j) % 3 === 0,
  (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2 === 0,
  (i, j) => ((i * j) % 2) + ((i * j) % 3) === 0,
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2 === 0,
  (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2 === 0,
]

/** Reads a code back as a camera's reader would, and checks its error correction on the way. */
function read(modules: Modules): string {
  const size = modules.length
  const version = (size - 21) / 4
  const { level, mask } = maskOf(modules)
  expect(level).toBe(0)
  const bits: number[] = []
  let up = true
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        if (!isFunction(x, y, size)) bits.push(Number(modules[y]?.[x] !== MASKED[mask]?.(y, x)))
      }
    }
    up = !up
  }
  const words = Array.from({ length: bits.length >> 3 }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2))
  const blocks = BLOCKS[version] ?? 1
  const each = (DATA[version] ?? 0) / blocks
  const data: number[] = []
  for (let block = 0; block < blocks; block++) {
    const part = Array.from({ length: each }, (_, at) => words[at * blocks + block] ?? 0)
    const correction = Array.from({ length: CORRECTION[version] ?? 0 }, (_, at) => words[(DATA[version] ?? 0) + at * blocks + block] ?? 0)
    expect(correctionOf(part, correction.length)).toEqual(correction)
    data.push(...part)
  }
  const stream = data.map((word) => word.toString(2).padStart(8, '0')).join('')
  expect(stream.slice(0, 4)).toBe('0010')
  const length = Number.parseInt(stream.slice(4, 13), 2)
  let text = ''
  for (let at = 13; text.length < length; ) {
    const pair = length - text.length > 1
    const value = Number.parseInt(stream.slice(at, at + (pair ? 11 : 6)), 2)
    text += pair ? `${ALPHABET[Math.floor(value / 45)]}${ALPHABET[value % 45]}` : `${ALPHABET[value]}`
    at += pair ? 11 : 6
  }
  return text
}

describe('QR codes', () => {
  test('error correction is that of the standard’s worked example (ISO/IEC 18004, annex I: 01234567, 1-M)', () => {
    const data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11]
    expect(correctionOf(data, 10)).toEqual([0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55])
  })

  test.each(['A', 'HELLO WORLD', '0123456789:/.-', `HOLDFAST:${demoDeviceId(1)}`, 'X'.repeat(90), 'Y'.repeat(122), 'Z'.repeat(154)])('%s is read back', (text) => {
    expect(read(qrModules(text))).toBe(text)
  })

  test('what does not fit is refused', () => {
    expect(() => qrModules('Z'.repeat(155))).toThrow(RangeError)
    expect(() => qrModules('small')).toThrow(RangeError)
  })
})
