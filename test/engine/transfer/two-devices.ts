import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Events } from '../../../shared/ipc/contract.ts'
import { ENDED, type FileEvent, type Transfer } from '../../../shared/model/transfer.ts'
import { InlineLanes } from '../../../electron/engine/folder/inline-lanes.ts'
import { ReceiveFolder } from '../../../electron/engine/folder/receive-folder.ts'
import type { Lanes } from '../../../electron/engine/folder/ports.ts'
import { openJournal } from '../../../electron/engine/journal/journal.ts'
import type { Journal } from '../../../electron/engine/journal/ports.ts'
import { BULK_BUFFER_BYTES } from '../../../electron/engine/protocol/limits.ts'
import type { TransferMessage } from '../../../electron/engine/protocol/messages.ts'
import { Links } from '../../../electron/engine/session/links.ts'
import type { Tunables } from '../../../electron/engine/session/tunables.ts'
import { SourceScans } from '../../../electron/engine/folder/source-scans.ts'
import { RateLimit } from '../../../electron/engine/transfer/rate-limit.ts'
import { Transfers } from '../../../electron/engine/transfer/transfers.ts'
import { BytePool } from '../../../electron/engine/util/byte-pool.ts'
import { systemClock, type Clock } from '../../../electron/engine/util/clock.ts'
import { Emitter } from '../../../electron/engine/util/emitter.ts'
import type { FakeDevice, FakeNetwork } from '../../support/fake-wire.ts'
import { seededRandom } from '../../support/seeded-random.ts'

/** Real time, for files are real; but nobody waits long. */
const HASTY: Partial<Tunables> = { backoffBaseMs: 1, backoffMaxMs: 5, ackDelayMs: 1, closeGraceMs: 5, stableMs: 1, cutStableMs: 1 }

/** The time of the system, and later where a test says so. */
export class LateClock implements Clock {
  #laterMs: number
  #skippedMs = 0

  constructor(laterMs: number) {
    this.#laterMs = laterMs
  }

  now(): number {
    return systemClock.now() + this.#laterMs
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#skippedMs
  }

  after(delayMs: number, callback: () => void): () => void {
    return systemClock.after(delayMs, callback)
  }

  /** Timers under way are not skipped. */
  skip(forMs: number): void {
    this.#skippedMs += forMs
  }
}

export interface TestDeviceOptions {
  readonly paired?: boolean
  readonly lanes?: Lanes
  /** What its clock says is so much after the time of its files. */
  readonly laterMs?: number
  /** Where its journal and its folder are, and stay when it is closed: for one that comes again. */
  readonly root?: string
  /** How often it was started before, so that it makes up other ids. */
  readonly lives?: number
}

/** Sessions and transfers of one device on a fake network, with a journal and a receive folder of their own. */
export class TestDevice {
  readonly self: FakeDevice
  readonly folder: string
  readonly facts: FileEvent[] = []
  /** What people are told of them. */
  readonly leftOut: FileEvent[] = []
  readonly links: Links
  readonly transfers: Transfers
  readonly clock: LateClock
  /** As it thinks of all others. */
  paired: boolean
  /** Offers wait for `accept`. */
  asks = false
  readonly #journal: Journal
  readonly #root: string
  readonly #undo: (() => unknown)[] = []
  readonly #events = new Emitter<Events>()

  constructor(self: FakeDevice, network: FakeNetwork, options: TestDeviceOptions = {}) {
    this.self = self
    this.clock = new LateClock(options.laterMs ?? 0)
    this.paired = options.paired ?? false
    this.#root = options.root ?? mkdtempSync(join(tmpdir(), `holdfast-${self.id}-`))
    this.folder = join(this.#root, 'in')
    mkdirSync(this.folder, { recursive: true })
    const opened = ReceiveFolder.open(this.folder, { create: true })
    const journal = (this.#journal = openJournal(join(this.#root, 'journal.db')))
    const random = seededRandom(self.id.charCodeAt(0) + 256 * (options.lives ?? 0))
    this.#events.on('transfer:files', ({ items }) => this.facts.push(...items))
    this.#events.on('transfer:left-out', ({ items }) => this.leftOut.push(...items))
    this.links = new Links({
      clock: systemClock,
      random,
      tunables: HASTY,
      dialer: network.dialer(self),
      self: { id: self.id, name: self.id, app: 'test', port: () => self.address.port },
      inboundPool: new BytePool(BULK_BUFFER_BYTES, 6),
      isPaired: () => false,
      onIncoming: () => 'ok',
      onSession: (session) => {
        const handler = this.transfers.handlerFor(session)
        return { ...handler, message: (message) => handler.message(message as TransferMessage) }
      },
    })
    this.transfers = new Transfers(
      {
        clock: this.clock,
        journal,
        lanes: options.lanes ?? new InlineLanes(),
        outgoing: new BytePool(BULK_BUFFER_BYTES, 8),
        scans: new SourceScans(systemClock),
        sendLimit: new RateLimit(systemClock, () => 0),
        deviceRate: () => 0,
        receiveRate: () => 0,
      },
      this.#events,
      random,
      {
        reconnect: ({ deviceId, deviceName }) => ({
          deviceId,
          deviceName,
          connect: () => {
            throw new Error('nothing is connected here that nobody asks for')
          },
        }),
        deviceName: (id) => id,
        isPaired: () => this.paired,
        onConflict: () => 'keep-both',
        decide: () => ({ kind: this.asks ? 'ask' : 'accept', folder: this.folder }),
        acceptAlways: () => undefined,
        session: (id) => this.links.session(id),
        openFolder: () => opened.check(),
        freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
        folderProblem: () => Promise.resolve(undefined),
      },
    )
    const stop = network.listen(self, (transport) => this.links.accept(transport))
    if (options.root === undefined) this.#undo.push(() => rmSync(this.#root, { recursive: true, force: true }))
    this.#undo.push(() => journal.close(), () => this.links.close(), () => this.transfers.close(), stop)
  }

  send(paths: readonly string[], to: FakeDevice): string {
    const link = { deviceId: to.id, addresses: () => [to.address], checkKey: () => undefined }
    return this.transfers.outgoing.send(paths, { deviceId: to.id, deviceName: to.id, connect: () => this.links.want(link) })
  }

  /** The end of that transfer here, however it ends. */
  ended(id: string): Promise<Transfer> {
    return this.until(id, ({ state }) => ENDED.has(state.kind))
  }

  /** Resolves when that transfer is so far here. */
  until(id: string, isSo: (transfer: Transfer) => boolean): Promise<Transfer> {
    return new Promise((resolve) => {
      const stop = this.#events.on('transfer:changed', (transfer) => {
        if (transfer.id !== id || !isSo(transfer)) return
        stop()
        resolve(transfer)
      })
    })
  }

  /** Resolves when somebody is asked about an offer; what is returned accepts it. */
  asked(): Promise<() => void> {
    return new Promise((resolve) => {
      const stop = this.#events.on('request:changed', ({ id }) => {
        stop()
        resolve(() => this.transfers.requests.answer(id, { accept: true, always: false, forAll: false }))
      })
    })
  }

  /** As if the journal had been lost, between two transfers. */
  forgetTransfers(): void {
    for (const { id } of this.transfers.list({ offset: 0, limit: 1000 }).items) this.#journal.transfers.remove(id)
  }

  async close(): Promise<void> {
    for (const step of this.#undo.splice(0).reverse()) await step()
  }
}
