import type { PooledBuffer } from '../util/byte-pool.ts'
import type { ReadResult } from './send-reader.ts'
import type { SendTask, SendWork } from './send-work.ts'

/** Tasks read while earlier ones are sent: enough to keep disk and digest busy, few enough to share the pool. */
const READ_AHEAD = 4

export interface PumpPorts {
  readonly work: SendWork
  read(task: SendTask, signal: AbortSignal): Promise<ReadResult>
  /** The session has room for one more bulk message. */
  canSend(): boolean
  /** Waits as the rate limit says. */
  throttle(bytes: number, signal: AbortSignal): Promise<void>
  /** Takes the buffer over. */
  send(task: SendTask, type: number, buffer: PooledBuffer): void
  /** Everything else there is to know of a read task, also of a sent one (its outcomes). */
  settle(task: SendTask, result: ReadResult): void
  fail(error: unknown): void
}

/** Reads ahead and sends in order. Stopping gives unsent tasks back to the work and frees their buffers. */
export class SendPump {
  readonly #ports: PumpPorts
  #abort: AbortController | undefined
  #running: Promise<void> = Promise.resolve()
  #wake: (() => void) | undefined

  constructor(ports: PumpPorts) {
    this.#ports = ports
  }

  get running(): boolean {
    return this.#abort !== undefined
  }

  start(): void {
    if (this.#abort) return
    const abort = (this.#abort = new AbortController())
    this.#running = this.#running.then(() => this.#run(abort.signal)).catch((error: unknown) => this.#ports.fail(error))
  }

  /** There is more work, or room in the window. */
  wake(): void {
    this.#wake?.()
  }

  async stop(): Promise<void> {
    this.#abort?.abort()
    this.#abort = undefined
    this.wake()
    await this.#running
  }

  async #run(signal: AbortSignal): Promise<void> {
    const ahead: { task: SendTask; result: Promise<ReadResult> }[] = []
    try {
      while (!signal.aborted) {
        while (ahead.length < READ_AHEAD) {
          const task = this.#ports.work.next()
          if (!task) break
          const result = this.#ports.read(task, signal)
          result.catch(() => undefined)
          ahead.push({ task, result })
        }
        const first = ahead[0]
        if (!first) {
          await this.#wait()
          continue
        }
        const result = await first.result
        if (result.kind === 'bulk') {
          await this.#ports.throttle(result.buffer.length, signal)
          while (!this.#ports.canSend() && !signal.aborted) await this.#wait()
        }
        if (signal.aborted) break
        ahead.shift()
        if (result.kind === 'bulk') this.#ports.send(first.task, result.type, result.buffer)
        this.#ports.settle(first.task, result)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      this.#ports.work.putBack(ahead.map(({ task }) => task))
      await Promise.all(
        ahead.map(async ({ result }) => {
          const unsent = await result.catch(() => undefined)
          if (unsent?.kind === 'bulk') unsent.buffer.release()
        }),
      )
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}
