import { describe, expect, test } from 'vitest'
import { daysAgo, formatAddress, formatBytes, formatDuration, formatSpeed, formatSteadyBytes, percentOf } from '../../../renderer/text/format.ts'

describe('numbers for people', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [48_200, '48.2 kB'],
    [999_499, '999 kB'],
    [999_600, '1 MB'],
    [8_412_000_000, '8.41 GB'],
    [2 ** 53, '9.01 PB'],
    [-5, '0 B'],
  ])('%d bytes are %s', (bytes, words) => {
    expect(formatBytes(bytes, 'en')).toBe(words)
  })

  test.each([
    [0, '0 B'],
    [512, '512 B'],
    [1_900_000_000, '1.90 GB'],
    [9_996_000_000, '10.0 GB'],
    [12_000_000, '12.0 MB'],
    [99_960_000, '100 MB'],
    [999_600, '1.00 MB'],
  ])('%d bytes that count up are %s', (bytes, words) => {
    expect(formatSteadyBytes(bytes, 'en')).toBe(words)
  })

  test('speed is bytes a second', () => {
    expect(formatSpeed(86_400_000, 'en')).toBe('86.4 MB/s')
    expect(formatSpeed(4_000_000, 'en')).toBe('4.00 MB/s')
  })

  test.each([
    [400, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [86_000, '1 min 26 s'],
    [1_752_000, '29 min'],
    [7_500_000, '2 h 5 min'],
    [172_800_000, '2 d'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms are %s', (durationMs, words) => {
    expect(formatDuration(durationMs)).toBe(words)
  })

  test('a hundred percent means all of it', () => {
    expect(percentOf(999_999_999, 1_000_000_000)).toBe(99)
    expect(percentOf(10, 10)).toBe(100)
    expect(percentOf(0, 0)).toBe(0)
  })

  test('days go by the calendar, not by hours', () => {
    const now = new Date(2026, 10, 21, 0, 10).getTime()
    expect(daysAgo(new Date(2026, 10, 20, 23, 50).getTime(), now)).toBe(1)
    expect(daysAgo(now, now)).toBe(0)
  })

  test('an IPv6 address gets brackets', () => {
    expect(formatAddress('fe80::1', 4680)).toBe('[fe80::1]:4680')
    expect(formatAddress('nas.local', 1)).toBe('nas.local:1')
  })
})
