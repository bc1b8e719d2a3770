import { dirname } from 'node:path'
import type { Events } from '../../../shared/ipc/contract.ts'
import { HoldfastError, toErrorData, type ErrorData } from '../../../shared/errors.ts'
import type { Address, DeviceId, LinkState } from '../../../shared/model/device.ts'
import { ENDED, type TransferId } from '../../../shared/model/transfer.ts'
import { nameSources, sourcesOfSend } from '../folder/source-names.ts'
import type { TransferRow } from '../journal/ports.ts'
import type { Link, Session } from '../session/ports.ts'
import type { Emitter } from '../util/emitter.ts'
import type { Random } from '../util/random.ts'
import type { TransferDeps } from './deps.ts'
import { detached } from './detached.ts'
import type { Registry } from './registry.ts'
import { scanAgain, scanFirst } from './scan-sources.ts'
import { SendTransfer } from './send-transfer.ts'
import { addressKey, isAddressKey, sourcesKey } from './source-key.ts'
import { newTransferId, transferIdBytes } from './transfer-id.ts'

/** Sends to one device that run at the same time; the rest wait in order. */
const RUNNING_PER_DEVICE = 3
/** Ended sends to a device that are looked through for those it is told about once more after a reset. */
const LOOKED_THROUGH = 1_000
const TOLD_PAGE = 100
/** Shown names of what was dropped. */
const MAX_SHOWN_ROOTS = 20

export interface SendTo {
  /** Absent: whoever answers there, when the trust allows. */
  readonly deviceId?: DeviceId
  readonly deviceName: string
  readonly address?: Address
  /** Links are asked for again after a restart of the engine, without the trust that was given with the command. */
  connect(): Link
}

export interface OutgoingPorts {
  /** For a row of the journal, after a restart. */
  reconnect(row: TransferRow): SendTo
  deviceName(id: DeviceId): string
  /** Connected, or waiting for its next connection. */
  session(id: DeviceId): Session | undefined
}

interface Running {
  readonly actor: SendTransfer
  to: SendTo
  link: Link | undefined
  /** Made while the sources are looked at; becomes `link`. */
  early: Link | undefined
  wasConnected: boolean
  stopState: (() => void) | undefined
}

/** Sends, from the first scan to their end: one queue a device. */
export class Outgoing {
  readonly #deps: TransferDeps
  readonly #registry: Registry
  readonly #events: Emitter<Events>
  readonly #random: Random
  readonly #ports: OutgoingPorts
  readonly #running = new Map<TransferId, Running>()
  readonly #scans = new Map<TransferId, { abort: AbortController; done: Promise<void> }>()

  constructor(deps: TransferDeps, registry: Registry, events: Emitter<Events>, random: Random, ports: OutgoingPorts) {
    this.#deps = deps
    this.#registry = registry
    this.#events = events
    this.#random = random
    this.#ports = ports
  }

  /** Starts a send, or continues the unfinished one of the same sources to the same device. Throws PATH_NOT_FOUND, PATH_NO_PERMISSION. */
  send(paths: readonly string[], to: SendTo): TransferId {
    const sources = sourcesOfSend(paths)
    const key = sourcesKey(sources)
    const deviceId = to.deviceId ?? (to.address ? addressKey(to.address.host, to.address.port) : '')
    const unfinished = this.#deps.journal.transfers.findUnfinished(key, deviceId)
    if (unfinished) {
      if (this.#running.has(unfinished.id)) {
        this.resume(unfinished.id)
        return unfinished.id
      }
      return this.#start(unfinished, to, true)
    }
    const row: TransferRow = {
      id: newTransferId(this.#random),
      direction: 'send',
      deviceId,
      deviceName: to.deviceName,
      state: { kind: 'scanning' },
      roots: nameSources(sources).slice(0, MAX_SHOWN_ROOTS).map((source) => source.name),
      folder: dirname(sources[0] ?? '/'),
      sourcesKey: key,
      sources,
      ...(to.address ? { target: to.address } : {}),
      bytes: 0,
      totalBytes: 0,
      files: 0,
      totalFiles: 0,
      totalEntries: 0,
      counters: { retries: 0, duplicates: 0, resentBlocks: 0, resumedBytes: 0, skipped: 0, failed: 0 },
      order: this.#deps.journal.transfers.maxOrder() + 1,
      createdAtMs: this.#deps.clock.now(),
      activeMs: 0,
    }
    // Not flushed: the end of the scan is, before anybody else hears of it.
    this.#deps.journal.quickTransaction(() => this.#deps.journal.transfers.insert(row))
    return this.#start(row, to, false)
  }

  /** After a restart of the engine: everything unfinished goes on. */
  continueAll(): void {
    for (let offset = 0; ; offset += 100) {
      const { items } = this.#deps.journal.transfers.list({ direction: 'send', ended: false, offset, limit: 100 })
      for (const row of items) if (!this.#running.has(row.id)) this.#start(row, this.#ports.reconnect(row), false)
      if (items.length < 100) return
    }
  }

  pause(id: TransferId): void {
    this.#registry.need(id).pause()
  }

  resume(id: TransferId): void {
    const running = this.#running.get(id)
    if (!running) return
    running.actor.resume()
    this.schedule()
  }

  cancel(id: TransferId): void {
    this.#scans.get(id)?.abort.abort()
    const actor = this.#registry.need(id)
    if (!actor.record.ended) this.tellCancelled(actor.deviceId, id)
    actor.cancel()
    this.#ended(id)
  }

  /** Also of one that waits for its turn and so has no part in the conversation: the other side may know it from an earlier one. */
  tellCancelled(deviceId: DeviceId, id: TransferId): void {
    this.#ports.session(deviceId)?.send({ type: 'cancel', transfer: transferIdBytes(id) })
  }

  /** Tries an ended, incomplete send once more: as the same send again, whatever was confirmed is only compared. */
  retry(row: TransferRow): TransferId {
    return this.send(row.sources, this.#ports.reconnect(row))
  }

  move(id: TransferId, before?: TransferId): void {
    const record = this.#registry.need(id).record
    const queue = this.#queueOf(record.row.deviceId).filter((one) => one.actor.record.id !== id)
    const at = before === undefined ? queue.length : queue.findIndex((one) => one.actor.record.id === before)
    const moved = this.#running.get(id)
    if (!moved || at < 0) throw new HoldfastError('TRANSFER_UNKNOWN', 'It can only be moved before another transfer to the same device.')
    queue.splice(at, 0, moved)
    const orders = queue.map((one) => one.actor.record.row.order).sort((a, b) => a - b)
    this.#deps.journal.transaction(() => {
      queue.forEach((one, i) => {
        one.actor.record.patch({ order: orders[i] ?? i })
        one.actor.record.save()
      })
    })
    this.schedule()
  }

  /** Gives the first of each queue a connection. */
  schedule(): void {
    const devices = new Set([...this.#running.values()].map((one) => one.actor.record.row.deviceId))
    for (const device of devices) {
      let running = 0
      for (const one of this.#queueOf(device)) {
        if (one.actor.record.ended || this.#scans.has(one.actor.record.id)) continue
        const pausedHere = one.actor.record.state.kind === 'paused' && !one.link
        if (pausedHere) continue
        running += 1
        if (running > RUNNING_PER_DEVICE) {
          if (!one.link && one.actor.record.state.kind !== 'queued') one.actor.record.setState({ kind: 'queued' })
        } else if (!one.link) this.#connect(one)
      }
    }
  }

  /** Whether this transfer may use a session with its device now. */
  mayRun(id: TransferId): boolean {
    return this.#running.get(id)?.link !== undefined
  }

  ended(id: TransferId): void {
    this.#ended(id)
  }

  /** In a fresh message sequence: the peer may not have heard that these ended here, however many have since. */
  tellEnded(session: Session): void {
    for (let offset = 0; offset < LOOKED_THROUGH; offset += TOLD_PAGE) {
      const { items } = this.#deps.journal.transfers.list({ direction: 'send', ended: true, deviceId: session.peerId, offset, limit: TOLD_PAGE })
      for (const { id, state } of items) {
        if (state.kind === 'failed' || (state.kind === 'cancelled' && state.by === 'us')) session.send({ type: 'cancel', transfer: transferIdBytes(id) })
      }
      if (items.length < TOLD_PAGE) return
    }
  }

  async close(): Promise<void> {
    for (const { abort } of this.#scans.values()) abort.abort()
    await Promise.all([...this.#scans.values()].map((one) => one.done))
    await Promise.all([...this.#running.values()].map((one) => one.actor.close()))
    for (const one of this.#running.values()) this.#release(one)
    this.#running.clear()
  }

  #queueOf(device: DeviceId): Running[] {
    return [...this.#running.values()]
      .filter((one) => one.actor.record.row.deviceId === device)
      .sort((a, b) => a.actor.record.row.order - b.actor.record.row.order)
  }

  #start(row: TransferRow, to: SendTo, again: boolean): TransferId {
    const store = this.#deps.journal.transfers
    const rescan = row.state.kind === 'scanning'
    if (rescan && store.pageCount(row.id) > 0) {
      this.#deps.journal.transaction(() => {
        store.remove(row.id)
        store.insert({ ...row, files: 0, bytes: 0, totalFiles: 0, totalBytes: 0, totalEntries: 0 })
      })
    }
    const record = this.#registry.newRecord(row)
    if (again && row.state.kind === 'paused') record.setState({ kind: 'queued' })
    const actor = new SendTransfer(this.#deps, record)
    this.#running.set(row.id, { actor, to, link: undefined, early: undefined, wasConnected: false, stopState: undefined })
    this.#registry.add(actor)
    if (rescan || again) this.#connectEarly(row.id)
    if (rescan) this.#scan(actor, (signal) => scanFirst(this.#deps, this.#registry, actor, signal))
    else if (again) this.#scan(actor, (signal) => scanAgain(this.#deps, actor, signal))
    else this.schedule()
    return row.id
  }

  #scan(actor: SendTransfer, work: (signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController()
    const id = actor.record.id
    const done = work(abort.signal)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) actor.record.setState({ kind: 'failed', error: toErrorData(error) })
      })
      .finally(() => {
        this.#scans.delete(id)
        if (abort.signal.aborted) return
        if (actor.record.ended) return this.#ended(id)
        this.schedule()
        // One that has to wait its turn reads its pages again then.
        if (!this.#running.get(id)?.link) actor.books.pages.forgetReady()
      })
    this.#scans.set(id, { abort, done })
  }

  #connect(one: Running): void {
    const { record } = one.actor
    if (record.state.kind === 'queued') record.setState({ kind: 'connecting' })
    const { early } = one
    one.stopState?.()
    one.early = undefined
    try {
      one.link = early ?? one.to.connect()
    } catch (error) {
      record.setState({ kind: 'failed', error: toErrorData(error) })
      return this.#ended(record.id)
    }
    one.stopState = one.link.onState((state) => this.#onLink(one, state))
    if (early && one.link.state.kind === 'waiting') this.#showWait(one, one.link.state)
    else this.#onLink(one, one.link.state)
  }

  /** Dials during the scan: for the only send to a device, as two dials to an unknown one would take each other's place. */
  #connectEarly(id: TransferId): void {
    const one = this.#running.get(id)
    if (!one || this.#queueOf(one.actor.record.row.deviceId).length > 1) return
    try {
      const early = (one.early = one.to.connect())
      one.stopState = early.onState((state) => {
        if (state.kind === 'waiting') this.#countWait(one, state)
      })
    } catch {} // The same is found, and said, then.
  }

  #onLink(one: Running, state: LinkState): void {
    const { record } = one.actor
    if (record.ended) return
    switch (state.kind) {
      case 'connected': {
        const session = one.link?.session
        one.wasConnected = true
        if (!session) return
        if (record.row.deviceId !== session.peerId) {
          const earlier = this.#deps.journal.transfers.findUnfinished(record.row.sourcesKey, session.peerId)
          if (earlier) return this.#continueEarlier(one, earlier)
          record.patch({ deviceId: session.peerId, deviceName: this.#ports.deviceName(session.peerId) })
          record.save()
        }
        // Transfers of a session that was up before this link existed are told here; others by the session's `up`.
        if (session.connected) one.actor.attach(session, true)
        return
      }
      case 'waiting': {
        one.wasConnected = false
        // What a device that is away has not acknowledged is sent again from the disk; the memory is for those who are here.
        if (this.#deps.outgoing.starved) one.link?.session?.forget()
        this.#countWait(one, state)
        this.#showWait(one, state)
        return
      }
      case 'failed': {
        const { error } = state
        const refused = error.code === 'TRUST_REFUSED'
        record.setState(refused ? { kind: 'refused', error } : { kind: 'failed', error })
        return this.#ended(record.id)
      }
      case 'connecting':
        // A connection that had lived is dialled again at once, without a wait in between.
        if (one.wasConnected) this.#countRetry(one, { code: 'NET_LOST', message: 'The connection was lost.' }, state.attempt, 0)
        one.wasConnected = false
        return
      case 'idle':
    }
  }

  /** Whoever answers at a new address has a part of the same send already: that one goes on, there. */
  #continueEarlier(one: Running, earlier: TransferRow): void {
    const { id, row } = one.actor.record
    const { journal } = this.#deps
    const where = row.target ? { target: row.target } : {}
    const to = this.#ports.reconnect({ ...earlier, ...where })
    this.#running.delete(id)
    this.#registry.remove(id)
    const waiting = this.#running.get(earlier.id)
    if (waiting) {
      waiting.actor.record.patch(where)
      // In its turn, and not while its sources are looked at.
      const { link, early } = waiting
      waiting.stopState?.()
      Object.assign(waiting, { to, link: undefined, early: undefined, stopState: undefined })
      this.resume(earlier.id)
      link?.release()
      early?.release()
    } else this.#start({ ...earlier, ...where }, to, true)
    this.#events.emit('transfer:removed', { transferId: id, continuedAs: earlier.id })
    this.#release(one)
    detached(one.actor.close().then(() => journal.transaction(() => journal.transfers.remove(id))), this.#deps.trouble)
  }

  #countWait(one: Running, { error, attempt, retryAtMs }: LinkState & { kind: 'waiting' }): void {
    this.#countRetry(one, error, attempt, Math.max(0, retryAtMs - this.#deps.clock.now()))
  }

  #showWait({ actor: { record } }: Running, { error, attempt, retryAtMs }: LinkState & { kind: 'waiting' }): void {
    if (record.state.kind !== 'paused') record.setState({ kind: 'connecting', error, attempt, retryAtMs })
  }

  #countRetry(one: Running, reason: ErrorData, attempt: number, waitMs: number): void {
    const { record } = one.actor
    record.count({ retries: 1 })
    this.#events.emit('link:retry', { deviceId: isAddressKey(record.row.deviceId) ? null : record.row.deviceId, transferIds: [record.id], reason, attempt, waitMs })
  }

  #ended(id: TransferId): void {
    const one = this.#running.get(id)
    if (!one) return
    if (!ENDED.has(one.actor.record.state.kind)) return
    this.#running.delete(id)
    this.#registry.remove(id)
    this.#release(one)
    detached(one.actor.close(), this.#deps.trouble)
    this.schedule()
  }

  #release(one: Running): void {
    one.stopState?.()
    one.link?.release()
    one.early?.release()
    one.link = one.early = undefined
  }
}
