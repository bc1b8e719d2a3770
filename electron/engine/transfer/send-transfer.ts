import { HoldfastError, toErrorData, type ErrorCode } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { TransferState } from '../../../shared/model/transfer.ts'
import { readBlockTarget } from '../protocol/bulk.ts'
import { BLOCK_BYTES, FRAME_HEADER_BYTES } from '../protocol/limits.ts'
import { BLOCK, type OfferReply, type Receipt, type TransferMessage, type Want } from '../protocol/messages.ts'
import type { Session } from '../session/ports.ts'
import type { TransferActor, TransferDeps } from './deps.ts'
import { Comparison } from './comparison.ts'
import { detached } from './detached.ts'
import { endedThere } from './ended-there.ts'
import { ENTRY, isSettled } from './entry-state.ts'
import { KnownSources } from './known-sources.ts'
import { Ledger } from './ledger.ts'
import { Outflow } from './outflow.ts'
import { ManifestFeed } from './manifest-feed.ts'
import { pageOf, type Page } from './page.ts'
import type { TransferRecord } from './record.ts'
import { transferIdBytes } from './transfer-id.ts'

/** One outgoing transfer: offers, answers what the receiver wants, and settles entries by its receipts. */
export class SendTransfer implements TransferActor {
  readonly record: TransferRecord
  readonly #deps: TransferDeps
  readonly #id: Uint8Array
  readonly #ledger: Ledger
  readonly #manifest: ManifestFeed
  readonly #outflow: Outflow
  readonly #trouble: (error: unknown) => void
  readonly #failBy = (error: unknown) => this.#fail('ENGINE_INTERNAL', toErrorData(error).message)
  /** The receiver's wish; 0: none. */
  #wishedRate = 0
  /** Kept while its socket is down: what is said meanwhile is delivered when the session goes on. */
  #session: Session | undefined
  #connected = false
  /** It was offered in this message sequence. */
  #offered = false
  /** `accept` came in this message sequence. */
  #accepted = false
  /** Pages whose `want` came in this message sequence. */
  #wanted = new Set<number>()
  #held: TransferState | undefined
  #pausedHere = false
  #resumed = 0
  readonly #comparing = new Comparison()
  /** Its sources were looked at no earlier; monotonic ms. */
  scannedAtMs = -Infinity
  #closed = false

  constructor(deps: TransferDeps, record: TransferRecord) {
    this.#deps = deps
    this.record = record
    this.#id = transferIdBytes(record.id)
    this.#ledger = new Ledger(deps, record, 'delivered')
    this.#manifest = new ManifestFeed(this.#id, this.#ledger)
    this.#trouble = deps.trouble
    this.#pausedHere = record.state.kind === 'paused' && record.state.by === 'us'
    this.#outflow = new Outflow(
      deps,
      {
        transfer: this.#id,
        session: () => this.#session,
        mayRun: () => this.#accepted && this.#connected && !this.#pausedHere && !this.#held && !this.#closed && !this.record.ended,
        wishedRate: () => this.#wishedRate,
        say: (message) => this.#session?.send(message),
        settled: () => this.#feedManifest(),
        fail: this.#failBy,
      },
      this.#ledger,
    )
  }

  get deviceId(): DeviceId {
    return this.record.row.deviceId
  }

  get books(): Ledger {
    return this.#ledger
  }

  attach(session: Session, resumed: boolean): void {
    if (this.record.ended || this.#closed) return
    this.#session = session
    this.#connected = true
    if (resumed && this.#offered) {
      this.#showState()
      this.#outflow.start()
      return
    }
    detached(this.#restart(), this.#failBy, this.#trouble)
  }

  detach(): void {
    this.#connected = false
    // Buffers read ahead are given back: others may need them while this device is away.
    detached(this.#outflow.stop(), this.#trouble)
    if (!this.record.ended) this.#showState()
  }

  drain(): void {
    this.#outflow.wake()
  }

  pause(): void {
    if (this.record.ended) return
    this.#pausedHere = true
    detached(this.#outflow.stop(), this.#trouble)
    if (this.#accepted) this.#session?.send({ type: 'hold', transfer: this.#id, reason: 'user' })
    this.#showState()
    this.#ledger.save()
  }

  resume(): void {
    if (this.record.ended) return
    this.#pausedHere = false
    if (this.#accepted) this.#session?.send({ type: 'go', transfer: this.#id })
    this.#showState()
    this.#ledger.save()
    this.#outflow.start()
  }

  /** Whoever cancels it tells the receiver. */
  cancel(): void {
    if (!this.record.ended) this.#end({ kind: 'cancelled', by: 'us' })
  }

  /** Leaves one file out. Throws USAGE_INVALID for what is no file of it or has its end already. */
  skipFile(file: number): void {
    const { page: number, position } = pageOf(file)
    const page = this.#ledger.pages.get(number)
    if (!page || page.entries[position]?.kind !== 'file') throw new HoldfastError('USAGE_INVALID', 'There is no such file in this transfer.')
    if (this.record.ended || isSettled(page.state(position)) || this.#outflow.isSent(page, position)) throw new HoldfastError('USAGE_INVALID', 'That file cannot be left out any more.')
    this.#comparing.drop(file)
    this.#outflow.leaveOut(page, position, this.#accepted && this.#wanted.has(number))
    this.#ledger.save()
    // One that is not on its way yet must not count among those that are.
    if (!this.#accepted || !this.#manifest.has(number)) this.#ledger.pages.release(number)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#outflow.clear()
    this.#ledger.close()
  }

  /** A bulk message of ours has arrived (no more than that): progress for people. */
  acknowledged(type: number, head: Uint8Array): void {
    if (type !== BLOCK || head.length < FRAME_HEADER_BYTES + 64) return
    const { file, offset } = readBlockTarget(head, FRAME_HEADER_BYTES)
    const { page, position } = pageOf(file)
    const entry = this.#ledger.pages.open.get(page)?.entries[position]
    if (entry) this.#ledger.setUnderWay(file, Math.min(entry.size, offset + BLOCK_BYTES))
  }

  /** The session sent a bulk message of ours again. */
  resentBySession(type: number, head: Uint8Array | undefined): void {
    this.record.count({ resentBlocks: 1 })
    if (type === BLOCK && head) this.#ledger.count(readBlockTarget(head, FRAME_HEADER_BYTES).file, 'resentBlocks')
  }

  handle(message: TransferMessage): void {
    if (this.#closed) return
    switch (message.type) {
      case 'offer-reply':
        return this.#onOfferReply(message)
      case 'want':
        return this.#onWant(message)
      case 'digests':
        return this.#onDigests(message.file, message.firstBlock, message.digests)
      case 'block-request':
        return this.#onBlockRequest(message.file, message.attempt, message.offset)
      case 'durable':
        return this.#onDurable(message.file, message.offset)
      case 'receipt':
        return this.#onReceipt(message)
      case 'done':
        return this.#onDone()
      case 'hold':
        this.#held =
          message.reason === 'space'
            ? { kind: 'waiting-for-space', neededBytes: message.needed ?? 0, freeBytes: message.free ?? 0 }
            : message.reason === 'folder'
              ? { kind: 'waiting-for-folder', error: { code: 'DISK_ERROR', message: message.message ?? 'the receive folder is not usable' } }
              : { kind: 'paused', by: 'them' }
        detached(this.#outflow.stop(), this.#trouble)
        return this.#showState()
      case 'go':
        this.#held = undefined
        this.#showState()
        return this.#outflow.start()
      case 'cancel':
        return this.#end(endedThere(message.message))
      case 'offer':
      case 'manifest':
      case 'same':
      case 'file-restart':
      case 'file-failed':
      case 'closed':
        // Only ever said to a receiver.
        return
      case 'unknown':
        return this.#end({ kind: 'failed', error: { code: 'TRANSFER_UNKNOWN', message: 'the receiver does not know this transfer any more' } })
    }
  }

  async #restart(): Promise<void> {
    this.#offered = true
    this.#accepted = false
    this.#held = undefined
    this.#wanted.clear()
    this.#comparing.clear()
    this.#ledger.forgetUnderWay()
    const session = this.#session
    await this.#outflow.clear()
    if (session !== this.#session || !session || this.record.ended || this.#closed) return
    const { row } = this.record
    session.send({
      type: 'offer',
      transfer: this.#id,
      roots: row.roots,
      files: row.totalFiles - (this.record.counters.unsendable ?? 0),
      entries: row.totalEntries,
      pages: this.#ledger.pages.count,
      bytes: row.totalBytes,
    })
    this.#showState()
  }

  #onOfferReply({ answer }: OfferReply): void {
    switch (answer.kind) {
      case 'pending':
        this.record.setState(this.#pausedHere ? { kind: 'paused', by: 'us' } : { kind: 'waiting-for-acceptance' })
        return
      case 'refuse': {
        if (answer.reason === 'cancelled') return this.#end({ kind: 'cancelled', by: 'them' })
        const code: ErrorCode = answer.reason === 'quota' ? 'TRANSFER_QUOTA' : 'TRANSFER_REFUSED'
        return this.#end({ kind: 'refused', error: { code, message: answer.message } })
      }
      case 'done':
        for (let number = 0; number < this.#ledger.pages.count; number += 1) {
          const page = this.#ledger.pages.get(number)
          page?.entries.forEach((_, position) => this.#outflow.settle(page, position, ENTRY.delivered))
          this.#ledger.save()
        }
        return this.#onDone()
      case 'accept':
        if (answer.pages > this.#ledger.pages.count) return this.#fail('PEER_PROTOCOL', 'the receiver claims more than was offered')
        this.#accepted = true
        this.#wishedRate = answer.rate ?? 0
        this.#resumed = 0
        this.#manifest.begin(answer.pages, new KnownSources(this.#deps, this.record.row, this.scannedAtMs))
        if (this.#pausedHere) this.#session?.send({ type: 'hold', transfer: this.#id, reason: 'user' })
        this.#showState()
        this.#feedManifest()
        this.#outflow.start()
    }
  }

  #feedManifest(): void {
    const session = this.#session
    if (!session || !this.#accepted) return
    const missing = this.#manifest.feed((page) => session.send(page))
    if (missing) this.#fail(missing.code, missing.message)
  }

  #onWant(message: Want): void {
    const page = this.#ledger.pages.get(message.page)
    if (!page || !this.#accepted) return
    const first = !this.#wanted.has(page.number)
    this.#wanted.add(page.number)
    this.#manifest.answered(page.number)
    const named = new Set<number>()
    let resumed = 0
    for (const item of message.items) {
      const { page: number, position } = pageOf(item.file)
      const entry = page.entries[position]
      if (number !== page.number || !entry) continue
      named.add(position)
      if (!first) this.#outflow.drop(page, position)
      if (item.kind === 'done') {
        resumed += entry.size
        if (item.finalPath !== undefined) page.detail(position).finalPath = item.finalPath
        this.#outflow.settle(page, position, entry.kind === 'folder' ? ENTRY.folder : ENTRY.delivered, item.digest)
      } else if (item.kind === 'refuse') {
        this.#outflow.settle(page, position, ENTRY.failed, undefined, { code: item.code === 'conflict' ? 'FILE_CONFLICT' : 'FILE_NAME_REFUSED', reason: item.message })
      } else if (isSettled(page.state(position))) {
        // It can't be read any more, failed before or is superseded; the receiver is told once more after a reset.
        this.#outflow.sayFailed(page, position)
      } else if (item.kind === 'resume') {
        if (item.attempt === page.attempt(position) && item.offset <= entry.size) {
          resumed += item.offset
          this.#ledger.setUnderWay(item.file, item.offset)
          if (item.offset < entry.size || entry.size === 0) this.#outflow.add(page, position, item.offset)
        } else this.#outflow.restart(page, position)
      } else if (item.kind === 'compare') this.#startCompare(page, position, item.digests)
    }
    const identical = message.identical ? this.#outflow.settleIdentical(page, message.identical) : []
    if (!identical) return this.#fail('PEER_PROTOCOL', 'the receiver has what was not named to it')
    for (const position of identical) named.add(position)
    if (first) this.#wantRest(page, named)
    this.#resumed += resumed
    this.record.resumed(this.#resumed)
    this.#ledger.saveDerived()
    this.#feedManifest()
    this.#outflow.start()
  }

  #wantRest(page: Page, named: ReadonlySet<number>): void {
    page.entries.forEach((entry, position) => {
      if (named.has(position)) return
      const state = page.state(position)
      if (entry.kind === 'folder') this.#outflow.settle(page, position, ENTRY.folder)
      else if (state === ENTRY.failed || state === ENTRY.skipped) this.#outflow.sayFailed(page, position)
      else if (page.attempt(position) > 0) this.#outflow.restart(page, position)
      else this.#outflow.add(page, position)
    })
  }

  #startCompare(page: Page, position: number, digests: Uint8Array): void {
    const file = page.fileNumber(position)
    this.#comparing.begin(file, page.entries[position]?.size ?? 0)
    this.#onDigests(file, 0, digests)
  }

  #onDigests(file: number, firstBlock: number, digests: Uint8Array): void {
    const complete = this.#comparing.add(file, firstBlock, digests)
    if (complete === 'wrong') return this.#fail('PEER_PROTOCOL', 'the receiver sent digests that do not fit the file')
    if (complete === 'more') return
    const { page: number, position } = pageOf(file)
    const page = this.#ledger.pages.open.get(number)
    if (!page) return
    this.#outflow.add(page, position, 0, complete)
    this.#outflow.start()
  }

  #onBlockRequest(file: number, attempt: number, offset: number): void {
    const { page: number, position } = pageOf(file)
    const page = this.#ledger.pages.open.get(number)
    if (!page || attempt !== page.attempt(position) || isSettled(page.state(position)) || offset % BLOCK_BYTES !== 0) return
    this.#ledger.count(file, 'retries')
    this.#outflow.addBlock(page, position, offset)
    this.#outflow.start()
  }

  #onDurable(file: number, offset: number): void {
    const { page, position } = pageOf(file)
    const entry = this.#ledger.pages.open.get(page)?.entries[position]
    if (!entry) return
    this.#ledger.setUnderWay(file, Math.min(entry.size, offset))
    this.#ledger.saveSoon()
  }

  #onReceipt({ items }: Receipt): void {
    for (const item of items) {
      const { page: number, position } = pageOf(item.file)
      const page = this.#ledger.pages.get(number)
      if (!page?.entries[position]) continue
      if (item.finalPath !== undefined) page.detail(position).finalPath = item.finalPath
      if (item.outcome === 'failed') {
        this.#outflow.settle(page, position, ENTRY.failed, undefined, { code: 'DISK_ERROR', reason: item.message ?? 'the receiver could not keep it' })
      } else this.#outflow.settle(page, position, item.outcome === 'identical' ? ENTRY.identical : ENTRY.delivered, item.digest)
    }
    this.#ledger.saveSoon()
    this.#feedManifest()
  }

  #onDone(): void {
    for (let number = 0; number < this.#ledger.pages.count; number += 1) {
      if (!this.#ledger.pages.isSettled(number)) return this.#fail('PEER_PROTOCOL', 'the receiver ended the transfer before everything was settled')
    }
    this.#session?.send({ type: 'closed', transfer: this.#id })
    this.#end({ kind: 'finished', complete: this.record.counters.failed === 0 })
  }

  #showState(): void {
    if (this.record.ended) return
    if (this.#pausedHere) return this.record.setState({ kind: 'paused', by: 'us' })
    if (!this.#connected) return this.record.setState({ kind: 'connecting' })
    if (this.#held) return this.record.setState(this.#held)
    if (this.#accepted) return this.record.setState({ kind: 'active' })
    if (this.record.state.kind !== 'waiting-for-acceptance') this.record.setState({ kind: 'connecting' })
  }

  #fail(code: ErrorCode, message: string): void {
    this.#session?.send({ type: 'cancel', transfer: this.#id, message })
    this.#end({ kind: 'failed', error: { code, message } })
  }

  #end(state: TransferState): void {
    if (this.record.ended) return
    this.#accepted = false
    detached(this.#outflow.clear(), this.#trouble)
    this.#ledger.saveDerived()
    // Flushed, with what came before.
    this.record.setState(state)
    this.#ledger.pages.releaseAll()
  }
}
