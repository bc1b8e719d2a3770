import { HoldfastError, type ErrorCode } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { ConflictAnswer, TransferState } from '../../../shared/model/transfer.ts'
import type { ReceivePlace } from '../folder/ports.ts'
import { MAX_OPEN_PAGES, MAX_RECEIPT_ITEMS, PAGE_ENTRIES } from '../protocol/limits.ts'
import type { FileRestart, Manifest, TransferMessage, WantItem } from '../protocol/messages.ts'
import type { Session } from '../session/ports.ts'
import { Assembly } from './assembly.ts'
import { ConflictQuestions } from './conflict-questions.ts'
import type { TransferActor, TransferDeps } from './deps.ts'
import { isSettled } from './entry-state.ts'
import { Ledger } from './ledger.ts'
import { MadeFolders } from './made-folders.ts'
import { OfferedTotals } from './offered-totals.ts'
import { PagePreparer, type PreparedPage } from './page-preparer.ts'
import type { Page } from './page.ts'
import { detached } from './detached.ts'
import { endedThere } from './ended-there.ts'
import { lowerRate } from './rate-limit.ts'
import type { ReceivePorts } from './receive-ports.ts'
import type { TransferRecord } from './record.ts'
import { Stall } from './stall.ts'
import { settleUnsent } from './settle-unsent.ts'
import { transferIdBytes } from './transfer-id.ts'

/** One incoming transfer: says what it wants of each manifest page, stages what comes, commits it and sends receipts. */
export class ReceiveTransfer implements TransferActor {
  readonly record: TransferRecord
  readonly #deps: TransferDeps
  readonly #ports: ReceivePorts
  readonly #id: Uint8Array
  readonly #place: ReceivePlace
  readonly #ledger: Ledger
  readonly #preparer: PagePreparer
  /** Takes what comes in blocks and packs. */
  readonly assembly: Assembly
  readonly #stall: Stall
  readonly #questions: ConflictQuestions
  readonly #abort = new AbortController()
  /** Kept while its socket is down: what is said meanwhile is delivered when the session goes on. */
  #session: Session | undefined
  #connected = false
  #wasConnected = false
  #accepted = false
  #pausedHere = false
  #pausedThere = false
  #offeredPages = 0
  readonly #folders = new MadeFolders()
  readonly #seen = new OfferedTotals()
  /** Page work happens in order, one at a time. */
  #chain: Promise<void> = Promise.resolve()
  #finishing = false

  constructor(deps: TransferDeps, ports: ReceivePorts, record: TransferRecord) {
    this.#deps = deps
    this.#ports = ports
    this.record = record
    this.#id = transferIdBytes(record.id)
    this.#place = { root: record.row.folder, transferId: record.id }
    this.#ledger = new Ledger(deps, record, 'received')
    this.#pausedHere = record.state.kind === 'paused' && record.state.by === 'us'
    this.#pausedThere = record.state.kind === 'paused' && record.state.by === 'them'
    this.#preparer = new PagePreparer(deps, ports, this.#place, this.#id, this.#ledger)
    this.assembly = new Assembly(
      deps,
      {
        transfer: this.#id,
        accepted: () => this.#accepted,
        stalled: () => this.#stall.active,
        conflict: () => (ports.onConflict === 'replace' ? 'replace' : 'keep-both'),
        send: (message) => this.#session?.send(message),
        want: (page, item) => this.#wantOne(page, item),
        receipts: (items) => {
          for (let at = 0; at < items.length; at += MAX_RECEIPT_ITEMS) {
            this.#session?.send({ type: 'receipt', transfer: this.#id, items: items.slice(at, at + MAX_RECEIPT_ITEMS) })
          }
        },
        go: () => {
          if (!this.#pausedHere) this.#session?.send({ type: 'go', transfer: this.#id })
        },
        settled: () => this.#checkDone(),
        trouble: (error) => this.#onTrouble(error),
        fail: (message) => this.#fail(message),
      },
      this.#place,
      this.#ledger,
      this.#preparer.sameSize,
    )
    this.#questions = new ConflictQuestions(this.#ledger, (...about) => ports.ask(...about), this.#abort.signal, {
      want: (page, item) => this.#wantOne(page, item),
      settled: () => this.#checkDone(),
    })
    this.#stall = new Stall(deps.clock, ports, this.#place.root, {
      changed: () => this.#showState(),
      over: () => this.#goOn(),
    })
  }

  /** The sender offers it (again) in a fresh message sequence, and it is accepted. */
  offered(session: Session, pages: number): void {
    this.#session = session
    this.#connect(session.connected)
    this.#accepted = false
    this.#offeredPages = pages
    this.#chain = this.#chain.then(() => this.#accept(session)).catch((error: unknown) => this.#onTrouble(error))
  }

  get deviceId(): DeviceId {
    return this.record.row.deviceId
  }

  get books(): Ledger {
    return this.#ledger
  }

  attach(session: Session, resumed: boolean): void {
    this.#session = session
    this.#connect(true)
    // In a fresh message sequence the sender offers it anew.
    if (!resumed) this.#accepted = false
    this.#showState()
  }

  detach(): void {
    this.#connected = false
    this.#showState()
  }

  drain(): void {}

  pause(): void {
    if (this.record.ended) return
    this.#pausedHere = true
    this.#session?.send({ type: 'hold', transfer: this.#id, reason: 'user' })
    this.#showState()
  }

  resume(): void {
    if (this.record.ended) return
    this.#pausedHere = false
    if (!this.#stall.active) this.#session?.send({ type: 'go', transfer: this.#id })
    this.#showState()
  }

  cancel(): void {
    if (this.record.ended) return
    this.#session?.send({ type: 'cancel', transfer: this.#id })
    detached(this.#end({ kind: 'cancelled', by: 'us' }), this.#deps.trouble)
  }

  async close(): Promise<void> {
    this.#stop()
    await this.#chain.catch(() => undefined)
    await this.assembly.close()
    this.#ledger.close()
  }

  handle(message: TransferMessage): void {
    if (this.record.ended) return
    switch (message.type) {
      case 'manifest':
        this.#chain = this.#chain.then(() => this.#onManifest(message)).catch((error: unknown) => this.#onTrouble(error))
        return
      case 'same':
        return this.assembly.same(message)
      case 'file-restart':
        return this.#onRestart(message)
      case 'file-failed': {
        const found = this.assembly.find(message.file)
        if (!found || isSettled(found.page.state(found.position)) || this.assembly.isStaged(message.file)) return
        this.assembly.drop(message.file)
        settleUnsent(this.#ledger, found.page, found.position, message)
        this.#ledger.saveSoon()
        return this.#checkDone()
      }
      case 'hold':
        this.#pausedThere = true
        return this.#showState()
      case 'go':
        this.#pausedThere = false
        return this.#showState()
      case 'cancel':
        return detached(this.#end(endedThere(message.message)), this.#deps.trouble)
      case 'offer':
      case 'offer-reply':
      case 'want':
      case 'digests':
      case 'block-request':
      case 'durable':
      case 'receipt':
      case 'done':
      case 'closed':
      case 'unknown':
        // The manager's, or only ever said to a sender.
        return
    }
  }

  #connect(connected: boolean): void {
    if (connected && !this.#connected && this.#wasConnected) this.record.count({ retries: 1 })
    this.#connected = connected
    this.#wasConnected ||= connected
  }

  async #accept(session: Session): Promise<void> {
    if (session !== this.#session || this.record.ended) return
    await this.assembly.abandon()
    this.#pausedThere = false
    this.#ledger.forgetUnderWay()
    const known = this.#ledger.pages.count
    const rate = lowerRate(this.#deps.receiveRate(), this.#deps.deviceRate(this.deviceId))
    session.send({ type: 'offer-reply', transfer: this.#id, answer: { kind: 'accept', pages: known, ...(rate > 0 ? { rate } : {}) } })
    this.#accepted = true
    session.allowBulk(true)
    if (this.#pausedHere) session.send({ type: 'hold', transfer: this.#id, reason: 'user' })
    if (this.#stall.active) this.#stall.announce(session, this.#id)
    this.#showState()
    this.#seen.reset()
    this.#preparer.begin()
    let resumedBytes = this.record.settledBytes
    for (let number = 0; number < known; number += 1) {
      const page = this.#ledger.pages.peek(number)
      if (!page) throw new HoldfastError('JOURNAL_CORRUPT', 'a page of this transfer is missing in the journal')
      this.#seen.see(page.entries)
      page.claims = undefined
      if (!page.settled) this.#ledger.pages.keep(page)
      const items = await this.#answer(page)
      for (const item of items) if (item.kind === 'resume') resumedBytes += item.offset
      if (session !== this.#session) return
    }
    if (known > 0) this.record.resumed(resumedBytes)
    this.#checkDone()
  }

  async #onManifest(message: Manifest): Promise<void> {
    const pages = this.#ledger.pages
    if (!this.#accepted || message.page !== pages.count) return
    if (this.#ledger.openPages() > MAX_OPEN_PAGES * 2 || message.page >= this.#offeredPages) return this.#fail('the sender sent more than it offered')
    this.#seen.see(message.entries)
    if (this.#seen.exceeds(this.record.row)) return this.#fail('the sender sent more files than it offered')
    if (message.entries.length > PAGE_ENTRIES) return this.#fail('the sender sent a wrong manifest')
    // Not flushed: a page that a power cut takes back is asked for again.
    const page = this.#deps.journal.quickTransaction(() => pages.add([...message.entries]))
    page.claims = message.digests
    pages.keep(page)
    await this.#answer(page)
    this.#folders.note(page)
    this.#checkDone()
  }

  /** Sends `want` for a page, and whatever has to follow. */
  async #answer(page: Page): Promise<readonly WantItem[]> {
    let prepared: PreparedPage | undefined
    while (!prepared) {
      this.#abort.signal.throwIfAborted()
      try {
        prepared = await this.#preparer.prepare(
          page,
          (file) => this.assembly.isStaged(file),
          (...at) => this.assembly.durableBytes(...at),
        )
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.policy !== 'retry') throw error
        this.#onStall(error)
        await this.#stall.waitOver(this.#abort.signal)
      }
    }
    this.assembly.recommit(page)
    await this.#makeRoom(page, prepared)
    const { items, identical, seals } = prepared
    this.#ledger.saveDerived(() => this.#deps.seals.put(this.record.id, seals))
    this.#session?.send({ type: 'want', transfer: this.#id, page: page.number, items, ...(identical ? { identical } : {}) })
    for (const later of prepared.compareLater) this.#compareLater(page, later).catch((error: unknown) => this.#onTrouble(error))
    for (const { position, question } of prepared.questions) detached(this.#questions.ask(page, position, question), (error) => this.#onTrouble(error), this.#deps.trouble)
    return prepared.items
  }

  /** Waits, before anything of the page travels, until there is room for the part of it that has to. */
  async #makeRoom(page: Page, prepared: PreparedPage): Promise<void> {
    const neededBytes = this.#preparer.bytesToCome(page, prepared.items)
    while (neededBytes > 0 && !this.#abort.signal.aborted) {
      const freeBytes = await this.#ports.freeBytes(this.#place.root).catch(() => Number.POSITIVE_INFINITY)
      if (freeBytes >= neededBytes) return
      this.#onStall(new HoldfastError('DISK_FULL', 'the disk is full', { details: { neededBytes, freeBytes } }))
      await this.#stall.waitOver(this.#abort.signal)
    }
  }

  async #compareLater(page: Page, later: PreparedPage['compareLater'][number]): Promise<void> {
    const { item, digests } = await this.#preparer.compare(later)
    this.#wantOne(page, item)
    for (const message of digests) this.#session?.send(message)
  }

  /** The user answered "and the same for all others of this transfer". */
  answerForAll(answer: ConflictAnswer): void {
    this.#questions.answerForAll(answer)
  }

  #wantOne(page: Page, item: WantItem): void {
    this.#session?.send({ type: 'want', transfer: this.#id, page: page.number, items: [item] })
  }

  #onRestart(message: FileRestart): void {
    const found = this.assembly.find(message.file)
    if (!found || message.attempt <= found.page.attempt(found.position) || isSettled(found.page.state(found.position))) return
    const { page, position } = found
    const entry = page.entries[position]
    if (!entry || entry.kind !== 'file' || this.assembly.isStaged(message.file)) return
    this.assembly.drop(message.file)
    this.#ledger.setUnderWay(message.file, 0)
    this.record.addTotal(message.size - entry.size)
    page.entries[position] = { ...entry, size: message.size, mtimeMs: message.mtimeMs, executable: message.executable }
    page.detail(position).attempt = message.attempt
    this.#ledger.count(message.file, 'retries')
    this.#deps.journal.transaction(() => {
      this.#deps.journal.transfers.dropBlocks(this.record.id, message.file)
      this.#ledger.pages.rewrite(page)
      this.record.save()
    })
  }

  #checkDone(): void {
    if (!this.#accepted || this.#finishing || this.record.ended || !this.assembly.idle) return
    if (this.#ledger.pages.count < this.#offeredPages || this.#ledger.openPages() > 0) return
    this.#finishing = true
    void this.#finish().catch((error: unknown) => {
      this.#finishing = false
      this.#onTrouble(error)
    })
  }

  async #finish(): Promise<void> {
    for (let number = 0; number < this.#ledger.pages.count; number += 1) {
      const folders = this.#folders.of(this.#ledger.pages, number)
      if (folders.length === 0) continue
      await this.#deps.lanes.finishFolders({ place: this.#place, renamedRoots: this.record.row.renamedRoots ?? {}, folders })
    }
    this.#session?.send({ type: 'done', transfer: this.#id })
    await this.#end({ kind: 'finished', complete: this.record.counters.failed === 0 })
  }

  #onTrouble(error: unknown): void {
    if (this.record.ended || this.#abort.signal.aborted) return
    if (error instanceof HoldfastError && error.policy === 'retry') return this.#onStall(error)
    if (error instanceof HoldfastError && error.code === 'TRANSFER_CANCELLED') return
    this.#fail(error instanceof Error ? error.message : String(error), error instanceof HoldfastError ? error.code : 'ENGINE_INTERNAL')
  }

  #onStall(error: HoldfastError): void {
    if (this.record.ended) return
    this.#stall.begin(error)
    if (this.#session && this.#accepted) this.#stall.announce(this.#session, this.#id)
  }

  /** The disk is usable again: finish what waits, and ask for what was dropped. */
  #goOn(): void {
    this.#chain = this.#chain.then(() => this.assembly.afterStall()).catch((error: unknown) => this.#onTrouble(error))
    this.#showState()
  }

  #showState(): void {
    if (this.record.ended) return
    if (this.#pausedHere) return this.record.setState({ kind: 'paused', by: 'us' })
    if (this.#stall.state) return this.record.setState(this.#stall.state)
    // Also while the sender is away: it has said that it won't go on by itself.
    if (this.#pausedThere) return this.record.setState({ kind: 'paused', by: 'them' })
    if (!this.#connected) return this.record.setState({ kind: 'connecting' })
    if (this.#accepted) this.record.setState({ kind: 'active' })
  }

  #fail(message: string, code: ErrorCode = 'PEER_PROTOCOL'): void {
    this.#session?.send({ type: 'cancel', transfer: this.#id, message })
    detached(this.#end({ kind: 'failed', error: { code, message } }), this.#deps.trouble)
  }

  #stop(): void {
    this.#accepted = false
    this.#abort.abort(new HoldfastError('TRANSFER_CANCELLED', 'stopped'))
    this.#stall.end()
  }

  async #end(state: TransferState): Promise<void> {
    if (this.record.ended) return
    this.#stop()
    this.#ledger.saveDerived()
    this.#deps.journal.transaction(() => {
      this.record.setState(state)
      this.#deps.journal.transfers.dropBlocks(this.record.id)
    })
    await this.#deps.seals.last(this.record.row, this.#tidyUp())
  }

  async #tidyUp(): Promise<void> {
    await this.assembly.close()
    this.#ledger.close()
    await this.assembly.unstageAll()
    await this.#deps.lanes.clean(this.#place).catch(() => undefined)
  }
}
