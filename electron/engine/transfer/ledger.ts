import type { ErrorCode } from '../../../shared/errors.ts'
import type { FileEvent } from '../../../shared/model/transfer.ts'
import type { TransferDeps } from './deps.ts'
import { ENTRY, isSettled } from './entry-state.ts'
import { pageOf, type EntryDetail, type Page } from './page.ts'
import { PageStore } from './page-store.ts'
import type { TransferRecord } from './record.ts'

const SAVE_DELAY_MS = 250

export interface Failure {
  readonly code: ErrorCode
  readonly reason: string
}

/**
 * The books of one transfer, either direction: what is settled, what is under way, and what scripts are told. Facts are
 * announced only after they are in the journal.
 */
export class Ledger {
  readonly record: TransferRecord
  readonly pages: PageStore
  readonly #deps: TransferDeps
  readonly #fact: 'delivered' | 'received'
  #underWay = new Map<number, number>()
  #underWayBytes = 0
  #events: FileEvent[] = []
  #saveTimer: (() => void) | undefined

  constructor(deps: TransferDeps, record: TransferRecord, fact: 'delivered' | 'received') {
    this.#deps = deps
    this.record = record
    this.#fact = fact
    this.pages = new PageStore(deps.journal.transfers, record.id)
  }

  /** The first settlement of an entry counts, later ones are ignored. */
  settle(page: Page, position: number, state: number, digest?: Uint8Array, failure?: Failure): void {
    const entry = page.entries[position]
    if (!entry || isSettled(page.state(position))) return
    page.setState(position, state, digest)
    if (failure) Object.assign(page.detail(position), failure)
    this.setUnderWay(page.fileNumber(position), 0)
    if (entry.kind === 'folder' && !failure) return
    this.record.settle(entry.kind === 'file' ? 1 : 0, entry.size)
    if (failure || state === ENTRY.skipped) this.record.count({ unsentBytes: entry.size })
    if (failure) {
      this.record.count({ failed: 1 })
      this.#events.push({ kind: 'failed', path: entry.path, code: failure.code, message: failure.reason })
      return
    }
    const path = page.details.get(position)?.finalPath ?? entry.path
    if (state === ENTRY.identical || state === ENTRY.skipped) {
      this.record.count(state === ENTRY.identical ? { skipped: 1, identical: 1, identicalBytes: entry.size } : { skipped: 1 })
      const reason = state === ENTRY.identical ? 'identical' : (page.details.get(position)?.reason ?? 'not sent')
      this.#events.push({ kind: 'skipped', path, reason })
    } else {
      this.#events.push({ kind: this.#fact, path, bytes: entry.size, digest: page.digest(position).toString('hex') })
    }
  }

  /** The same for many files of a page that were there already. */
  settleIdentical(page: Page, positions: readonly number[], digestOf: (position: number) => Uint8Array | undefined): void {
    let [files, bytes] = [0, 0]
    for (const position of positions) {
      const entry = page.entries[position]
      if (entry?.kind !== 'file' || isSettled(page.state(position))) continue
      page.setState(position, ENTRY.identical, digestOf(position))
      this.setUnderWay(page.fileNumber(position), 0)
      files += 1
      bytes += entry.size
      this.#events.push({ kind: 'skipped', path: entry.path, reason: 'identical' })
    }
    this.record.settle(files, bytes)
    this.record.count({ skipped: files, identical: files, identicalBytes: bytes })
  }

  /** Bytes of an unsettled file that have arrived. Only grows, except to 0: it starts over. */
  setUnderWay(file: number, bytes: number): void {
    const before = this.#underWay.get(file) ?? 0
    const next = bytes === 0 ? 0 : Math.max(before, bytes)
    if (next === before) return
    if (next === 0) this.#underWay.delete(file)
    else this.#underWay.set(file, next)
    this.#underWayBytes += next - before
    this.record.setUnderWay(this.#underWayBytes)
  }

  underWay(file: number): number {
    return this.#underWay.get(file) ?? 0
  }

  /** A new message sequence: what was under way is told anew. What is shown does not go back. */
  forgetUnderWay(): void {
    this.#underWay.clear()
    this.#underWayBytes = 0
    this.record.setUnderWay(0)
  }

  count(file: number, counter: keyof EntryDetail & ('resentBlocks' | 'retries' | 'duplicates')): void {
    const { page: number, position } = pageOf(file)
    const page = this.pages.open.get(number)
    if (!page?.entries[position]) return
    const detail = page.detail(position)
    detail[counter] = (detail[counter] ?? 0) + 1
  }

  openPages(): number {
    let open = 0
    for (const page of this.pages.open.values()) if (!page.settled) open += 1
    return open
  }

  /** Groups small changes into one commit. What a sender knows of others the receiver tells again. */
  saveSoon(): void {
    this.#saveTimer ??= this.#deps.clock.after(SAVE_DELAY_MS, () => (this.#fact === 'delivered' ? this.saveDerived() : this.save()))
  }

  /** One commit; then the facts are announced. `also` joins the commit. */
  save(also?: () => void): void {
    this.#commit((work) => this.#deps.journal.transaction(work), also)
  }

  /** The same for facts that are found out anew where a power cut takes them back: not flushed. */
  saveDerived(also?: () => void): void {
    this.#commit((work) => this.#deps.journal.quickTransaction(work), also)
  }

  #commit(transaction: (work: () => void) => void, also?: () => void): void {
    this.#saveTimer?.()
    this.#saveTimer = undefined
    transaction(() => {
      this.pages.save()
      this.record.save()
      also?.()
    })
    this.pages.releaseSettled()
    if (this.#events.length > 0) this.#deps.fileEvents(this.record, this.#events.splice(0))
  }

  close(): void {
    this.save()
    this.pages.releaseAll()
  }
}
