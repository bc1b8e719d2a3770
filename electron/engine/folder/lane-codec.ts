import { DIGEST_BYTES } from '../protocol/limits.ts'
import type { JobKind, JobOf, ResultOf } from './lane-jobs.ts'
import type { FinishOutcome, PrepareOutcome, ReadOutcome, ReceivePlace, WriteOutcome } from './ports.ts'
import { packStamps, STAMP_NUMBERS, stampAt } from './stamps.ts'

/**
 * Jobs about many files as they cross to a lane's thread. The structured clone costs about as much per small object as
 * opening a file does: a few long arrays and one string cross instead, and of the outcomes only those that are not as usual.
 */
interface Codec<K extends JobKind> {
  readonly job: { pack(job: JobOf<K>): unknown; unpack(wire: never): JobOf<K> }
  readonly result: { pack(result: ResultOf<K>, job: JobOf<K>): unknown; unpack(wire: never, job: JobOf<K>): ResultOf<K> }
}

/** No path holds it. */
const SEPARATOR = '\0'

const readPack: Codec<'readPack'> = {
  job: {
    pack: ({ files, transfer, ...job }) => ({
      ...job,
      // A view would take along all of the memory it is a part of.
      transfer: Uint8Array.from(transfer),
      numbers: columns(files, 6, ({ file, attempt, stamp }) => [file, attempt, stamp.size, stamp.mtimeMs, stamp.ctimeMs, stamp.inode]),
      sources: files.map((file) => file.source).join(SEPARATOR),
    }),
    unpack: ({ numbers, sources, ...job }: Omit<JobOf<'readPack'>, 'files'> & { numbers: Float64Array; sources: string }) => ({
      ...job,
      files: splitText(sources, numbers.length / 6).map((source, i) => {
        const [file = 0, attempt = 0, size = 0, mtimeMs = 0, ctimeMs = 0, inode = 0] = numbers.subarray(i * 6, i * 6 + 6)
        return { file, attempt, source, stamp: { size, mtimeMs, ctimeMs, inode } }
      }),
    }),
  },
  result: {
    pack: ({ length, outcomes }) => ({ length, outcomes: unusual(outcomes, (outcome) => outcome.kind === 'packed') }),
    unpack: ({ length, outcomes }: { length: number; outcomes: Unusual<ReadOutcome> }) => ({ length, outcomes: usual(outcomes, () => PACKED) }),
  },
}
const PACKED: ReadOutcome = { kind: 'packed' }

const writePack: Codec<'writePack'> = {
  job: {
    pack: ({ files, ...job }) => ({
      ...job,
      times: Float64Array.from(files, (file) => file?.mtimeMs ?? 0),
      modes: Uint8Array.from(files, (file) => (file ? (file.executable ? 2 : 1) : 0)),
    }),
    unpack: ({ times, modes, ...job }: Omit<JobOf<'writePack'>, 'files'> & { times: Float64Array; modes: Uint8Array }) => ({
      ...job,
      files: Array.from(modes, (mode, i) => (mode === 0 ? undefined : { mtimeMs: times[i] ?? 0, executable: mode === 2 })),
    }),
  },
  result: {
    pack: (outcomes) => unusual(outcomes, (outcome) => outcome.kind === 'staged'),
    unpack: (outcomes: Unusual<WriteOutcome>) => usual(outcomes, () => STAGED),
  },
}
const STAGED: WriteOutcome = { kind: 'staged' }

const preparePage: Codec<'preparePage'> = {
  job: {
    pack: ({ entries, ...job }) => ({
      ...job,
      numbers: columns(entries, 4, ({ file, kind, size, mtimeMs }) => [file, kind === 'folder' ? 1 : 0, size, mtimeMs]),
      paths: entries.map((entry) => entry.path).join(SEPARATOR),
      seals: packStamps(entries.map((entry) => entry.seal)),
    }),
    unpack: ({ numbers, paths, seals, ...job }: Omit<JobOf<'preparePage'>, 'entries'> & { numbers: Float64Array; paths: string; seals: Float64Array }) => ({
      ...job,
      entries: splitText(paths, numbers.length / 4).map((path, i) => {
        const [file = 0, folder = 0, size = 0, mtimeMs = 0] = numbers.subarray(i * 4, i * 4 + 4)
        const seal = stampAt(seals, i)
        return { file, kind: folder ? ('folder' as const) : ('file' as const), path, size, mtimeMs, ...(seal ? { seal } : {}) }
      }),
    }),
  },
  result: {
    pack: ({ outcomes, renamedRoots }) => ({
      outcomes: unusual(outcomes, ({ kind }) => kind === 'free' || kind === 'as-sealed'),
      sealed: Uint8Array.from(outcomes, ({ kind }) => (kind === 'as-sealed' ? 1 : 0)),
      renamedRoots,
    }),
    unpack: ({ outcomes, sealed, renamedRoots }: { outcomes: Unusual<PrepareOutcome>; sealed: Uint8Array; renamedRoots: Record<string, string> }) => ({
      outcomes: usual(outcomes, (i) => (sealed[i] ? SEALED : FREE)),
      renamedRoots,
    }),
  },
}
const FREE: PrepareOutcome = { kind: 'free' }
const SEALED: PrepareOutcome = { kind: 'as-sealed' }

const finish: Codec<'finish'> = {
  job: {
    pack: ({ files, ...job }) => {
      const digests = new Uint8Array(files.length * DIGEST_BYTES)
      files.forEach((file, i) => digests.set(file.digest, i * DIGEST_BYTES))
      return {
        ...job,
        digests,
        numbers: columns(files, 4, ({ file, size, onConflict, fresh }) => [file, size, onConflict === 'replace' ? 1 : 0, fresh ? 1 : 0]),
        paths: files.map((file) => file.path).join(SEPARATOR),
      }
    },
    unpack: ({ digests, numbers, paths, ...job }: Omit<JobOf<'finish'>, 'files'> & { digests: Uint8Array; numbers: Float64Array; paths: string }) => ({
      ...job,
      files: splitText(paths, numbers.length / 4).map((path, i) => {
        const [file = 0, size = 0, replace = 0, fresh = 0] = numbers.subarray(i * 4, i * 4 + 4)
        const digest = digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES)
        return { file, path, digest, size, onConflict: replace ? ('replace' as const) : ('keep-both' as const), fresh: fresh === 1 }
      }),
    }),
  },
  result: {
    pack: (outcomes, { files }) => ({
      outcomes: unusual(outcomes, (outcome, i) => outcome.kind === 'placed' && !outcome.replaced && outcome.finalPath === files[i]?.path),
      times: Float64Array.from(outcomes, (outcome) => (outcome.kind === 'placed' ? outcome.placedAtMs : 0)),
    }),
    unpack: ({ outcomes, times }: { outcomes: Unusual<FinishOutcome>; times: Float64Array }, { files }) =>
      usual(outcomes, (i): FinishOutcome => ({ kind: 'placed', finalPath: files[i]?.path ?? '', replaced: false, placedAtMs: times[i] ?? 0 })),
  },
}

const unstage: Codec<'unstage'> = {
  job: {
    pack: ({ place, files, placed = [] }) => ({
      place,
      files: Uint32Array.from(files),
      numbers: columns(placed, 3, ({ size, mtimeMs, placedAtMs }) => [size, mtimeMs, placedAtMs]),
      paths: placed.map((one) => one.path).join(SEPARATOR),
    }),
    unpack: ({ place, files, numbers, paths }: { place: ReceivePlace; files: Uint32Array; numbers: Float64Array; paths: string }) => ({
      place,
      files: [...files],
      placed: splitText(paths, numbers.length / 3).map((path, i) => {
        const [size = 0, mtimeMs = 0, placedAtMs = 0] = numbers.subarray(i * 3, i * 3 + 3)
        return { path, size, mtimeMs, placedAtMs }
      }),
    }),
  },
  result: { pack: packStamps, unpack: (stamps: Float64Array) => Array.from({ length: stamps.length / STAMP_NUMBERS }, (_, i) => stampAt(stamps, i)) },
}

const CODECS: { readonly [K in JobKind]?: Codec<K> } = { readPack, writePack, preparePage, finish, unstage }

export function packJob<K extends JobKind>(kind: K, job: JobOf<K>): unknown {
  return codecOf(kind)?.job.pack(job) ?? job
}

export function unpackJob<K extends JobKind>(kind: K, wire: unknown): JobOf<K> {
  return codecOf(kind)?.job.unpack(wire as never) ?? (wire as JobOf<K>)
}

/** `job` as it was packed, or unpacked. */
export function packResult<K extends JobKind>(kind: K, result: ResultOf<K>, job: JobOf<K>): unknown {
  const codec = codecOf(kind)
  return codec ? codec.result.pack(result, job) : result
}

export function unpackResult<K extends JobKind>(kind: K, wire: unknown, job: JobOf<K>): ResultOf<K> {
  const codec = codecOf(kind)
  return codec ? codec.result.unpack(wire as never, job) : (wire as ResultOf<K>)
}

function codecOf<K extends JobKind>(kind: K): Codec<K> | undefined {
  return CODECS[kind] as Codec<K> | undefined
}

interface Unusual<T> {
  readonly count: number
  readonly rest: readonly (readonly [number, T])[]
}

function unusual<T>(all: readonly T[], isUsual: (one: T, index: number) => boolean): Unusual<T> {
  const rest: [number, T][] = []
  all.forEach((one, i) => {
    if (!isUsual(one, i)) rest.push([i, one])
  })
  return { count: all.length, rest }
}

function usual<T>({ count, rest }: Unusual<T>, make: (index: number) => T): T[] {
  const all = Array.from({ length: count }, (_, i) => make(i))
  for (const [i, one] of rest) all[i] = one
  return all
}

function columns<T>(items: readonly T[], width: number, valuesOf: (item: T) => readonly number[]): Float64Array {
  const numbers = new Float64Array(items.length * width)
  items.forEach((item, i) => numbers.set(valuesOf(item), i * width))
  return numbers
}

function splitText(text: string, count: number): string[] {
  return count === 0 ? [] : text.split(SEPARATOR)
}
