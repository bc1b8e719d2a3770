import type { ErrorCode } from '../../../shared/errors.ts'
import type { Manifest, ManifestEntry } from '../protocol/messages.ts'
import { DIGEST_BYTES, PAGE_ENTRIES } from '../protocol/limits.ts'
import type { SourceStamp } from '../folder/ports.ts'
import type { PageRow } from '../journal/ports.ts'
import { ENTRY, isSettled } from './entry-state.ts'

/** What a sender knows of an entry; a receiver's has no source. */
export interface PageEntry extends ManifestEntry {
  readonly source?: string
  readonly stamp?: SourceStamp
}

/** Rare facts of one entry. */
export interface EntryDetail {
  finalPath?: string
  reason?: string
  /** An error code for scripts, with `reason` as its message. */
  code?: string
  /** Times the source changed while it was sent. */
  attempt?: number
  resentBlocks?: number
  duplicates?: number
  retries?: number
  /** The user's answer about this file, at the receiver. */
  conflict?: 'keep-both' | 'replace'
}

/** A source that is not sent; with `code` that is a failure. */
export interface SkippedSource {
  readonly path: string
  readonly reason: string
  readonly code?: ErrorCode
}

/**
 * Up to PAGE_ENTRIES manifest entries with what became of each: the unit of the manifest on the wire, of the journal and
 * of memory. File number = page × PAGE_ENTRIES + position. A sender's page may also name sources that are not sent.
 */
export class Page {
  readonly number: number
  readonly entries: PageEntry[]
  readonly skipped: readonly SkippedSource[]
  readonly states: Uint8Array
  readonly digests: Buffer
  readonly details: Map<number, EntryDetail>
  #unsettled: number
  /** Changed since it was last written to the journal. */
  dirty = false
  /** Digests that the manifest gave, joined, zeros for none: only as long as this sequence of messages lasts. */
  claims: Uint8Array | undefined

  constructor(
    number: number,
    entries: PageEntry[],
    skipped: readonly SkippedSource[] = [],
    states = new Uint8Array(entries.length + skipped.length),
    digests = Buffer.alloc(entries.length * DIGEST_BYTES),
    details = new Map<number, EntryDetail>(),
  ) {
    this.number = number
    this.entries = entries
    this.skipped = skipped
    this.states = states
    skipped.forEach(({ code }, i) => (states[entries.length + i] = code ? ENTRY.failed : ENTRY.skipped))
    this.digests = digests
    this.details = details
    this.#unsettled = states.reduce((count, state) => count + (isSettled(state) ? 0 : 1), 0)
  }

  get unsettled(): number {
    return this.#unsettled
  }

  get settled(): boolean {
    return this.#unsettled === 0
  }

  fileNumber(position: number): number {
    return this.number * PAGE_ENTRIES + position
  }

  state(position: number): number {
    return this.states[position] ?? ENTRY.skipped
  }

  setState(position: number, state: number, digest?: Uint8Array): void {
    const before = this.state(position)
    if (isSettled(before) !== isSettled(state)) this.#unsettled += isSettled(state) ? -1 : 1
    this.states[position] = state
    if (digest && digest.length === DIGEST_BYTES) this.digests.set(digest, position * DIGEST_BYTES)
    this.dirty = true
  }

  digest(position: number): Buffer {
    return this.digests.subarray(position * DIGEST_BYTES, (position + 1) * DIGEST_BYTES)
  }

  /** What the manifest gave as this file's digest. */
  claim(position: number): Uint8Array | undefined {
    const claim = this.claims?.subarray(position * DIGEST_BYTES, (position + 1) * DIGEST_BYTES)
    return claim?.some((byte) => byte !== 0) ? claim : undefined
  }

  detail(position: number): EntryDetail {
    let detail = this.details.get(position)
    if (!detail) this.details.set(position, (detail = {}))
    this.dirty = true
    return detail
  }

  attempt(position: number): number {
    return this.details.get(position)?.attempt ?? 0
  }

  toRow(transferId: string): PageRow {
    return {
      transferId,
      page: this.number,
      entries: encodeEntries(this.entries, this.skipped),
      states: this.states,
      digests: this.digests,
      details: encodeDetails(this.details),
    }
  }

  /** What changes after a page was first written; entries only change when a source does. */
  toPatch(): Pick<PageRow, 'states' | 'digests' | 'details'> {
    return { states: this.states, digests: this.digests, details: encodeDetails(this.details) }
  }

  /** `alike`: a page whose entries are the same to the byte. */
  static fromRow(row: PageRow, alike?: Page): Page {
    const { entries, skipped } = alike ?? decodeEntries(row.entries)
    return new Page(row.page, entries, skipped, new Uint8Array(row.states), Buffer.from(row.digests), decodeDetails(row.details))
  }
}

export function pageOf(file: number): { page: number; position: number } {
  return { page: Math.floor(file / PAGE_ENTRIES), position: file % PAGE_ENTRIES }
}

export function manifestOf(transfer: Uint8Array, page: Page): Manifest {
  const entries = page.entries.map(({ kind, path, size, mtimeMs, executable }): ManifestEntry => ({ kind, path, size, mtimeMs, executable }))
  return { type: 'manifest', transfer, page: page.number, entries, ...(page.claims ? { digests: page.claims } : {}) }
}

type EntryTuple = [folder: 0 | 1, path: string, size: number, mtimeMs: number, executable: 0 | 1, source?: string, stamp?: number[]]

/** JSON, not CBOR: it never leaves this machine, and is several times as fast. */
function encodeEntries(entries: readonly PageEntry[], skipped: readonly SkippedSource[]): Buffer {
  const tuples = entries.map((entry): EntryTuple => {
    const tuple: EntryTuple = [entry.kind === 'folder' ? 1 : 0, entry.path, entry.size, entry.mtimeMs, entry.executable ? 1 : 0]
    if (entry.source !== undefined && entry.stamp) {
      tuple.push(entry.source, [entry.stamp.size, entry.stamp.mtimeMs, entry.stamp.ctimeMs, entry.stamp.inode])
    }
    return tuple
  })
  return Buffer.from(JSON.stringify([tuples, skipped.map(({ path, reason, code }) => (code ? [path, reason, code] : [path, reason]))]))
}

function decodeEntries(bytes: Uint8Array): { entries: PageEntry[]; skipped: SkippedSource[] } {
  const [tuples, skipped] = JSON.parse(Buffer.from(bytes).toString()) as [EntryTuple[], [string, string, ErrorCode?][]]
  return {
    entries: tuples.map(([folder, path, size, mtimeMs, executable, source, stamp]) => ({
      kind: folder ? ('folder' as const) : ('file' as const),
      path,
      size,
      mtimeMs,
      executable: executable === 1,
      ...(source !== undefined && stamp
        ? { source, stamp: { size: stamp[0] ?? 0, mtimeMs: stamp[1] ?? 0, ctimeMs: stamp[2] ?? 0, inode: stamp[3] ?? 0 } }
        : {}),
    })),
    skipped: skipped.map(([path, reason, code]) => ({ path, reason, ...(code ? { code } : {}) })),
  }
}

function encodeDetails(details: ReadonlyMap<number, EntryDetail>): Buffer {
  return details.size === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify([...details]))
}

function decodeDetails(bytes: Uint8Array): Map<number, EntryDetail> {
  if (bytes.length === 0) return new Map()
  return new Map(JSON.parse(Buffer.from(bytes).toString()) as [number, EntryDetail][])
}
