import { expect, test } from 'vitest'
import { formatBytes, formatCode, formatCount, formatDuration, formatWait } from '../../electron/cli/format.ts'
import { exitCodeOf } from '../../electron/cli/exit-code.ts'
import { printable } from '../../electron/cli/printable.ts'
import { fitText, textWidth } from '../../electron/cli/text-width.ts'

test('peer text is made harmless for a terminal, and stays readable', () => {
  expect(printable('plain ünï 文 🎉 a\u0301')).toBe('plain ünï 文 🎉 a\u0301')
  expect(printable('\x1b[31mred\x07')).toBe('\\x1b[31mred\\x07')
  expect(printable('a\nb\tc\rd')).toBe('a\\nb\\tc\\rd')
  expect(printable('\u202egpj.exe\u2066')).toBe('\\u202egpj.exe\\u2066')
  expect(printable('\u009b0m\u200b\ufeff\u2028')).toBe('\\x9b0m\\u200b\\ufeff\\u2028')
  expect(printable('\ud800 \u{e0041}')).toBe('\\ud800 \\u{e0041}')
})

test('amounts', () => {
  expect([0, 999, 1000, 1234, 99_949, 999_499, 999_500, 45_600_000_000].map(formatBytes)).toEqual([
    '0 B', '999 B', '1.00 kB', '1.23 kB', '99.9 kB', '999 kB', '1.00 MB', '45.6 GB',
  ])
  expect([0, 400, 9_949, 9_950, 59_400, 59_600, 185_000, 7_384_000, 2 * 86_400_000].map(formatDuration)).toEqual([
    '0.0 s', '0.4 s', '9.9 s', '10 s', '59 s', '1:00', '3:05', '2:03:04', '2 d 0 h',
  ])
  expect([formatCount(1, 'file'), formatCount(1200, 'file'), formatCount(2, 'retry', 'retries')]).toEqual(['1 file', '1,200 files', '2 retries'])
  expect(formatCode('042137')).toBe('042 137')
})

test('widths are cells, not characters', () => {
  expect(textWidth('aé文🎉e\u0301')).toBe(7)
  expect(fitText('abcdef', 6)).toBe('abcdef')
  expect(fitText('abcdefg', 6)).toBe('abcde…')
  expect(fitText('文文文', 5)).toBe('文文…')
  expect(fitText('文文文', 4)).toBe('文…')
  expect(fitText('abc', 0)).toBe('')
})

test('a wait that is none is not counted in seconds', () => {
  expect([0, 49, 50, 12_000].map(formatWait)).toEqual(['at once', 'at once', 'in 0.1 s', 'in 12 s'])
})

test('a name that does not mean one device is not trusted, whether none or several have it', () => {
  expect([exitCodeOf('DEVICE_UNKNOWN'), exitCodeOf('DEVICE_AMBIGUOUS'), exitCodeOf('USAGE_INVALID')]).toEqual([3, 3, 2])
})
