import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bumpVersion, compareVersions, counterOf, mergeVersions } from '../../../electron/engine/sync/version.ts'
import { anyVersion, TAGS, version } from '../../support/sync/entries.ts'

describe('versions', () => {
  test('stand to each other in one of four ways', () => {
    expect(compareVersions(version({ A: 1 }), version({ A: 1 }))).toBe('equal')
    expect(compareVersions(version({ A: 2 }), version({ A: 1 }))).toBe('covers')
    expect(compareVersions(version({ A: 1 }), version({ A: 1, B: 1 }))).toBe('covered')
    expect(compareVersions(version({ A: 1, C: 1 }), version({ A: 1, B: 1 }))).toBe('concurrent')
    expect(compareVersions([], [])).toBe('equal')
    expect(compareVersions([], version({ B: 1 }))).toBe('covered')
  })

  test('form a lattice', () => {
    fc.assert(fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
      const ab = mergeVersions(a, b)
      expect(mergeVersions(b, a)).toEqual(ab)
      expect(mergeVersions(a, a)).toEqual(a)
      expect(mergeVersions(ab, c)).toEqual(mergeVersions(a, mergeVersions(b, c)))
      expect(['equal', 'covers']).toContain(compareVersions(ab, a))
      expect(['equal', 'covers']).toContain(compareVersions(ab, b))
      // the least: whatever covers both covers it
      const above = mergeVersions(ab, c)
      expect(['equal', 'covers']).toContain(compareVersions(above, ab))
      const mirrored = { equal: 'equal', covers: 'covered', covered: 'covers', concurrent: 'concurrent' } as const
      expect(compareVersions(b, a)).toBe(mirrored[compareVersions(a, b)])
    }))
  })

  test('an edit covers what it was made of, and no counter is used twice', () => {
    fc.assert(fc.property(anyVersion, fc.array(anyVersion, { maxLength: 3 }), fc.constantFrom(...TAGS), (base, seen, tag) => {
      const edited = bumpVersion(base, tag, seen)
      expect(compareVersions(edited, base)).toBe('covers')
      for (const other of seen) expect(counterOf(edited, tag)).toBeGreaterThan(counterOf(other, tag))
    }))
  })

  test('neither counters nor the number of devices go over what the wire holds', () => {
    const full = Array.from({ length: 64 }, (_, index) => [`B${String(index).padStart(25, '0')}`, index + 1] as const)
    const edited = bumpVersion(full, TAGS[0]!)
    expect([edited.length, counterOf(edited, TAGS[0]!), counterOf(edited, full[0]![0])]).toEqual([64, 1, 0])
    expect(bumpVersion([[TAGS[0]!, Number.MAX_SAFE_INTEGER]], TAGS[0]!)).toEqual([[TAGS[0]!, Number.MAX_SAFE_INTEGER]])
  })
})
