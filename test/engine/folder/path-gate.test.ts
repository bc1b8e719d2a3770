import { join, relative, sep, win32 } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PATH_DEPTH } from '../../../electron/engine/protocol/limits.ts'
import {
  gatePath, gateRenamed, gateStagedName, gateStaging, POSIX_TARGET, WINDOWS_TARGET,
} from '../../../electron/engine/folder/path-gate.ts'

const ALWAYS_REFUSED: Record<string, string> = {
  empty: '',
  'parent folder': '..',
  'parent folder inside': 'a/../b',
  'parent folder at the end': 'a/..',
  'this folder': './a',
  absolute: '/etc/passwd',
  'empty part': 'a//b',
  'trailing slash': 'a/',
  UNC: '\\\\server\\share\\x',
  'drive with a backslash': 'C:\\Windows\\x',
  'drive with a slash': 'c:/Windows/x',
  NUL: 'a\u0000b',
  newline: 'a\nb',
  escape: '\u001b[2Ja',
  DEL: 'a\u007f',
  'C1 control': 'a\u009b31m',
  'right-to-left override': 'exe.\u202egpj',
  isolate: 'a\u2066b',
  'lone surrogate': 'a\ud800b',
  'long name': 'x'.repeat(256),
  'long name in UTF-8': 'é'.repeat(128),
  'long path': Array.from({ length: 30 }, () => 'x'.repeat(200)).join('/'),
  'deep path': Array.from({ length: MAX_PATH_DEPTH + 1 }, () => 'x').join('/'),
  'engine folder': '.holdfast',
  'engine folder inside': 'a/.holdfast/staging/0',
  'engine name': '.holdfast-anything',
  'engine name in capitals': '.HoldFast',
  'engine name, full width': '.ｈoldfast',
  'engine name, full-width dot': '．holdfast',
  'engine name, long s': '.holdfaſt',
  'engine name, ligature': '.holdfaﬆ',
  'engine name, zero-width': '.hold\u200cfast',
  'engine name, byte order mark': '\ufeff.holdfast',
}

const REFUSED_ON_WINDOWS = [
  'aux', 'AUX.c', 'con', 'prn.txt', 'nul', 'COM1', 'com¹.txt', 'lpt9.log', 'CONIN$', 'aux .txt', 'nul.tar.gz',
  '...', 'a.', 'a ', 'a/b./c', 'a:b', 'file.txt:Zone.Identifier', 'C:', 'a<b', 'a>b', 'a"b', 'a|b', 'a?b', 'a*b', 'a\\b', '..\\evil',
  '\\evil', 'HOLDFA~1', 'holdfa~2', 'HO12AB~1',
]

const FINE_EVERYWHERE = [
  'a', 'a/b/c.txt', '.hidden', 'a..b', '..a', 'holdfast', 'x.holdfast', 'COM', 'COM10', 'auxiliary', 'conn', 'Ünïcödé/日本語/🙂.png',
  'e\u0301', ' leading', 'a\u200fb', 'x'.repeat(255), '__proto__', 'constructor/toString', '-rf', '~', '$HOME', '%2e%2e%2fetc',
]

describe('gatePath', () => {
  it.each(Object.entries(ALWAYS_REFUSED))('refuses %s on every platform', (_, path) => {
    expect(gatePath(path, POSIX_TARGET).ok).toBe(false)
    expect(gatePath(path, WINDOWS_TARGET).ok).toBe(false)
  })

  it.each(REFUSED_ON_WINDOWS)('refuses %j for Windows alone', (path) => {
    expect(gatePath(path, WINDOWS_TARGET).ok).toBe(false)
    expect(gatePath(path, POSIX_TARGET)).toMatchObject({ ok: true, relative: path })
  })

  it.each(FINE_EVERYWHERE)('lets %j through', (path) => {
    expect(gatePath(path, POSIX_TARGET)).toEqual({ ok: true, segments: path.split('/'), relative: path })
    expect(gatePath(path, WINDOWS_TARGET)).toEqual({ ok: true, segments: path.split('/'), relative: path.replaceAll('/', '\\') })
  })

  it('never says the peer’s text in its reason', () => {
    for (const path of [...Object.values(ALWAYS_REFUSED), ...REFUSED_ON_WINDOWS]) {
      const result = gatePath(path, WINDOWS_TARGET)
      if (!result.ok) expect(result.reason).toMatch(/^[ -~]{5,80}$/)
    }
  })

  it('never yields a path outside the root, nor the engine’s', () => {
    const piece = fc.oneof(
      fc.constantFrom('..', '.', '', '/', '\\', 'C:', '.holdfast', '.HOLDFAST', 'a', 'ü', '\u0000', '\u202e', '\ud800', ':', '~', '\\\\', ' ', 'con'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    const path = fc.array(fc.tuple(piece, fc.constantFrom('/', '\\', ''))).map((parts) => parts.flat().join(''))
    fc.assert(
      fc.property(path, (wirePath) => {
        const posix = gatePath(wirePath, POSIX_TARGET)
        if (posix.ok) {
          const inside = relative('/root', join('/root', posix.relative))
          expect(inside).toBe(posix.relative)
          expect(inside.startsWith(`..${sep}`) || inside === '..' || inside === '').toBe(false)
          expect(posix.segments[0]?.toLowerCase().startsWith('.holdfast')).toBe(false)
        }
        const windows = gatePath(wirePath, WINDOWS_TARGET)
        if (windows.ok) {
          expect(posix.ok).toBe(true)
          expect(win32.relative('C:\\root', win32.join('C:\\root', windows.relative))).toBe(windows.relative)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('gateRenamed', () => {
  it('replaces the top folder alone', () => {
    expect(gateRenamed('a/a/b', { a: 'a (2)' }, POSIX_TARGET)).toMatchObject({ segments: ['a (2)', 'a', 'b'] })
    expect(gateRenamed('b/a', { a: 'a (2)' }, POSIX_TARGET)).toMatchObject({ segments: ['b', 'a'] })
  })

  it('trusts the new name no more than the old one', () => {
    expect(gateRenamed('a/b', { a: '../x' }, POSIX_TARGET).ok).toBe(false)
    expect(gateRenamed('../b', { '..': 'x' }, POSIX_TARGET).ok).toBe(false)
  })

  it('takes names of Object’s own members for names', () => {
    expect(gateRenamed('constructor/x', {}, POSIX_TARGET)).toMatchObject({ relative: 'constructor/x' })
    expect(gateRenamed('__proto__/x', {}, POSIX_TARGET)).toMatchObject({ relative: '__proto__/x' })
  })
})

describe('staging names', () => {
  it('come from hexadecimal ids and natural numbers only', () => {
    expect(gateStaging('0f'.repeat(16))).toEqual(['.holdfast', 'staging', '0f'.repeat(16)])
    for (const id of ['', '..', '../../x', 'AB'.repeat(16), 'ab'.repeat(15), `${'ab'.repeat(16)}/..`]) expect(() => gateStaging(id)).toThrow(RangeError)
    expect(gateStagedName(7)).toBe('7')
    for (const file of [-1, 1.5, NaN, Infinity]) expect(() => gateStagedName(file)).toThrow(RangeError)
  })
})
