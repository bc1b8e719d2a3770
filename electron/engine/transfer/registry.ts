import type { Events } from '../../../shared/ipc/contract.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { FileEvent, Transfer, TransferId } from '../../../shared/model/transfer.ts'
import { HoldfastError } from '../../../shared/errors.ts'
import type { TransferRow, TransferStore } from '../journal/ports.ts'
import type { Clock } from '../util/clock.ts'
import type { Emitter } from '../util/emitter.ts'
import type { TransferActor } from './deps.ts'
import { TransferRecord } from './record.ts'
import { restingSnapshot } from './resting-snapshot.ts'

const SNAPSHOT_MS = 100
const EVENT_ITEMS = 256

/** The transfers under way, by id, and their snapshots: at most ten a second each, at once when one ends. */
export class Registry {
  readonly #store: TransferStore
  readonly #clock: Clock
  readonly #events: Emitter<Events>
  readonly #actors = new Map<TransferId, TransferActor>()
  #dirty = new Set<TransferRecord>()
  #cancelTimer: (() => void) | undefined

  constructor(store: TransferStore, clock: Clock, events: Emitter<Events>) {
    this.#store = store
    this.#clock = clock
    this.#events = events
  }

  newRecord(row: TransferRow): TransferRecord {
    return new TransferRecord(this.#store, this.#clock, row, (record) => this.changed(record))
  }

  add(actor: TransferActor): void {
    this.#actors.set(actor.record.id, actor)
    this.changed(actor.record)
  }

  remove(id: TransferId): void {
    this.#actors.delete(id)
  }

  get(id: TransferId): TransferActor | undefined {
    return this.#actors.get(id)
  }

  /** Throws TRANSFER_UNKNOWN, also for ended ones. */
  need(id: TransferId): TransferActor {
    const actor = this.#actors.get(id)
    if (!actor) throw new HoldfastError('TRANSFER_UNKNOWN', `There is no transfer ${id} under way; "holdfast transfers" lists them.`)
    return actor
  }

  all(): TransferActor[] {
    return [...this.#actors.values()]
  }

  of(deviceId: DeviceId): TransferActor[] {
    return this.all().filter((actor) => actor.deviceId === deviceId)
  }

  snapshot(row: TransferRow): Transfer {
    const actor = this.#actors.get(row.id)
    return actor ? actor.record.snapshot() : restingSnapshot(this.newRecord(row).snapshot())
  }

  changed(record: TransferRecord): void {
    if (record.ended) {
      this.#dirty.delete(record)
      return this.#events.emit('transfer:changed', record.snapshot())
    }
    this.#dirty.add(record)
    this.#cancelTimer ??= this.#clock.after(SNAPSHOT_MS, () => this.#flush())
  }

  /** In portions that the threads they go to can take from hand to mouth. */
  fileEvents(record: TransferRecord, items: readonly FileEvent[]): void {
    const { deviceId, direction } = record.row
    const leftOut = items.filter((item) => item.kind === 'failed' || (item.kind === 'skipped' && item.reason !== 'identical'))
    if (leftOut.length > 0) this.#events.emit('transfer:left-out', { transferId: record.id, deviceId, direction, items: leftOut })
    for (let at = 0; at < items.length; at += EVENT_ITEMS) {
      this.#events.emit('transfer:files', { transferId: record.id, deviceId, direction, items: items.slice(at, at + EVENT_ITEMS) })
    }
  }

  close(): void {
    this.#cancelTimer?.()
  }

  #flush(): void {
    this.#cancelTimer = undefined
    const dirty = this.#dirty
    this.#dirty = new Set()
    for (const record of dirty) {
      this.#events.emit('transfer:changed', record.snapshot())
      // Speed falls and time left rises while nothing arrives: active ones are shown anew without being asked.
      if (record.state.kind === 'active') this.#dirty.add(record)
    }
    if (this.#dirty.size > 0) this.#cancelTimer = this.#clock.after(SNAPSHOT_MS, () => this.#flush())
  }
}
