import { join, posix, resolve, sep } from 'node:path'
import { setImmediate as immediate } from 'node:timers/promises'
import { HoldfastError, type ErrorData } from '../../../shared/errors.ts'
import type { Events, Page } from '../../../shared/ipc/contract.ts'
import { isMessageFile } from '../../../shared/model/message-file.ts'
import type { ReceivedFile } from '../../../shared/model/received.ts'
import { ReceiveWatcher } from '../folder/receive-watcher.ts'
import type { Journal, ReceivedRow } from '../journal/ports.ts'
import type { Clock } from '../util/clock.ts'
import type { Emitter } from '../util/emitter.ts'
import { Arrivals } from './arrivals.ts'
import { DiskTruth } from './disk-truth.ts'
import { PlainArrivals } from './plain-arrivals.ts'
import { placeOf } from './look.ts'

const ANNOUNCE_MS = 200
const SEARCH_ROWS = 5_000

export interface ReceivedPorts {
  readonly clock: Clock
  readonly journal: Journal
  readonly events: Emitter<Events>
  /** What is received into, absolute; asked again when settings or devices change. */
  folders(): readonly string[]
  /** Throws why nothing can be received into that folder. */
  check(folder: string): void
}

/** What the Received page shows: what arrived, what became of it, and what others put beside it. */
export class Received {
  readonly #ports: ReceivedPorts
  readonly #arrivals: Arrivals
  readonly #truth: DiskTruth
  readonly #watchers = new Map<string, ReceiveWatcher>()
  #changed: ReceivedRow | 'several' | undefined
  #cancelAnnounce: (() => void) | undefined
  #checking = false
  #toCheck: readonly ReceivedRow[] | undefined
  #watching = false
  #stops: (() => void)[] = []

  constructor(ports: ReceivedPorts) {
    this.#ports = ports
    const { clock, journal, events } = ports
    this.#arrivals = new Arrivals({
      clock,
      journal,
      added: (rows) => {
        rows.forEach((row) => this.#change(row))
        const notThere = rows.filter((row) => !row.seen)
        if (notThere.length > 0) void this.#truth.check(notThere)
      },
      settled: () => this.#truth.decide(),
    })
    this.#truth = new DiskTruth({
      clock,
      journal,
      arrivals: this.#arrivals,
      changed: (row) => this.#change(row),
      // Elsewhere the system watches a whole tree at once.
      renew: (folder) => (process.platform === 'linux' ? this.#watchers.get(folder)?.renew() : undefined),
      isThere: (folder) => this.#watchers.get(folder)?.problem?.code !== 'FOLDER_MISSING',
      belongsElsewhere: (folder, path) => this.#ownerOf(join(folder, path)) !== folder,
    })
    this.#stops = [
      events.on('transfer:files', (files) => {
        const folder = files.direction === 'receive' ? journal.transfers.get(files.transferId)?.folder : undefined
        if (folder === undefined) return
        this.#arrived(resolve(folder), files.items.flatMap((item) => (item.kind === 'received' ? [item.path] : [])))
        this.#arrivals.files(files)
      }),
      events.on('transfer:changed', (transfer) => this.#arrivals.transfer(transfer)),
      events.on('settings:changed', () => void this.#watch()),
      events.on('device:changed', () => void this.#watch()),
      events.on('device:removed', () => void this.#watch()),
    ]
  }

  /** `watch`: this engine receives, and looks after its folders. Resolves when it does, or knows that it cannot. */
  async start(options: { readonly watch: boolean }): Promise<void> {
    this.#arrivals.recover()
    this.#watching = options.watch
    await this.#watch()
  }

  /** Why nothing can be received now, for the status. */
  problems(): ErrorData[] {
    return [...this.#watchers.values()].flatMap(({ problem }) => (problem ? [problem.toData()] : []))
  }

  async list({ offset, limit, search }: { offset: number; limit: number; search?: string }): Promise<Page<ReceivedFile>> {
    const { received } = this.#ports.journal
    const wanted = search?.trim().toLowerCase() ?? ''
    const { total, rows } = wanted === '' ? { total: received.total(), rows: received.page(offset, limit) } : await this.#search(wanted, offset, limit)
    this.#check(rows)
    return { total, offset, items: rows.map(shown) }
  }

  /** Throws PATH_NOT_FOUND for an unknown id. */
  async get(id: string): Promise<{ file: ReceivedFile; path: string | null }> {
    const find = () => (/^\d{1,15}$/.test(id) ? this.#ports.journal.received.get(Number(id)) : undefined)
    const before = find()
    if (before) await this.#truth.check([before])
    const row = find()
    if (!row) throw new HoldfastError('PATH_NOT_FOUND', 'That file is not in the list any more.')
    return { file: shown(row), path: row.state === 'deleted' ? null : join(row.folder, ...placeOf(row).split('/')) }
  }

  /** For one run of a plain inbox. `folder`: absolute. */
  plainArrivals(folder: string): PlainArrivals {
    return new PlainArrivals(folder, this.#ports.journal, (message) => {
      this.#arrived(folder, [message.path])
      this.#arrivals.message(message)
    })
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop()
    this.#cancelAnnounce?.()
    this.#watching = false
    await Promise.all([...this.#watchers.values()].map((watcher) => watcher.close()))
    await this.#truth.close()
    await this.#arrivals.close()
  }

  async #watch(): Promise<void> {
    if (!this.#watching) return
    const starting: Promise<void>[] = []
    const wanted = new Set(this.#ports.folders().map((folder) => resolve(folder)))
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue
      this.#watchers.delete(folder)
      void watcher.close()
    }
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue
      const watcher = new ReceiveWatcher(folder, {
        clock: this.#ports.clock,
        check: () => this.#ports.check(folder),
        changed: (changes) => this.#truth.apply(folder, changes),
        unsure: () => this.#truth.reconcile(folder),
        problem: (problem) => {
          if (problem) this.#ports.events.emit('engine:problem', problem.toData())
          this.#change('several')
        },
      })
      this.#watchers.set(folder, watcher)
      starting.push(watcher.start())
    }
    await Promise.all(starting)
  }

  #arrived(folder: string, paths: readonly string[]): void {
    this.#truth.arrived(folder, paths, this.#watchers.has(folder))
  }

  /** The deepest watched folder that holds it. */
  #ownerOf(path: string): string | undefined {
    let owner: string | undefined
    for (const folder of this.#watchers.keys()) {
      if (path.startsWith(folder + sep) && folder.length > (owner?.length ?? 0)) owner = folder
    }
    return owner
  }

  async #search(wanted: string, offset: number, limit: number): Promise<{ total: number; rows: ReceivedRow[] }> {
    const rows: ReceivedRow[] = []
    let total = 0
    for (let before = Number.MAX_SAFE_INTEGER; ; ) {
      const slice = this.#ports.journal.received.slice(before, SEARCH_ROWS)
      const last = slice.at(-1)
      if (!last) return { total, rows }
      before = last.id
      for (const row of slice) {
        if (![row.path, row.nowPath, row.deviceName].some((text) => text?.toLowerCase().includes(wanted))) continue
        if (total >= offset && rows.length < limit) rows.push(row)
        total += 1
      }
      await immediate()
    }
  }

  /** What is shown is looked at, one page at a time; of those asked for meanwhile, the last. */
  #check(rows: readonly ReceivedRow[]): void {
    this.#toCheck = rows
    if (this.#checking) return
    this.#checking = true
    void (async () => {
      while (this.#toCheck) {
        const next = this.#toCheck
        this.#toCheck = undefined
        await this.#truth.check(next)
      }
      this.#checking = false
    })()
  }

  #change(row: ReceivedRow | 'several' | undefined): void {
    const same = this.#changed === undefined || (typeof this.#changed === 'object' && typeof row === 'object' && this.#changed.id === row.id)
    this.#changed = row !== undefined && same ? row : 'several'
    this.#cancelAnnounce ??= this.#ports.clock.after(ANNOUNCE_MS, () => {
      const file = typeof this.#changed === 'object' ? shown(this.#changed) : null
      this.#cancelAnnounce = undefined
      this.#changed = undefined
      this.#ports.events.emit('received:changed', { total: this.#ports.journal.received.total(), file })
    })
  }
}

function shown(row: ReceivedRow): ReceivedFile {
  const { transferId, nowPath } = row
  return {
    id: String(row.id),
    name: posix.basename(row.path),
    path: row.path,
    kind: transferId !== undefined && !row.altered && isMessageFile(row.path, row.size) ? 'message' : 'file',
    deviceId: row.deviceId ?? null,
    deviceName: row.deviceName ?? null,
    ...(transferId === undefined ? {} : { transferId }),
    size: row.size,
    digest: row.digest ? Buffer.from(row.digest).toString('hex') : null,
    receivedAtMs: row.receivedAtMs,
    state: row.state,
    ...(nowPath === undefined ? {} : { nowPath }),
    verified: row.digest !== undefined && transferId !== undefined && !row.altered,
  }
}
