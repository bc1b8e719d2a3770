import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Events } from '../../../shared/ipc/contract.ts'
import type { ReceivedFile } from '../../../shared/model/received.ts'
import type { TransferState } from '../../../shared/model/transfer.ts'
import { ReceiveFolder } from '../../../electron/engine/folder/receive-folder.ts'
import { openJournal } from '../../../electron/engine/journal/journal.ts'
import type { Journal, ReceivedRow } from '../../../electron/engine/journal/ports.ts'
import { Received } from '../../../electron/engine/received/received.ts'
import { blake3 } from '../../../electron/engine/util/digest.ts'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { Emitter } from '../../../electron/engine/util/emitter.ts'
import { fakeTransfer } from '../../support/fake-engine.ts'
import { hangGuard } from '../../support/hang-guard.ts'
import { transferRow } from '../journal/fixtures.ts'

const HANG_MS = 60_000

export const TRANSFER = 'aa'.repeat(16)

/** A received index over a real journal and a real folder, whose transfers only announce what a test put into place. */
export class ReceivedLab {
  readonly root = mkdtempSync(join(tmpdir(), 'holdfast-received-'))
  readonly folder = join(this.root, 'in')
  readonly events = new Emitter<Events>()
  readonly problems: Events['engine:problem'][] = []
  folders: readonly string[] = [this.folder]
  journal: Journal
  received: Received
  #open = new Map<string, ReceiveFolder>()

  constructor() {
    this.openFolder(this.folder)
    this.journal = openJournal(join(this.root, 'journal.db'))
    this.received = this.#make()
    this.events.on('engine:problem', (problem) => this.problems.push(problem))
  }

  openFolder(folder: string): void {
    this.#open.set(folder, ReceiveFolder.open(folder, { create: true }))
  }

  /** As after the end of the process: the same journal, another engine. */
  async restart(watch = true): Promise<void> {
    await this.received.close()
    this.received = this.#make()
    await this.received.start({ watch })
  }

  transfer(id = TRANSFER, folder = this.folder): void {
    this.journal.transfers.insert(
      transferRow({ id, direction: 'receive', folder, deviceId: 'DEVICE-A', deviceName: 'Ada', state: { kind: 'active' } }),
    )
  }

  /** Puts files into place and announces them, as a transfer does. */
  deliver(paths: readonly string[], id = TRANSFER, folder = this.folder): void {
    for (const path of paths) {
      this.write(path, `content of ${path}`, folder)
      utimesSync(join(folder, path), 1_000_000_000, 1_000_000_000)
    }
    this.announce(paths, id)
  }

  announce(paths: readonly string[], id = TRANSFER): void {
    this.events.emit('transfer:files', {
      transferId: id,
      deviceId: 'DEVICE-A',
      direction: 'receive',
      items: paths.map((path) => {
        const content = `content of ${path}`
        return { kind: 'received', path, bytes: Buffer.byteLength(content), digest: blake3(content).toString('hex') }
      }),
    })
  }

  end(id = TRANSFER): void {
    const state: TransferState = { kind: 'finished', complete: true }
    this.journal.transfers.update(id, { state, finishedAtMs: 5 })
    this.events.emit('transfer:changed', fakeTransfer({ id, direction: 'receive', state }))
  }

  write(path: string, content: string, folder = this.folder): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }

  async all(search?: string): Promise<readonly ReceivedFile[]> {
    return (await this.received.list({ offset: 0, limit: 500, ...(search === undefined ? {} : { search }) })).items
  }

  /** The list as soon as it is as it should be; looks again whenever something was announced. */
  async until(what: string, fits: (files: readonly ReceivedFile[]) => boolean): Promise<readonly ReceivedFile[]> {
    let last: readonly ReceivedFile[] = []
    const search = async (): Promise<readonly ReceivedFile[]> => {
      for (;;) {
        let wake: () => void = () => undefined
        const changed = new Promise<void>((resolve) => {
          wake = resolve
        })
        const stop = this.events.on('received:changed', wake)
        last = await this.all()
        if (fits(last)) {
          stop()
          return last
        }
        await changed
        stop()
      }
    }
    return await hangGuard(search(), HANG_MS, what, () => JSON.stringify(last, undefined, 1))
  }

  /** The index as soon as it is as it should be, while nobody asks to see anything: a list that is shown is looked at. */
  async untilKnown(what: string, fits: (rows: readonly ReceivedRow[]) => boolean): Promise<void> {
    const rows = (): ReceivedRow[] => this.journal.received.page(0, 500)
    const known = new Promise<void>((resolve) => {
      if (fits(rows())) return resolve()
      const stop = this.events.on('received:changed', () => {
        if (!fits(rows())) return
        stop()
        resolve()
      })
    })
    await hangGuard(known, HANG_MS, what, () => JSON.stringify(rows(), undefined, 1))
  }

  async problem(code: string): Promise<void> {
    await this.until(`the problem ${code}`, () => this.received.problems().some((problem) => problem.code === code))
  }

  async close(): Promise<void> {
    await this.received.close()
    this.journal.close()
    rmSync(this.root, { recursive: true, force: true })
  }

  #make(): Received {
    return new Received({
      clock: systemClock,
      journal: this.journal,
      events: this.events,
      folders: () => this.folders,
      check: (folder) => this.#open.get(folder)?.check(),
    })
  }
}
