import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareContent, sameAttributes, sameContent } from '../../../electron/engine/sync/content.ts'
import type { Entry, LocalEntry } from '../../../electron/engine/sync/entry.ts'
import { reconcile } from '../../../electron/engine/sync/reconcile.ts'
import { compareVersions } from '../../../electron/engine/sync/version.ts'
import { anyEntry, entry, local, version } from '../../support/sync/entries.ts'

const two = (here: LocalEntry | undefined, ...remotes: Entry[]) => reconcile(here, remotes, 'two-way')

describe('one path is reconciled', () => {
  test('nobody else knows it, or knows the same: settled', () => {
    expect(two(local())).toEqual({ kind: 'settled' })
    expect(two(local(), entry())).toEqual({ kind: 'settled' })
    expect(two(local({ version: version({ A: 2 }) }), entry())).toEqual({ kind: 'settled' })
  })

  test('a covering version is taken, and what it replaces is no conflict', () => {
    const newer = entry({ content: 2, version: version({ A: 1, B: 1 }) })
    expect(two(local(), newer)).toEqual({ kind: 'adopt', target: newer, keep: false })
    expect(two(undefined, newer)).toEqual({ kind: 'adopt', target: newer, keep: false })
    const deleted = entry({ kind: 'deleted', version: version({ A: 1, B: 1 }) })
    expect(two(local(), deleted)).toEqual({ kind: 'adopt', target: deleted, keep: false })
  })

  test('of concurrent edits the later wins; who has the other keeps it and merges, who has the winner waits', () => {
    const early = { content: 3, mtimeMs: 5, version: version({ A: 2 }) }
    const late = { content: 2, mtimeMs: 9, version: version({ A: 1, B: 1 }) }
    expect(two(local(early), entry(late))).toEqual({ kind: 'adopt', target: entry({ ...late, version: version({ A: 2, B: 1 }) }), keep: true })
    expect(two(local(late), entry(early))).toEqual({ kind: 'settled' })
    // a third that has neither takes the winner as it is
    expect(two(local(), entry(late), entry(early))).toEqual({ kind: 'adopt', target: entry(late), keep: false })
  })

  test('concurrent but equal content merges, with the later attributes', () => {
    const one = { mtimeMs: 5, version: version({ A: 2 }) }
    const other = { mtimeMs: 9, version: version({ A: 1, B: 1 }) }
    const merged = version({ A: 2, B: 1 })
    expect(two(local(one), entry(other))).toMatchObject({ kind: 'adopt', keep: false, target: { mtimeMs: 9, version: merged } })
    expect(two(local(other), entry(one))).toMatchObject({ kind: 'adopt', keep: false, target: { mtimeMs: 9, version: merged } })
  })

  test('the loser stays beside the winner with all who have it, also where another has the same in a later version', () => {
    const winner = entry({ content: 2, mtimeMs: 9, version: version({ A: 1, C: 1 }) })
    const here = local({ content: 3, mtimeMs: 5, version: version({ A: 2 }) })
    const same = entry({ content: 3, mtimeMs: 5, version: version({ A: 2, B: 1 }) })
    expect(two(here, winner, same)).toMatchObject({ kind: 'adopt', keep: true, target: { digest: winner.digest } })
    const replaced = entry({ content: 4, mtimeMs: 6, version: version({ A: 2, B: 1 }) })
    expect(two(here, winner, replaced)).toMatchObject({ kind: 'adopt', keep: false })
  })

  test('an edit beats a concurrent deletion, a folder beats a file, and the file stays beside it', () => {
    const gone = { kind: 'deleted' as const, mtimeMs: 99, version: version({ A: 2 }) }
    const edited = { content: 2, version: version({ A: 1, B: 1 }) }
    expect(two(local(gone), entry(edited))).toMatchObject({ kind: 'adopt', keep: false, target: { kind: 'file', version: version({ A: 2, B: 1 }) } })
    expect(two(local(edited), entry(gone))).toEqual({ kind: 'settled' })
    const folder = { kind: 'folder' as const, mtimeMs: 0, version: version({ A: 2 }) }
    expect(two(local(edited), entry(folder))).toMatchObject({ kind: 'adopt', keep: true, target: { kind: 'folder' } })
  })

  test('send-only learns versions of what it has, and changes nothing', () => {
    const newer = entry({ content: 2, version: version({ A: 1, B: 1 }) })
    expect(reconcile(local(), [newer], 'send-only')).toEqual({ kind: 'settled' })
    expect(reconcile(undefined, [newer], 'send-only')).toEqual({ kind: 'settled' })
    expect(reconcile(local(), [entry({ version: version({ B: 1 }) })], 'send-only')).toMatchObject({ kind: 'adopt', target: { version: version({ A: 1, B: 1 }) } })
  })

  test('what was changed here in a receive-only folder stays until the others change theirs, and then beside it', () => {
    const changed = local({ changedHere: true })
    expect(reconcile(changed, [entry()], 'receive-only')).toEqual({ kind: 'settled' })
    expect(reconcile(changed, [entry({ content: 2, version: version({ A: 2 }) })], 'receive-only')).toMatchObject({ kind: 'adopt', keep: true })
    const added = local({ kind: 'deleted', version: [], changedHere: true, stamp: { size: 1, mtimeMs: 1, ctimeMs: 1, inode: 1 } })
    expect(reconcile(added, [entry()], 'receive-only')).toMatchObject({ kind: 'adopt', keep: true, target: { version: version({ A: 1 }) } })
  })

  test('more devices than a version holds are refused', () => {
    const crowd = (letter: string) => Array.from({ length: 40 }, (_, index) => [`${letter}${String(index).padStart(25, '0')}`, 1] as const)
    expect(two(local({ version: crowd('A') }), entry({ version: crowd('B') }))).toEqual({ kind: 'refused' })
  })
})

describe('reconciliation', () => {
  const remotes = fc.array(anyEntry, { minLength: 1, maxLength: 4 })
  const here = fc.option(anyEntry.map((made) => local({ ...made })), { nil: undefined })
  const plain = ({ path, kind, version, size, mtimeMs, executable, digest, modifiedBy }: Entry): Entry => ({ path, kind, version, size, mtimeMs, executable, digest, modifiedBy })
  const apply = (entry: LocalEntry | undefined, others: readonly Entry[]): LocalEntry | undefined => {
    const decision = reconcile(entry, others, 'two-way')
    return decision.kind === 'adopt' ? local({ ...decision.target }) : entry
  }

  test('does not depend on the order in which others were heard', () => {
    fc.assert(fc.property(here, remotes, (entry, others) => {
      expect(reconcile(entry, [...others].reverse(), 'two-way')).toEqual(reconcile(entry, others, 'two-way'))
    }))
  })

  test('is done after one step, and never goes back', () => {
    fc.assert(fc.property(here, remotes, (entry, others) => {
      const once = apply(entry, others)
      if (!once) throw new Error('others know of a file, and nothing came of it')
      expect(reconcile(once, others, 'two-way').kind).toBe('settled')
      if (entry) expect(['equal', 'covers']).toContain(compareVersions(once.version, entry.version))
    }))
  })

  test('keeps a live file here unless somebody has knowingly replaced it', () => {
    fc.assert(fc.property(here, remotes, (entry, others) => {
      const decision = reconcile(entry, others, 'two-way')
      if (decision.kind !== 'adopt' || entry?.kind !== 'file' || sameContent(entry, decision.target)) return
      const replaced = others.some((other) => !sameContent(other, entry) && compareVersions(other.version, entry.version) === 'covers')
      expect(decision.keep).toBe(!replaced)
    }))
  })

  test('brings devices that go on talking to the same content, in any order', () => {
    fc.assert(fc.property(fc.array(anyEntry, { minLength: 2, maxLength: 5 }), fc.array(fc.nat(4), { maxLength: 40 }), (start, order) => {
      const devices: LocalEntry[] = start.map((made) => local({ ...made }))
      const step = (at: number) => {
        devices[at] = apply(devices[at], devices.filter((_, other) => other !== at).map(plain)) ?? devices[at]!
      }
      for (const at of order) step(at % devices.length)
      for (let round = 0; round < 2 * devices.length; round += 1) devices.forEach((_, at) => step(at))
      for (const device of devices) {
        expect(sameContent(device, devices[0]!) && sameAttributes(device, devices[0]!)).toBe(true)
        expect(device.version).toEqual(devices[0]!.version)
      }
    }))
  })

  test('its order of contents is total', () => {
    fc.assert(fc.property(anyEntry, anyEntry, anyEntry, (a, b, c) => {
      expect(Math.sign(compareContent(a, b)) + Math.sign(compareContent(b, a))).toBe(0)
      if (compareContent(a, b) >= 0 && compareContent(b, c) >= 0) expect(compareContent(a, c)).toBeGreaterThanOrEqual(0)
      if (compareContent(a, b) === 0) expect(sameContent(a, b) && sameAttributes(a, b)).toBe(true)
    }))
  })
})
