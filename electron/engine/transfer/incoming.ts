import { join } from 'node:path'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { ConflictPolicy, Request, TransferId } from '../../../shared/model/transfer.ts'
import { TrashLimit } from '../folder/trash-limit.ts'
import type { TransferRow } from '../journal/ports.ts'
import { DIGEST_BYTES, MAX_OPEN_TRANSFERS_PER_PEER, PAGE_ENTRIES } from '../protocol/limits.ts'
import type { Offer, RefuseReason, WantItem } from '../protocol/messages.ts'
import type { Session } from '../session/ports.ts'
import type { TransferDeps } from './deps.ts'
import { detached } from './detached.ts'
import { isConfirmed } from './entry-state.ts'
import type { Page } from './page.ts'
import { PageStore } from './page-store.ts'
import type { ReceivePorts } from './receive-ports.ts'
import { ReceiveTransfer } from './receive-transfer.ts'
import type { Registry } from './registry.ts'
import type { Requests } from './requests.ts'
import { transferIdOf } from './transfer-id.ts'

const MAX_REQUESTS_PER_DEVICE = 4
const MAX_REQUESTS = 64

export type Decision =
  | { readonly kind: 'accept'; readonly folder: string }
  | { readonly kind: 'ask'; readonly folder: string }
  | { readonly kind: 'refuse'; readonly reason: RefuseReason; readonly message: string }

export interface IncomingPorts {
  decide(deviceId: DeviceId, offer: Offer): Decision
  isPaired(deviceId: DeviceId): boolean
  deviceName(deviceId: DeviceId): string
  onConflict(): ConflictPolicy
  /** "Accept always": only of paired devices. */
  acceptAlways(deviceId: DeviceId): void
  session(deviceId: DeviceId): Session | undefined
  /** Throws FOLDER_MISSING, FOLDER_READ_ONLY, DISK_FULL: named for the first time, it may be made. */
  openFolder(folder: string): void
  freeBytes: ReceivePorts['freeBytes']
  folderProblem: ReceivePorts['folderProblem']
}

/** Offers of other devices: accepted, asked about or refused, and continued after anything. */
export class Incoming {
  readonly #deps: TransferDeps
  readonly #registry: Registry
  readonly #requests: Requests
  readonly #ports: IncomingPorts
  /** By receive folder. */
  readonly #trash = new Map<string, TrashLimit>()
  /** Offers that wait for the user, with the request that asks about each. */
  readonly #pending = new Map<TransferId, { offer: Offer; deviceId: DeviceId; requestId: string }>()

  constructor(deps: TransferDeps, registry: Registry, requests: Requests, ports: IncomingPorts) {
    this.#deps = deps
    this.#registry = registry
    this.#requests = requests
    this.#ports = ports
  }

  /** After a restart of the engine: what had been accepted waits for its sender. */
  continueAll(): void {
    for (let offset = 0; ; offset += 100) {
      const { items } = this.#deps.journal.transfers.list({ direction: 'receive', ended: false, offset, limit: 100 })
      for (const row of items) {
        this.#prepareFolder(row.folder)
        this.#actor(row).detach()
      }
      if (items.length < 100) return
    }
  }

  onOffer(session: Session, offer: Offer): void {
    const id = transferIdOf(offer.transfer)
    const refuse = (reason: RefuseReason, message: string) =>
      session.send({ type: 'offer-reply', transfer: offer.transfer, answer: { kind: 'refuse', reason, message } })
    const actor = this.#registry.get(id)
    if (actor) {
      if (!(actor instanceof ReceiveTransfer) || actor.deviceId !== session.peerId) return refuse('unknown', 'this transfer is not yours')
      return this.#offered(actor, session, offer)
    }
    const row = this.#deps.journal.transfers.get(id)
    if (row) {
      if (row.deviceId !== session.peerId || row.direction !== 'receive') return refuse('unknown', 'this transfer is not yours')
      return this.#offeredEnded(row, session, offer, refuse)
    }
    if (this.#pending.has(id)) return session.send({ type: 'offer-reply', transfer: offer.transfer, answer: { kind: 'pending' } })
    if (this.#registry.of(session.peerId).length >= MAX_OPEN_TRANSFERS_PER_PEER) return refuse('limit', 'too many transfers at once; wait for some to end')

    const decision = this.#ports.decide(session.peerId, offer)
    if (decision.kind === 'refuse') return refuse(decision.reason, decision.message)
    if (decision.kind === 'accept') return this.#accept(session.peerId, offer, decision.folder)
    const waiting = [...this.#pending.values()].filter((one) => one.deviceId === session.peerId).length
    if (waiting >= MAX_REQUESTS_PER_DEVICE || this.#pending.size >= MAX_REQUESTS) return refuse('limit', 'too many requests are waiting for an answer')
    session.send({ type: 'offer-reply', transfer: offer.transfer, answer: { kind: 'pending' } })
    detached(this.#ask(session.peerId, offer, decision.folder), this.#deps.trouble)
  }

  /** The sender has gone away or taken it back: nothing to ask about any more. */
  withdraw(deviceId: DeviceId, id: TransferId): void {
    const pending = this.#pending.get(id)
    if (!pending || pending.deviceId !== deviceId) return
    this.#pending.delete(id)
    this.#requests.remove(pending.requestId)
  }

  ended(id: TransferId): void {
    this.#requests.removeOf(id)
    this.#registry.remove(id)
  }

  async #ask(deviceId: DeviceId, offer: Offer, folder: string): Promise<void> {
    const id = transferIdOf(offer.transfer)
    const requestId = this.#requests.nextId()
    this.#pending.set(id, { offer, deviceId, requestId })
    const freeBytes = await this.#ports.freeBytes(folder).catch(() => 0)
    if (this.#pending.get(id)?.requestId !== requestId) return
    const request: Request = {
      kind: 'transfer',
      id: requestId,
      transferId: id,
      deviceId,
      deviceName: this.#ports.deviceName(deviceId),
      paired: this.#ports.isPaired(deviceId),
      roots: offer.roots,
      totalFiles: offer.files,
      totalBytes: offer.bytes,
      folder,
      freeBytes,
      createdAtMs: this.#deps.clock.now(),
    }
    this.#requests.add(request, (answer) => {
      this.#pending.delete(id)
      if (answer.accept && answer.always) this.#ports.acceptAlways(deviceId)
      if (answer.accept) this.#accept(deviceId, offer, answer.folder ?? folder)
      else this.#decline(deviceId, offer, folder)
    })
  }

  #decline(deviceId: DeviceId, offer: Offer, folder: string): void {
    const error = { code: 'TRANSFER_REFUSED' as const, message: 'declined here' }
    this.#deps.journal.transfers.insert({ ...this.#row(deviceId, offer, folder), state: { kind: 'refused', error }, finishedAtMs: this.#deps.clock.now() })
    this.#ports.session(deviceId)?.send({ type: 'offer-reply', transfer: offer.transfer, answer: { kind: 'refuse', reason: 'declined', message: 'declined by the receiver' } })
  }

  #accept(deviceId: DeviceId, offer: Offer, folder: string): void {
    this.#prepareFolder(folder)
    const row = this.#row(deviceId, offer, folder)
    this.#deps.journal.transfers.insert(row)
    const actor = this.#actor(row)
    const session = this.#ports.session(deviceId)
    if (session) actor.offered(session, offer.pages)
    else actor.detach()
  }

  /** Before the journal knows that it was received into: a new folder may be made, one that was used before may not. */
  #prepareFolder(folder: string): void {
    try {
      this.#ports.openFolder(folder)
    } catch {
      // The first page finds the same and waits for the folder, telling why.
    }
  }

  #offered(actor: ReceiveTransfer, session: Session, offer: Offer): void {
    actor.record.patch({ totalEntries: offer.entries, totalFiles: offer.files, totalBytes: Math.max(offer.bytes, actor.record.row.totalBytes) })
    actor.offered(session, offer.pages)
  }

  #offeredEnded(row: TransferRow, session: Session, offer: Offer, refuse: (reason: RefuseReason, message: string) => void): void {
    switch (row.state.kind) {
      case 'finished':
        return this.#replay(row, session, offer)
      case 'cancelled':
        return refuse('cancelled', 'it was cancelled')
      case 'refused':
        return refuse('declined', 'declined by the receiver')
      default:
        return refuse('unknown', 'it failed at the receiver; send it again')
    }
  }

  /** Everything is in place and recorded, but the sender never heard: it is told what became of each entry once more. */
  #replay(row: TransferRow, session: Session, offer: Offer): void {
    const pages = new PageStore(this.#deps.journal.transfers, row.id)
    if (pages.count !== offer.pages) {
      return session.send({ type: 'offer-reply', transfer: offer.transfer, answer: { kind: 'refuse', reason: 'unknown', message: 'it has ended at the receiver; send it again' } })
    }
    session.send({ type: 'offer-reply', transfer: offer.transfer, answer: { kind: 'accept', pages: pages.count } })
    for (let number = 0; number < pages.count; number += 1) {
      const page = pages.peek(number)
      if (page) session.send({ type: 'want', transfer: offer.transfer, page: number, items: settledItems(page) })
    }
    session.send({ type: 'done', transfer: offer.transfer })
  }

  #actor(row: TransferRow): ReceiveTransfer {
    const ports: ReceivePorts = {
      compare: this.#ports.isPaired(row.deviceId),
      onConflict: row.onConflict ?? this.#ports.onConflict(),
      trashProblem: (root, bytes) => this.#trashOf(root).problem(bytes),
      freeBytes: (root) => this.#ports.freeBytes(root),
      folderProblem: (root) => this.#ports.folderProblem(root),
      ask: (record, question, signal) =>
        new Promise((resolve, reject) => {
          const id = this.#requests.nextId()
          signal.addEventListener('abort', () => {
            this.#requests.remove(id)
            reject(signal.reason as Error)
          })
          this.#requests.add(
            {
              kind: 'conflict',
              id,
              transferId: record.id,
              deviceId: record.row.deviceId,
              deviceName: record.row.deviceName,
              ...question,
              createdAtMs: this.#deps.clock.now(),
            },
            ({ accept, answer, forAll }) => {
              const decided = accept ? (answer ?? 'replace') : 'skip'
              if (forAll) actor.answerForAll(decided)
              resolve(decided)
            },
          )
        }),
    }
    const actor = new ReceiveTransfer(this.#deps, ports, this.#registry.newRecord(row))
    this.#registry.add(actor)
    return actor
  }

  #trashOf(root: string): TrashLimit {
    const known = this.#trash.get(root) ?? new TrashLimit(root, () => this.#deps.clock.monotonic())
    this.#trash.set(root, known)
    return known
  }

  #row(deviceId: DeviceId, offer: Offer, folder: string): TransferRow {
    return {
      id: transferIdOf(offer.transfer),
      direction: 'receive',
      deviceId,
      deviceName: this.#ports.deviceName(deviceId),
      state: { kind: 'connecting' },
      roots: offer.roots,
      folder: join(folder),
      sourcesKey: '',
      sources: [],
      onConflict: this.#ports.onConflict(),
      bytes: 0,
      totalBytes: offer.bytes,
      files: 0,
      totalFiles: offer.files,
      totalEntries: offer.entries,
      counters: { retries: 0, duplicates: 0, resentBlocks: 0, resumedBytes: 0, skipped: 0, failed: 0 },
      order: this.#deps.journal.transfers.maxOrder() + 1,
      createdAtMs: this.#deps.clock.now(),
      activeMs: 0,
    }
  }
}

function settledItems(page: Page): WantItem[] {
  return page.entries.map((_, position): WantItem => {
    const file = page.number * PAGE_ENTRIES + position
    const detail = page.details.get(position)
    if (!isConfirmed(page.state(position))) return { file, kind: 'refuse', code: 'disk', message: detail?.reason ?? 'not kept' }
    const digest = page.digests.subarray(position * DIGEST_BYTES, (position + 1) * DIGEST_BYTES)
    return { file, kind: 'done', digest, ...(detail?.finalPath === undefined ? {} : { finalPath: detail.finalPath }) }
  })
}

