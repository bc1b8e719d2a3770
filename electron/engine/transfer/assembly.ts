import { lstat, stat } from 'node:fs/promises'
import { HoldfastError } from '../../../shared/errors.ts'
import type { ReceivePlace } from '../folder/ports.ts'
import { stagedPath } from '../folder/staging.ts'
import { readBlockHeader, readPack } from '../protocol/bulk.ts'
import { BLOCK_BYTES, BLOCK_HEADER_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'
import type { ReceiptItem, Same, TransferMessage, WantItem } from '../protocol/messages.ts'
import type { PooledBuffer } from '../util/byte-pool.ts'
import { blake3 } from '../util/digest.ts'
import { Committer } from './committer.ts'
import type { TransferDeps } from './deps.ts'
import { ENTRY, isSettled } from './entry-state.ts'
import { FlushSchedule } from './flush-schedule.ts'
import { IncomingFile } from './incoming-file.ts'
import type { Ledger } from './ledger.ts'
import { isAsItWas, type SameSize } from './page-preparer.ts'
import { pageOf, type Page } from './page.ts'

/** A sender sends files one after the other; more than this open at once is a hostile one. */
const MAX_INCOMING_FILES = 64

export interface AssemblyPorts {
  readonly transfer: Uint8Array
  accepted(): boolean
  /** Waiting for the disk: what comes now is dropped, and asked for again afterwards. */
  stalled(): boolean
  conflict(): 'keep-both' | 'replace'
  send(message: TransferMessage): void
  want(page: Page, item: WantItem): void
  receipts(items: readonly ReceiptItem[]): void
  /** The wait for the disk is over: tells the sender, unless the user has paused. */
  go(): void
  /** Something has been settled. */
  settled(): void
  trouble(error: unknown): void
  fail(message: string): void
}

/** Puts together what arrives of one transfer: packs and blocks into staging, whole files to the commit. */
export class Assembly {
  readonly #deps: TransferDeps
  readonly #ports: AssemblyPorts
  readonly #id: Uint8Array
  readonly #place: ReceivePlace
  readonly #ledger: Ledger
  readonly #sameSize: Map<number, SameSize>
  readonly #committer: Committer
  readonly #flushes: FlushSchedule
  /** Files of packs that are being written. */
  #writing = new Set<number>()
  /** Staged and waiting for their commit. */
  #staged = new Set<number>()
  #incoming = new Map<number, IncomingFile>()
  /** Files of which something was dropped while stalled: asked for again. */
  #dropped = new Set<number>()

  constructor(deps: TransferDeps, ports: AssemblyPorts, place: ReceivePlace, ledger: Ledger, sameSize: Map<number, SameSize>) {
    this.#deps = deps
    this.#ports = ports
    this.#id = ports.transfer
    this.#place = place
    this.#ledger = ledger
    this.#sameSize = sameSize
    this.#flushes = new FlushSchedule(deps.clock, this.#incoming, {
      durable: ({ file, attempt, durableBytes }) => {
        ledger.saveSoon()
        ports.send({ type: 'durable', transfer: this.#id, file, attempt, offset: durableBytes })
      },
      trouble: (error) => ports.trouble(error),
    })
    this.#committer = new Committer(deps, {
      place,
      ledger,
      renamedRoots: () => ledger.record.row.renamedRoots ?? {},
      conflict: () => ports.conflict(),
      receipts: (items) => ports.receipts(items),
      complete: () => this.#nothingComing(),
      stalled: (error) => ports.trouble(error),
      lost: (page, position) => this.#onLost(page, position),
      committed: () => this.#onCommitted(),
    })
  }

  /** No batch waits or runs. */
  get idle(): boolean {
    return this.#committer.idle
  }

  isStaged(file: number): boolean {
    return this.#staged.has(file)
  }

  /** Forgets what has come of a file: it starts over, or will not come. */
  drop(file: number): void {
    this.#incoming.get(file)?.abandon().catch((error: unknown) => this.#ports.trouble(error))
    this.#incoming.delete(file)
    this.#sameSize.delete(file)
  }

  /** Closes files under way; what is in the journal stays. */
  async abandon(): Promise<void> {
    const files = [...this.#incoming.values()]
    this.#incoming.clear()
    this.#dropped.clear()
    this.#flushes.stop()
    await Promise.all(files.map((file) => file.abandon()))
  }

  /** After the end: what is in place needs no second name. */
  readonly unstageAll = (): Promise<void> => this.#committer.unstageAll()

  async close(): Promise<void> {
    await this.abandon()
    await this.#committer.close()
  }

  /** Whether this bulk message is of a transfer that may send now. The buffer is taken over in any case. */
  block(body: PooledBuffer, at: number): void {
    void this.#onBlock(body, at).catch((error: unknown) => this.#ports.trouble(error)).finally(() => body.release())
  }

  pack(body: PooledBuffer, at: number): void {
    void this.#onPack(body, at).catch((error: unknown) => this.#ports.trouble(error)).finally(() => body.release())
  }

  countDuplicate(file: number | undefined): void {
    this.#ledger.record.count({ duplicates: 1 })
    if (file !== undefined) this.#ledger.count(file, 'duplicates')
  }

  /** Staged before a crash and not in place: the commit is done again. */
  recommit(page: Page): void {
    page.entries.forEach((_, position) => {
      const file = page.fileNumber(position)
      if (page.state(position) !== ENTRY.staged || this.#staged.has(file)) return
      this.#staged.add(file)
      this.#committer.add({ page, position, digest: Buffer.from(page.digest(position)), flush: false })
    })
  }

  /** How much of a file is in staging and in the journal, both. */
  async durableBytes(page: Page, position: number): Promise<number> {
    const file = page.fileNumber(position)
    const entry = page.entries[position]
    const store = this.#deps.journal.transfers
    if (!entry || entry.size <= BLOCK_BYTES) return 0
    const blocks = store.blocks(this.#place.transferId, file, page.attempt(position)).length / DIGEST_BYTES
    if (blocks === 0) return 0
    const bytes = Math.min(entry.size, blocks * BLOCK_BYTES)
    const staged = await stat(stagedPath(this.#place, file)).catch(() => undefined)
    if (!staged || staged.size < bytes) {
      store.dropBlocks(this.#place.transferId, file)
      return 0
    }
    this.#ledger.setUnderWay(file, bytes)
    if (bytes === entry.size) this.#finishLater(page, position)
    return bytes
  }

  /** All blocks were durable before a crash; only the commit is missing. */
  #finishLater(page: Page, position: number): void {
    const incoming = this.#open(page, position)
    if (incoming) void this.#stage(page, position, incoming).catch((error: unknown) => this.#ports.trouble(error))
  }

  same(message: Same): void {
    const found = this.#findWaiting(message.file, message.attempt)
    if (!found) return
    const { page, position } = found
    const entry = page.entries[position]
    const known = this.#sameSize.get(message.file)
    if (!entry || !known) return
    if (entry.size <= BLOCK_BYTES) {
      if (message.firstBlock === 0 && message.count === 1) void this.#takeWhole(page, position, known).catch((error: unknown) => this.#ports.trouble(error))
      return
    }
    const incoming = this.#open(page, position)
    if (!incoming?.takeSame(message.firstBlock, message.count)) return
    this.#ledger.setUnderWay(message.file, incoming.arrivedBytes)
    if (incoming.complete) void this.#stage(page, position, incoming).catch((error: unknown) => this.#ports.trouble(error))
  }

  /** A file of one block that is here already; unless it has changed since it was looked at. */
  async #takeWhole(page: Page, position: number, known: SameSize): Promise<void> {
    const file = page.fileNumber(position)
    const { digests } = known.base
    this.#staged.add(file)
    this.#sameSize.delete(file)
    if (await isAsItWas(known, page.entries[position]?.size ?? 0)) {
      return this.#committer.add({ page, position, digest: digests, flush: false, identicalPath: known.path })
    }
    this.#staged.delete(file)
    this.#ports.want(page, { file, kind: 'resume', attempt: page.attempt(position), offset: 0 })
  }

  async #onBlock(body: PooledBuffer, at: number): Promise<void> {
    const header = readBlockHeader(body.bytes, at, body.length - at)
    const found = this.#findWaiting(header.file, header.attempt)
    if (!found) return
    const { page, position } = found
    const incoming = this.#open(page, position)
    const block = header.offset / BLOCK_BYTES
    if (!incoming || body.length - at - BLOCK_HEADER_BYTES !== incoming.blockLength(block)) return
    if (this.#ports.stalled()) return void this.#dropped.add(header.file)
    if (incoming.has(block)) return this.countDuplicate(header.file)
    const dataAt = at + BLOCK_HEADER_BYTES
    if (!blake3(body.bytes.subarray(dataAt, body.length)).equals(header.digest)) {
      this.#ledger.record.count({ resentBlocks: 1 })
      this.#ledger.count(header.file, 'resentBlocks')
      this.#ports.send({ type: 'block-request', transfer: this.#id, file: header.file, attempt: header.attempt, offset: header.offset })
      return
    }
    try {
      await incoming.write(block, header.digest, body.bytes, dataAt)
    } catch (error) {
      this.#dropped.add(header.file)
      throw error
    }
    if (incoming.abandoned) return
    this.#ledger.setUnderWay(header.file, incoming.arrivedBytes)
    if (incoming.complete) await this.#stage(page, position, incoming)
    else this.#flushes.look()
  }

  /** Everything of the file is here: copy what is equal from the file beside it, finish it, and leave it to the commit. */
  async #stage(page: Page, position: number, incoming: IncomingFile): Promise<void> {
    const file = incoming.file
    if (this.#staged.has(file)) return
    const known = this.#sameSize.get(file)
    if (known && incoming.identical && (await isAsItWas(known, incoming.size))) {
      return this.#toCommit(page, position, incoming, incoming.identicalDigest(), known.path)
    }
    const lost = await incoming.copySame()
    if (lost.length > 0) {
      for (const block of lost) {
        const offset = block * BLOCK_BYTES
        this.#ports.send({ type: 'block-request', transfer: this.#id, file, attempt: incoming.attempt, offset })
      }
      return
    }
    if (this.#staged.has(file) || incoming.abandoned) return
    this.#staged.add(file)
    let digest: Buffer
    try {
      digest = await incoming.finish()
    } catch (error) {
      this.#staged.delete(file)
      this.#dropped.add(file)
      throw error
    }
    this.#staged.delete(file)
    this.#toCommit(page, position, incoming, digest)
  }

  #toCommit(page: Page, position: number, incoming: IncomingFile, digest: Buffer, identicalPath?: string): void {
    if (this.#staged.has(incoming.file)) return
    this.#staged.add(incoming.file)
    this.#incoming.delete(incoming.file)
    this.#sameSize.delete(incoming.file)
    this.#committer.add({ page, position, digest, flush: false, fresh: true, ...(identicalPath === undefined ? {} : { identicalPath }) })
  }

  async #onPack(body: PooledBuffer, at: number): Promise<void> {
    const pack = readPack(body.bytes, at, body.length - at)
    if (this.#ports.stalled()) return void pack.entries.forEach((entry) => this.#dropped.add(entry.file))
    const wanted = pack.entries.map((entry) => {
      const found = this.#findWaiting(entry.file, entry.attempt)
      const known = found?.page.entries[found.position]
      if (!found || !known || known.size !== entry.length || known.kind !== 'file') return undefined
      if (this.#writing.has(entry.file)) return void this.countDuplicate(entry.file)
      this.#writing.add(entry.file)
      return { ...found, entry: known, file: entry.file, attempt: entry.attempt, digest: Buffer.from(entry.digest) }
    })
    try {
      await this.#committer.room()
      const outcomes = await this.#deps.lanes.writePack({
        place: this.#place,
        buffer: body.shared,
        offset: at,
        length: body.length - at,
        files: wanted.map((one) => one && { mtimeMs: one.entry.mtimeMs, executable: one.entry.executable }),
      })
      let stall: HoldfastError | undefined
      wanted.forEach((one, i) => {
        const outcome = outcomes[i]
        if (!one || !outcome || isSettled(one.page.state(one.position))) return
        if (one.attempt !== one.page.attempt(one.position)) return
        if (outcome.kind === 'staged') {
          this.#staged.add(one.file)
          this.#ledger.setUnderWay(one.file, one.entry.size)
          this.#committer.add({ page: one.page, position: one.position, digest: one.digest, flush: true, fresh: true })
        } else if (outcome.kind === 'bad-digest') {
          this.#ledger.record.count({ resentBlocks: 1 })
          this.#ledger.count(one.file, 'resentBlocks')
          this.#ports.send({ type: 'block-request', transfer: this.#id, file: one.file, attempt: one.attempt, offset: 0 })
        } else if (outcome.kind === 'error') {
          this.#dropped.add(one.file)
          stall ??= new HoldfastError(outcome.code, outcome.message)
        }
      })
      if (stall) this.#ports.trouble(stall)
    } finally {
      for (const one of wanted) if (one) this.#writing.delete(one.file)
    }
  }

  #open(page: Page, position: number): IncomingFile | undefined {
    const file = page.fileNumber(position)
    const entry = page.entries[position]
    if (!entry || entry.kind !== 'file') return undefined
    let incoming = this.#incoming.get(file)
    if (incoming) return incoming
    if (this.#incoming.size >= MAX_INCOMING_FILES) {
      this.#ports.fail('the sender has too many files under way at once')
      return undefined
    }
    const attempt = page.attempt(position)
    const base = this.#sameSize.get(file)?.base
    incoming = new IncomingFile(
      {
        store: this.#deps.journal.transfers,
        place: this.#place,
        file,
        attempt,
        size: entry.size,
        mtimeMs: entry.mtimeMs,
        executable: entry.executable,
        durable: this.#deps.journal.transfers.blocks(this.#place.transferId, file, attempt),
        ...(base ? { base } : {}),
      },
      this.#deps.clock.monotonic(),
    )
    this.#incoming.set(file, incoming)
    return incoming
  }

  find(file: number): { page: Page; position: number } | undefined {
    const { page: number, position } = pageOf(file)
    const page = this.#ledger.pages.open.get(number)
    return page?.entries[position] ? { page, position } : undefined
  }

  /** An entry that still waits for content of this attempt. */
  #findWaiting(file: number, attempt: number): { page: Page; position: number } | undefined {
    const found = this.#ports.accepted() ? this.find(file) : undefined
    if (!found || attempt !== found.page.attempt(found.position)) return undefined
    if (this.#staged.has(file) || found.page.state(found.position) !== ENTRY.waiting) {
      this.countDuplicate(file)
      return undefined
    }
    return found
  }

  #nothingComing(): boolean {
    return this.#writing.size === 0 && this.#incoming.size === 0 && [...this.#ledger.pages.open.values()].every((page) => page.unsettled <= this.#staged.size)
  }

  #onLost(page: Page, position: number): void {
    const file = page.fileNumber(position)
    page.setState(position, ENTRY.waiting)
    this.#staged.delete(file)
    this.#deps.journal.transfers.dropBlocks(this.#place.transferId, file)
    this.#ports.want(page, { file, kind: 'resume', attempt: page.attempt(position), offset: 0 })
  }

  #onCommitted(): void {
    for (const file of this.#staged) {
      const found = this.find(file)
      if (!found || isSettled(found.page.state(found.position))) this.#staged.delete(file)
    }
    this.#ports.settled()
  }

  async afterStall(): Promise<void> {
    for (const item of this.#committer.takeBack()) {
      const file = item.page.fileNumber(item.position)
      const there = item.identicalPath !== undefined || (await lstat(stagedPath(this.#place, file)).catch(() => undefined))
      if (there) this.#committer.add(item)
      else {
        item.page.setState(item.position, ENTRY.waiting)
        this.#staged.delete(file)
        this.#dropped.add(file)
      }
    }
    for (const file of [...this.#dropped]) {
      await this.#incoming.get(file)?.abandon()
      this.#incoming.delete(file)
    }
    this.#committer.retry()
    this.#ports.go()
    for (const file of this.#dropped) {
      const found = this.find(file)
      if (!found || isSettled(found.page.state(found.position)) || this.#staged.has(file)) continue
      const offset = await this.durableBytes(found.page, found.position)
      this.#ports.want(found.page, { file, kind: 'resume', attempt: found.page.attempt(found.position), offset })
    }
    this.#dropped.clear()
    this.#ports.settled()
  }
}
