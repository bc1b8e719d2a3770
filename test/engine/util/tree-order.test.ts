import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isConflictCopy } from '../../../electron/engine/util/conflict-name.ts'
import { compareTreeOrder, keysBelow, pathOfKey, treeKey } from '../../../electron/engine/util/tree-order.ts'

const name = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '.', '0', 'Z', '\u00fc', '\ue000', '\ufffd', '\u{1F600}'), minLength: 1, maxLength: 3 })
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))

describe('the order of a tree', () => {
  test('is that of its keys’ bytes', () => {
    fc.assert(fc.property(path, path, (a, b) => Math.sign(compareTreeOrder(a, b)) === Math.sign(Buffer.compare(Buffer.from(treeKey(a)), Buffer.from(treeKey(b))))))
  })

  test('has a folder’s content right after it, and nothing else between', () => {
    fc.assert(
      fc.property(path, path, (folder, other) => {
        const { from, to } = keysBelow(folder)
        const [low, high, key] = [from, to, treeKey(other)].map((text) => Buffer.from(text))
        const within = Buffer.compare(low as Buffer, key as Buffer) <= 0 && Buffer.compare(key as Buffer, high as Buffer) < 0
        return within === other.startsWith(`${folder}/`) && pathOfKey(treeKey(other)) === other
      }),
    )
  })
})

test.each([
  ['a (conflict, Laptop, 2026-11-21 09.05.00)', true],
  ['d/a (conflict, My, Laptop, 2026-11-21 09.05.00).tar.gz', true],
  ['a (conflict, Laptop, 2026-11-21 09.05.00) (2).txt', true],
  ['a (conflict, Laptop).txt', false],
  ['a (conflict, L, 2026-11-21 09.05.00)/inside', false],
  ['conflict', false],
])('%j is a conflict copy: %s', (copy, is) => {
  expect(isConflictCopy(copy)).toBe(is)
})
