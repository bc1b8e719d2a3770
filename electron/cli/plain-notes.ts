import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { toErrorData } from '../../shared/errors.ts'
import type { CommandArgs } from '../../shared/ipc/contract.ts'
import type { PlainInboxEvent } from '../engine/plain/inbox-events.ts'
import { systemRandom } from '../engine/util/random.ts'
import { ASIDE, type CommandContext, type EngineCalls } from './command.ts'
import { printable } from './printable.ts'

type Arrival = CommandArgs<'received:plain'>['arrivals'][number]

/** Of one call. */
const MAX_TOLD = 500
/** What may wait to be told; more is not listed under Received. */
const MAX_WAITING = 100_000
/** Between two tellings: of a running engine, and when one has to be started for it. */
const PAUSE_MS = 100
const OWN_PAUSE_MS = 5_000

/** Tells an engine what a plain inbox beside it has received, so that it is listed under Received. */
export class PlainNotes {
  readonly #folder: string
  readonly #run = systemRandom.bytes(16).reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '')
  #waiting: Arrival[] = []
  #telling: Promise<void> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  get waiting(): boolean {
    return this.#waiting.length > 0
  }

  note(event: PlainInboxEvent): void {
    if (event.kind !== 'received' || this.#waiting.length >= MAX_WAITING) return
    this.#waiting.push({ path: event.path, bytes: event.bytes, digest: event.digest, from: event.peer.host })
  }

  /** One telling at a time: what comes meanwhile is told with it. What is not taken waits on. */
  tell(engine: EngineCalls): Promise<void> {
    this.#telling ??= this.#tell(engine).finally(() => {
      this.#telling = undefined
    })
    return this.#telling
  }

  async #tell(engine: EngineCalls): Promise<void> {
    while (this.#waiting.length > 0) {
      const arrivals = this.#waiting.slice(0, MAX_TOLD)
      await engine.call('received:plain', { run: this.#run, folder: this.#folder, arrivals })
      this.#waiting.splice(0, arrivals.length)
    }
  }
}

/**
 * The same for a command without an engine: asks the running one, and is one for a moment where none runs. A home that
 * nobody has used yet is left alone: nobody looks there.
 */
export class HomeNotes {
  readonly #context: CommandContext
  readonly #notes: PlainNotes
  readonly #used: boolean
  #cancelTimer: (() => void) | undefined
  #telling: Promise<void> | undefined
  #problem = ''

  constructor(context: CommandContext, folder: string) {
    this.#context = context
    this.#notes = new PlainNotes(folder)
    this.#used = existsSync(join(context.home, 'journal.db'))
  }

  note(event: PlainInboxEvent): void {
    if (!this.#used) return
    this.#notes.note(event)
    this.#soon(0)
  }

  async close(): Promise<void> {
    this.#cancelTimer?.()
    await this.#telling
    if (this.#notes.waiting) await this.#tell()
  }

  #soon(delayMs: number): void {
    if (!this.#notes.waiting || this.#telling) return
    this.#cancelTimer ??= this.#context.io.clock.after(delayMs, () => {
      this.#cancelTimer = undefined
      this.#telling = this.#tell().then((pauseMs) => {
        this.#telling = undefined
        this.#soon(pauseMs)
      })
    })
  }

  /** Resolves with how long to wait before the next time. Never rejects: messages are received all the same. */
  async #tell(): Promise<number> {
    try {
      const engine = await this.#context.openEngine('client-or-own', ASIDE)
      try {
        await this.#notes.tell(engine)
        return engine.own ? OWN_PAUSE_MS : PAUSE_MS
      } finally {
        await engine.close()
      }
    } catch (error) {
      const { message } = toErrorData(error)
      if (message !== this.#problem) this.#context.output.say(`What arrives can't be listed under Received just now: ${printable(message)}`)
      this.#problem = message
      return OWN_PAUSE_MS
    }
  }
}
