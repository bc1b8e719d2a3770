import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Events } from '../../../shared/ipc/contract.ts'
import { ENDED, type FileEvent, type Transfer } from '../../../shared/model/transfer.ts'
import { InlineLanes } from '../../../electron/engine/folder/inline-lanes.ts'
import { ReceiveFolder } from '../../../electron/engine/folder/receive-folder.ts'
import { openJournal } from '../../../electron/engine/journal/journal.ts'
import { BULK_BUFFER_BYTES } from '../../../electron/engine/protocol/limits.ts'
import type { TransferMessage } from '../../../electron/engine/protocol/messages.ts'
import { Links } from '../../../electron/engine/session/links.ts'
import type { Tunables } from '../../../electron/engine/session/tunables.ts'
import { RateLimit } from '../../../electron/engine/transfer/rate-limit.ts'
import { Transfers } from '../../../electron/engine/transfer/transfers.ts'
import { BytePool } from '../../../electron/engine/util/byte-pool.ts'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { Emitter } from '../../../electron/engine/util/emitter.ts'
import type { FakeDevice, FakeNetwork } from '../../support/fake-wire.ts'
import { seededRandom } from '../../support/seeded-random.ts'

/** Real time, for files are real; but nobody waits long. */
const HASTY: Partial<Tunables> = { backoffBaseMs: 1, backoffMaxMs: 5, ackDelayMs: 1, closeGraceMs: 5, stableMs: 1, cutStableMs: 1 }

/** Sessions and transfers of one device on a fake network, with a journal and a receive folder of their own. */
export class TestDevice {
  readonly self: FakeDevice
  readonly folder: string
  readonly facts: FileEvent[] = []
  readonly links: Links
  readonly transfers: Transfers
  readonly #root: string
  readonly #undo: (() => unknown)[] = []
  readonly #events = new Emitter<Events>()

  constructor(self: FakeDevice, network: FakeNetwork) {
    this.self = self
    this.#root = mkdtempSync(join(tmpdir(), `holdfast-${self.id}-`))
    this.folder = join(this.#root, 'in')
    mkdirSync(this.folder)
    const opened = ReceiveFolder.open(this.folder, { create: true })
    const journal = openJournal(join(this.#root, 'journal.db'))
    const random = seededRandom(self.id.charCodeAt(0))
    this.#events.on('transfer:files', ({ items }) => this.facts.push(...items))
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
        clock: systemClock,
        journal,
        lanes: new InlineLanes(),
        outgoing: new BytePool(BULK_BUFFER_BYTES, 8),
        sendLimit: new RateLimit(systemClock, () => 0),
        deviceRate: () => 0,
        receiveRate: () => 0,
      },
      this.#events,
      random,
      {
        reconnect: () => {
          throw new Error('nothing is continued here')
        },
        deviceName: (id) => id,
        isPaired: () => false,
        onConflict: () => 'keep-both',
        decide: () => ({ kind: 'accept', folder: this.folder }),
        acceptAlways: () => undefined,
        session: (id) => this.links.session(id),
        openFolder: () => opened.check(),
        freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER),
        folderProblem: () => Promise.resolve(undefined),
      },
    )
    const stop = network.listen(self, (transport) => this.links.accept(transport))
    this.#undo.push(() => rmSync(this.#root, { recursive: true, force: true }), () => journal.close(), () => this.transfers.close(), () => this.links.close(), stop)
  }

  send(paths: readonly string[], to: FakeDevice): string {
    const link = { deviceId: to.id, addresses: () => [to.address], checkKey: () => undefined }
    return this.transfers.outgoing.send(paths, { deviceId: to.id, deviceName: to.id, connect: () => this.links.want(link) })
  }

  /** The end of that transfer here, however it ends. */
  ended(id: string): Promise<Transfer> {
    return new Promise((resolve) => {
      const stop = this.#events.on('transfer:changed', (transfer) => {
        if (transfer.id !== id || !ENDED.has(transfer.state.kind)) return
        stop()
        resolve(transfer)
      })
    })
  }

  async close(): Promise<void> {
    for (const step of this.#undo.splice(0).reverse()) await step()
  }
}
