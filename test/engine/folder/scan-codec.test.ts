import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ScanItem } from '../../../electron/engine/folder/ports.ts'
import { packScan, unpackScan } from '../../../electron/engine/folder/scan-codec.ts'

const whole = fc.integer({ min: 0, max: 2 ** 50 })
const time = fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }).map((ms) => ms + 0)
const path = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0'))
const found: fc.Arbitrary<ScanItem> = fc.record({
  kind: fc.constant('entry' as const),
  entry: fc.record({ kind: fc.constantFrom('file', 'folder'), path, size: whole, mtimeMs: fc.integer({ min: -(2 ** 50), max: 2 ** 50 }).map((ms) => ms + 0), executable: fc.boolean() }),
  source: path,
  // Some volumes number nothing: their inodes are 0.
  stamp: fc.record({ size: whole, mtimeMs: time, ctimeMs: time, inode: whole }),
})
const skipped: fc.Arbitrary<ScanItem> = fc.oneof(
  fc.record({ kind: fc.constant('skipped' as const), path, reason: fc.string() }),
  fc.record({ kind: fc.constant('skipped' as const), path, reason: fc.string(), failure: fc.constantFrom('FILE_UNREADABLE', 'FILE_NAME_REFUSED') }),
)

it('what a scan finds comes out as it went in, in its order, also from another thread', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: found }, skipped), { maxLength: 40 }), (items) => {
      expect(unpackScan(structuredClone(packScan(items)))).toEqual(items)
    }),
  )
})
