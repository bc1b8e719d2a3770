import { chmodSync, lstatSync, renameSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { finishFiles } from '../../../electron/engine/folder/finish.ts'
import { preparePage } from '../../../electron/engine/folder/prepare-page.ts'
import type { PlacedFile, ReceivePlace, SourceStamp } from '../../../electron/engine/folder/ports.ts'
import { RACY_MS } from '../../../electron/engine/folder/seal.ts'
import { unstageFiles } from '../../../electron/engine/folder/staging-jobs.ts'
import { stagedPath } from '../../../electron/engine/folder/staging.ts'
import type { VolumeTraits } from '../../../electron/engine/folder/volume-probe.ts'
import { LINKLESS_VOLUME, PLAIN_VOLUME, receivePlace, staged } from './place.ts'

const LONG_AGO_S = 1_600_000_000

interface Placed {
  readonly place: ReceivePlace
  readonly path: string
  readonly placed: PlacedFile
}

/** A file `a` of four bytes, put in place and not unstaged yet. */
function placed(traits: VolumeTraits = PLAIN_VOLUME, mtimeS = LONG_AGO_S): Placed {
  const { place, root } = receivePlace()
  const file = staged(place, 0, 'a', 'good')
  utimesSync(stagedPath(place, 0), mtimeS, mtimeS)
  const [outcome] = finishFiles({ place, renamedRoots: {}, quarantine: false, files: [file] }, { traits })
  if (outcome?.kind !== 'placed') throw new Error('it must be placed')
  return { place, path: join(root, 'a'), placed: { path: 'a', size: 4, mtimeMs: mtimeS * 1000, placedAtMs: outcome.placedAtMs } }
}

function seal(it: Placed, nowMs: () => number = Date.now): SourceStamp | undefined {
  return unstageFiles({ place: it.place, files: [0], placed: [it.placed] }, nowMs)[0]
}

/** The kernel counts in ticks: after this another change has another time. */
function untilNextTick(path: string): void {
  const before = lstatSync(path).ctimeMs
  const mode = statSync(path).mode
  while (lstatSync(path).ctimeMs < before + 25) chmodSync(path, mode)
}

/** The same size, and the modification time it had. */
function alter(path: string): void {
  const { atime, mtime } = lstatSync(path)
  writeFileSync(path, 'evil')
  utimesSync(path, atime, mtime)
}

/** What the next look at the file says. */
function look({ place }: Placed, sealed: SourceStamp | undefined): string | undefined {
  const entry = { file: 0, kind: 'file', path: 'a', size: 4, mtimeMs: 0, ...(sealed ? { seal: sealed } : {}) } as const
  return preparePage({ place, onConflict: 'keep-both', compare: true, entries: [entry], renamedRoots: {} }).outcomes[0]?.kind
}

describe('a seal', () => {
  it.each([['links', PLAIN_VOLUME], ['no links', LINKLESS_VOLUME]] as const)('is that of the file in place, on a volume with %s', (_, traits) => {
    const it = placed(traits)
    const sealed = seal(it)
    const { size, mtimeMs, ctimeMs, ino } = lstatSync(it.path)
    expect(sealed).toEqual({ size, mtimeMs, ctimeMs, inode: ino })
    expect(look(it, sealed)).toBe('as-sealed')
    expect(() => lstatSync(stagedPath(it.place, 0))).toThrow()
  })

  it('is not given when the file was written to since it was put in place, whatever time it was given back', () => {
    const it = placed()
    untilNextTick(it.path)
    alter(it.path)
    expect(seal(it)).toBeUndefined()
  })

  it('is not given to another file of that name, one that is gone, or a link', () => {
    const [other, gone, link] = [placed(), placed(), placed()]
    writeFileSync(`${other.path}.new`, 'evil')
    utimesSync(`${other.path}.new`, LONG_AGO_S, LONG_AGO_S)
    renameSync(`${other.path}.new`, other.path)
    unlinkSync(gone.path)
    renameSync(link.path, `${link.path}.moved`)
    symlinkSync(`${link.path}.moved`, link.path)
    expect([seal(other), seal(gone), seal(link)]).toEqual([undefined, undefined, undefined])
  })

  it('is not given while the file could change once more within the same modification time', () => {
    const mtimeS = Math.floor(Date.now() / 1000)
    const at = (afterMs: number) => seal(placed(PLAIN_VOLUME, mtimeS), () => mtimeS * 1000 + afterMs)
    expect(at(RACY_MS)).toBeUndefined()
    expect(at(RACY_MS + 1)).toBeDefined()
  })

  it('is not given where the volume does not count changes: the change time is not that of the move', () => {
    const it = placed()
    expect(seal({ ...it, placed: { ...it.placed, placedAtMs: it.placed.placedAtMs + 1000 } })).toBeUndefined()
  })

  it('is broken by other content of the same size and time', () => {
    const it = placed()
    const sealed = seal(it)
    untilNextTick(it.path)
    alter(it.path)
    expect(lstatSync(it.path).mtimeMs).toBe(sealed?.mtimeMs)
    expect(look(it, sealed)).toBe('same-size')
  })

  it('is broken by another file in its place, and by one that was moved away', () => {
    const it = placed()
    const sealed = seal(it)
    renameSync(it.path, `${it.path}.moved`)
    expect(look(it, sealed)).toBe('free')
    writeFileSync(it.path, 'good')
    utimesSync(it.path, LONG_AGO_S, LONG_AGO_S)
    expect(look(it, sealed)).toBe('same-size')
  })

  it('says nothing where nobody may compare, and nothing of another name', () => {
    const it = placed()
    const sealed = seal(it)
    if (!sealed) throw new Error('it must be sealed')
    const entry = { file: 0, kind: 'file', path: 'a', size: 4, mtimeMs: 0, seal: sealed } as const
    const job = { place: it.place, onConflict: 'keep-both', entries: [entry], renamedRoots: {} } as const
    expect(preparePage({ ...job, compare: false }).outcomes[0]?.kind).toBe('differs')
    expect(preparePage({ ...job, compare: true, entries: [{ ...entry, size: 5 }] }).outcomes[0]?.kind).toBe('differs')
  })
})
