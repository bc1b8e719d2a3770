import { isAbsolute } from 'node:path'
import { HoldfastError, toErrorData, type ErrorCode, type ErrorData } from '../../shared/errors.ts'
import type { Events, PlainStatus } from '../../shared/ipc/contract.ts'
import type { Settings } from '../../shared/model/settings.ts'
import type { ReceiveFolder } from './folder/receive-folder.ts'
import { formatAddress, parseAddress } from './net/address.ts'
import { FolderArrivals, type FinishingLanes } from './plain/folder-arrivals.ts'
import { framingCodec } from './plain/framing.ts'
import type { PlainInboxEvent } from './plain/inbox-events.ts'
import { DEFAULT_IDLE_TIMEOUT_MS } from './plain/inbox-options.ts'
import { PlainInbox } from './plain/plain-inbox.ts'
import { MAX_FILE_BYTES } from './protocol/limits.ts'
import type { PlainArrivals } from './received/plain-arrivals.ts'
import type { Clock } from './util/clock.ts'
import type { Emitter } from './util/emitter.ts'
import type { Random } from './util/random.ts'

/** An inbox that could not be opened is tried again: a port gets free, a disk comes back. */
export const RETRY_MS = 10_000
const MAX_CONNECTIONS = 1_000

/** What the user has to do something about, beyond the sender's own mistakes. */
const DISK_TROUBLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['DISK_FULL', 'DISK_ERROR', 'FOLDER_MISSING', 'FOLDER_READ_ONLY'])

export interface PlainServicePorts {
  readonly clock: Clock
  readonly random: Random
  readonly events: Emitter<Events>
  readonly lanes: FinishingLanes
  settings(): Settings
  /** `named`: the user has just named it, so it may be made. Throws why nothing can be received into it. */
  openFolder(folder: string, named: boolean): ReceiveFolder
  /** Where the arrivals of one run are listed. */
  arrivals(folder: string): Pick<PlainArrivals, 'add'>
}

/** An inbox as the settings want it. */
type Wanted = Omit<Settings['plain'], 'enabled' | 'folder'> & { readonly folder: string }

interface Running {
  readonly wanted: Wanted
  readonly inbox: PlainInbox
  readonly address: PlainStatus['address']
}

/** The plain TCP inbox beside the engine: runs as the settings say, one change after the other. */
export class PlainService {
  readonly #ports: PlainServicePorts
  #running: Running | undefined
  #active = false
  #problem: ErrorData | undefined
  #diskTrouble: ErrorData | undefined
  #lastError: PlainStatus['lastError']
  #changes: Promise<unknown> = Promise.resolve()
  #cancelRetry: (() => void) | undefined
  #stopFollowing: (() => void) | undefined

  constructor(ports: PlainServicePorts) {
    this.#ports = ports
  }

  /** From now on an inbox runs when it is enabled. Settles when it does, or when it is known why it does not. */
  async start(): Promise<void> {
    this.#active = true
    this.#stopFollowing = this.#ports.events.on('settings:changed', () => void this.#serially(() => this.#follow()))
    await this.#serially(() => this.#follow())
  }

  /** Undefined: nothing listens. */
  status(): PlainStatus | undefined {
    if (!this.#running) return undefined
    return { address: this.#running.address, ...(this.#lastError ? { lastError: this.#lastError } : {}) }
  }

  problems(): ErrorData[] {
    return [this.#problem, this.#diskTrouble].filter((problem) => problem !== undefined)
  }

  /**
   * Opens what `next` wants, and only then stores it. When that fails, nothing is stored and what ran runs on. Throws
   * USAGE_INVALID, PORT_IN_USE, ADDRESS_UNAVAILABLE and the errors of a receive folder.
   */
  change(next: Settings, store: () => Settings): Promise<Settings> {
    return this.#serially(async () => {
      checkPlain(next.plain)
      try {
        if (this.#active) await this.#switchTo(wantedBy(next), true)
        const stored = store()
        this.#solved()
        return stored
      } catch (error) {
        await this.#follow()
        throw error
      }
    })
  }

  /** Every change that was asked for is made, or is known not to be possible now. */
  async settled(): Promise<void> {
    await this.#changes
  }

  async close(): Promise<void> {
    this.#active = false
    this.#stopFollowing?.()
    this.#cancelRetry?.()
    await this.#serially(() => this.#switchTo(undefined, false))
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(work)
    this.#changes = result.catch(() => undefined)
    return result
  }

  /** Never rejects: what cannot be is a problem, and is tried again. */
  async #follow(): Promise<void> {
    this.#cancelRetry?.()
    if (!this.#active) return
    try {
      const settings = this.#ports.settings()
      await this.#switchTo(wantedBy(settings), settings.plain.folder === undefined)
      this.#solved()
    } catch (error) {
      const { code, message } = toErrorData(error)
      const problem = { code, message: `The plain TCP inbox is not open. ${message}` }
      if (problem.message !== this.#problem?.message) this.#ports.events.emit('engine:problem', problem)
      this.#problem = problem
      this.#cancelRetry = this.#ports.clock.after(RETRY_MS, () => void this.#serially(() => this.#follow()))
    }
  }

  #solved(): void {
    this.#cancelRetry?.()
    this.#problem = undefined
  }

  async #switchTo(wanted: Wanted | undefined, named: boolean): Promise<void> {
    const before = this.#running
    if (before && wanted && isSame(before.wanted, wanted)) return
    this.#running = undefined
    await before?.inbox.stop()
    this.#diskTrouble = undefined
    this.#lastError = undefined
    if (wanted) this.#running = await this.#open(wanted, named)
  }

  async #open(wanted: Wanted, named: boolean): Promise<Running> {
    const { clock, random, lanes } = this.#ports
    const folder = this.#ports.openFolder(wanted.folder, named).root
    const arrivals = this.#ports.arrivals(folder)
    const inbox = new PlainInbox(
      { framing: wanted.framing, maxMessageBytes: wanted.maxMessageBytes, maxConnections: wanted.maxConnections, idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS },
      { clock, random, arrivals: new FolderArrivals(folder, lanes), report: (event) => this.#note(event, arrivals) },
    )
    const address = await inbox.listen({ host: wanted.host, port: wanted.port })
    return { wanted, inbox, address }
  }

  #note(event: PlainInboxEvent, arrivals: Pick<PlainArrivals, 'add'>): void {
    if (event.kind === 'received') {
      this.#diskTrouble = undefined
      arrivals.add({ path: event.path, bytes: event.bytes, digest: event.digest, from: event.peer.host })
    } else if (event.kind === 'failed' || event.kind === 'error') {
      if (DISK_TROUBLE.has(event.error.code)) this.#troubled(event.error.toData())
      this.#failed(event)
    }
  }

  #failed({ peer, error }: Extract<PlainInboxEvent, { kind: 'failed' | 'error' }>): void {
    // The inbox itself was stopped.
    if (error.code === 'ENGINE_NOT_RUNNING') return
    this.#lastError = { from: peer?.host ?? null, atMs: this.#ports.clock.now(), error: error.toData() }
  }

  /** Announced once, however often somebody sends meanwhile; over when something is kept again. */
  #troubled(trouble: ErrorData): void {
    if (trouble.code !== this.#diskTrouble?.code) this.#ports.events.emit('engine:problem', trouble)
    this.#diskTrouble = trouble
  }
}

/** The folders that a plain inbox receives into, beside the receive folder. */
export function plainFolders({ plain }: Settings): string[] {
  return plain.enabled && plain.folder !== undefined ? [plain.folder] : []
}

function wantedBy({ plain, receiveFolder }: Settings): Wanted | undefined {
  if (!plain.enabled) return undefined
  const { host, port, framing, maxMessageBytes, maxConnections } = plain
  return { host, port, framing, folder: plain.folder ?? receiveFolder, maxMessageBytes, maxConnections }
}

function isSame(a: Wanted, b: Wanted): boolean {
  return (Object.keys(a) as (keyof Wanted)[]).every((key) => a[key] === b[key])
}

/** Also when it is switched off: what is stored makes sense. Throws USAGE_INVALID. */
function checkPlain({ host, port, framing, folder, maxMessageBytes, maxConnections }: Settings['plain']): void {
  requireWhole(maxMessageBytes, 1, MAX_FILE_BYTES, 'The largest message of the plain TCP inbox')
  requireWhole(maxConnections, 1, MAX_CONNECTIONS, 'The number of connections of the plain TCP inbox')
  requireWhole(port, 0, 65_535, 'The port of the plain TCP inbox')
  parseAddress(formatAddress({ host, port }))
  framingCodec(framing, maxMessageBytes)
  if (folder !== undefined && !isAbsolute(folder)) {
    throw new HoldfastError('USAGE_INVALID', 'The folder of the plain TCP inbox must be given as a whole path, from its root on.')
  }
}

function requireWhole(value: number, min: number, max: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  throw new HoldfastError('USAGE_INVALID', `${what} must be a whole number from ${min} to ${max}.`)
}
