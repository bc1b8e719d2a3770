import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nameProblem, POSIX_TARGET } from '../../../electron/engine/folder/path-gate.ts'
import { conflictPath, numberedPath } from '../../../electron/engine/sync/conflict-name.ts'
import { isConflictCopy, originalOf } from '../../../electron/engine/util/conflict-name.ts'

const at = Date.parse('2026-11-21T09:05:00Z')

describe('a conflict copy', () => {
  test('says whose edit it is, and when it was made', () => {
    expect(conflictPath('d/photo.jpg', 'Laptop', at)).toBe('d/photo (conflict, Laptop, 2026-11-21 09.05.00).jpg')
    expect(conflictPath('d/photo.jpg', 'Laptop', at, 2)).toBe('d/photo (conflict, Laptop, 2026-11-21 09.05.00) (2).jpg')
    expect(conflictPath('.profile', 'Laptop', at)).toBe('.profile (conflict, Laptop, 2026-11-21 09.05.00)')
    expect(conflictPath('a', '\u202E ../\\ \u0000', at)).toBe('a (conflict, unknown device, 2026-11-21 09.05.00)')
    expect(numberedPath('d/a.txt', 2)).toBe('d/a (2).txt')
  })

  test('leads back to its original', () => {
    expect(originalOf('d/photo (conflict, Laptop, 2026-11-21 09.05.00).jpg')).toEqual({ path: 'd/photo.jpg', device: 'Laptop' })
    expect(originalOf('d/photo (conflict, Laptop, 2026-11-21 09.05.00) (2).jpg')).toEqual({ path: 'd/photo.jpg', device: 'Laptop' })
    expect(originalOf('d (conflict, Laptop, 2026-11-21 09.05.00)/photo.jpg')).toBeUndefined()
  })

  test('is recognised exactly when it leads back', () => {
    const date = '2026-11-21 09.05.00'
    for (const path of [`a (conflict, X, ${date})b`, `a (conflict, X, ${date}) (2) b`, ` (conflict, X, ${date})`, `d/ (conflict, X, ${date}).txt`, `a (conflict, X, ${date}`]) {
      expect([path, isConflictCopy(path), originalOf(path)]).toEqual([path, false, undefined])
    }
    expect(originalOf(`a\u2028b (conflict, X, ${date}).c`)).toEqual({ path: 'a\u2028b.c', device: 'X' })
  })

  test('has a name that is allowed and recognised, whatever is in it', () => {
    const device = fc.string({ unit: 'binary', maxLength: 80 })
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 250 }).filter((text) => !text.includes('/') && nameProblem(text, POSIX_TARGET) === undefined)
    fc.assert(fc.property(name, device, fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1, max: 20 }), (original, by, mtimeMs, number) => {
      const copy = conflictPath(`d/${original}`, by, mtimeMs, number)
      expect(nameProblem(copy.slice(2), POSIX_TARGET)).toBeUndefined()
      expect(isConflictCopy(copy)).toBe(true)
      if (Buffer.byteLength(original) < 140) expect(originalOf(copy)?.path).toBe(`d/${original}`)
    }))
  })
})
