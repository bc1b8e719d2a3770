import { lstatSync, type Stats } from 'node:fs'
import { BLOCK_BYTES } from '../protocol/limits.ts'
import { digestNow } from './digest-file.ts'
import { diskProblem, errnoOf } from './disk-errors.ts'
import { expectFlush } from './flush.ts'
import { collisionKey, numberedName } from './names.ts'
import { gatePath, gateRenamed, type GateTarget } from './path-gate.ts'
import type { PrepareOutcome, PreparePageJob, PreparePageResult } from './ports.ts'
import { InsideFolders } from './resolve-inside.ts'
import { ensureStaging } from './staging.ts'
import { sameStamp, stampOfPath } from './stamps.ts'
import { gateTarget, volumeTraits, type VolumeTraits } from './volume-probe.ts'

type Entry = PreparePageJob['entries'][number]

/** How many names of a conflict are looked at for a file of the same size; beyond that, content decides at the end. */
const MAX_CANDIDATES = 16
const MAX_ROOT_NAMES = 1000

/**
 * Decides every name of a page, makes its folders (and those above its files), and looks what is there already. Running it
 * again with the same page and the renamed roots it returned changes nothing.
 */
export function preparePage(job: PreparePageJob, options: { readonly traits?: VolumeTraits } = {}): PreparePageResult {
  try {
    ensureStaging(job.place)
    const page = new Page(job, options.traits ?? volumeTraits(job.place.root))
    const outcomes = job.entries.map((entry) => page.prepare(entry))
    expectFlush(job.place, outcomes.filter((outcome, i) => outcome.kind === 'free' && job.entries[i]?.kind === 'file').length)
    return { outcomes, renamedRoots: page.renamedRoots }
  } catch (error) {
    const problem = diskProblem(error, job.place.root)
    return { outcomes: job.entries.map(() => problem), renamedRoots: job.renamedRoots }
  }
}

class Page {
  readonly #job: PreparePageJob
  readonly #traits: VolumeTraits
  readonly #target: GateTarget
  readonly #folders: InsideFolders
  readonly #settledRoots = new Set<string>()
  /** Names of this page's files, to find two that are one here. Across pages `finish` keeps both. */
  readonly #taken = new Set<string>()
  renamedRoots: Readonly<Record<string, string>>

  constructor(job: PreparePageJob, traits: VolumeTraits) {
    this.#job = job
    this.#traits = traits
    this.#target = gateTarget(traits)
    this.#folders = new InsideFolders(job.place.root)
    this.renamedRoots = job.renamedRoots
  }

  prepare(entry: Entry): PrepareOutcome {
    const wire = gatePath(entry.path, this.#target)
    if (!wire.ok) return { kind: 'refused', code: 'name', message: `Its name ${wire.reason}.` }
    try {
      const top = wire.segments[0] ?? ''
      if (entry.kind === 'folder' || wire.segments.length > 1) this.#settleRoot(top)
      const here = gateRenamed(entry.path, this.renamedRoots, this.#target)
      if (!here.ok) return { kind: 'refused', code: 'name', message: `Its name ${here.reason}.` }
      return entry.kind === 'folder' ? this.#folder(here.segments) : this.#file(entry, here.segments)
    } catch (error) {
      const errno = errnoOf(error)
      // The volume itself has the last word about names (EINVAL: FAT and exFAT; EILSEQ: volumes of one encoding).
      if (errno === 'ENAMETOOLONG' || errno === 'EINVAL' || errno === 'EILSEQ') {
        return { kind: 'refused', code: 'name', message: `The volume of the receive folder can't hold its name (${errno}).` }
      }
      return diskProblem(error, this.#job.place.root)
    }
  }

  /** A top folder whose name is taken by a file or a link gets the next name that is free or a folder. */
  #settleRoot(top: string): void {
    if (this.#settledRoots.has(top) || Object.hasOwn(this.renamedRoots, top)) return
    for (let number = 1; number <= MAX_ROOT_NAMES; number += 1) {
      const name = numberedName(top, number, 'folder')
      if (this.#folders.state([name]) === 'blocked') continue
      if (number > 1) this.renamedRoots = Object.fromEntries([...Object.entries(this.renamedRoots), [top, name]])
      break
    }
    this.#settledRoots.add(top)
  }

  #folder(segments: readonly string[]): PrepareOutcome {
    return this.#folders.ensure(segments) === 'folder' ? { kind: 'free' } : blocked()
  }

  #file(entry: Entry, segments: readonly string[]): PrepareOutcome {
    const key = collisionKey(segments.join('/'), this.#traits)
    if (this.#taken.has(key)) {
      return { kind: 'refused', code: 'collision', message: 'Another file of this transfer has a name that is the same here.' }
    }
    this.#taken.add(key)
    const parent = segments.slice(0, -1)
    if (parent.length > 0 && this.#folders.ensure(parent) !== 'folder') return blocked()
    const found = this.#folders.isNew(parent) ? undefined : this.#look(segments)
    if (!found) return { kind: 'free' }
    if (this.#job.compare) {
      if (entry.seal && found.isFile() && found.size === entry.size && this.#isSealed(found, segments, entry)) return { kind: 'as-sealed' }
      const same = this.#sameSize(entry, parent, segments.at(-1) ?? '')
      if (same) return same
    }
    return { kind: 'differs', size: found.size, mtimeMs: Math.floor(found.mtimeMs) }
  }

  #isSealed(found: Stats, segments: readonly string[], { path, seal }: Entry): boolean {
    return seal !== undefined && segments.join('/') === path && sameStamp(stampOfPath(this.#folders.path(segments), found), seal)
  }

  /** The first of the names the file could get, up to the first free one, that holds a file of its size. */
  #sameSize(entry: Entry, parent: readonly string[], name: string): PrepareOutcome | undefined {
    for (let number = 1; number <= MAX_CANDIDATES; number += 1) {
      const segments = [...parent, numberedName(name, number, 'file')]
      const found = this.#look(segments)
      if (!found) return undefined
      if (!found.isFile() || found.size !== entry.size) continue
      const outcome = { kind: 'same-size', path: segments.join('/'), mtimeMs: Math.floor(found.mtimeMs) } as const
      if (found.size > BLOCK_BYTES) return outcome
      const digest = readableDigest(this.#folders.path(segments), found.size)
      if (digest) return { ...outcome, digest }
    }
    return undefined
  }

  #look(segments: readonly string[]): Stats | undefined {
    return lstatSync(this.#folders.path(segments), { throwIfNoEntry: false })
  }
}

/** Undefined when it may not be read or changes: then it is just another file that differs. */
function readableDigest(path: string, size: number): Uint8Array | undefined {
  try {
    const found = digestNow(path)
    return found?.size === size ? found.digests : undefined
  } catch {
    return undefined
  }
}

function blocked(): PrepareOutcome {
  return { kind: 'refused', code: 'collision', message: 'A file or a link is in the way of the folder it belongs in.' }
}
