import { resolve } from 'node:path'
import { setImmediate as immediate } from 'node:timers/promises'
import type { Events } from '../../../shared/ipc/contract.ts'
import { ENDED, type FileEvent, type Transfer, type TransferId } from '../../../shared/model/transfer.ts'
import type { Journal, NewReceived, ReceivedRow } from '../journal/ports.ts'
import { ENTRY } from '../transfer/entry-state.ts'
import { Page } from '../transfer/page.ts'
import { sleep, type Clock } from '../util/clock.ts'
import { lookAt } from './look.ts'

/** Rows of one commit; between two of them others run. */
const SLICE_ROWS = 500
/** While files pour in, the index waits for a pause; when none comes for so long, it takes a few rows now and then. */
const PATIENCE_MS = 5_000
const BUSY_ROWS = 50
const BUSY_PAUSE_MS = 100
const BUSY_MS = 500
/** What may wait in memory. A transfer that is faster is read from its pages when it has ended. */
const MAX_WAITING = 10_000

export interface Arrived extends NewReceived {
  /** Absolute. */
  readonly folder: string
  /** A transfer's pages have it too. */
  readonly inPages: boolean
}

type Waiting = Arrived | { readonly endedSource: number; readonly transferId: TransferId }

export interface ArrivalsPorts {
  readonly clock: Clock
  readonly journal: Journal
  added(rows: readonly ReceivedRow[]): void
  /** All that was announced is in the index. */
  settled(): void
}

/**
 * Puts what transfers deliver into the index, behind the transfers' backs: after the commit that made it true, in small
 * slices that are not flushed. What a crash loses is read again from the transfers' pages, which are the truth.
 */
export class Arrivals {
  readonly #ports: ArrivalsPorts
  readonly #sources = new Map<TransferId, { id: number; folder: string }>()
  #waiting: Waiting[] = []
  /** Paths that wait, by folder: the watcher asks. */
  #paths = new Map<string, Set<string>>()
  #behind = new Set<TransferId>()
  #pages: TransferId[] = []
  #lastFactMs = -Infinity
  #lastSignMs = -Infinity
  #firstSignMs = -Infinity
  readonly #abort = new AbortController()
  #running: Promise<void> | undefined
  #adding: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(ports: ArrivalsPorts) {
    this.#ports = ports
  }

  /** Reads what a crash, an early end, or an older Holdfast left out; not in the way of those who wait for the start. */
  recover(): void {
    this.#pages = this.#ports.journal.received.unindexed()
    if (this.#pages.length === 0) return
    this.#sign()
    this.#start()
  }

  /** Nothing waits to be put into the index. */
  get idle(): boolean {
    return this.#running === undefined
  }

  get busy(): boolean {
    return this.#ports.clock.monotonic() - this.#lastFactMs < BUSY_MS
  }

  /** A transfer has just begun, or delivers: what can wait does. */
  get hurried(): boolean {
    const nowMs = this.#ports.clock.monotonic()
    return nowMs - this.#lastSignMs < BUSY_MS && nowMs - this.#firstSignMs < PATIENCE_MS
  }

  /** Whether that file has just been delivered and will be in the index; it is not yet looked at then. */
  expects(folder: string, path: string): boolean {
    return this.#paths.get(folder)?.has(path) ?? false
  }

  /** What is looked at for the index just now is in it when this resolves. */
  async added(): Promise<void> {
    await this.#adding.catch(() => undefined)
  }

  files({ transferId, direction, items }: Events['transfer:files']): void {
    if (direction !== 'receive' || this.#closed) return
    const received = items.filter((item): item is Extract<FileEvent, { kind: 'received' }> => item.kind === 'received')
    if (received.length === 0) return
    this.#fact()
    const source = this.#sourceOf(transferId)
    if (!source) return
    if (this.#waiting.length + received.length > MAX_WAITING) {
      this.#behind.add(transferId)
      return
    }
    const receivedAtMs = this.#ports.clock.now()
    for (const { path, bytes, digest } of received) {
      this.#wait({ sourceId: source.id, folder: source.folder, path, size: bytes, digest: Buffer.from(digest, 'hex'), receivedAtMs, inPages: true })
    }
    this.#start()
  }

  /** Of no transfer, so nothing else remembers it: when too much waits, it goes into the index at once. */
  message(message: Omit<Arrived, 'inPages' | 'receivedAtMs'>): void {
    if (this.#closed) return
    this.#fact()
    const arrived = { ...message, receivedAtMs: this.#ports.clock.now(), inPages: false }
    if (this.#waiting.length >= MAX_WAITING) return this.#ports.added(this.#ports.journal.received.add([arrived]))
    this.#wait(arrived)
    this.#start()
  }

  transfer({ id, direction, state }: Pick<Transfer, 'id' | 'direction' | 'state'>): void {
    if (direction !== 'receive' || this.#closed) return
    if (state.kind === 'active') this.#sign()
    if (!ENDED.has(state.kind)) return
    // So little that nobody would feel it: shown at once.
    if (this.#waiting.length <= SLICE_ROWS) this.#lastSignMs = -Infinity
    const source = this.#sources.get(id)
    if (!source) return
    this.#sources.delete(id)
    if (this.#behind.delete(id)) this.#pages.push(id)
    else this.#waiting.push({ endedSource: source.id, transferId: id })
    this.#start()
  }

  /** Ends after the slice under way; the rest is read from the pages at the next start, and what is in no page goes in now. */
  async close(): Promise<void> {
    this.#closed = true
    this.#abort.abort()
    await this.#running
    this.#ports.journal.received.add(this.#waiting.filter((one) => 'path' in one && !one.inPages) as Arrived[])
  }

  #fact(): void {
    this.#lastFactMs = this.#ports.clock.monotonic()
    this.#sign()
  }

  #sign(): void {
    const nowMs = this.#ports.clock.monotonic()
    if (nowMs - this.#lastSignMs >= BUSY_MS) this.#firstSignMs = nowMs
    this.#lastSignMs = nowMs
  }

  #wait(arrived: Arrived): void {
    const paths = this.#paths.get(arrived.folder) ?? new Set()
    this.#paths.set(arrived.folder, paths)
    paths.add(arrived.path)
    this.#waiting.push(arrived)
  }

  #sourceOf(transferId: TransferId): { id: number; folder: string } | undefined {
    const known = this.#sources.get(transferId)
    if (known) return known
    const { transfers, received } = this.#ports.journal
    const row = transfers.get(transferId)
    if (!row) return undefined
    const { deviceId, deviceName } = row
    const folder = resolve(row.folder)
    const source = { id: this.#ports.journal.quickTransaction(() => received.source({ transferId, folder, deviceId, deviceName })), folder }
    this.#sources.set(transferId, source)
    return source
  }

  #start(): void {
    if (this.#closed) return
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#closed) return
      if (this.#waiting.length > 0 || this.#pages.length > 0) this.#start()
      else this.#ports.settled()
    })
  }

  async #run(): Promise<void> {
    // After the commit that announced it, and whatever else waits for this turn.
    await immediate()
    await this.#calm()
    while (!this.#closed && (this.#waiting.length > 0 || this.#pages.length > 0)) {
      if (this.#waiting.length > 0) await this.#slice()
      else await this.#fromPages(this.#pages.shift() as TransferId)
      await this.#pause()
    }
  }

  async #pause(): Promise<void> {
    if (this.busy && this.#waiting.length + this.#pages.length > 0) await this.#sleep()
    else await immediate()
    await this.#calm()
  }

  async #calm(): Promise<void> {
    while (this.hurried && !this.#closed) await this.#sleep()
  }

  /** Ends early when this is closed. */
  async #sleep(): Promise<void> {
    await sleep(this.#ports.clock, BUSY_PAUSE_MS, this.#abort.signal).catch(() => undefined)
  }

  async #slice(): Promise<void> {
    const slice = this.#waiting.splice(0, this.busy ? BUSY_ROWS : SLICE_ROWS)
    const rows = slice.filter((one) => 'path' in one)
    // Before the look: what happens from now on may come too late for it.
    for (const { folder, path } of rows) this.#paths.get(folder)?.delete(path)
    await this.#add(rows)
    const ended = slice.filter((one) => 'endedSource' in one)
    if (ended.length > 0) {
      this.#ports.journal.quickTransaction(() => ended.forEach((one) => this.#ports.journal.received.setIndexed(one.endedSource)))
    }
  }

  #add(rows: readonly Arrived[]): Promise<void> {
    const adding = this.#lookAndAdd(rows)
    this.#adding = adding
    return adding
  }

  async #lookAndAdd(rows: readonly Arrived[]): Promise<void> {
    const looked = await Promise.all(
      rows.map(async (row): Promise<NewReceived> => {
        const found = await lookAt(row.folder, row.path)
        return found.kind === 'file' ? { ...row, seen: found.look.seen } : row
      }),
    )
    if (looked.length === 0) return
    const added = this.#ports.journal.received.add(looked)
    if (added.length > 0) this.#ports.added(added)
  }

  /** Everything of one transfer that its pages say was delivered; a page a turn. */
  async #fromPages(transferId: TransferId): Promise<void> {
    const { transfers, received } = this.#ports.journal
    const row = transfers.get(transferId)
    if (!row) return
    const { deviceId, deviceName } = row
    const folder = resolve(row.folder)
    const sourceId = this.#ports.journal.quickTransaction(() => received.source({ transferId, folder, deviceId, deviceName }))
    const receivedAtMs = row.finishedAtMs ?? this.#ports.clock.now()
    const count = transfers.pageCount(transferId)
    for (let number = 0; number < count; number += 1) {
      const stored = transfers.page(transferId, number)
      if (stored?.states.includes(ENTRY.delivered)) {
        const rows = deliveredRows(Page.fromRow(stored)).map((one) => ({ ...one, sourceId, folder, receivedAtMs, inPages: true }))
        for (let at = 0; at < rows.length; ) {
          const end = at + (this.busy ? BUSY_ROWS : SLICE_ROWS)
          await this.#add(rows.slice(at, end))
          at = end
          await this.#pause()
          if (this.#closed) return
        }
      }
      if (this.#closed) return
    }
    if (ENDED.has(row.state.kind)) this.#ports.journal.quickTransaction(() => received.setIndexed(sourceId))
  }
}

function deliveredRows(page: Page): Pick<NewReceived & { digest: Uint8Array }, 'path' | 'size' | 'digest'>[] {
  const rows: { path: string; size: number; digest: Uint8Array }[] = []
  page.entries.forEach((entry, position) => {
    if (entry.kind !== 'file' || page.state(position) !== ENTRY.delivered) return
    rows.push({ path: page.details.get(position)?.finalPath ?? entry.path, size: entry.size, digest: page.digest(position) })
  })
  return rows
}
