import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { HoldfastError } from '../../shared/errors.ts'
import type { Source } from '../../shared/ipc/app-contract.ts'
import type { Clock } from '../engine/util/clock.ts'
import type { Random } from '../engine/util/random.ts'
import { countFolder } from './count-folder.ts'
import { pathError } from './path-error.ts'
import { Throttle } from './throttle.ts'

const MAX_SOURCES = 10_000
const STATS_AT_ONCE = 32
const ANNOUNCE_MS = 200
/** The whole tray is announced each time: thousands of entries less often, so that it stays a small part of the work. */
const ENTRIES_A_MS = 5

export interface TrayEntry {
  readonly source: Source
  /** Absolute. Never leaves the application. */
  readonly path: string
  /** The application's own file, in the outbox. */
  readonly outboxId?: string
  /** False while an upload comes. */
  readonly ready: boolean
}

export interface TrayPorts {
  readonly clock: Clock
  readonly random: Random
  changed(sources: readonly Source[]): void
  /** An entry of the outbox left the tray without being sent. */
  discarded(outboxId: string): void
}

/** What is going to be sent, by the ids a window knows it by. Folders are counted in the background, one at a time. */
export class SourceTray {
  readonly #ports: TrayPorts
  readonly #entries = new Map<string, TrayEntry>()
  readonly #announce: Throttle
  readonly #toCount: string[] = []
  #counting: { readonly sourceId: string; readonly abort: AbortController } | undefined

  constructor(ports: TrayPorts) {
    this.#ports = ports
    this.#announce = new Throttle(ports.clock, () => Math.max(ANNOUNCE_MS, this.#entries.size / ENTRIES_A_MS), () => ports.changed(this.list()))
  }

  list(): readonly Source[] {
    return [...this.#entries.values()].map((entry) => entry.source)
  }

  get(sourceId: string): TrayEntry | undefined {
    return this.#entries.get(sourceId)
  }

  /** Files and folders of this machine. What is on the tray already stays as it is; what cannot be read shows why. */
  async addPaths(paths: readonly string[]): Promise<readonly Source[]> {
    const known = new Map([...this.#entries.values()].map((entry) => [entry.path, entry.source]))
    const whole = [...new Set(paths.map((path) => resolve(path)))]
    const fresh = whole.filter((path) => !known.has(path))
    if (this.#entries.size + fresh.length > MAX_SOURCES) {
      throw new HoldfastError('USAGE_INVALID', `At most ${MAX_SOURCES} things can wait to be sent at once. Put them into a folder and send that.`)
    }
    const added: TrayEntry[] = []
    for (let from = 0; from < fresh.length; from += STATS_AT_ONCE) {
      added.push(...(await Promise.all(fresh.slice(from, from + STATS_AT_ONCE).map((path) => this.#inspect(path)))))
    }
    for (const entry of added) {
      this.#entries.set(entry.source.sourceId, entry)
      if (entry.source.kind === 'folder' && !entry.source.error) this.#toCount.push(entry.source.sourceId)
    }
    this.#announce.request()
    this.#countNext()
    const byPath = new Map([...known, ...added.map((entry) => [entry.path, entry.source] as const)])
    return whole.flatMap((path) => byPath.get(path) ?? [])
  }

  /** Something that the application made itself. */
  add(entry: Omit<TrayEntry, 'source'> & { readonly source: Omit<Source, 'sourceId'> }): Source {
    if (this.#entries.size >= MAX_SOURCES) throw new HoldfastError('USAGE_INVALID', `At most ${MAX_SOURCES} things can wait to be sent at once.`)
    const source = { ...entry.source, sourceId: this.#newId() }
    this.#entries.set(source.sourceId, { ...entry, source })
    this.#announce.request()
    return source
  }

  update(sourceId: string, change: Partial<Omit<Source, 'sourceId'>>, ready?: boolean): void {
    const entry = this.#entries.get(sourceId)
    if (!entry) return
    this.#entries.set(sourceId, { ...entry, source: { ...entry.source, ...change }, ready: ready ?? entry.ready })
    this.#announce.request()
  }

  remove(sourceId: string): void {
    this.#take(sourceId, true)
  }

  clear(): void {
    for (const sourceId of [...this.#entries.keys()]) this.#take(sourceId, true)
  }

  /** They are being sent: off the tray, and what is in the outbox stays there. */
  sent(sourceIds: readonly string[]): void {
    for (const sourceId of sourceIds) this.#take(sourceId, false)
  }

  /**
   * The entries of these ids that can be sent now, in order; what has vanished stays behind, marked. Throws USAGE_INVALID
   * for an unknown id and for an upload that still comes.
   */
  async sendable(sourceIds: readonly string[]): Promise<readonly TrayEntry[]> {
    const wanted = [...new Set(sourceIds)].map((sourceId) => {
      const entry = this.#entries.get(sourceId)
      if (!entry) throw new HoldfastError('USAGE_INVALID', 'Something of this is not on the tray any more. Look again at what is to be sent.')
      if (!entry.ready) throw new HoldfastError('USAGE_INVALID', 'Something is still being read by the page. Wait until it is whole, or remove it.')
      return entry
    })
    const good: TrayEntry[] = []
    for (let from = 0; from < wanted.length; from += STATS_AT_ONCE) {
      const some = wanted.slice(from, from + STATS_AT_ONCE)
      const errors = await Promise.all(some.map((entry) => readable(entry.path).then(() => undefined, (error: unknown) => pathError(error, entry.source.name))))
      some.forEach((entry, index) => {
        const error = errors[index]
        if (error) this.update(entry.source.sourceId, { error: error.toData() })
        else good.push(entry)
      })
    }
    return good
  }

  close(): void {
    this.#counting?.abort.abort()
    this.#toCount.length = 0
    this.#announce.stop()
  }

  async #inspect(path: string): Promise<TrayEntry> {
    const name = basename(path) || path
    const base = { sourceId: this.#newId(), name }
    try {
      const found = await readable(path)
      const source: Source = found.isDirectory() ? { ...base, kind: 'folder' } : { ...base, kind: 'file', size: found.size }
      return { source, path, ready: true }
    } catch (error) {
      return { source: { ...base, kind: 'file', error: pathError(error, name).toData() }, path, ready: true }
    }
  }

  #take(sourceId: string, discard: boolean): void {
    const entry = this.#entries.get(sourceId)
    if (!entry) return
    this.#entries.delete(sourceId)
    if (this.#counting?.sourceId === sourceId) this.#counting.abort.abort()
    if (discard && entry.outboxId !== undefined) this.#ports.discarded(entry.outboxId)
    this.#announce.request()
  }

  #countNext(): void {
    if (this.#counting) return
    const sourceId = this.#toCount.shift()
    const entry = sourceId === undefined ? undefined : this.#entries.get(sourceId)
    if (sourceId === undefined) return
    if (!entry) return this.#countNext()
    const abort = new AbortController()
    this.#counting = { sourceId, abort }
    countFolder(entry.path, abort.signal, () => undefined)
      .then(
        ({ files, size }) => this.update(sourceId, { files, size }),
        (error: unknown) => {
          if (!abort.signal.aborted) this.update(sourceId, { error: pathError(error, entry.source.name).toData() })
        },
      )
      .finally(() => {
        this.#counting = undefined
        this.#countNext()
      })
  }

  #newId(): string {
    return Buffer.from(this.#ports.random.bytes(16)).toString('hex')
  }
}

/** Throws unless it is a file or a folder that this user may read. */
async function readable(path: string): Promise<{ isDirectory(): boolean; size: number }> {
  const found = await stat(path)
  if (!found.isDirectory() && !found.isFile()) {
    throw new HoldfastError('FILE_NOT_REGULAR', `${JSON.stringify(basename(path))} is neither a file nor a folder, so it cannot be sent.`)
  }
  await access(path, found.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK)
  return found
}
