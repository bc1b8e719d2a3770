import { ENDED, type Transfer, type TransferCounters, type TransferState } from '../../../shared/model/transfer.ts'
import type { TransferRow, TransferStore } from '../journal/ports.ts'
import type { Clock } from '../util/clock.ts'
import { SpeedMeter } from './speed.ts'

/** States that a power cut must not take back; the others come again by themselves. */
const LASTING: ReadonlySet<TransferState['kind']> = new Set([...ENDED, 'paused', 'queued'])

/**
 * One transfer's row in the journal and what is shown of it. All changes of state go through `setState`.
 *
 * `bytes` shown never decreases: it is the highest sum seen of settled bytes and bytes under way.
 */
export class TransferRecord {
  readonly #store: TransferStore
  readonly #clock: Clock
  readonly #onChange: (record: TransferRecord) => void
  readonly #speed: SpeedMeter
  #row: TransferRow
  #counters: TransferCounters
  /** Settled: confirmed, skipped or failed. */
  #settledBytes: number
  #settledFiles: number
  #underWayBytes = 0
  #shownBytes: number
  #activeSinceMs: number | undefined

  constructor(store: TransferStore, clock: Clock, row: TransferRow, onChange: (record: TransferRecord) => void) {
    this.#store = store
    this.#clock = clock
    this.#onChange = onChange
    this.#speed = new SpeedMeter(clock)
    this.#row = row
    this.#counters = row.counters
    this.#settledBytes = row.bytes
    this.#settledFiles = row.files
    this.#shownBytes = Math.max(row.bytes, row.shownBytes ?? 0)
  }

  get row(): TransferRow {
    return this.#row
  }

  get id(): string {
    return this.#row.id
  }

  get state(): TransferState {
    return this.#row.state
  }

  get ended(): boolean {
    return ENDED.has(this.#row.state.kind)
  }

  get counters(): TransferCounters {
    return this.#counters
  }

  get settledBytes(): number {
    return this.#settledBytes
  }

  setState(state: TransferState): void {
    const before = this.#row.state
    if (before.kind === 'active' && state.kind !== 'active') this.#stopWatch()
    if (before.kind !== 'active' && state.kind === 'active') {
      this.#activeSinceMs = this.#clock.monotonic()
      this.#speed.reset()
      this.#speed.update(this.#shownBytes)
    }
    this.#row = { ...this.#row, state, ...(ENDED.has(state.kind) ? { finishedAtMs: this.#clock.now() } : {}) }
    if (before.kind !== state.kind) this.#write(LASTING.has(state.kind))
    this.#onChange(this)
  }

  /** Changes facts of the row that are not state; saved with the next `save`. */
  patch(patch: Partial<Omit<TransferRow, 'id' | 'state' | 'counters' | 'bytes' | 'shownBytes' | 'files'>>): void {
    this.#row = { ...this.#row, ...patch }
    this.#onChange(this)
  }

  /** Adds to counters. */
  count(add: Partial<TransferCounters>): void {
    const next: { -readonly [K in keyof TransferCounters]: number } = { ...this.#counters }
    for (const key of Object.keys(add) as (keyof TransferCounters)[]) next[key] = (next[key] ?? 0) + (add[key] ?? 0)
    this.#counters = next
    this.#onChange(this)
  }

  resumed(bytes: number): void {
    if (bytes <= this.#counters.resumedBytes) return
    this.#counters = { ...this.#counters, resumedBytes: bytes }
    this.#onChange(this)
  }

  settle(files: number, bytes: number): void {
    this.#settledFiles += files
    this.#settledBytes += bytes
    this.#refresh()
  }

  /** Bytes of files that are not settled but have arrived (receiver: written; sender: acknowledged). */
  setUnderWay(bytes: number): void {
    this.#underWayBytes = bytes
    this.#refresh()
  }

  addTotal(bytes: number): void {
    if (bytes !== 0) this.patch({ totalBytes: this.#row.totalBytes + bytes })
  }

  /** Writes counts and state. Call inside a transaction when pages are written too. */
  save(): void {
    this.#write(true)
  }

  #write(flushed: boolean): void {
    const activeMs = this.#activeMs()
    if (this.#activeSinceMs !== undefined) this.#activeSinceMs = this.#clock.monotonic()
    this.#row = { ...this.#row, bytes: this.#settledBytes, shownBytes: this.#shownBytes, files: this.#settledFiles, counters: this.#counters, activeMs }
    const { id, ...rest } = this.#row
    if (flushed) this.#store.update(id, rest)
    else this.#store.quickUpdate(id, rest)
  }

  snapshot(): Transfer {
    const { row } = this
    this.#speed.update(this.#shownBytes)
    const active = row.state.kind === 'active'
    const bytesPerSecond = active ? this.#speed.bytesPerSecond(this.#shownBytes) : 0
    const bytes = Math.min(this.#shownBytes, row.totalBytes)
    const left = row.totalBytes - bytes
    return {
      id: row.id,
      direction: row.direction,
      deviceId: row.deviceId,
      deviceName: row.deviceName,
      state: row.state,
      roots: row.roots,
      folder: row.folder,
      bytes,
      totalBytes: row.totalBytes,
      files: this.#settledFiles,
      totalFiles: row.totalFiles,
      bytesPerSecond,
      ...(active && bytesPerSecond > 0 ? { timeLeftMs: Math.round((left * 1000) / bytesPerSecond) } : {}),
      counters: this.#counters,
      order: row.order,
      createdAtMs: row.createdAtMs,
      ...(row.finishedAtMs === undefined ? {} : { finishedAtMs: row.finishedAtMs }),
      activeMs: this.#activeMs(),
    }
  }

  #refresh(): void {
    this.#shownBytes = Math.max(this.#shownBytes, this.#settledBytes + this.#underWayBytes)
    this.#onChange(this)
  }

  #stopWatch(): void {
    this.#row = { ...this.#row, activeMs: this.#activeMs() }
    this.#activeSinceMs = undefined
  }

  #activeMs(): number {
    const running = this.#activeSinceMs === undefined ? 0 : this.#clock.monotonic() - this.#activeSinceMs
    return Math.round(this.#row.activeMs + running)
  }
}
