import type { ErrorCode } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { TransferState } from '../../../shared/model/transfer.ts'
import type { ReadOutcome, SourceStamp } from '../folder/ports.ts'
import { readBlockTarget } from '../protocol/bulk.ts'
import { BLOCK_BYTES, DIGEST_BYTES, FRAME_HEADER_BYTES, MAX_OPEN_PAGES } from '../protocol/limits.ts'
import { BLOCK, type ManifestEntry, type OfferReply, type Receipt, type TransferMessage, type Want } from '../protocol/messages.ts'
import type { Session } from '../session/ports.ts'
import type { PooledBuffer } from '../util/byte-pool.ts'
import type { TransferActor, TransferDeps } from './deps.ts'
import { ENTRY, isSettled } from './entry-state.ts'
import { Ledger, type Failure } from './ledger.ts'
import { pageOf, type Page } from './page.ts'
import type { TransferRecord } from './record.ts'
import { lowerRate, RateLimit } from './rate-limit.ts'
import { SendPump } from './send-pump.ts'
import { readTask, type ReadResult } from './send-reader.ts'
import { SendWork, type SendTask } from './send-work.ts'
import { SourceReader } from './source-reader.ts'
import { transferIdBytes } from './transfer-id.ts'

/** A source that changes this often while it is sent is given up. */
const MAX_ATTEMPTS = 20

/** One outgoing transfer: offers, answers what the receiver wants, and settles entries by its receipts. */
export class SendTransfer implements TransferActor {
  readonly record: TransferRecord
  readonly #deps: TransferDeps
  readonly #id: Uint8Array
  readonly #ledger: Ledger
  readonly #work: SendWork
  readonly #pump: SendPump
  readonly #ownLimit: RateLimit
  /** The receiver's wish; 0: none. */
  #wishedRate = 0
  /** Kept while its socket is down: what is said meanwhile is delivered when the session goes on. */
  #session: Session | undefined
  #connected = false
  /** It was offered in this message sequence. */
  #offered = false
  /** `accept` came in this message sequence. */
  #accepted = false
  #nextManifest = 0
  /** Pages whose `want` came in this message sequence. */
  #wanted = new Set<number>()
  #held: TransferState | undefined
  #pausedHere = false
  #resumed = 0
  /** Partly collected digests of files to compare: file number → digests so far. */
  #comparing = new Map<number, { digests: Buffer; filled: number }>()
  /** Highest byte sent of each entry of open pages, to count what is sent again. */
  #sentUpTo = new Map<number, number>()
  #timers = new Set<() => void>()
  #closed = false

  constructor(deps: TransferDeps, record: TransferRecord) {
    this.#deps = deps
    this.record = record
    this.#id = transferIdBytes(record.id)
    this.#ledger = new Ledger(deps, record, 'delivered')
    this.#pausedHere = record.state.kind === 'paused' && record.state.by === 'us'
    this.#work = new SendWork((page, position) => {
      const entry = page.entries[position]
      if (!entry?.source || !entry.stamp) throw new Error('a sent entry has a source')
      return new SourceReader(entry.source, entry.stamp)
    })
    this.#ownLimit = new RateLimit(deps.clock, () => lowerRate(deps.deviceRate(this.deviceId), this.#wishedRate))
    this.#pump = new SendPump({
      work: this.#work,
      read: (task, signal) => readTask(task, this.#id, deps.outgoing, deps.lanes, signal),
      canSend: () => this.#session?.canSendBulk === true,
      throttle: async (bytes, signal) => {
        await deps.sendLimit.take(bytes, signal)
        await this.#ownLimit.take(bytes, signal)
      },
      send: (task, type, buffer) => this.#send(task, type, buffer),
      settle: (task, result) => this.#read(task, result),
      fail: (error) => this.#fail('ENGINE_INTERNAL', error instanceof Error ? error.message : String(error)),
    })
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
      this.#maybeStart()
      return
    }
    void this.#restart()
  }

  detach(): void {
    this.#connected = false
    // Buffers read ahead are given back: others may need them while this device is away.
    void this.#pump.stop()
    if (!this.record.ended) this.#showState()
  }

  drain(): void {
    this.#pump.wake()
  }

  pause(): void {
    if (this.record.ended) return
    this.#pausedHere = true
    void this.#pump.stop()
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
    this.#maybeStart()
  }

  cancel(): void {
    if (this.record.ended) return
    this.#session?.send({ type: 'cancel', transfer: this.#id })
    this.#end({ kind: 'cancelled', by: 'us' })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const cancel of this.#timers) cancel()
    await this.#pump.stop()
    this.#work.clear()
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
        void this.#pump.stop()
        return this.#showState()
      case 'go':
        this.#held = undefined
        this.#showState()
        return this.#maybeStart()
      case 'cancel':
        return this.#end({ kind: 'cancelled', by: 'them' })
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
    await this.#pump.stop()
    this.#work.clear()
    if (session !== this.#session || !session || this.record.ended || this.#closed) return
    const { row } = this.record
    session.send({
      type: 'offer',
      transfer: this.#id,
      roots: row.roots,
      files: row.totalFiles,
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
          page?.entries.forEach((_, position) => this.#settle(page, position, ENTRY.delivered))
          this.#ledger.save()
        }
        return this.#onDone()
      case 'accept':
        if (answer.pages > this.#ledger.pages.count) return this.#fail('PEER_PROTOCOL', 'the receiver claims more than was offered')
        this.#accepted = true
        this.#wishedRate = answer.rate ?? 0
        this.#resumed = 0
        this.#nextManifest = answer.pages
        if (this.#pausedHere) this.#session?.send({ type: 'hold', transfer: this.#id, reason: 'user' })
        this.#showState()
        this.#feedManifest()
        this.#maybeStart()
    }
  }

  #maybeStart(): void {
    if (this.#accepted && this.#connected && !this.#pausedHere && !this.#held && !this.#closed && !this.record.ended) {
      this.#pump.start()
      this.#pump.wake()
    }
  }

  #feedManifest(): void {
    while (this.#session && this.#accepted && this.#nextManifest < this.#ledger.pages.count && this.#ledger.openPages() < MAX_OPEN_PAGES) {
      const page = this.#ledger.pages.get(this.#nextManifest)
      if (!page) return this.#fail('JOURNAL_CORRUPT', 'a page of this transfer is missing in the journal; send it again')
      this.#nextManifest += 1
      const entries = page.entries.map(({ kind, path, size, mtimeMs, executable }): ManifestEntry => ({ kind, path, size, mtimeMs, executable }))
      this.#session.send({ type: 'manifest', transfer: this.#id, page: page.number, entries })
    }
  }

  #onWant(message: Want): void {
    const page = this.#ledger.pages.get(message.page)
    if (!page || !this.#accepted) return
    const first = !this.#wanted.has(page.number)
    this.#wanted.add(page.number)
    const named = new Set<number>()
    let resumed = 0
    for (const item of message.items) {
      const { page: number, position } = pageOf(item.file)
      const entry = page.entries[position]
      if (number !== page.number || !entry) continue
      named.add(position)
      if (item.kind === 'done') {
        resumed += entry.size
        if (item.finalPath !== undefined) page.detail(position).finalPath = item.finalPath
        this.#settle(page, position, entry.kind === 'folder' ? ENTRY.folder : ENTRY.delivered, item.digest)
      } else if (item.kind === 'refuse') {
        this.#settle(page, position, ENTRY.failed, undefined, { code: item.code === 'conflict' ? 'FILE_CONFLICT' : 'FILE_NAME_REFUSED', reason: item.message })
      } else if (isSettled(page.state(position))) {
        // It can't be read any more, failed before or is superseded; the receiver is told once more after a reset.
        this.#sendFailed(page, position)
      } else if (item.kind === 'resume') {
        if (item.attempt === page.attempt(position) && item.offset <= entry.size) {
          resumed += item.offset
          this.#ledger.setUnderWay(item.file, item.offset)
          if (item.offset < entry.size || entry.size === 0) this.#work.addFile(page, position, item.offset)
        } else this.#sendRestart(page, position)
      } else if (item.kind === 'compare') this.#startCompare(page, position, item.digests)
    }
    if (first) this.#wantRest(page, named)
    this.#resumed += resumed
    this.record.resumed(this.#resumed)
    this.#ledger.save()
    this.#feedManifest()
    this.#maybeStart()
  }

  #wantRest(page: Page, named: ReadonlySet<number>): void {
    page.entries.forEach((entry, position) => {
      if (named.has(position)) return
      const state = page.state(position)
      if (entry.kind === 'folder') this.#settle(page, position, ENTRY.folder)
      else if (state === ENTRY.failed || state === ENTRY.skipped) this.#sendFailed(page, position)
      else if (page.attempt(position) > 0) this.#sendRestart(page, position)
      else this.#work.addFile(page, position)
    })
  }

  #sendFailed(page: Page, position: number): void {
    const message = page.details.get(position)?.reason ?? 'not sent'
    const code = page.state(position) === ENTRY.skipped ? 'superseded' : 'unreadable'
    this.#session?.send({ type: 'file-failed', transfer: this.#id, file: page.fileNumber(position), code, message })
  }

  /** Tells the receiver the entry as it is now, under its attempt number, and sends it from the start. */
  #sendRestart(page: Page, position: number): void {
    const entry = page.entries[position]
    if (!entry) return
    const { size, mtimeMs, executable } = entry
    const file = page.fileNumber(position)
    this.#session?.send({ type: 'file-restart', transfer: this.#id, file, attempt: page.attempt(position), size, mtimeMs, executable })
    this.#ledger.setUnderWay(file, 0)
    this.#work.addFile(page, position)
  }

  #startCompare(page: Page, position: number, digests: Uint8Array): void {
    const size = page.entries[position]?.size ?? 0
    const file = page.fileNumber(position)
    this.#comparing.set(file, { digests: Buffer.alloc(Math.max(1, Math.ceil(size / BLOCK_BYTES)) * DIGEST_BYTES), filled: 0 })
    this.#onDigests(file, 0, digests)
  }

  #onDigests(file: number, firstBlock: number, digests: Uint8Array): void {
    const comparing = this.#comparing.get(file)
    if (!comparing) return
    const at = firstBlock * DIGEST_BYTES
    if (at !== comparing.filled || at + digests.length > comparing.digests.length) {
      return this.#fail('PEER_PROTOCOL', 'the receiver sent digests that do not fit the file')
    }
    comparing.digests.set(digests, at)
    comparing.filled += digests.length
    if (comparing.filled < comparing.digests.length) return
    this.#comparing.delete(file)
    const { page: number, position } = pageOf(file)
    const page = this.#ledger.pages.open.get(number)
    if (!page) return
    this.#work.addFile(page, position, 0, comparing.digests)
    this.#maybeStart()
  }

  #onBlockRequest(file: number, attempt: number, offset: number): void {
    const { page: number, position } = pageOf(file)
    const page = this.#ledger.pages.open.get(number)
    if (!page || attempt !== page.attempt(position) || isSettled(page.state(position)) || offset % BLOCK_BYTES !== 0) return
    this.#ledger.count(file, 'retries')
    this.#work.addBlock(page, position, offset)
    this.#maybeStart()
  }

  #onDurable(file: number, offset: number): void {
    const { page, position } = pageOf(file)
    const entry = this.#ledger.pages.open.get(page)?.entries[position]
    if (entry) this.#ledger.setUnderWay(file, Math.min(entry.size, offset))
  }

  #onReceipt({ items }: Receipt): void {
    for (const item of items) {
      const { page: number, position } = pageOf(item.file)
      const page = this.#ledger.pages.get(number)
      if (!page?.entries[position]) continue
      if (item.finalPath !== undefined) page.detail(position).finalPath = item.finalPath
      if (item.outcome === 'failed') {
        this.#settle(page, position, ENTRY.failed, undefined, { code: 'DISK_ERROR', reason: item.message ?? 'the receiver could not keep it' })
      } else this.#settle(page, position, item.outcome === 'identical' ? ENTRY.identical : ENTRY.delivered, item.digest)
    }
    this.#ledger.saveSoon()
    this.#feedManifest()
  }

  #onDone(): void {
    for (let number = 0; number < this.#ledger.pages.count; number += 1) {
      const page = this.#ledger.pages.peek(number)
      if (page && !page.settled) return this.#fail('PEER_PROTOCOL', 'the receiver ended the transfer before everything was settled')
    }
    this.#session?.send({ type: 'closed', transfer: this.#id })
    this.#end({ kind: 'finished', complete: this.record.counters.failed === 0 })
  }

  #send(task: SendTask, type: number, buffer: PooledBuffer): void {
    const session = this.#session
    if (!session || (task.kind === 'block' && task.attempt !== task.page.attempt(task.position))) return buffer.release()
    let again = false
    const files = task.kind === 'pack' ? task.files : [task]
    for (const { page, position } of files) {
      const file = page.fileNumber(position)
      const end = task.kind === 'block' ? task.offset + task.length : Math.max(1, page.entries[position]?.size ?? 1)
      if (end <= (this.#sentUpTo.get(file) ?? 0)) {
        again = true
        this.#ledger.count(file, 'resentBlocks')
      } else this.#sentUpTo.set(file, end)
    }
    if (again) this.record.count({ resentBlocks: 1 })
    session.sendBulk(type, buffer)
  }

  #read(task: SendTask, result: ReadResult): void {
    if (task.kind === 'block') {
      if (task.last || result.kind === 'changed' || result.kind === 'failed') void task.reader.close()
      if (task.attempt !== task.page.attempt(task.position) || isSettled(task.page.state(task.position))) return
      if (result.kind === 'changed') this.#sourceChanged(task.page, task.position, result.stamp, result.executable)
      else if (result.kind === 'failed') this.#sourceFailed(task.page, task.position, result.code, result.message)
      else if (result.kind === 'same') this.#sendSame(task.page, task.position, task.offset / BLOCK_BYTES)
      return
    }
    const outcomes = 'outcomes' in result ? (result.outcomes ?? []) : []
    task.files.forEach(({ page, position }, i) => {
      const outcome: ReadOutcome | undefined = result.kind === 'failed' ? { kind: result.code, message: result.message } : outcomes[i]
      if (!outcome || isSettled(page.state(position))) return
      if (outcome.kind === 'changed') this.#sourceChanged(page, position, outcome.stamp, outcome.executable)
      else if (outcome.kind !== 'packed') this.#sourceFailed(page, position, outcome.kind, outcome.message)
      else if (result.kind === 'compared') {
        if (result.equal[i]) this.#sendSame(page, position, 0)
        else this.#work.addFile(page, position)
      }
    })
  }

  #sendSame(page: Page, position: number, firstBlock: number): void {
    const file = page.fileNumber(position)
    this.#session?.send({ type: 'same', transfer: this.#id, file, attempt: page.attempt(position), firstBlock, count: 1 })
    this.#ledger.setUnderWay(file, Math.min(page.entries[position]?.size ?? 0, (firstBlock + 1) * BLOCK_BYTES))
  }

  #sourceChanged(page: Page, position: number, stamp: SourceStamp, executable: boolean): void {
    const entry = page.entries[position]
    if (!entry) return
    const attempt = page.attempt(position) + 1
    if (attempt > MAX_ATTEMPTS) {
      return this.#sourceFailed(page, position, 'changing', `kept changing while it was sent (${MAX_ATTEMPTS} times); send it again when it is quiet`)
    }
    this.#work.drop(page, position)
    const detail = page.detail(position)
    detail.attempt = attempt
    detail.retries = (detail.retries ?? 0) + 1
    this.#sentUpTo.delete(page.fileNumber(position))
    this.record.addTotal(stamp.size - entry.size)
    page.entries[position] = { ...entry, size: stamp.size, mtimeMs: stamp.mtimeMs, executable, stamp }
    this.#deps.journal.transaction(() => {
      this.#ledger.pages.rewrite(page)
      this.record.save()
    })
    const delayMs = attempt < 3 ? 0 : Math.min(10_000, 250 * 2 ** (attempt - 3))
    const cancel = this.#deps.clock.after(delayMs, () => {
      this.#timers.delete(cancel)
      if (!this.#accepted || this.record.ended || isSettled(page.state(position))) return
      this.#sendRestart(page, position)
      this.#maybeStart()
    })
    this.#timers.add(cancel)
  }

  #sourceFailed(page: Page, position: number, code: 'unreadable' | 'vanished' | 'changing', message: string): void {
    this.#work.drop(page, position)
    this.#session?.send({ type: 'file-failed', transfer: this.#id, file: page.fileNumber(position), code, message: message.slice(0, 500) })
    const errorCode: ErrorCode = code === 'vanished' ? 'FILE_VANISHED' : code === 'changing' ? 'FILE_CHANGING' : 'FILE_UNREADABLE'
    this.#settle(page, position, ENTRY.failed, undefined, { code: errorCode, reason: message })
    this.#ledger.saveSoon()
    this.#feedManifest()
  }

  #settle(page: Page, position: number, state: number, digest?: Uint8Array, failure?: Failure): void {
    this.#ledger.settle(page, position, state, digest, failure)
    this.#sentUpTo.delete(page.fileNumber(position))
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
    this.#session?.send({ type: 'cancel', transfer: this.#id })
    this.#end({ kind: 'failed', error: { code, message } })
  }

  #end(state: TransferState): void {
    if (this.record.ended) return
    this.#accepted = false
    void this.#pump.stop().then(() => this.#work.clear())
    for (const cancel of this.#timers) cancel()
    this.#ledger.save()
    this.record.setState(state)
    this.#ledger.pages.releaseAll()
  }
}
