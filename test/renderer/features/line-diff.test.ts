import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changedPart, foldSame, linesOf, pairLines, type LinePair } from '../../../renderer/features/folders/line-diff.ts'

const shown = (left: string, right: string): readonly string[] => {
  const [a, b] = [[...left], [...right]]
  return pairLines(a, b).map((pair) => (pair.kind === 'same' ? ` ${a[pair.left]}` : `${pair.left === null ? '·' : a[pair.left]}|${pair.right === null ? '·' : b[pair.right]}`))
}

/** Length of the longest common subsequence, by the textbook table. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let x = 1; x <= a.length; x++) {
    for (let y = 1; y <= b.length; y++) {
      const row = table[x] ?? []
      row[y] = a[x - 1] === b[y - 1] ? (table[x - 1]?.[y - 1] ?? 0) + 1 : Math.max(table[x - 1]?.[y] ?? 0, row[y - 1] ?? 0)
    }
  }
  return table[a.length]?.[b.length] ?? 0
}

const count = (pairs: readonly LinePair[], kind: LinePair['kind']): number => pairs.filter((pair) => pair.kind === kind).length

describe('lines of two texts beside each other', () => {
  test('what is shared is paired, what was changed stands opposite, the rest alone', () => {
    expect(shown('abc', 'abc')).toEqual([' a', ' b', ' c'])
    expect(shown('abc', 'axc')).toEqual([' a', 'b|x', ' c'])
    expect(shown('ac', 'abbc')).toEqual([' a', '·|b', '·|b', ' c'])
    expect(shown('abcd', 'd')).toEqual(['a|·', 'b|·', 'c|·', ' d'])
    expect(shown('', 'ab')).toEqual(['·|a', '·|b'])
    expect(shown('', '')).toEqual([])
    expect(shown('abcabba', 'cbabac').filter((row) => row.startsWith(' '))).toHaveLength(4)
  })

  test('nothing is left out or told twice, what is said to be the same is, and no longer common part exists', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 24 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        const pairs = pairLines(a, b)
        expect(pairs.map((pair) => pair.left).filter((at) => at !== null)).toEqual(a.map((_, at) => at))
        expect(pairs.map((pair) => pair.right).filter((at) => at !== null)).toEqual(b.map((_, at) => at))
        for (const pair of pairs) if (pair.kind === 'same') expect(a[pair.left]).toBe(b[pair.right])
        expect(count(pairs, 'same')).toBe(longestCommon(a, b))
      }),
    )
  })

  test('texts that have nothing in common, as long as they come, cost a bounded time and are still told truly', () => {
    const left = Array.from({ length: 131_072 }, (_, at) => `${at % 2}`)
    const right = Array.from({ length: 131_072 }, (_, at) => `${(at * 7919) % 3}`)
    const { user } = process.cpuUsage()
    const pairs = pairLines(['head', ...left, 'tail'], ['head', ...right, 'tail'])
    expect(process.cpuUsage().user - user).toBeLessThan(5_000_000)
    expect(pairs[0]).toEqual({ kind: 'same', left: 0, right: 0 })
    expect(pairs.at(-1)?.kind).toBe('same')
    expect(pairs.filter((pair) => pair.left !== null)).toHaveLength(131_074)
    expect(pairs.filter((pair) => pair.right !== null)).toHaveLength(131_074)
  })

  test('lines end in any way; an ended last line is no empty one', () => {
    expect(linesOf('a\r\nb\rc\n')).toEqual(['a', 'b', 'c'])
    expect(linesOf('a\n\n')).toEqual(['a', ''])
    expect(linesOf('')).toEqual([])
  })
})

describe('folding', () => {
  test('shared lines far from a difference become one row that counts them', () => {
    const a = Array.from({ length: 20 }, (_, at) => String(at))
    const b = a.with(10, 'x')
    const kinds = foldSame(pairLines(a, b)).map((row) => (row.kind === 'folded' ? row.lines : row.kind))
    expect(kinds).toEqual([7, 'same', 'same', 'same', 'changed', 'same', 'same', 'same', 6])
    expect(foldSame(pairLines(a, a))).toEqual([{ kind: 'folded', lines: 20 }])
    expect(foldSame(pairLines(['a'], ['a']))).toEqual([{ kind: 'same', left: 0, right: 0 }])
  })
})

describe('the part of a line that changed', () => {
  test('lies between the common beginning and end', () => {
    expect(changedPart('const a = 1', 'const b = 1')).toEqual({ head: 6, tail: 4 })
    expect(changedPart('aa', 'aaa')).toEqual({ head: 2, tail: 0 })
    expect(changedPart('', 'x')).toEqual({ head: 0, tail: 0 })
  })

  test('never splits a character', () => {
    expect(changedPart('😀', '😁')).toEqual({ head: 0, tail: 0 })
    expect(changedPart('\ud83d\ude00', '\ud83e\ude00')).toEqual({ head: 0, tail: 0 })
  })
})
