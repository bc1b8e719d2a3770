import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ErrorCode } from '../../../shared/errors.ts'
import { HoldfastError } from '../../../shared/errors.ts'
import type { ReceivePlace, SourceStamp } from '../folder/ports.ts'
import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'
import type { FileRefusal, TransferMessage, WantItem } from '../protocol/messages.ts'
import type { TransferDeps } from './deps.ts'
import { EntryBits } from './entry-bits.ts'
import { ENTRY, isConfirmed, isSettled } from './entry-state.ts'
import type { CompareBase } from './incoming-file.ts'
import type { Ledger } from './ledger.ts'
import type { Page, PageEntry } from './page.ts'
import type { ConflictQuestion, ReceivePorts } from './receive-ports.ts'
import type { KnownFiles, NewSeal, SealedFile } from './seals.ts'

/** Block digests of one `digests` message. */
const DIGESTS_PER_MESSAGE = 8192

const NOTHING: ReadonlyMap<number, SealedFile> = new Map()

/** What is known of an entry that may be equal to a file here: its place relative to the root, and when it was looked at. */
export interface SameSize {
  readonly path: string
  readonly mtimeMs: number
  readonly base: CompareBase
}

export interface PreparedPage {
  readonly items: readonly WantItem[]
  /** Bits of the files that are settled: here, with the digest that the manifest gave. */
  readonly identical: Uint8Array | undefined
  /** Of these: still true, and to be kept for the next time. */
  readonly seals: readonly NewSeal[]
  /** Longer files to be compared: reading them takes a while, and the rest need not wait. */
  readonly compareLater: readonly { readonly file: number; readonly size: number; readonly path: string; readonly mtimeMs: number }[]
  readonly questions: readonly { readonly position: number; readonly question: ConflictQuestion }[]
}

/** Looks at one manifest page and says what of it is wanted. */
export class PagePreparer {
  readonly #deps: TransferDeps
  readonly #ports: ReceivePorts
  readonly #place: ReceivePlace
  readonly #transfer: Uint8Array
  readonly #ledger: Ledger
  /** Files whose content here is offered for comparison, by file number. */
  readonly sameSize = new Map<number, SameSize>()
  #opened: Promise<KnownFiles | undefined> = Promise.resolve(undefined)
  #known: { readonly page: Page; readonly files: ReadonlyMap<number, SealedFile> } | undefined

  constructor(deps: TransferDeps, ports: ReceivePorts, place: ReceivePlace, transfer: Uint8Array, ledger: Ledger) {
    this.#deps = deps
    this.#ports = ports
    this.#place = place
    this.#transfer = transfer
    this.#ledger = ledger
  }

  /** Pages follow from the first on. */
  begin(): void {
    this.#known = undefined
    this.#opened = this.#ports.compare ? this.#deps.seals.open(this.#ledger.record.row) : Promise.resolve(undefined)
    this.#opened.catch(() => undefined)
  }

  /** Once a page, for it is looked through in order. */
  async #knownOf(page: Page): Promise<ReadonlyMap<number, SealedFile>> {
    const opened = await this.#opened
    if (this.#known?.page !== page) this.#known = { page, files: opened?.of(page) ?? NOTHING }
    return this.#known.files
  }

  /**
   * Throws HoldfastError with a code that stalls the transfer (DISK_FULL, FOLDER_MISSING, FOLDER_READ_ONLY, TRASH_FULL).
   * `durableBytes`: what of a file survived, from journal and staging.
   */
  async prepare(page: Page, isStaged: (file: number) => boolean, durableBytes: (page: Page, position: number) => Promise<number>): Promise<PreparedPage> {
    const open = page.entries.flatMap((entry, position) => (isSettled(page.state(position)) ? [] : [{ entry, position }]))
    const known = await this.#knownOf(page)
    const prepared = await this.#deps.lanes.preparePage({
      place: this.#place,
      onConflict: this.#ports.onConflict,
      compare: this.#ports.compare,
      entries: open.map(({ entry, position }) => ({
        file: page.fileNumber(position),
        kind: entry.kind,
        path: entry.path,
        size: entry.size,
        mtimeMs: entry.mtimeMs,
        ...sealOf(known.get(position)),
      })),
      renamedRoots: this.#ledger.record.row.renamedRoots ?? {},
    })
    await this.#requireTrash(prepared.outcomes)
    this.#ledger.record.patch({ renamedRoots: prepared.renamedRoots })
    const outcomes = new Map(open.map(({ position }, i) => [position, prepared.outcomes[i]]))

    const items: WantItem[] = []
    const seals: NewSeal[] = []
    const identical = EntryBits.of(page.entries.length)
    const compareLater: { file: number; size: number; path: string; mtimeMs: number }[] = []
    const questions: { position: number; question: ConflictQuestion }[] = []
    for (const [position, entry] of page.entries.entries()) {
      const file = page.fileNumber(position)
      const outcome = outcomes.get(position)
      if (!outcome) items.push(this.#settledItem(page, position))
      else if (outcome.kind === 'refused') items.push(this.#refuse(page, position, outcome.code, outcome.message))
      else if (outcome.kind === 'error') {
        if (outcome.code !== 'DISK_ERROR') throw new HoldfastError(outcome.code, outcome.message)
        items.push(this.#refuse(page, position, 'disk', outcome.message))
      } else if (entry.kind === 'folder') this.#ledger.settle(page, position, ENTRY.folder)
      else if (isStaged(file) || page.state(position) === ENTRY.staged) items.push({ file, kind: 'later' })
      else {
        const offset = await durableBytes(page, position)
        const attempt = page.attempt(position)
        if (offset > 0 || attempt > 0) items.push({ file, kind: 'resume', attempt, offset })
        else if (outcome.kind === 'differs' && this.#ports.onConflict === 'ask' && !page.details.get(position)?.conflict) {
          const { size, mtimeMs } = entry
          const here = { size: outcome.size, mtimeMs: outcome.mtimeMs }
          questions.push({ position, question: { path: entry.path, here, offered: { size, mtimeMs } } })
          items.push({ file, kind: 'later' })
        } else if (outcome.kind === 'as-sealed' && this.#isClaimed(page, position, known)) {
          identical.set(position)
          seals.push({ file, seal: known.get(position)?.seal as SourceStamp })
        } else if (outcome.kind === 'same-size' || outcome.kind === 'as-sealed') {
          const { path, mtimeMs, digest } = outcome.kind === 'same-size' ? outcome : asSameSize(entry, known.get(position))
          if (digest) items.push(this.#compareItem(file, path, mtimeMs, digest))
          else {
            items.push({ file, kind: 'later' })
            compareLater.push({ file, size: entry.size, path, mtimeMs })
          }
        }
      }
    }
    this.#ledger.settleIdentical(page, identical.positions(), (position) => known.get(position)?.digest)
    return { items, identical: seals.length > 0 ? identical.bytes : undefined, seals, compareLater, questions }
  }

  #isClaimed(page: Page, position: number, known: ReadonlyMap<number, SealedFile>): boolean {
    const claim = page.claim(position)
    return claim !== undefined && known.get(position)?.digest.equals(claim) === true
  }

  /** For what will be replaced, as far as it is known. Throws TRASH_FULL, which stalls the transfer. */
  async #requireTrash(outcomes: Awaited<ReturnType<TransferDeps['lanes']['preparePage']>>['outcomes']): Promise<void> {
    if (this.#ports.onConflict !== 'replace') return
    const bytes = outcomes.reduce((sum, outcome) => sum + (outcome.kind === 'differs' ? outcome.size : 0), 0)
    const problem = bytes > 0 ? await this.#ports.trashProblem(this.#place.root, bytes) : undefined
    if (problem) throw problem
  }

  /** What of a page has to travel, at most: to be compared with the room there is. */
  bytesToCome(page: Page, items: readonly WantItem[]): number {
    const notComing = new Set(items.filter((item) => item.kind === 'done' || item.kind === 'refuse').map((item) => item.file))
    let bytes = 0
    for (const [position, entry] of page.entries.entries()) {
      const file = page.fileNumber(position)
      if (entry.kind !== 'file' || page.state(position) !== ENTRY.waiting || notComing.has(file) || this.sameSize.has(file)) continue
      bytes += entry.size - this.#ledger.underWay(file)
    }
    return bytes
  }

  #settledItem(page: Page, position: number): WantItem {
    const file = page.fileNumber(position)
    const detail = page.details.get(position)
    if (isConfirmed(page.state(position))) {
      const finalPath = detail?.finalPath
      return { file, kind: 'done', digest: page.digest(position), ...(finalPath === undefined ? {} : { finalPath }) }
    }
    return { file, kind: 'refuse', code: detail?.code === 'FILE_CONFLICT' ? 'conflict' : 'name', message: detail?.reason ?? 'not wanted' }
  }

  #refuse(page: Page, position: number, code: FileRefusal, message: string): WantItem {
    const errorCode: ErrorCode = code === 'disk' ? 'DISK_ERROR' : 'FILE_NAME_REFUSED'
    this.#ledger.settle(page, position, ENTRY.failed, undefined, { code: errorCode, reason: message })
    return { file: page.fileNumber(position), kind: 'refuse', code, message }
  }

  /** Digests of a longer file here: the item that asks for what differs, and the messages that follow it. */
  async compare(later: PreparedPage['compareLater'][number]): Promise<{ item: WantItem; digests: TransferMessage[] }> {
    const { file, size, path, mtimeMs } = later
    const all = (await this.#deps.lanes.digestFile({ place: this.#place, path }))?.digests
    if (!all || all.length !== Math.ceil(size / BLOCK_BYTES) * DIGEST_BYTES) {
      return { item: { file, kind: 'resume', attempt: 0, offset: 0 }, digests: [] }
    }
    const digests: TransferMessage[] = []
    for (let first = DIGESTS_PER_MESSAGE; first * DIGEST_BYTES < all.length; first += DIGESTS_PER_MESSAGE) {
      const some = all.subarray(first * DIGEST_BYTES, (first + DIGESTS_PER_MESSAGE) * DIGEST_BYTES)
      digests.push({ type: 'digests', transfer: this.#transfer, file, firstBlock: first, digests: some })
    }
    return { item: this.#compareItem(file, path, mtimeMs, all), digests }
  }

  #compareItem(file: number, path: string, mtimeMs: number, all: Uint8Array): WantItem {
    const base = { path: join(this.#place.root, ...path.split('/')), digests: all }
    this.sameSize.set(file, { path, mtimeMs, base })
    return { file, kind: 'compare', digests: all.subarray(0, DIGESTS_PER_MESSAGE * DIGEST_BYTES) }
  }
}

function sealOf(sealed: SealedFile | undefined): { seal?: SourceStamp } {
  return sealed ? { seal: sealed.seal } : {}
}

/** What a look at the file would have given, without its digests when these are of several blocks. */
function asSameSize(entry: PageEntry, sealed: SealedFile | undefined): { path: string; mtimeMs: number; digest?: Uint8Array } {
  const digest = entry.size <= BLOCK_BYTES ? sealed?.digest : undefined
  return { path: entry.path, mtimeMs: Math.floor(sealed?.seal.mtimeMs ?? 0), ...(digest ? { digest } : {}) }
}

/** Whether a file offered for comparison is still what was looked at. */
export async function isAsItWas(known: SameSize, size: number): Promise<boolean> {
  const now = await lstat(known.base.path).catch(() => undefined)
  return now?.isFile() === true && now.size === size && Math.abs(now.mtimeMs - known.mtimeMs) < 1
}
