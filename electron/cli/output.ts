import type { DeviceId } from '../../shared/model/device.ts'
import type { TransferId, TransferStateKind } from '../../shared/model/transfer.ts'
import type { TextSink } from './io.ts'

/** About a transfer; `deviceId` is null until the device has answered. */
interface AboutTransfer {
  readonly transferId: TransferId
  readonly deviceId: DeviceId | null
}

/** What scripts read: one line of JSON each, a contract (DESIGN.md section 7). */
export interface JsonEvents {
  listening: { host: string; port: number; deviceId: DeviceId; name: string }
  connected: { deviceId: DeviceId }
  progress: AboutTransfer & { bytes: number; totalBytes: number; files: number; totalFiles: number }
  /** `reason` is an error code, `message` the same for people. */
  retry: Partial<AboutTransfer> & { reason: string; message: string; attempt: number; waitMs: number }
  /** It waits, and for what: `state` is the transfer's, `message` the same for people. Said when it begins. */
  waiting: AboutTransfer & { state: TransferStateKind; message: string }
  delivered: AboutTransfer & { path: string; bytes: number; digest: string }
  received: AboutTransfer & { path: string; bytes: number; digest: string }
  skipped: Partial<AboutTransfer> & { path: string; reason: string }
  failed: Partial<AboutTransfer> & { path: string; code: string; message: string }
  done: AboutTransfer & {
    files: number
    bytes: number
    seconds: number
    resumedBytes: number
    resentBlocks: number
    duplicates: number
    retries: number
    skipped: number
    /** Among the skipped: already there. */
    identical: number
    failed: number
  }
  error: Partial<AboutTransfer> & { code: string; message: string }
  /** Where `serve` has its page: good for one browser, and announced anew when it is used up. */
  page: { url: string }
  pairing: { code: string; deviceId: DeviceId; deviceName: string; role: string; pairingId: string }
}

/**
 * What a command says. Scripts read stdout: JSON lines with `--json`, plain results without. People read stderr, always.
 */
export class Output {
  readonly json: boolean
  readonly #stdout: TextSink
  readonly #stderr: TextSink
  /** Lines of a batch. */
  #gathered: string[] | undefined
  #above: ((text: string) => void) | undefined

  constructor(stdout: TextSink, stderr: TextSink, json: boolean) {
    this.#stdout = stdout
    this.#stderr = stderr
    this.json = json
  }

  event<Name extends keyof JsonEvents>(event: Name, payload: JsonEvents[Name]): void {
    this.record(event, payload)
  }

  /** One line of a listing (`devices`, `history`), which scripts get as it is. */
  record(event: string, payload: object): void {
    if (!this.json) return
    const line = `${JSON.stringify({ event, ...payload })}\n`
    if (this.#gathered) this.#gathered.push(line)
    else this.#stdout.write(line)
  }

  /** Hands over what `work` tells scripts at one go: a line a file, and one call for all of them. */
  batch(work: () => void): void {
    if (this.#gathered) return work()
    const lines = (this.#gathered = [])
    try {
      work()
    } finally {
      this.#gathered = undefined
      this.#stdout.write(lines.join(''))
    }
  }

  /** A line of what was asked for, without `--json`. */
  result(text: string): void {
    if (!this.json) this.#stdout.write(`${text}\n`)
  }

  /** A line for people. Text of peers must be printable (printable.ts). */
  say(text: string): void {
    if (this.#above) this.#above(text)
    else this.#stderr.write(`${text}\n`)
  }

  /** A question, which the answer follows on the same line. */
  ask(text: string): void {
    if (this.#above) this.#above(text)
    else this.#stderr.write(`${text} `)
  }

  /** While something is drawn at the bottom of the terminal, lines go above it. */
  redirect(above: ((text: string) => void) | undefined): void {
    this.#above = above
  }

  async flush(): Promise<void> {
    await Promise.all([this.#stdout.flush(), this.#stderr.flush()])
  }
}
