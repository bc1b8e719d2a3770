import fc from 'fast-check'
import type { Entry, LocalEntry, Version } from '../../../electron/engine/sync/entry.ts'

export const TAGS = ['A', 'B', 'C', 'D'].map((letter) => letter.repeat(26))

export function version(counters: Readonly<Record<string, number>>): Version {
  return Object.entries(counters)
    .map(([letter, counter]) => [letter.repeat(26), counter] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

export function entry(patch: Partial<Entry> & { content?: number } = {}): Entry {
  const { content = 1, ...rest } = patch
  const file = (rest.kind ?? 'file') === 'file'
  return {
    path: 'a.txt', kind: 'file', version: version({ A: 1 }), size: file ? 10 : 0, mtimeMs: 1_000, executable: false,
    digest: file ? new Uint8Array(32).fill(content) : new Uint8Array(0), modifiedBy: TAGS[0]!, ...rest,
  }
}

export function local(patch: Partial<LocalEntry> & { content?: number } = {}): LocalEntry {
  const { sequence = 1, stamp, changedHere, ...rest } = patch
  const made = entry(rest)
  const own = stamp ?? (made.kind === 'file' ? { size: made.size, mtimeMs: made.mtimeMs, ctimeMs: 1, inode: 1 } : undefined)
  return { ...made, sequence, ...(own ? { stamp: own } : {}), ...(changedHere ? { changedHere } : {}) }
}

export const anyVersion: fc.Arbitrary<Version> = fc
  .array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 })
  .map((counters) => counters.flatMap((counter, at): [string, number][] => (counter > 0 ? [[TAGS[at]!, counter]] : [])))

/** Few values of each, so that they meet. */
export const anyEntry: fc.Arbitrary<Entry> = fc
  .record({
    kind: fc.constantFrom('file' as const, 'file' as const, 'folder' as const, 'deleted' as const),
    version: anyVersion.filter((made) => made.length > 0),
    content: fc.integer({ min: 1, max: 3 }),
    mtimeMs: fc.integer({ min: 1, max: 3 }),
    executable: fc.boolean(),
    modifiedBy: fc.constantFrom(...TAGS),
  })
  .map(({ executable, ...rest }) => entry({ ...rest, executable: rest.kind === 'file' && executable, ...(rest.kind === 'folder' ? { mtimeMs: 0 } : {}) }))
