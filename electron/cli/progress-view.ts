import { ENDED, type Transfer, type TransferId, type TransferStateKind } from '../../shared/model/transfer.ts'
import type { CommandIo } from './io.ts'
import type { Output } from './output.ts'
import { liveLine, logLine } from './progress-line.ts'
import { fitText } from './text-width.ts'
import { WAITS } from './transfer-text.ts'

const LIVE_MS = 150
const LOG_MS = 5_000
const MAX_LIVE_LINES = 6

/** Shows transfers under way to people. */
export interface ProgressView {
  show(transfer: Transfer): void
  /** Leaves the terminal clean. */
  close(): void
}

/** Live lines on a terminal that can, else a line in a log now and then; with `--json` scripts have their own. */
export function progressView(io: CommandIo, output: Output): ProgressView {
  if (io.stderr.isTerminal && io.env['TERM'] !== 'dumb') return new LiveView(io, output)
  return output.json ? { show: () => undefined, close: () => undefined } : new LogView(io, output)
}

/** Rewrites its lines at the bottom of the terminal; what else is said goes above them. */
class LiveView implements ProgressView {
  readonly #io: CommandIo
  readonly #output: Output
  readonly #colour: boolean
  readonly #transfers = new Map<TransferId, Transfer>()
  #drawnLines = 0
  #drawnAtMs = -Infinity
  #cancelTimer: (() => void) | undefined

  constructor(io: CommandIo, output: Output) {
    this.#io = io
    this.#output = output
    this.#colour = !io.env['NO_COLOR']
    output.redirect((text) => {
      io.stderr.write(`${this.#erasing()}${text}\n`)
      this.#draw()
    })
  }

  show(transfer: Transfer): void {
    if (ENDED.has(transfer.state.kind)) {
      if (!this.#transfers.delete(transfer.id)) return
      return this.#draw()
    }
    this.#transfers.set(transfer.id, transfer)
    const waitMs = this.#drawnAtMs + LIVE_MS - this.#io.clock.monotonic()
    if (waitMs <= 0) return this.#draw()
    this.#cancelTimer ??= this.#io.clock.after(waitMs, () => this.#draw())
  }

  close(): void {
    this.#cancelTimer?.()
    this.#output.redirect(undefined)
    this.#transfers.clear()
    this.#io.stderr.write(this.#erasing())
  }

  #draw(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#drawnAtMs = this.#io.clock.monotonic()
    // One cell is left free: a full line would wrap on some terminals.
    const width = Math.max(1, this.#io.stderr.columns - 1)
    const shown = [...this.#transfers.values()].slice(0, MAX_LIVE_LINES)
    const lines = shown.map((transfer) => liveLine(transfer, width, this.#colour, this.#io.clock.now()))
    const hidden = this.#transfers.size - shown.length
    if (hidden > 0) lines.push(fitText(`  and ${hidden} more`, width))
    const text = `${this.#erasing()}${lines.map((line) => `${line}\n`).join('')}`
    this.#drawnLines = lines.length
    this.#io.stderr.write(text)
  }

  #erasing(): string {
    const lines = this.#drawnLines
    this.#drawnLines = 0
    return lines === 0 ? '' : `\x1b[${lines}A\r\x1b[J`
  }
}

class LogView implements ProgressView {
  readonly #io: CommandIo
  readonly #output: Output
  readonly #loggedAtMs = new Map<TransferId, number>()
  readonly #states = new Map<TransferId, TransferStateKind>()

  constructor(io: CommandIo, output: Output) {
    this.#io = io
    this.#output = output
  }

  show(transfer: Transfer): void {
    if (ENDED.has(transfer.state.kind)) {
      this.#loggedAtMs.delete(transfer.id)
      this.#states.delete(transfer.id)
      return
    }
    const nowMs = this.#io.clock.monotonic()
    const lastMs = this.#loggedAtMs.get(transfer.id)
    if (lastMs === undefined) this.#loggedAtMs.set(transfer.id, nowMs)
    const { kind } = transfer.state
    const begins = WAITS.has(kind) && this.#states.get(transfer.id) !== kind
    this.#states.set(transfer.id, kind)
    if (!begins && (lastMs === undefined || nowMs - lastMs < LOG_MS)) return
    this.#loggedAtMs.set(transfer.id, nowMs)
    this.#output.say(logLine(transfer, this.#io.clock.now()))
  }

  close(): void {
    this.#loggedAtMs.clear()
  }
}
