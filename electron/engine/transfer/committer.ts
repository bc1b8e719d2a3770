import { HoldfastError } from '../../../shared/errors.ts'
import type { FinishFile, FinishOutcome, PlacedFile, ReceivePlace } from '../folder/ports.ts'
import type { ReceiptItem } from '../protocol/messages.ts'
import { sleep } from '../util/clock.ts'
import type { TransferDeps } from './deps.ts'
import { ENTRY } from './entry-state.ts'
import type { Ledger } from './ledger.ts'
import type { Page } from './page.ts'
import type { NewSeal } from './seals.ts'

/** A batch is begun when nothing has come for this long, or after MAX_DELAY_MS. */
const QUIET_MS = 20
const MAX_DELAY_MS = 150
const MAX_BATCH = 8192
/** Of a batch, what crosses to the lane at once: more brings nothing, and is memory there. */
const FINISH_FILES = 2048
/** Staged and not committed: with more than this, what arrives waits. A crash costs no more than it. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024
/**
 * Second names of placed files in staging go after the receipts: when it is quiet, or there are so many, or that much
 * that a person who deletes what has come would miss the room.
 */
const UNSTAGE_AFTER_MS = 500
const MAX_PLACED_FILES = 32 * 1024
const MAX_PLACED_BYTES = 4 * 1024 ** 3

export interface CommitItem {
  readonly page: Page
  readonly position: number
  readonly digest: Uint8Array
  /** Not flushed yet (small files). */
  readonly flush: boolean
  /** Staged by this run of the engine, and no commit was tried. */
  readonly fresh?: boolean
  /** The content is here already, under this name: nothing is staged. */
  readonly identicalPath?: string
}

export interface CommitterPorts {
  readonly place: ReceivePlace
  readonly ledger: Ledger
  renamedRoots(): Readonly<Record<string, string>>
  conflict(): 'keep-both' | 'replace'
  receipts(items: readonly ReceiptItem[]): void
  /** Every entry that was wanted is staged: no reason to wait for more. */
  complete(): boolean
  /** The disk does not do as it should. The batch is kept for `retry`. */
  stalled(error: HoldfastError): void
  /** Its staged content is gone (somebody cleaned up): it has to come again. */
  lost(page: Page, position: number): void
  /** Nothing waits for a commit any more, or the disk has stalled. */
  committed(): void
}

/**
 * Group commit (PERFORMANCE.md, "Making it durable"): flush staged files, record that they are staged, move them into
 * place, record that, then tell the sender. A crash anywhere between is mended by doing the rest again.
 */
export class Committer {
  readonly #deps: TransferDeps
  readonly #ports: CommitterPorts
  #waiting: CommitItem[] = []
  #running: Promise<void> | undefined
  #lastAddMs = 0
  #firstAddMs = 0
  #stalled = false
  #closed = false
  #backlogBytes = 0
  /** With what is known of those that got their own name. */
  #placed: { readonly file: number; readonly placed: PlacedFile | undefined }[] = []
  #placedBytes = 0
  #unstaging: Promise<void> = Promise.resolve()
  #cancelUnstage: (() => void) | undefined
  #waitingForRoom: (() => void)[] = []

  constructor(deps: TransferDeps, ports: CommitterPorts) {
    this.#deps = deps
    this.#ports = ports
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#running === undefined
  }

  add(item: CommitItem): void {
    const nowMs = this.#deps.clock.monotonic()
    if (this.#waiting.length === 0) this.#firstAddMs = nowMs
    this.#lastAddMs = nowMs
    this.#waiting.push(item)
    this.#backlogBytes += bytesOf(item)
    this.#start()
  }

  /** Resolves when the backlog is small enough for more, or waits for the disk anyway. */
  async room(): Promise<void> {
    while (this.#backlogBytes >= MAX_BACKLOG_BYTES && !this.#stalled && !this.#closed) {
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve))
    }
  }

  retry(): void {
    this.#stalled = false
    this.#start()
  }

  /** Takes back what waits: its staging is gone. */
  takeBack(): CommitItem[] {
    const back = this.#waiting.splice(0)
    this.#forget(back)
    return back
  }

  #forget(items: readonly CommitItem[]): void {
    for (const item of items) this.#backlogBytes -= bytesOf(item)
    for (const wake of this.#waitingForRoom.splice(0)) wake()
  }

  /** The second names go now, and what is in place is sealed. */
  async unstageAll(): Promise<void> {
    this.#unstage()
    await this.#unstaging
  }

  /** Ends after the batch under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#forget([])
    this.#cancelUnstage?.()
    await this.#running
    await this.#unstaging
  }

  #start(): void {
    if (this.#running || this.#stalled || this.#closed || this.#waiting.length === 0) return
    this.#running = this.#loop().finally(() => {
      this.#running = undefined
      this.#start()
      if (!this.#running) this.#ports.committed()
    })
  }

  async #loop(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#stalled && !this.#closed) {
      await this.#gather()
      const batch = this.#waiting.splice(0, MAX_BATCH)
      try {
        await this.#commit(batch)
        this.#forget(batch)
      } catch (error) {
        this.#waiting.unshift(...batch.map((item) => ({ ...item, fresh: false })))
        this.#stalled = true
        this.#forget([])
        this.#ports.stalled(error instanceof HoldfastError ? error : new HoldfastError('DISK_ERROR', String(error), { cause: error }))
        return
      }
    }
  }

  async #gather(): Promise<void> {
    for (;;) {
      const nowMs = this.#deps.clock.monotonic()
      if (this.#ports.complete() || nowMs - this.#lastAddMs >= QUIET_MS || nowMs - this.#firstAddMs >= MAX_DELAY_MS) return
      await sleep(this.#deps.clock, 5)
    }
  }

  async #commit(batch: readonly CommitItem[]): Promise<void> {
    const { lanes } = this.#deps
    const { place, ledger } = this.#ports
    const staged = batch.filter((item) => item.identicalPath === undefined)
    const toFlush = staged.filter((item) => item.flush).map((item) => item.page.fileNumber(item.position))
    if (toFlush.length > 0) await lanes.flush({ place, files: toFlush })
    if (staged.length > 0) {
      for (const { page, position, digest } of staged) page.setState(position, ENTRY.staged, digest)
      // For a crash of ours. After a power cut they come again, and are found to be in place.
      ledger.saveDerived()
    }
    const files = staged.map((item) => this.#finishFile(item))
    const outcomes = await this.#finish(files)
    const stall = outcomes.find((outcome) => outcome.kind === 'error' && outcome.code !== 'DISK_ERROR')
    if (stall?.kind === 'error') throw new HoldfastError(stall.code, stall.message)

    const receipts: ReceiptItem[] = []
    let receivedBytes = 0
    staged.forEach(({ page, position, digest }, i) => {
      const outcome = outcomes[i]
      if (!outcome) return
      if (outcome.kind === 'error') return void receipts.push(this.#fail(page, position, outcome.message))
      if (outcome.kind === 'lost') return this.#ports.lost(page, position)
      receipts.push(this.#settle(page, position, digest, outcome.kind === 'identical', outcome.finalPath))
      receivedBytes += page.entries[position]?.size ?? 0
    })
    for (const { page, position, digest, identicalPath } of batch) {
      if (identicalPath !== undefined) receipts.push(this.#settle(page, position, digest, true, identicalPath))
    }
    ledger.save(() => {
      if (receivedBytes > 0) this.#deps.journal.devices.addReceivedBytes(ledger.record.row.deviceId, receivedBytes)
    })
    this.#ports.receipts(receipts)
    // What was lost comes again under the same staged name.
    this.#unstageLater(staged, outcomes)
  }

  /** Whoever waits for confirmation does not wait for this: recorded files have no use for their staged names. */
  #unstageLater(staged: readonly CommitItem[], outcomes: readonly FinishOutcome[]): void {
    staged.forEach(({ page, position }, i) => {
      const [entry, outcome] = [page.entries[position], outcomes[i]]
      if (!entry || !outcome || outcome.kind === 'lost') return
      const own = outcome.kind === 'placed' && outcome.finalPath === entry.path ? outcome : undefined
      const placed = own && { path: entry.path, size: entry.size, mtimeMs: entry.mtimeMs, placedAtMs: own.placedAtMs }
      this.#placed.push({ file: page.fileNumber(position), placed })
      this.#placedBytes += entry.size
    })
    this.#cancelUnstage?.()
    if (this.#placed.length >= MAX_PLACED_FILES || this.#placedBytes >= MAX_PLACED_BYTES) this.#unstage()
    else if (this.#placed.length > 0) this.#cancelUnstage = this.#deps.clock.after(UNSTAGE_AFTER_MS, () => this.#unstage())
  }

  #unstage(): void {
    const all = this.#placed.splice(0).sort((a, b) => Number(b.placed !== undefined) - Number(a.placed !== undefined))
    this.#placedBytes = 0
    if (all.length === 0) return
    const { place } = this.#ports
    const files = all.map(({ file }) => file)
    const sealed = async (): Promise<void> => {
      const seals = await this.#deps.lanes.unstage({ place, files, placed: all.flatMap(({ placed }) => placed ?? []) })
      this.#deps.seals.put(place.transferId, seals.flatMap((seal, i): NewSeal[] => (seal ? [{ file: files[i] ?? 0, seal }] : [])))
    }
    // What a full or missing disk leaves there goes with the whole staging folder at the end.
    const done = sealed().catch(() => undefined)
    this.#unstaging = this.#unstaging.then(() => done)
  }

  async #finish(files: readonly FinishFile[]): Promise<readonly FinishOutcome[]> {
    const { place } = this.#ports
    const outcomes: FinishOutcome[] = []
    for (let at = 0; at < files.length; at += FINISH_FILES) {
      const some = files.slice(at, at + FINISH_FILES)
      outcomes.push(...(await this.#deps.lanes.finish({ place, renamedRoots: this.#ports.renamedRoots(), quarantine: true, files: some })))
    }
    return outcomes
  }

  #finishFile({ page, position, digest, fresh }: CommitItem): FinishFile {
    const entry = page.entries[position]
    if (!entry) throw new Error('a staged entry is in its page')
    const onConflict = page.details.get(position)?.conflict ?? this.#ports.conflict()
    return { file: page.fileNumber(position), path: entry.path, digest, size: entry.size, onConflict, fresh: fresh ?? false }
  }

  #fail(page: Page, position: number, message: string): ReceiptItem {
    this.#ports.ledger.settle(page, position, ENTRY.failed, undefined, { code: 'DISK_ERROR', reason: message })
    return { file: page.fileNumber(position), outcome: 'failed', digest: new Uint8Array(), message }
  }

  #settle(page: Page, position: number, digest: Uint8Array, identical: boolean, finalPath: string): ReceiptItem {
    const offered = page.entries[position]?.path
    const renamed = finalPath !== offered
    if (renamed) page.detail(position).finalPath = finalPath
    this.#ports.ledger.settle(page, position, identical ? ENTRY.identical : ENTRY.delivered, digest)
    const outcome = identical ? ('identical' as const) : ('delivered' as const)
    return { file: page.fileNumber(position), outcome, digest, ...(renamed ? { finalPath } : {}) }
  }
}

function bytesOf({ page, position, flush }: CommitItem): number {
  return flush ? (page.entries[position]?.size ?? 0) : 0
}
