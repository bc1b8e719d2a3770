import type { ErrorCode } from '../../../shared/errors.ts'
import type { ReadOutcome, SourceStamp } from '../folder/ports.ts'
import { BLOCK_BYTES } from '../protocol/limits.ts'
import type { TransferMessage } from '../protocol/messages.ts'
import type { Session } from '../session/ports.ts'
import type { PooledBuffer } from '../util/byte-pool.ts'
import type { TransferDeps } from './deps.ts'
import { EntryBits } from './entry-bits.ts'
import { ENTRY, isSettled } from './entry-state.ts'
import type { Failure, Ledger } from './ledger.ts'
import type { Page } from './page.ts'
import { lowerRate, RateLimit } from './rate-limit.ts'
import { SendPump } from './send-pump.ts'
import { readTask, type ReadResult } from './send-reader.ts'
import { SendWork, type SendTask } from './send-work.ts'
import { SourceReader } from './source-reader.ts'

/** A source that changes this often while it is sent is given up. */
const MAX_ATTEMPTS = 20

export interface OutflowPorts {
  readonly transfer: Uint8Array
  session(): Session | undefined
  /** Accepted, connected, not paused, not held. */
  mayRun(): boolean
  /** Bytes per second that the receiver wishes; 0: none. */
  wishedRate(): number
  say(message: TransferMessage): void
  /** Something was settled without the receiver. */
  settled(): void
  fail(error: unknown): void
}

/** The bytes of one outgoing transfer: what is wanted is read and sent, and sources that change start over. */
export class Outflow {
  readonly #deps: TransferDeps
  readonly #ports: OutflowPorts
  readonly #id: Uint8Array
  readonly #ledger: Ledger
  readonly #work: SendWork
  readonly #pump: SendPump
  /** Highest byte sent of each entry of open pages, to count what is sent again. */
  #sentUpTo = new Map<number, number>()
  #timers = new Set<() => void>()

  constructor(deps: TransferDeps, ports: OutflowPorts, ledger: Ledger) {
    this.#deps = deps
    this.#ports = ports
    this.#id = ports.transfer
    this.#ledger = ledger
    this.#work = new SendWork((page, position) => {
      const entry = page.entries[position]
      if (!entry?.source || !entry.stamp) throw new Error('a sent entry has a source')
      return new SourceReader(entry.source, entry.stamp)
    })
    const ownLimit = new RateLimit(deps.clock, () => lowerRate(deps.deviceRate(ledger.record.row.deviceId), ports.wishedRate()))
    this.#pump = new SendPump({
      work: this.#work,
      read: (task, signal) => readTask(task, this.#id, deps.outgoing, deps.lanes, signal),
      canSend: () => ports.session()?.canSendBulk === true,
      throttle: async (bytes, signal) => {
        await deps.sendLimit.take(bytes, signal)
        await ownLimit.take(bytes, signal)
      },
      send: (task, type, buffer) => this.#send(task, type, buffer),
      settle: (task, result) => this.#read(task, result),
      fail: (error) => ports.fail(error),
    })
  }

  /** Runs, or looks for work, if it may. */
  start(): void {
    if (!this.#ports.mayRun()) return
    this.#pump.start()
    this.#pump.wake()
  }

  /** There is room in the session's window again. */
  wake(): void {
    this.#pump.wake()
  }

  /** Gives buffers back; what was not sent stays wanted. */
  stop(): Promise<void> {
    return this.#pump.stop()
  }

  /** Stops, and forgets what is wanted: the receiver will say it anew. */
  async clear(): Promise<void> {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    await this.#pump.stop()
    this.#work.clear()
  }

  /** The entry is wanted from `offset` on; with `expected` only blocks whose digest differs. */
  add(page: Page, position: number, offset = 0, expected?: Buffer): void {
    this.#work.addFile(page, position, offset, expected)
  }

  addBlock(page: Page, position: number, offset: number): void {
    this.#work.addBlock(page, position, offset)
  }

  /** Forgets what is wanted of some entries: it is said anew. */
  drop(page: Page, position: number): void {
    this.#work.drop(page, position)
  }

  /** Whether all of it is on its way or there: it may be in place already. */
  isSent(page: Page, position: number): boolean {
    return (this.#sentUpTo.get(page.fileNumber(position)) ?? 0) >= Math.max(1, page.entries[position]?.size ?? 0)
  }

  /** The user does not want it sent. `asked`: the receiver waits for it; else it is told when it asks. */
  leaveOut(page: Page, position: number, asked: boolean): void {
    this.#work.drop(page, position)
    page.detail(position).reason = 'left out by the sender'
    this.settle(page, position, ENTRY.skipped)
    if (asked) this.sayFailed(page, position)
    this.#ports.settled()
  }

  sayFailed(page: Page, position: number): void {
    const message = page.details.get(position)?.reason ?? 'not sent'
    const code = page.state(position) === ENTRY.skipped ? 'superseded' : 'unreadable'
    this.#ports.say({ type: 'file-failed', transfer: this.#id, file: page.fileNumber(position), code, message })
  }

  /** Tells the receiver the entry as it is now, under its attempt number, and sends it from the start. */
  restart(page: Page, position: number): void {
    const entry = page.entries[position]
    if (!entry) return
    const { size, mtimeMs, executable } = entry
    const file = page.fileNumber(position)
    this.#ports.say({ type: 'file-restart', transfer: this.#id, file, attempt: page.attempt(position), size, mtimeMs, executable })
    this.#ledger.setUnderWay(file, 0)
    this.#work.addFile(page, position)
  }

  #send(task: SendTask, type: number, buffer: PooledBuffer): void {
    const session = this.#ports.session()
    if (!session || (task.kind === 'block' && (task.attempt !== task.page.attempt(task.position) || isSettled(task.page.state(task.position))))) return buffer.release()
    let again = false
    const files = task.kind === 'pack' ? task.files : [task]
    for (const { page, position } of files) {
      const file = page.fileNumber(position)
      const end = task.kind === 'block' ? task.offset + task.length : Math.max(1, page.entries[position]?.size ?? 1)
      if (end <= (this.#sentUpTo.get(file) ?? 0)) {
        again = true
        this.#ledger.count(file, 'resentBlocks')
      } else this.#sentUpTo.set(file, end)
    }
    if (again) this.#ledger.record.count({ resentBlocks: 1 })
    session.sendBulk(type, buffer)
  }

  #read(task: SendTask, result: ReadResult): void {
    if (task.kind === 'block') {
      if (task.reader.abandoned) return
      if (result.kind === 'changed' || result.kind === 'failed') void task.reader.abandon()
      else if (task.last) void task.reader.close()
      if (task.attempt !== task.page.attempt(task.position) || isSettled(task.page.state(task.position))) return
      if (result.kind === 'changed') this.#sourceChanged(task.page, task.position, result.stamp, result.executable)
      else if (result.kind === 'failed') this.#sourceFailed(task.page, task.position, result.code, result.message)
      else if (result.kind === 'same') this.#sendSame(task.page, task.position, task.offset / BLOCK_BYTES)
      return
    }
    const outcomes = 'outcomes' in result ? (result.outcomes ?? []) : []
    task.files.forEach(({ page, position }, i) => {
      const outcome: ReadOutcome | undefined = result.kind === 'failed' ? { kind: result.code, message: result.message } : outcomes[i]
      if (!outcome || isSettled(page.state(position))) return
      if (outcome.kind === 'changed') this.#sourceChanged(page, position, outcome.stamp, outcome.executable)
      else if (outcome.kind !== 'packed') this.#sourceFailed(page, position, outcome.kind, outcome.message)
      else if (result.kind === 'compared') {
        if (result.equal[i]) this.#sendSame(page, position, 0)
        else this.#work.addFile(page, position)
      }
    })
  }

  #sendSame(page: Page, position: number, firstBlock: number): void {
    const file = page.fileNumber(position)
    this.#ports.say({ type: 'same', transfer: this.#id, file, attempt: page.attempt(position), firstBlock, count: 1 })
    this.#ledger.setUnderWay(file, Math.min(page.entries[position]?.size ?? 0, (firstBlock + 1) * BLOCK_BYTES))
  }

  #sourceChanged(page: Page, position: number, stamp: SourceStamp, executable: boolean): void {
    const entry = page.entries[position]
    if (!entry) return
    const attempt = page.attempt(position) + 1
    if (attempt > MAX_ATTEMPTS) {
      return this.#sourceFailed(page, position, 'changing', `kept changing while it was sent (${MAX_ATTEMPTS} times); send it again when it is quiet`)
    }
    this.#work.drop(page, position)
    const detail = page.detail(position)
    detail.attempt = attempt
    detail.retries = (detail.retries ?? 0) + 1
    this.#sentUpTo.delete(page.fileNumber(position))
    this.#ledger.record.addTotal(stamp.size - entry.size)
    page.entries[position] = { ...entry, size: stamp.size, mtimeMs: stamp.mtimeMs, executable, stamp }
    this.#deps.journal.transaction(() => {
      this.#ledger.pages.rewrite(page)
      this.#ledger.record.save()
    })
    const delayMs = attempt < 3 ? 0 : Math.min(10_000, 250 * 2 ** (attempt - 3))
    const cancel = this.#deps.clock.after(delayMs, () => {
      this.#timers.delete(cancel)
      if (!this.#ports.mayRun() || isSettled(page.state(position))) return
      this.restart(page, position)
      this.start()
    })
    this.#timers.add(cancel)
  }

  #sourceFailed(page: Page, position: number, code: 'unreadable' | 'vanished' | 'changing', message: string): void {
    this.#work.drop(page, position)
    this.#ports.say({ type: 'file-failed', transfer: this.#id, file: page.fileNumber(position), code, message: message.slice(0, 500) })
    const errorCode: ErrorCode = code === 'vanished' ? 'FILE_VANISHED' : code === 'changing' ? 'FILE_CHANGING' : 'FILE_UNREADABLE'
    this.settle(page, position, ENTRY.failed, undefined, { code: errorCode, reason: message })
    this.#ledger.saveSoon()
    this.#ports.settled()
  }

  /** The receiver has these. Returns which, undefined when one of them was not claimed to be known. */
  settleIdentical(page: Page, bits: Uint8Array): readonly number[] | undefined {
    const positions = new EntryBits(bits).positions()
    if (!positions.every((position) => page.claim(position))) return undefined
    this.#ledger.settleIdentical(page, positions, (position) => page.claim(position))
    for (const position of positions) this.#sentUpTo.delete(page.fileNumber(position))
    return positions
  }

  settle(page: Page, position: number, state: number, digest?: Uint8Array, failure?: Failure): void {
    this.#ledger.settle(page, position, state, digest, failure)
    this.#sentUpTo.delete(page.fileNumber(position))
  }
}
