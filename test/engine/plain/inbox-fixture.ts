import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InlineLanes } from '../../../electron/engine/folder/inline-lanes.ts'
import { ReceiveFolder } from '../../../electron/engine/folder/receive-folder.ts'
import type { Arrivals } from '../../../electron/engine/plain/arrivals.ts'
import { FolderArrivals } from '../../../electron/engine/plain/folder-arrivals.ts'
import type { PlainInboxEvent } from '../../../electron/engine/plain/inbox-events.ts'
import type { PlainInboxOptions } from '../../../electron/engine/plain/inbox-options.ts'
import { PlainInbox } from '../../../electron/engine/plain/plain-inbox.ts'
import { systemClock, type Clock } from '../../../electron/engine/util/clock.ts'

export const LOOPBACK = { host: '127.0.0.1', port: 0 }

/** Time that moves only when a test says so. */
export class ManualClock implements Clock {
  #nowMs = 1_700_000_000_000
  #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()

  now = () => this.#nowMs
  monotonic = () => this.#nowMs

  get waiting(): number {
    return this.#timers.size
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  advance(byMs: number): void {
    this.#nowMs += byMs
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.#nowMs || !this.#timers.delete(timer)) continue
      timer.callback()
    }
  }
}

/** An inbox on a port of its own in a folder of its own, and what it said. */
export class InboxFixture {
  readonly folder: string
  readonly events: PlainInboxEvent[] = []
  readonly inbox: PlainInbox
  port = 0
  #listeners = new Set<() => void>()

  constructor(options: Partial<PlainInboxOptions> & { framing: string }, ports: { clock?: Clock; arrivals?: (folder: string) => Arrivals } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'holdfast-plain-'))
    ReceiveFolder.open(this.folder, { create: true })
    this.inbox = new PlainInbox(
      { maxMessageBytes: 1 << 20, maxConnections: 100, idleTimeoutMs: 0, name: '{number}', ...options },
      {
        clock: ports.clock ?? systemClock,
        random: { bytes: (count) => new Uint8Array(count), unit: () => 0 },
        arrivals: ports.arrivals?.(this.folder) ?? new FolderArrivals(this.folder, new InlineLanes()),
        report: (event) => {
          this.events.push(event)
          for (const listener of [...this.#listeners]) listener()
        },
      },
    )
  }

  async listen(): Promise<this> {
    this.port = (await this.inbox.listen(LOOPBACK)).port
    return this
  }

  /** Waits until so many events of a kind have been announced; all of that kind. */
  async until<K extends PlainInboxEvent['kind']>(kind: K, count = 1): Promise<Extract<PlainInboxEvent, { kind: K }>[]> {
    const found = () => this.events.filter((event): event is Extract<PlainInboxEvent, { kind: K }> => event.kind === kind)
    while (found().length < count) {
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener)
          resolve()
        }
        this.#listeners.add(listener)
      })
    }
    return found()
  }

  /** Names and contents of what is in the folder; the engine's own left out. */
  files(): Record<string, string> {
    const files: Record<string, string> = {}
    const walk = (path: string) => {
      for (const name of readdirSync(join(this.folder, path)).sort()) {
        if (name === '.holdfast') continue
        const inner = path === '' ? name : `${path}/${name}`
        if (statSync(join(this.folder, inner)).isDirectory()) walk(inner)
        else files[inner] = readFileSync(join(this.folder, inner), 'latin1')
      }
    }
    walk('')
    return files
  }

  staged(): string[] {
    const staging = join(this.folder, '.holdfast', 'staging')
    return readdirSync(staging).flatMap((transfer) => readdirSync(join(staging, transfer)))
  }

  connect(): Promise<Client> {
    return Client.connect(this.port)
  }

  async close(): Promise<void> {
    await this.inbox.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A socket and all it has been told. */
export class Client {
  readonly socket: Socket
  readonly #received: Buffer[] = []
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => this.#received.push(chunk))
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()))
  }

  static connect(port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
      const client = new Client(socket)
      socket.once('error', reject)
      socket.once('connect', () => resolve(client))
    })
  }

  get received(): string {
    return Buffer.concat(this.#received).toString('latin1')
  }

  write(text: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, () => resolve()))
  }

  async until(length: number): Promise<string> {
    while (this.received.length < length && !this.socket.closed) {
      await new Promise<void>((resolve) => {
        const settle = () => {
          this.socket.off('data', settle)
          this.socket.off('close', settle)
          resolve()
        }
        this.socket.on('data', settle)
        this.socket.on('close', settle)
      })
    }
    return this.received
  }

  /** Half-closes and reads to the end. */
  async finish(): Promise<string> {
    this.socket.end()
    await this.closed
    return this.received
  }
}
