import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { hangGuard } from './hang-guard.ts'

/** One line of `--json`. */
export interface CliEvent {
  readonly event: string
  readonly [field: string]: unknown
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export type EventTest = string | ((event: CliEvent) => boolean)

const HANG_MS = process.env['HOLDFAST_LONG'] === '1' ? 300_000 : 60_000
const LOG_LINES = 60

/** The program under test; HOLDFAST_HEADLESS names another build of it. */
export const HEADLESS = process.env['HOLDFAST_HEADLESS'] ?? fileURLToPath(new URL('../../out/headless.js', import.meta.url))

export interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Runs as this user and group instead: only root may ask for it. */
  readonly uid?: number
}

/** A command that runs as a real process: its events in order, its end, and ways to end it. */
export class HoldfastProcess {
  readonly events: CliEvent[] = []
  readonly exited: Promise<Exit>
  #child: ChildProcessWithoutNullStreams
  #command: string
  #log: string[] = []
  #wake = new Set<() => void>()
  #exit: Exit | undefined

  constructor(args: readonly string[], { environment = {}, uid }: ProcessOptions = {}) {
    this.#command = `holdfast ${args.join(' ')}`
    const identity = uid === undefined ? {} : { uid, gid: uid }
    this.#child = spawn(process.execPath, [HEADLESS, ...args], { env: { ...process.env, ...environment }, ...identity })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line))
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.#note(`stderr: ${line}`))
    this.#child.stdin.on('error', () => undefined)
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      // `close`, not `exit`: every line has been read by then.
      this.#child.once('close', (code, signal) => {
        this.#exit = { code, signal }
        this.#note(`exit: ${String(code ?? signal)}`)
        this.#awaken()
        resolve(this.#exit)
      })
    })
  }

  /** Throws when the process could not be started at all. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#command} did not start`)
    return this.#child.pid
  }

  get running(): boolean {
    return this.#exit === undefined
  }

  /** The last lines of both outputs. */
  get log(): string {
    return [`$ ${this.#command}`, ...this.#log.slice(-LOG_LINES)].join('\n')
  }

  /** The first event that fits, or has fitted already (from index `after` on). Fails when the process ends without it. */
  async waitFor(wanted: EventTest, options: { after?: number; timeoutMs?: number } = {}): Promise<CliEvent> {
    const fits = typeof wanted === 'string' ? (event: CliEvent) => event.event === wanted : wanted
    let next = options.after ?? 0
    const what = typeof wanted === 'string' ? `the event ${wanted}` : `an event (${wanted.toString()})`
    const search = async (): Promise<CliEvent> => {
      for (;;) {
        for (; next < this.events.length; next++) {
          const event = this.events[next]
          if (event && fits(event)) return event
        }
        if (!this.running) throw new Error(`the process ended without ${what}\n${this.log}`)
        await new Promise<void>((resolve) => this.#wake.add(resolve))
      }
    }
    return hangGuard(search(), options.timeoutMs ?? HANG_MS, what, () => this.log)
  }

  /** Waits for its end, however it ends. */
  async end(timeoutMs = HANG_MS): Promise<Exit> {
    return hangGuard(this.exited, timeoutMs, 'the end of the process', () => this.log)
  }

  /** Waits for its end and throws with the log unless that is the exit code. */
  async expectExit(code: number, timeoutMs = HANG_MS): Promise<void> {
    const exit = await this.end(timeoutMs)
    if (exit.code !== code) throw new Error(`ended with ${String(exit.code ?? exit.signal)} instead of ${code}\n${this.log}`)
  }

  eventsOf(name: string): CliEvent[] {
    return this.events.filter((event) => event.event === name)
  }

  writeLine(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ctrl-C, and its end. */
  async interrupt(): Promise<Exit> {
    this.#child.kill('SIGINT')
    return this.end()
  }

  /** Ctrl-C, and an end with that exit code. */
  async expectInterrupt(code: number): Promise<void> {
    this.#child.kill('SIGINT')
    await this.expectExit(code)
  }

  /** Ends it without a chance to say goodbye. */
  async killHard(): Promise<Exit> {
    this.#child.kill('SIGKILL')
    return this.end()
  }

  /** Freezes it, as a laptop that sleeps; `awake` again. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  awake(): void {
    this.#child.kill('SIGCONT')
  }

  #take(line: string): void {
    this.#note(line)
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      return this.#note(`^ that line is not JSON`)
    }
    if (typeof (value as CliEvent | null)?.event !== 'string') return this.#note('^ that line is not an event')
    this.events.push(value as CliEvent)
    this.#awaken()
  }

  #note(line: string): void {
    this.#log.push(line.length > 400 ? `${line.slice(0, 400)}…` : line)
    if (this.#log.length > 4 * LOG_LINES) this.#log.splice(0, 2 * LOG_LINES)
  }

  #awaken(): void {
    const waiting = [...this.#wake]
    this.#wake.clear()
    for (const wake of waiting) wake()
  }
}
