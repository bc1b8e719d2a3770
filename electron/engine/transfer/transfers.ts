import type { Events, Page as PageReply } from '../../../shared/ipc/contract.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { ENDED, type Direction, type Transfer, type TransferFile, type TransferId, type TransferState } from '../../../shared/model/transfer.ts'
import { HoldfastError, toErrorData } from '../../../shared/errors.ts'
import { readBlockTarget } from '../protocol/bulk.ts'
import { FRAME_HEADER_BYTES } from '../protocol/limits.ts'
import { BLOCK, PACK, type TransferMessage } from '../protocol/messages.ts'
import type { TransferRow } from '../journal/ports.ts'
import type { Session, SessionHandler } from '../session/ports.ts'
import type { Emitter } from '../util/emitter.ts'
import type { Random } from '../util/random.ts'
import type { TransferDeps } from './deps.ts'
import { listFiles } from './file-list.ts'
import { Incoming, type IncomingPorts } from './incoming.ts'
import { Outgoing, type OutgoingPorts } from './outgoing.ts'
import { ReceiveTransfer } from './receive-transfer.ts'
import { Registry } from './registry.ts'
import { Requests } from './requests.ts'
import { Seals } from './seals.ts'
import { SendTransfer } from './send-transfer.ts'
import { transferIdOf } from './transfer-id.ts'

/** What a SessionHandler does that concerns transfers. */
export type TransferHandler = Pick<SessionHandler, 'bulk' | 'duplicate' | 'up' | 'down' | 'drain' | 'resent'> & {
  message(message: TransferMessage): void
  acknowledged(type: number, head: Uint8Array): void
}

/** All transfers of this engine: routes what sessions bring to the one it belongs to. A transfer belongs to its key. */
export class Transfers {
  readonly registry: Registry
  readonly requests: Requests
  readonly outgoing: Outgoing
  readonly incoming: Incoming
  readonly #deps: TransferDeps

  constructor(
    deps: Omit<TransferDeps, 'fileEvents' | 'trouble' | 'seals'>,
    events: Emitter<Events>,
    random: Random,
    ports: OutgoingPorts & IncomingPorts,
  ) {
    this.registry = new Registry(deps.journal.transfers, deps.clock, events)
    this.requests = new Requests({
      changed: (request) => events.emit('request:changed', request),
      removed: (requestId) => events.emit('request:removed', { requestId }),
    })
    this.#deps = {
      ...deps,
      seals: new Seals(deps.journal),
      trouble: (error) => events.emit('engine:problem', toErrorData(error)),
      fileEvents: (record, items) => this.registry.fileEvents(record, items),
    }
    this.outgoing = new Outgoing(this.#deps, this.registry, events, random, ports)
    this.incoming = new Incoming(this.#deps, this.registry, this.requests, ports)
    events.on('transfer:changed', ({ id, state }) => {
      if (!ENDED.has(state.kind)) return
      this.outgoing.ended(id)
      this.incoming.ended(id)
    })
  }

  handlerFor(session: Session): TransferHandler {
    const own = (id: TransferId) => {
      const actor = this.registry.get(id)
      return actor?.deviceId === session.peerId ? actor : undefined
    }
    const all = () => this.registry.of(session.peerId)
    return {
      message: (message) => {
        const id = transferIdOf(message.transfer)
        if (message.type === 'offer') return this.incoming.onOffer(session, message)
        if (message.type === 'cancel') this.incoming.withdraw(session.peerId, id)
        own(id)?.handle(message)
      },
      bulk: (type, body, at) => {
        const actor = own(transferIdOf(body.bytes.subarray(at, at + 16)))
        if (!(actor instanceof ReceiveTransfer) || actor.record.ended) return body.release()
        if (type === BLOCK) actor.assembly.block(body, at)
        else if (type === PACK) actor.assembly.pack(body, at)
        else body.release()
      },
      duplicate: (type, head) => {
        if (!head || (type !== BLOCK && type !== PACK)) return
        const target = readBlockTarget(head, FRAME_HEADER_BYTES)
        const actor = own(transferIdOf(target.transfer))
        if (actor instanceof ReceiveTransfer) actor.assembly.countDuplicate(type === BLOCK ? target.file : undefined)
      },
      resent: (type, head) => {
        if (!head || (type !== BLOCK && type !== PACK)) return
        const actor = own(transferIdOf(readBlockTarget(head, FRAME_HEADER_BYTES).transfer))
        if (actor instanceof SendTransfer) actor.resentBySession(type, head)
      },
      acknowledged: (type, head) => {
        if (type !== BLOCK) return
        const actor = own(transferIdOf(readBlockTarget(head, FRAME_HEADER_BYTES).transfer))
        if (actor instanceof SendTransfer) actor.acknowledged(type, head)
      },
      up: (start) => {
        if (start !== 'resumed') this.outgoing.tellEnded(session)
        for (const actor of all()) {
          if (actor instanceof SendTransfer && !this.outgoing.mayRun(actor.record.id)) continue
          actor.attach(session, start === 'resumed')
        }
      },
      down: () => {
        for (const actor of all()) actor.detach()
      },
      drain: () => {
        for (const actor of all()) actor.drain()
      },
    }
  }

  list(filter: { direction?: Direction; ended?: boolean; offset: number; limit: number }): PageReply<Transfer> {
    const { total, items } = this.#deps.journal.transfers.list(filter)
    return { total, offset: filter.offset, items: items.map((row) => this.registry.snapshot(row)) }
  }

  get(id: TransferId): Transfer {
    const row = this.#deps.journal.transfers.get(id)
    if (!row) throw new HoldfastError('TRANSFER_UNKNOWN', `There is no transfer ${id}; "holdfast transfers" lists them.`)
    return this.registry.snapshot(row)
  }

  files(id: TransferId, offset: number, limit: number, only?: 'failed' | 'skipped' | 'unfinished'): PageReply<TransferFile> {
    this.get(id)
    const actor = this.registry.get(id)
    const books = actor instanceof SendTransfer || actor instanceof ReceiveTransfer ? actor.books : undefined
    return listFiles(this.#deps.journal.transfers, id, books, offset, limit, only)
  }

  pause(id: TransferId): void {
    const actor = this.registry.get(id)
    if (actor) actor.pause()
    else this.#editResting(id, { kind: 'paused', by: 'us' })
  }

  resume(id: TransferId): void {
    const actor = this.registry.get(id)
    if (actor instanceof SendTransfer) this.outgoing.resume(id)
    else if (actor) actor.resume()
    else this.#editResting(id, { kind: 'queued' })
  }

  cancel(id: TransferId): void {
    const actor = this.registry.get(id)
    if (actor instanceof SendTransfer) this.outgoing.cancel(id)
    else if (actor) actor.cancel()
    else {
      const row = this.#editResting(id, { kind: 'cancelled', by: 'us' })
      this.#deps.journal.transfers.dropBlocks(id)
      this.outgoing.tellCancelled(row.deviceId, id)
      if (row.direction === 'receive') void this.#deps.lanes.clean({ root: row.folder, transferId: id }).catch(() => undefined)
    }
  }

  /** Throws TRANSFER_UNKNOWN, and USAGE_INVALID when it is not this side that sends, or the file is none or settled. */
  skipFile(id: TransferId, file: number): void {
    const actor = this.registry.need(id)
    if (!(actor instanceof SendTransfer)) throw new HoldfastError('USAGE_INVALID', 'Only the sender can leave a file out: ask there, or cancel the transfer.')
    actor.skipFile(file)
  }

  /** An unfinished transfer that this engine does not run: only the journal knows it. Throws TRANSFER_UNKNOWN. */
  #editResting(id: TransferId, state: TransferState): TransferRow {
    const row = this.#deps.journal.transfers.get(id)
    if (!row || ENDED.has(row.state.kind)) this.registry.need(id)
    if (!row) throw new HoldfastError('TRANSFER_UNKNOWN', `There is no transfer ${id}.`)
    this.registry.newRecord(row).setState(state)
    return row
  }

  /** Returns the id under which it is tried again. */
  retry(id: TransferId): TransferId {
    const row = this.#deps.journal.transfers.get(id)
    if (!row) throw new HoldfastError('TRANSFER_UNKNOWN', `There is no transfer ${id}.`)
    if (row.direction === 'receive') throw new HoldfastError('USAGE_INVALID', 'Only the sender can send it again: ask there.')
    return this.outgoing.retry(row)
  }

  cancelAllOf(deviceId: DeviceId): void {
    for (const actor of this.registry.of(deviceId)) this.cancel(actor.record.id)
  }

  async close(): Promise<void> {
    await this.outgoing.close()
    await Promise.all(this.registry.all().map((actor) => actor.close()))
    this.registry.close()
  }
}
